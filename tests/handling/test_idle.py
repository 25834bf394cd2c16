"""Who finds nothing to do writes nothing; what is asked before a claim agrees with the claim."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from contactcenter.handling import outbound, voice_commands
from contactcenter.handling.outbound import queue_message
from contactcenter.handling.pump import Pump
from contactcenter.handling.tables import outbound_message as m
from contactcenter.handling.tables import voice_command as v
from contactcenter.handling.voice_commands import Executor, queue_command
from tests.handling.carrier import Carrier
from tests.handling.office import Office, eventually
from tests.handling.test_outbound import _draft, _interaction

LONG = timedelta(hours=1)


def _now() -> datetime:
    """Leases live by the database's clock, whatever the test's says."""
    return datetime.now(UTC)


async def _message(office: Office, **values: Any) -> None:
    interaction = await _interaction(office)
    await office.db.write(lambda tx: queue_message(tx, _draft(interaction)))
    if values:
        await office.db.write(lambda tx: tx.execute(update(m).values(**values)))


@pytest.mark.parametrize("state", sorted(outbound.RANK))
@pytest.mark.parametrize("is_ended", [False, True])
async def test_a_message_is_due_when_it_would_be_claimed(
    office: Office, state: str, is_ended: bool
) -> None:
    assert not await office.db.read(outbound.is_due)
    until = _now() + (-LONG if is_ended else LONG)
    await _message(office, state=state, owner="gone", lease_until=until)
    is_due = await office.db.read(outbound.is_due)
    assert is_due == (state in ("queued", "deferred") or (state == "claimed" and is_ended))
    assert is_due == bool(await office.db.write(lambda tx: outbound.claim(tx, "me")))


async def test_a_message_of_later_is_not_due(office: Office) -> None:
    await _message(office, due_at=office.db.clock.now() + LONG)
    assert not await office.db.read(outbound.is_due)


@pytest.mark.parametrize("state", ["queued", "claimed", "done", "superseded", "failed"])
@pytest.mark.parametrize("is_ended", [False, True])
async def test_a_command_is_due_when_it_would_be_claimed(
    office: Office, state: str, is_ended: bool
) -> None:
    assert not await office.db.read(voice_commands.is_due)
    await office.call()
    (state_of,) = await office.interactions()
    leg = (await office.legs(state_of.id))["customer"]
    await office.db.write(lambda tx: queue_command(tx, "one", "hangup", leg, cause="x"))
    until = _now() + (-LONG if is_ended else LONG)
    values = {"state": state, "owner": "gone", "lease_until": until}
    await office.db.write(lambda tx: tx.execute(update(v).values(**values)))
    is_due = await office.db.read(voice_commands.is_due)
    assert is_due == (state == "queued" or (state == "claimed" and is_ended))
    assert is_due == bool(await office.db.write(lambda tx: voice_commands.claim(tx, "me")))


async def test_an_idle_pump_and_an_idle_executor_do_not_claim(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = {"pump": 0, "executor": 0}

    def counted(name: str, claim: Any) -> Any:
        def count(*given: Any, **more: Any) -> Any:
            claims[name] += 1
            return claim(*given, **more)

        return count

    monkeypatch.setattr(outbound, "claim", counted("pump", outbound.claim))
    monkeypatch.setattr(voice_commands, "claim", counted("executor", voice_commands.claim))
    pump = Pump(office.db, office.bus, {}, "me")
    executor = Executor(office.db, office.bus, {"simulated": Carrier()}, "me")  # type: ignore[dict-item]  # the ports it uses
    tasks = [asyncio.create_task(pump.run()), asyncio.create_task(executor.run())]
    await asyncio.sleep(0.8)  # three polls each
    first = 1 if office.db.store == "sqlite" else 0  # takes over what a dead process had
    assert claims == {"pump": 0, "executor": first}
    await _message(office)

    async def claimed() -> bool:
        return claims["pump"] > 0

    await eventually(claimed)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
