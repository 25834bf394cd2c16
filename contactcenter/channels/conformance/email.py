"""What every e-mail adapter must do: ``MailOutContract`` for relays, ``MailInContract`` for
sources. Subclass one and give a fixture ``rig``."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from contactcenter.channels.conformance.refusals import refused
from contactcenter.channels.email.base import MailIn, MailOut, MailTaken
from contactcenter.core.errors import TransportError

SENDER = "bounce+key@shop.example"
CUSTOMER = "anna@customer.example"
RAW = (
    b"From: support@shop.example\r\nTo: anna@customer.example\r\nSubject: Ihr Vertrag\r\n"
    b"Message-ID: <key@shop.example>\r\n\r\n.a line with a dot\r\n\r\n..\r\nlast\r\n"
)


@dataclass(frozen=True, slots=True)
class Arrived:
    """What the relay has taken."""

    mail_from: str
    rcpt_to: str
    raw: bytes


class MailOutRig(Protocol):
    """A relay behind the adapter, to be told what to do with the next hand-over."""

    out: MailOut

    @property
    def arrived(self) -> list[Arrived]: ...

    def refuse_next(self, code: int, text: str) -> None:
        """Refuse the next recipient with this reply."""
        ...

    def lose_next_reply(self) -> None:
        """Take the next message and hang up before the reply."""
        ...

    async def hang_up(self) -> None:
        """Close every open connection, as relays do with idle ones."""
        ...


class MailOutContract:
    """One message to one recipient, once."""

    async def _send(self, rig: MailOutRig, to: str = CUSTOMER, raw: bytes = RAW) -> None:
        await rig.out.send("key", mail_from=SENDER, rcpt_to=to, raw=raw)

    async def test_the_octets_arrive_as_they_were(self, rig: MailOutRig) -> None:
        await self._send(rig)
        assert rig.arrived == [Arrived(SENDER, CUSTOMER, RAW)]

    async def test_the_reply_is_given_back(self, rig: MailOutRig) -> None:
        handed = await rig.out.send("key", mail_from=SENDER, rcpt_to=CUSTOMER, raw=RAW)
        assert handed.reply.startswith("250")

    async def test_many_at_a_time_arrive_once_each(self, rig: MailOutRig) -> None:
        people = [f"c{number}@customer.example" for number in range(30)]
        await asyncio.gather(*(self._send(rig, to) for to in people))
        assert sorted(one.rcpt_to for one in rig.arrived) == sorted(people)

    async def test_a_5xx_is_permanent_and_concerns_one_message(self, rig: MailOutRig) -> None:
        rig.refuse_next(550, "5.1.1 no such user")
        error = await refused(TransportError, self._send(rig))
        assert (error.permanent, error.unknown) == (True, False)
        assert error.reply_code == "550 5.1.1"
        assert CUSTOMER not in str(error)
        await self._send(rig)
        assert len(rig.arrived) == 1

    async def test_a_4xx_is_not_permanent(self, rig: MailOutRig) -> None:
        rig.refuse_next(450, "4.2.1 later")
        error = await refused(TransportError, self._send(rig))
        assert (error.permanent, error.unknown) == (False, False)

    async def test_a_lost_reply_is_unknown_and_nothing_is_sent_again(self, rig: MailOutRig) -> None:
        rig.lose_next_reply()
        error = await refused(TransportError, self._send(rig))
        assert (error.permanent, error.unknown) == (False, True)
        assert len(rig.arrived) == 1
        await self._send(rig)
        assert len(rig.arrived) == 2

    async def test_an_idle_connection_that_was_closed_costs_nothing(self, rig: MailOutRig) -> None:
        await self._send(rig)
        await rig.hang_up()
        await self._send(rig)
        assert len(rig.arrived) == 2


@dataclass(slots=True)
class MailCore:
    """Stands for the core: stores, or fails as told."""

    taken: list[MailTaken] = field(default_factory=list)
    fails: bool = False

    async def sink(self, mail: MailTaken) -> None:
        if self.fails:
            raise OSError("no room")
        self.taken.append(mail)


class MailInRig(Protocol):
    """A source started with ``core.sink`` for ``address``, and somebody who writes to it."""

    adapter: MailIn
    core: MailCore
    address: str

    async def write(self, rcpt_to: str, raw: bytes) -> bool:
        """Hand a mail over; whether the source confirmed it."""
        ...


class MailInContract:
    """Stored before it is confirmed; the octets untouched."""

    async def test_the_octets_come_in_as_they_were(self, rig: MailInRig) -> None:
        assert await rig.write(rig.address, RAW)
        (mail,) = rig.core.taken
        assert (mail.raw, mail.rcpt_to, mail.line) == (RAW, (rig.address,), rig.address)
        assert mail.provider == rig.adapter.provider
        assert mail.at.tzinfo is not None

    async def test_a_tagged_address_reaches_its_line(self, rig: MailInRig) -> None:
        local, _, domain = rig.address.partition("@")
        tagged = f"{local}+token@{domain}"
        assert await rig.write(tagged, RAW)
        (mail,) = rig.core.taken
        assert (mail.rcpt_to, mail.line) == ((tagged,), rig.address)

    async def test_what_was_not_stored_is_not_confirmed(self, rig: MailInRig) -> None:
        rig.core.fails = True
        assert not await rig.write(rig.address, RAW)
        rig.core.fails = False
        assert await rig.write(rig.address, RAW)
        assert len(rig.core.taken) == 1

    async def test_repeated_deliveries_have_one_event_id(self, rig: MailInRig) -> None:
        for raw in (RAW, RAW, RAW + b"more\r\n"):
            assert await rig.write(rig.address, raw)
        first, second, third = (mail.event_id for mail in rig.core.taken)
        assert first == second
        assert first != third
