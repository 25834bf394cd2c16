"""The Twilio voice adapter: one account's legs and rooms, its webhooks, its browser audio.

How a call goes: the number's webhook offers the leg; the core's steps are the answer. A parked
caller waits in an ``<Enqueue>``; once an agent is chosen the caller is pulled out by a REST update
into a conference, and the agent is called into the same one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import chain, repeat
from typing import Any

from contactcenter.channels.voice.base import AgentMedia, Capability, VoiceSink
from contactcenter.channels.voice.steps import Step
from contactcenter.channels.voice.twilio_account import PROVIDER, TwilioAccount, agent_identity
from contactcenter.channels.voice.twilio_api import TwilioApi
from contactcenter.channels.voice.twilio_book import Book, Once
from contactcenter.channels.voice.twilio_hooks import VoiceHooks
from contactcenter.channels.voice.twilio_legs import AgentAddress, TwilioLegs, in_the_browser
from contactcenter.channels.voice.twilio_receiver import TwilioReceiver
from contactcenter.channels.voice.twilio_rooms import TwilioRooms
from contactcenter.core.clock import Clock
from contactcenter.core.errors import ContactCenterError, TransportError, Unsupported

logger = logging.getLogger(__name__)

TOKEN_LIFE = timedelta(hours=1)
RETRY_WAITS_S = (1.0, 2.0, 5.0, 15.0)
_ALWAYS: frozenset[Capability] = frozenset(
    {"originate", "hold", "mute", "transfer", "record", "supervise"}
)


class TwilioAgentSide:
    """The port ``AgentSide``: audio by the Voice SDK; typed speech is not a thing on Twilio."""

    def __init__(self, account: TwilioAccount, clock: Clock) -> None:
        self._account = account
        self._clock = clock

    async def agent_media(self, agent: str) -> AgentMedia:
        """A token for this agent's browser to be called under ``agent_<id>``; lasts an hour."""
        account = self._account
        if not account.api_key_sid:
            raise Unsupported(
                "Browser audio needs an API key of the Twilio account.",
                hint="Set api_key_sid and api_key_secret, or give agents a telephone.",
            )
        from twilio.jwt.access_token import AccessToken
        from twilio.jwt.access_token.grants import VoiceGrant

        token = AccessToken(
            account.account_sid,
            account.api_key_sid,
            account.api_key_secret,
            grants=[VoiceGrant(incoming_allow=True)],
            identity=agent_identity(agent),
            ttl=int(TOKEN_LIFE.total_seconds()),
        )
        return AgentMedia("twilio", token.to_jwt(), self._clock.now() + TOKEN_LIFE)

    async def speak(self, op_id: str, leg: str, text: str, language: str = "") -> None:
        raise Unsupported("Twilio carries voices, not typed speech (capability captions).")


class TwilioVoice:
    """The port ``VoiceAdapter`` for one account."""

    provider = PROVIDER

    def __init__(
        self,
        account: TwilioAccount,
        api: TwilioApi,
        receiver: TwilioReceiver,
        agent_address: AgentAddress = in_the_browser,
    ) -> None:
        book, once = Book(), Once()
        self.lines: Sequence[str] = account.lines
        media: frozenset[Capability] = (
            frozenset({"agent_media"}) if account.api_key_sid else frozenset()
        )
        self.capabilities = _ALWAYS | media
        legs = TwilioLegs(account, api, book, once, agent_address)
        rooms = TwilioRooms(account, api, book, once, legs)
        self.legs, self.rooms, self.recording = legs, rooms, rooms
        self.agent_side = TwilioAgentSide(account, api.clock)
        self._api = api
        self._hooks = VoiceHooks(account, api.clock, book, self._run_later)
        self._hooks.register(receiver)
        self._later: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    async def start(self, sink: VoiceSink, carrier: Callable[[bool], Awaitable[None]]) -> None:
        """Take webhooks from now on. Where Twilio can not be reached ``carrier(False)`` is said
        and tried again in the background: the server starts, and calls that arrive are taken."""
        await self._api.start()
        self._stopping.clear()
        self._hooks.sink = sink
        try:
            await carrier(True)
        except TransportError as exc:
            logger.warning("Twilio is out of reach: %s", exc.message)
            await carrier(False)
            self._spawn(self._come_up(carrier))
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Webhooks are refused from now on (Twilio asks again); calls live on."""
        self._hooks.sink = None
        self._stopping.set()
        if self._later:
            await asyncio.gather(*self._later, return_exceptions=True)
        await self._api.stop()

    async def _come_up(self, carrier: Callable[[bool], Awaitable[None]]) -> None:
        for wait in chain(RETRY_WAITS_S, repeat(RETRY_WAITS_S[-1])):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)
            if self._stopping.is_set():
                return
            try:
                await carrier(True)
            except TransportError:
                continue  # still out of reach; said once
            logger.info("Twilio is in reach again")
            return

    def _run_later(self, op_id: str, leg: str, steps: Sequence[Step]) -> None:
        """Send steps that answered a report. Its webhook is not kept waiting for our request."""
        self._spawn(self._run_now(op_id, leg, steps))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _run_now(self, op_id: str, leg: str, steps: Sequence[Step]) -> None:
        try:
            await self.legs.run(op_id, leg, steps)
        except ContactCenterError as exc:
            # The core committed these steps; a leg that is gone reports its end by itself.
            logger.warning("steps after a report were not taken: %s (%s)", exc.code, op_id)


def twilio_voice(account: TwilioAccount, clock: Clock) -> tuple[TwilioVoice, TwilioReceiver]:
    """The adapter and the receiver of its webhooks, for an account with voice only."""
    receiver = TwilioReceiver(account.checked())
    return TwilioVoice(account, TwilioApi(account, clock), receiver), receiver
