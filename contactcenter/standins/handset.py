"""The handset: one customer's device, a telephone number, a mailbox or both.

Carries out the commands of ``docs/reference/handset.md`` and shows what happens as numbered
events. The socket is ``handset_http``; this module knows no network.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

import msgspec

from contactcenter.core.errors import ContactCenterError, Invalid
from contactcenter.standins.world import World
from contactcenter.standins.world_state import Phone, PhoneEvent, is_number

REMEMBERED_COMMANDS = 10_000
ALLOWED = "call, press, say, hangup, answer, sms, mail, inbox"


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail in a customer's mailbox, as the handset shows it."""

    id: str
    sender: str
    recipient: str
    subject: str
    text: str
    at: str
    html: str = ""


class MailSide(Protocol):
    """What the handset needs of the mail stand-in."""

    async def send(self, *, sender: str, recipient: str, subject: str, body: str) -> None:
        """Real SMTP to the server's listener; raises ``ContactCenterError`` when refused."""
        ...

    def mailbox(self, address: str) -> Sequence[Mail]:
        """The mails delivered to ``address``, oldest first."""
        ...


class _Do(msgspec.Struct, frozen=True, tag_field="do", forbid_unknown_fields=True, kw_only=True):
    id: str | int = ""


class Call(_Do, frozen=True, tag="call", kw_only=True):
    number: str


class Press(_Do, frozen=True, tag="press", kw_only=True):
    digits: str


class SayText(_Do, frozen=True, tag="say", kw_only=True):
    text: str
    language: str = ""


class HangUp(_Do, frozen=True, tag="hangup", kw_only=True):
    pass


class Answer(_Do, frozen=True, tag="answer", kw_only=True):
    pass


class Sms(_Do, frozen=True, tag="sms", kw_only=True):
    number: str
    text: str


class SendMail(_Do, frozen=True, tag="mail", kw_only=True):
    address: str
    subject: str
    body: str


class Inbox(_Do, frozen=True, tag="inbox", kw_only=True):
    pass


AnyDo = Call | Press | SayText | HangUp | Answer | Sms | SendMail | Inbox
_decode = msgspec.json.Decoder(AnyDo).decode


def is_mail_address(text: str) -> bool:
    """Whether ``text`` can stand in an SMTP envelope here: ``local@domain``, no spaces."""
    local, at, domain = text.rpartition("@")
    return bool(local and at and domain) and len(text) <= 254 and not set(text) & set(" <>\r\n\t")


class HandsetDesk:
    """Every handset of one world. Commands that carry an ``id`` act once, whatever is repeated."""

    def __init__(self, world: World, mail: MailSide | None = None) -> None:
        self.world = world
        self.mail = mail
        self._replies: OrderedDict[tuple[str, str | int], PhoneEvent] = OrderedDict()
        self._holders: dict[str, set[str]] = {}
        self._shown_mails: dict[str, int] = {}

    def open(self, address: str, mail: str = "") -> Handset:
        """The handset of ``address``; raises ``Invalid`` that says what an address looks like."""
        if is_mail_address(address):
            address, mail = "", mail or address
        if (address and not is_number(address)) or (mail and not is_mail_address(mail)):
            raise Invalid(
                "a handset is held by an E.164 number (+15550100) or an e-mail address",
                hint="?address=%2B15550100&mail=mary@example.test",
            )
        if not address and not mail:
            raise Invalid("no address was given", hint="?address=%2B15550100")
        mail = mail.lower()
        if mail:
            self._hold(mail, address or mail)
        return Handset(self, address, mail)

    def reply_to(self, handset: str, command_id: str | int) -> PhoneEvent | None:
        """The reply a command got before, if it was carried out."""
        return self._replies.get((handset, command_id))

    def remember(self, handset: str, command_id: str | int, reply: PhoneEvent) -> None:
        self._replies[handset, command_id] = reply
        if len(self._replies) > REMEMBERED_COMMANDS:
            self._replies.popitem(last=False)

    def mail_came(self, address: str) -> None:
        """Show new mail of ``address`` to the handsets that hold it."""
        holders = self._holders.get(address.lower())
        if self.mail is None or holders is None:
            return
        mails = self.mail.mailbox(address)
        for mail in mails[self._shown_mails[address.lower()] :]:
            for holder in holders:
                self.world.phones.phone(holder).show("mail", **shown_mail(mail))
        self._shown_mails[address.lower()] = len(mails)

    def _hold(self, mail: str, holder: str) -> None:
        self._holders.setdefault(mail, set()).add(holder)
        if mail not in self._shown_mails:
            self._shown_mails[mail] = len(self.mail.mailbox(mail)) if self.mail else 0


class Handset:
    """One customer's device. ``key`` names its event log: the number, else the mail address."""

    def __init__(self, desk: HandsetDesk, address: str, mail: str) -> None:
        self._desk = desk
        self.address = address
        self.mail = mail
        self.key = address or mail

    @property
    def phone(self) -> Phone:
        return self._desk.world.phones.phone(self.key)

    def hello(self) -> PhoneEvent:
        """What a connection hears first: who it is, where the numbers stand, which lines exist."""
        outbox = self._desk.world.outbox
        return {
            "event": "hello",
            "address": self.address,
            "mail": self.mail,
            "n": self.phone.last_n,
            "world": self._desk.world.world_id,
            "lines": {"voice": list(outbox.lines("voice")), "sms": list(outbox.lines("sms"))},
        }

    def missed(self, after: int | None, world: str = "") -> list[PhoneEvent]:
        """The events to repeat to a connection that saw those up to ``after``.

        None: only the call under way, from its beginning. ``after`` of another world, or beyond
        the last number, means the stand-in was started again: everything is new.
        """
        phone = self.phone
        if after is None:
            return phone.after(phone.call_began_n if phone.leg else phone.last_n)
        if after > phone.last_n or (world and world != self._desk.world.world_id):
            after = 0
        return phone.after(after)

    async def do(self, message: str | bytes) -> list[PhoneEvent]:
        """Carry out one command; what only this connection is told."""
        try:
            command = _decode(message)
        except msgspec.DecodeError as error:
            unknown = Invalid(f"not understood: {error}", hint=f'"do" is one of {ALLOWED}')
            return [self._numbered(_error(unknown))]
        if isinstance(command, Inbox):
            return [self._numbered(_named(command, {"event": "inbox", **self.inbox()}))]
        known = self._desk.reply_to(self.key, command.id)
        if known is not None:
            return [self._numbered(known)]
        try:
            await self._act(command)
            reply = _named(command, {"event": "done"})
        except ContactCenterError as error:
            reply = _named(command, _error(error))
        if command.id == "":
            return [self._numbered(reply)] if reply["event"] == "error" else []
        self._desk.remember(self.key, command.id, reply)
        return [self._numbered(reply)]

    def _numbered(self, reply: PhoneEvent) -> PhoneEvent:
        """A reply takes no number of its own: it carries that of the last event before it."""
        return {"event": reply["event"], "n": self.phone.last_n, **reply}

    def inbox(self) -> PhoneEvent:
        """Texts and mails of this customer, oldest first."""
        texts = self._desk.world.texts.of(self.address) if self.address else []
        mails = self._desk.mail.mailbox(self.mail) if self._desk.mail and self.mail else []
        return {
            "sms": [
                {
                    "from": each.sender,
                    "to": each.recipient,
                    "text": each.body,
                    "at": each.at.isoformat(),
                }
                for each in texts
            ],
            "mail": [shown_mail(each) for each in mails],
        }

    async def _act(self, command: AnyDo) -> None:
        if isinstance(command, SendMail):
            await self._send_mail(command)
            return
        if not self.address:
            raise Invalid("this handset has no telephone number", hint="open it with a number")
        phones = self._desk.world.phones
        match command:
            case Call():
                phones.call(self.address, command.number)
            case Press():
                phones.press(self.address, command.digits)
            case SayText():
                phones.say(self.address, command.text, command.language)
            case HangUp():
                phones.hang_up(self.address)
            case Answer():
                phones.answer(self.address)
            case Sms():
                texts = self._desk.world.texts
                texts.from_customer(self.address, command.number, command.text)

    async def _send_mail(self, command: SendMail) -> None:
        if not self.mail:
            raise Invalid("this handset has no mail address", hint="open it with &mail=ADDRESS")
        if self._desk.mail is None:
            raise Invalid("no mail stand-in is running here", hint="start it with a mail port")
        if not is_mail_address(command.address):
            raise Invalid("the recipient is no e-mail address", hint="support@example.test")
        await self._desk.mail.send(
            sender=self.mail,
            recipient=command.address,
            subject=command.subject,
            body=command.body,
        )


def shown_mail(mail: Mail) -> PhoneEvent:
    """A mail as the handset shows it."""
    return {
        "id": mail.id,
        "from": mail.sender,
        "to": mail.recipient,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "at": mail.at,
    }


def _named(command: _Do, reply: PhoneEvent) -> PhoneEvent:
    return reply if command.id == "" else {**reply, "id": command.id}


def _error(error: ContactCenterError) -> PhoneEvent:
    message = f"{error.message}; {error.hint}" if error.hint else error.message
    return {"event": "error", "code": error.code, "message": message}
