"""The scripted day: twelve exchanges that between them cause every kind of event a day has.

Ten calls, a text conversation with STOP and START, and a mail. The customers act on what they
hear; a server that is away for a moment costs them time and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from aiohttp import ClientSession

from contactcenter.core.errors import ContactCenterError
from contactcenter.trials.crash.agents import Agent, Dial, Plan
from contactcenter.trials.crash.handsets import Handset, handset
from contactcenter.trials.crash.site import Person
from contactcenter.trials.seed.operator import MAIL_LINE, SMS_LINE, VOICE_LINE

EXCHANGE_S = 90.0
"""The longest an exchange may take, restarts included; longer is a stuck state."""
_MENU = "What can we do"
_WAITING = ("from sales", "stay on the line", "Please hold", "colleagues are")
_CONTROLS = (
    ("say", "caption"),
    ("hold", "held"),
    ("resume", "resumed"),
    ("mute", "muted"),
    ("unmute", "unmuted"),
    ("hang-up", "hang_up_asked"),
)


@dataclass(slots=True)
class Exchange:
    """One customer's part of the day. ``ends``: what each of their interactions must end as,
    ``channel:reason``; ``may_end``: what further ones may. ``said``: how often they spoke into a
    room; ``sent``: texts and mails."""

    name: str
    play: Callable[[Exchange, Handset], Awaitable[None]]
    ends: tuple[str, ...]
    person: Person
    plan: Plan = field(default_factory=Plan)
    is_known: bool = True
    by_mail: bool = False
    may_end: tuple[str, ...] = ()
    said: int = 0
    sent: int = 0
    fault: str = ""

    @property
    def address(self) -> str:
        return self.person.email if self.by_mail else self.person.phone


async def _to_menu(exchange: Exchange, phone: Handset) -> None:
    await phone.do("call", number=VOICE_LINE)
    await phone.hears(_MENU)


async def _talk(exchange: Exchange, phone: Handset) -> None:
    """Once connected: two sentences, then the customer hangs up."""
    await phone.sees("connected")
    for words in ("Good morning.", "Thank you, goodbye."):
        await phone.do("say", text=words)
        exchange.said += 1
    await phone.do("hangup")
    await phone.sees("ended")


async def _is_answered(exchange: Exchange, phone: Handset) -> None:
    await _to_menu(exchange, phone)
    await phone.do("press", digits="2")
    await _talk(exchange, phone)


async def _is_answered_on_faults(exchange: Exchange, phone: Handset) -> None:
    await _to_menu(exchange, phone)
    await phone.do("press", digits="3")
    await _talk(exchange, phone)


async def _leaves_in_menu(exchange: Exchange, phone: Handset) -> None:
    await _to_menu(exchange, phone)
    await phone.do("hangup")
    await phone.sees("ended")


async def _serves_itself(exchange: Exchange, phone: Handset) -> None:
    await _to_menu(exchange, phone)
    await phone.do("press", digits="1")
    await phone.hears("Is there anything else")
    await phone.do("press", digits="9")
    await phone.sees("ended")


async def _leaves_waiting(exchange: Exchange, phone: Handset) -> None:
    await _to_menu(exchange, phone)
    await phone.do("press", digits="4")
    await phone.until(
        "the queue's announcement",  # after a restart the queue's own, not the menu's
        lambda event: any(words in str(event.get("text")) for words in _WAITING),
        40.0,
    )
    await phone.do("hangup")
    await phone.sees("ended")


async def _leaves_offered(exchange: Exchange, phone: Handset) -> None:
    await _to_menu(exchange, phone)
    await phone.do("press", digits="2")
    async with asyncio.timeout(EXCHANGE_S):
        await exchange.plan.offered.wait()
    await phone.do("hangup")
    await phone.sees("ended")


async def _is_controlled(exchange: Exchange, phone: Handset) -> None:
    """Held, muted, and at last the agent hangs up."""
    await _to_menu(exchange, phone)
    await phone.do("press", digits="2")
    await phone.sees("connected")
    await phone.sees("ended", EXCHANGE_S)


async def _a_stranger(exchange: Exchange, phone: Handset) -> None:
    """An unknown number: asked for its language first."""
    await phone.do("call", number=VOICE_LINE)
    await phone.hears("For English")
    await phone.do("press", digits="1")
    await phone.hears(_MENU)
    await phone.do("press", digits="0")
    await _talk(exchange, phone)


async def _is_called(exchange: Exchange, phone: Handset) -> None:
    await phone.sees("ringing", EXCHANGE_S)
    await phone.do("answer")
    await _talk(exchange, phone)


async def _texts(exchange: Exchange, phone: Handset) -> None:
    """The menu, an agent, then STOP and START."""
    for words, answer in (
        ("Hello", "Reply with a number"),
        ("0", "A colleague will answer"),
        ("", "Your bill was right"),
        ("STOP", "no more texts"),
        ("START", "our texts again"),
    ):
        if words:
            await phone.do("sms", number=SMS_LINE, text=words)
            exchange.sent += 1
        else:
            await exchange.plan.replied.wait()
        try:
            await phone.hears(answer, 8.0)
        except ContactCenterError:
            # An answer may be in doubt for good (that is checked); the customer writes on.
            continue


async def _mails(exchange: Exchange, box: Handset) -> None:
    await box.do("mail", address=MAIL_LINE, subject="My bill", body="Please send it again.")
    exchange.sent += 1
    await exchange.plan.replied.wait()
    try:
        await box.sees("mail", 8.0)
    except ContactCenterError:
        return  # in doubt: that is checked


def exchanges() -> list[Exchange]:
    """A fresh day."""
    people = iter(
        Person(f"Customer {n}", f"+4477009008{n:02d}", f"customer{n}@mail.test", _BALANCE)
        for n in range(99)
    )

    def one(name: str, play: _Play, *ends: str, **more: object) -> Exchange:
        return Exchange(name, play, ends, next(people), **more)  # type: ignore[arg-type]

    return [
        one("answered", _is_answered, "voice:handled", plan=Plan(note="Explained the bill.")),
        one("left in menu", _leaves_in_menu, "voice:left_in_menu"),
        one("served itself", _serves_itself, "voice:ended"),
        one("left waiting", _leaves_waiting, "voice:abandoned"),
        one("rejected first", _is_answered, "voice:handled", plan=Plan("reject")),
        one("expired first", _is_answered_on_faults, "voice:handled", plan=Plan("ignore")),
        one("left while offered", _leaves_offered, "voice:abandoned", plan=Plan("never")),
        one("held and muted", _is_controlled, "voice:handled", plan=Plan(controls=_CONTROLS)),
        one("stranger", _a_stranger, "voice:handled", is_known=False),
        one("called", _is_called, "voice:handled"),
        one(
            # STOP may come while the agent still has the conversation: then it is part of it
            "texts", _texts, "sms:handled", may_end=("sms:stop", "sms:start"),
            plan=Plan(replies=("Your bill was right.",)),
        ),
        one(
            "mails", _mails, "email:handled", by_mail=True,
            plan=Plan(replies=("Here it is.",), note="Sent again."),
        ),
    ]  # fmt: skip


_Play = Callable[[Exchange, Handset], Awaitable[None]]
_BALANCE = {"balance": {"balance": {"amount": "12.50", "currency": "EUR"}, "due": None}}


async def play(
    day: Sequence[Exchange], agents: Sequence[Agent], session: ClientSession, standins: str
) -> None:
    """Everybody at once; a fault of one is noted at its exchange."""
    called = next(each for each in day if each.name == "called")
    agents[0].dial = Dial(called.address, "the day's own call")

    async def one(exchange: Exchange) -> None:
        mail = exchange.person.email if exchange.by_mail else ""
        phone = "" if exchange.by_mail else exchange.person.phone
        try:
            async with (
                asyncio.timeout(EXCHANGE_S),
                handset(session, standins, phone=phone, mail=mail) as held,
            ):
                await exchange.play(exchange, held)
        except TimeoutError:
            exchange.fault = f"not over after {EXCHANGE_S:.0f} s"
        except ContactCenterError as error:
            exchange.fault = error.message

    await asyncio.gather(*(one(exchange) for exchange in day))
