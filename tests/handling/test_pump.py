"""The pump: each message handed over once, each fault a state, nobody held up by another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from contactcenter.channels.sms.base import Handed
from contactcenter.core.errors import Conflict, Invalid, TransportError, Unsupported
from contactcenter.core.ids import new_id
from contactcenter.crm.tables import event_content
from contactcenter.handling.outbound import Draft, Gate, Message, queue_message
from contactcenter.handling.pump import HandedOver, Pump, SmsSender
from contactcenter.handling.tables import outbound_message as m
from tests.handling.office import MARY, SMS_PLAIN, Office, eventually
from tests.handling.test_outbound import _draft, _interaction


class Scripted:
    """A sender that does as told; ``known`` is what it finds when asked."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.faults: list[Exception] = []
        self.known: dict[UUID, str] = {}
        self.asked: list[UUID] = []
        self.records: list[HandedOver] = []
        self.stuck: Callable[[Message], bool] = lambda message: False

    async def send(self, message: Message, content: Mapping[str, Any]) -> str:
        if self.stuck(message):
            await asyncio.Event().wait()
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append(content["text"])
        return f"ref-{message.id}"

    async def look_up(self, key: UUID, handed: HandedOver) -> str | None:
        self.asked.append(key)
        self.records.append(handed)
        if self.faults:
            raise self.faults.pop(0)
        return self.known.get(key)


def _pump(office: Office, sender: Any, owner: str = "me", gates: tuple[Gate, ...] = ()) -> Pump:
    return Pump(office.db, office.bus, {("sms", "simulated"): sender}, owner, gates)


@asynccontextmanager
async def _running(pump: Pump) -> AsyncIterator[None]:
    task = asyncio.create_task(pump.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _queue(office: Office, count: int = 1, **more: Any) -> list[UUID]:
    key = await _interaction(office)
    drafts: list[Draft] = [_draft(key, text=f"text {n}", **more) for n in range(count)]
    return await office.db.write(lambda tx: [queue_message(tx, one) for one in drafts])


async def _states(office: Office) -> list[tuple[str, str | None]]:
    rows = await office.read(lambda tx: tx.all(select(m.c.state, m.c.reply_code, m.c.extra)))
    return [(row.state, row.reply_code) for row in sorted(rows, key=lambda row: row.extra["seq"])]


async def test_whatever_is_queued_is_sent_once_and_woken_at_once(office: Office) -> None:
    sender = Scripted()
    async with _running(_pump(office, sender)):
        await _queue(office, 30)

        async def all_sent() -> bool:
            return all(state == "sent" for state, _ in await _states(office))

        await eventually(all_sent, "the last message")
    assert sorted(sender.sent) == sorted(f"text {n}" for n in range(30))
    refs = await office.read(lambda tx: tx.all(select(m.c.id, m.c.provider_ref)))
    assert all(row.provider_ref == f"ref-{row.id}" for row in refs)


async def test_two_pumps_send_each_message_once(office: Office) -> None:
    first, second = Scripted(), Scripted()
    async with _running(_pump(office, first, "a")), _running(_pump(office, second, "b")):
        await _queue(office, 60)

        async def all_sent() -> bool:
            return all(state == "sent" for state, _ in await _states(office))

        await eventually(all_sent, "the last message")
    assert sorted(first.sent + second.sent) == sorted(f"text {n}" for n in range(60))


@pytest.mark.parametrize(
    ("fault", "state", "code"),
    [
        (TransportError("x", permanent=True, reply_code="550"), "rejected", "550"),
        (TransportError("x", permanent=False, unknown=True), "in_doubt", "transport"),
        (TransportError("x", permanent=False, reply_code="421"), "deferred", "421"),
        (Invalid("x", code="bad_number"), "rejected", "bad_number"),
        (Unsupported("x"), "failed", "unsupported"),
        (Conflict("x"), "failed", "conflict"),
        (KeyError("a bug of ours"), "in_doubt", "fault"),
    ],
)
async def test_every_fault_is_a_state_of_its_own_message_alone(
    office: Office, fault: Exception, state: str, code: str
) -> None:
    sender = Scripted()
    sender.faults = [fault]
    await _queue(office, 3)
    assert await _pump(office, sender).once() == 3
    found = await _states(office)
    assert found.count((state, code)) == 1
    assert [one for one, _ in found].count("sent") == 2
    await office.assert_sound()


async def test_a_busy_provider_is_asked_less_and_less_and_then_given_up(office: Office) -> None:
    sender = Scripted()
    await _queue(office)
    pump = _pump(office, sender)
    waits = []
    for _ in range(5):
        sender.faults = [TransportError("x", permanent=False, reply_code="421")]
        assert await pump.once() == 1
        due = await office.read(lambda tx: tx.scalar(select(m.c.due_at)))
        waits.append((due - office.clock.now()).total_seconds())
        await office.clock.advance(2 * 3600)
    assert waits[:4] == sorted(waits[:4])
    assert await _states(office) == [("failed", "421")]
    assert await pump.once() == 0


async def test_a_message_without_a_provider_or_whose_words_were_erased_fails(
    office: Office,
) -> None:
    await _queue(office, provider="gone")
    await _pump(office, Scripted()).once()
    assert await _states(office) == [("failed", "no_provider")]
    sender = Scripted()
    await _queue(office)
    await office.db.write(lambda tx: tx.execute(delete(event_content)))
    await _pump(office, sender).once()
    assert min(await _states(office)) == ("failed", "erased")
    assert sender.sent == []


async def test_a_campaign_that_hangs_does_not_hold_up_a_reply(office: Office) -> None:
    sender = Scripted()
    sender.stuck = lambda message: message.campaign_id is not None
    await _queue(office, 50, campaign_id=new_id())
    async with _running(_pump(office, sender)):
        await asyncio.sleep(0.1)
        (reply,) = await _queue(office, purpose="service")

        async def replied() -> bool:
            row = await office.read(lambda tx: tx.first(select(m.c.state).where(m.c.id == reply)))
            return row is not None and row.state == "sent"

        await eventually(replied, "the reply")


async def test_what_a_dead_pump_left_is_in_doubt_or_sent_again_by_the_next(
    office: Office,
) -> None:
    sender = Scripted()
    sender.stuck = lambda message: True
    await _queue(office, 30)
    async with _running(_pump(office, sender, "dead")):

        async def ten_out() -> bool:
            states = [state for state, _ in await _states(office)]
            return states.count("handing_over") == 10

        await eventually(ten_out, "the first hand-overs")
    await office.db.write(
        lambda tx: tx.execute(
            update(m).values(lease_until=office.clock.now() - timedelta(days=9000))
        )
    )
    following = Scripted()
    async with _running(_pump(office, following, "next")):

        async def settled() -> bool:
            states = [state for state, _ in await _states(office)]
            return states.count("sent") == 20 and states.count("in_doubt") == 10

        await eventually(settled, "the rest")
    assert len(following.sent) == 20
    assert set(following.asked), "the provider was asked for what is in doubt"


async def test_evidence_settles_a_doubt_and_silence_does_not(office: Office) -> None:
    sender = Scripted()
    sender.faults = [TransportError("x", permanent=False, unknown=True) for _ in range(2)]
    keys = await _queue(office, 2)
    pump = _pump(office, sender)
    await pump.once()
    assert [state for state, _ in await _states(office)] == ["in_doubt", "in_doubt"]
    sender.known[keys[0]] = "SM7"
    async with _running(_pump(office, sender, "later")):

        async def found() -> bool:
            return ("sent", "found") in await _states(office)

        await eventually(found, "the evidence")
    assert [state for state, _ in await _states(office)] == ["sent", "in_doubt"]
    row = await office.read(lambda tx: tx.first(select(m).where(m.c.id == keys[0])))
    assert row is not None
    assert row.provider_ref == "SM7"
    record = sender.records[0]
    assert (record.line, record.address, record.text) == (SMS_PLAIN, MARY, "text 0")
    assert record.at == row.handed_at


async def test_what_another_hand_over_owns_settles_no_doubt(office: Office) -> None:
    """Two equal texts: what the provider shows may be the other one."""
    first = Scripted()
    (sent,) = await _queue(office)
    await _pump(office, first).once()
    sender = Scripted()
    sender.faults = [TransportError("x", permanent=False, unknown=True)]
    (key,) = await _queue(office)
    await _pump(office, sender).once()
    sender.known[key] = f"ref-{sent}"
    async with _running(_pump(office, sender, "later")):

        async def asked() -> bool:
            return bool(sender.asked)

        await eventually(asked, "the look-up")
        await asyncio.sleep(0.1)
    assert [state for state, _ in await _states(office)] == ["sent", "in_doubt"]


async def test_a_provider_that_can_not_be_asked_now_stops_nobody(office: Office) -> None:
    sender = Scripted()
    sender.faults = [TransportError("x", permanent=False, unknown=True)]
    await _queue(office)
    pump = _pump(office, sender)
    await pump.once()
    sender.faults = [Conflict("no such account")]
    await _queue(office)
    async with _running(_pump(office, sender, "later")):

        async def sent() -> bool:
            return [state for state, _ in await _states(office)].count("sent") == 1

        await eventually(sent, "the other message")


class _Carrier:
    """An SMS adapter's hand-over and look-up."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str, str]] = []
        self.records: list[dict[str, Any]] = []

    async def send(self, message_key: str, *, line: str, to: str, text: str) -> Handed:
        self.sent.append((message_key, line, to, text))
        return Handed("SM1")

    async def look_up(self, message_key: str, **record: Any) -> Handed | None:
        self.records.append(record)
        return Handed("SM1") if any(one[0] == message_key for one in self.sent) else None


async def test_a_text_goes_to_the_adapter_under_its_key(office: Office) -> None:
    carrier = _Carrier()
    sender = SmsSender(carrier)  # type: ignore[arg-type]  # the two methods it uses
    (key,) = await _queue(office)
    await _pump(office, sender).once()
    assert carrier.sent == [(str(key), SMS_PLAIN, MARY, "text 0")]
    handed = HandedOver(SMS_PLAIN, MARY, "text 0", office.clock.now())
    assert await sender.look_up(key, handed) == "SM1"
    assert await sender.look_up(new_id(), replace(handed, text="")) is None
    known, erased = carrier.records
    assert known == {
        "line": SMS_PLAIN, "to": MARY, "text": "text 0", "since": office.clock.now()
    }  # fmt: skip
    assert erased["since"] is None, "an empty text fits every message"
