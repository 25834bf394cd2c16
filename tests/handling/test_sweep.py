"""What is needed for a time only goes, a hundred rows at a time; what is a record stays."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from contactcenter.channels.voice import base as voice
from contactcenter.core.db import Tx
from contactcenter.handling import receipts, sweep
from contactcenter.handling.sweep import Sweep
from contactcenter.handling.tables import inbound_receipt, leg, menu_run, voice_command
from tests.handling.office import PLAIN, VOICE, Office, eventually


async def _count(office: Office, table: object) -> int:
    return int(
        await office.read(
            lambda tx: tx.scalar(select(func.count()).select_from(table))  # type: ignore[arg-type]  # any table
        )
    )


async def test_receipts_are_kept_for_thirty_days_and_then_go(office: Office) -> None:
    old = office.clock.now() - timedelta(days=30, seconds=1)
    young = office.clock.now() - timedelta(days=29)

    def fill(tx: Tx) -> None:
        rows = [
            {"provider": "p", "line": "l", "event_id": f"{at}-{n}", "at": at}
            for at, count in ((old, 250), (young, 3))
            for n in range(count)
        ]
        tx.execute(insert(inbound_receipt), rows)

    await office.db.write(fill)
    assert await office.db.write(sweep.receipts) == sweep.BATCH
    assert await Sweep(office.db, "me").sweep() == 150
    assert await _count(office, inbound_receipt) == 3
    assert await Sweep(office.db, "me").sweep() == 0


async def test_a_repetition_within_the_time_still_gets_its_answer(office: Office) -> None:
    event = office.event(voice.LegOffered, line=VOICE, from_="+447700900001", to=VOICE)
    steps = await office.calls.receive(event)
    await office.clock.advance(29 * 86400)
    await Sweep(office.db, "me").sweep()
    assert await office.calls.receive(event) == steps
    assert len(await office.interactions()) == 1


async def test_finished_commands_go_and_waiting_ones_stay(office: Office) -> None:
    await office.assigned_call(await office.agent())
    await office.clock.advance(31 * 86400)
    assert await Sweep(office.db, "me").sweep() == 1  # the receipt of the call
    assert await _count(office, voice_command) == 1, "nobody has carried it out yet"
    await office.db.write(lambda tx: tx.execute(update(voice_command).values(state="done")))
    assert await Sweep(office.db, "me").sweep() == 1
    assert await _count(office, voice_command) == 0
    assert await _count(office, leg) == 2, "legs are the record of the call"


async def test_what_was_entered_in_a_menu_goes_a_day_after_the_end(office: Office) -> None:
    await office.call(line=VOICE)
    await office.call("+447700900002", line=VOICE, leg="leg-2")
    await office.take(voice.LegEnded, "leg-1", cause="normal")
    await office.clock.advance(86400 - 60)
    assert await office.db.write(sweep.runs) == 0
    await office.clock.advance(120)
    assert await office.db.write(sweep.runs) == 1
    assert await _count(office, menu_run) == 1, "the other caller is still in the menu"


async def test_of_two_nodes_one_sweeps(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[str] = []

    async def note(self: Sweep) -> int:
        swept.append(self._owner)
        return 0

    monkeypatch.setattr(Sweep, "sweep", note)
    tasks = [asyncio.create_task(Sweep(office.db, name).run()) for name in ("a", "b")]

    async def some() -> bool:
        return bool(swept)

    await eventually(some, "the sweep")
    await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert len(swept) == 1


async def test_a_receipt_of_none_is_an_answer_too(office: Office) -> None:
    await office.call(line=PLAIN)
    ringing = office.event(voice.LegRinging, line=PLAIN)
    assert await office.calls.receive(ringing) is None
    seen = await office.read(lambda tx: receipts.found(tx, "simulated", PLAIN, ringing.event_id))
    assert seen == (True, None)
