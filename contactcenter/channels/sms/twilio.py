"""The Twilio SMS adapter.

Twilio takes no key of ours with a message and lists no status callback address. So our key rides
in that address: the first report names it. Until a report comes, a lost answer is resolved by
looking for the one new message with the same line, number and text.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contactcenter.channels.receiver import WebReply
from contactcenter.channels.sms.base import Handed, SmsReceived, SmsReported, SmsSink
from contactcenter.channels.voice.twilio_account import PROVIDER, TwilioAccount
from contactcenter.channels.voice.twilio_api import TwilioApi
from contactcenter.channels.voice.twilio_receiver import Hook, TwilioReceiver, twiml
from contactcenter.core.clock import Clock
from contactcenter.core.errors import Conflict, Invalid, TransportError

STATES = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
    "partially_delivered": "sent",
}
"""Twilio's message states that are news to us; accepted, queued and sending are not."""
REJECTED = {"21610", "30004", "30005", "30006", "30007", "30034"}
"""Refused by number, carrier or law: sending the same again can not succeed."""
BACK_OFF = {"20429", "30001", "14107", "21611"}
SETTLE = timedelta(seconds=15)
"""A request may still be under way this long after we gave up on it."""
CLOCK_SLACK = timedelta(seconds=5)
KEEP = 10_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One hand-over whose answer we may have to look for."""

    line: str
    to: str
    text: str
    at: datetime


class TwilioSms:
    """The port ``SmsAdapter`` for one account."""

    provider = PROVIDER

    def __init__(self, account: TwilioAccount, api: TwilioApi, receiver: TwilioReceiver) -> None:
        self.lines: Sequence[str] = account.lines
        self._account = account
        self._api = api
        self._sink: SmsSink | None = None
        self._attempts: OrderedDict[str, Attempt] = OrderedDict()
        self._handed: OrderedDict[str, Handed] = OrderedDict()
        receiver.register("sms", self._received)
        receiver.register("sms-status", self._reported)

    async def start(self, sink: SmsSink) -> None:
        await self._api.start()
        self._sink = sink

    async def stop(self) -> None:
        self._sink = None
        await self._api.stop()

    async def send(self, message_key: str, *, line: str, to: str, text: str) -> Handed:
        """Hand one text over.

        ``TransportError.reply_code`` is Twilio's code: 21610 (the number wrote STOP), 21211 (no
        such number), 20429 (slow down)... The same key again gives the first hand-over back.
        """
        if line not in self.lines:
            raise Invalid("This account has no such line.", code="unknown_line")
        if message_key in self._handed:
            return self._handed[message_key]
        _keep(self._attempts, message_key, Attempt(line, to, text, self._api.clock.now()))
        try:
            message = await self._api.do(
                self._api.client.messages.create_async(
                    to=to,
                    from_=line,
                    body=text,
                    status_callback=self._account.webhook("sms-status", line, key=message_key),
                )
            )
        except Conflict as exc:  # 20404 on a create: the account itself is not there
            raise TransportError(
                "Twilio has no such account.", permanent=False, reply_code="20404"
            ) from exc
        except TransportError as exc:
            raise _sms_fault(exc) from exc
        return self._note(message_key, str(message.sid))

    async def look_up(
        self,
        message_key: str,
        *,
        line: str = "",
        to: str = "",
        text: str = "",
        since: datetime | None = None,
    ) -> Handed | None:
        """What Twilio has of our key.

        ``line``, ``to``, ``text`` and ``since`` may come from the caller's own record; without
        them a key of before a restart is not known here, though Twilio may have the message: None
        is no leave to send again. Raises ``TransportError(unknown=True)`` while it can not be
        told: several messages fit, or the attempt is too fresh to be missing.
        """
        if message_key in self._handed:
            return self._handed[message_key]
        attempt = self._attempts.get(message_key)
        if since is not None and to:
            attempt = Attempt(line, to, text, since)
        if attempt is None:
            return None
        fitting = [sid for sid in await self._fitting(attempt) if not self._is_other(sid)]
        if len(fitting) == 1:
            return self._note(message_key, fitting[0])
        if fitting:
            raise _doubt("Several messages fit.")
        if self._api.clock.now() - attempt.at < SETTLE:
            raise _doubt("The request may still be under way.")
        return None

    async def _fitting(self, attempt: Attempt) -> list[str]:
        listing = self._api.client.messages.list_async(
            to=attempt.to, from_=attempt.line or None, limit=100
        )
        messages: list[Any] = await self._api.do(listing, changes=False)
        return [
            str(message.sid)
            for message in messages
            if message.direction == "outbound-api"
            # A trial account puts a sentence of its own before the text.
            and str(message.body).endswith(attempt.text)
            and message.date_created >= attempt.at - CLOCK_SLACK
        ]

    def _is_other(self, sid: str) -> bool:
        return any(handed.provider_ref == sid for handed in self._handed.values())

    def _note(self, message_key: str, sid: str) -> Handed:
        handed = Handed(sid, "sent")
        _keep(self._handed, message_key, handed)
        self._attempts.pop(message_key, None)
        return handed

    async def _received(self, hook: Hook) -> WebReply:
        await self._deliver(
            SmsReceived(
                provider=PROVIDER,
                line=hook.line,
                event_id=hook.needed("MessageSid"),
                from_=hook.needed("From"),
                text=hook.form.get("Body", ""),
                at=hook.at(self._api.clock.now()),
            )
        )
        return twiml()

    async def _reported(self, hook: Hook) -> WebReply:
        sid, status = hook.needed("MessageSid"), hook.needed("MessageStatus")
        key, code = hook.query.get("key", ""), hook.form.get("ErrorCode", "")
        if not key:
            raise Invalid("The address names no message.", code="malformed_query")
        self._note(key, sid)
        state = STATES.get(status)
        if state is None:
            return twiml()
        await self._deliver(
            SmsReported(
                provider=PROVIDER,
                line=hook.line,
                event_id=f"{sid}:{status}",
                message_key=key,
                provider_ref=sid,
                state="rejected" if state == "failed" and code in REJECTED else state,
                code=code,
                at=hook.at(self._api.clock.now()),
            )
        )
        return twiml()

    async def _deliver(self, event: SmsReceived | SmsReported) -> None:
        if self._sink is None:
            raise TransportError("The Twilio adapter is not running.", permanent=False)
        await self._sink(event)


def twilio_sms(account: TwilioAccount, clock: Clock) -> tuple[TwilioSms, TwilioReceiver]:
    """The adapter and the receiver of its webhooks, for an account with SMS only."""
    receiver = TwilioReceiver(account.checked())
    return TwilioSms(account, TwilioApi(account, clock), receiver), receiver


def _sms_fault(exc: TransportError) -> TransportError:
    """21611 and its like come as 400 but pass with time."""
    if exc.reply_code in BACK_OFF:
        return TransportError(exc.message, permanent=False, reply_code=exc.reply_code)
    return exc


def _doubt(why: str) -> TransportError:
    return TransportError(why, permanent=False, unknown=True)


def _keep(entries: OrderedDict[str, Any], key: str, value: object) -> None:
    entries[key] = value
    while len(entries) > KEEP:
        entries.popitem(last=False)
