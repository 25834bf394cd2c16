"""Voice commands: once per op_id, in the order of their call, and each fault a defined state."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from contactcenter.channels.voice import base as voice
from contactcenter.channels.voice.steps import Hangup, Say
from contactcenter.core.db import now_us
from contactcenter.core.errors import Conflict, Invalid, NotFound, TransportError, Unsupported
from contactcenter.handling.legs import Leg
from contactcenter.handling.tables import voice_command as v
from contactcenter.handling.voice_commands import Executor, claim, queue_command
from tests.handling.carrier import Carrier
from tests.handling.office import PLAIN, Office, eventually


@asynccontextmanager
async def _executing(
    office: Office, carrier: Carrier, owner: str = "me", **more: Any
) -> AsyncIterator[Executor]:
    executor = Executor(
        office.db, office.bus, {"simulated": carrier}, owner, office.calls.receive, **more  # type: ignore[dict-item]  # the ports it uses
    )  # fmt: skip
    task = asyncio.create_task(executor.run())
    yield executor
    assert not task.done(), task.exception()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _leg(office: Office, leg: str = "leg-1") -> Leg:
    await office.call(leg=leg, from_=f"+4477009001{leg[-2:]:0>2}".replace("-", "0"))
    state = (await office.interactions())[-1]
    return (await office.legs(state.id))["customer"]


async def _queue(office: Office, leg: Leg, *kinds: str) -> None:
    data: dict[str, dict[str, Any]] = {
        "hold": {"on": True}, "mute": {"on": False}, "hangup": {"cause": "x"},
        "join": {"room": "r", "role": "customer"}, "leave": {"steps": [Hangup()]},
        "run": {"steps": [Say("Hello"), Hangup()]}, "dance": {},
    }  # fmt: skip
    for number, kind in enumerate(kinds):
        name = kind.rstrip("0123456789")
        op_id = f"{leg.ref}-{kind}-{number}"
        await office.db.write(
            lambda tx, n=name, o=op_id: queue_command(tx, o, n, leg, **data[n])  # type: ignore[misc]  # bound now
        )


async def _states(office: Office) -> list[tuple[str, str]]:
    return [(one.kind, one.state) for one in await office.commands()]


async def _done(office: Office) -> None:
    async def none_left() -> bool:
        return all(state not in ("queued", "claimed") for _, state in await _states(office))

    await eventually(none_left, "the end of the commands")


async def test_every_command_reaches_the_carrier_with_its_op_id_in_order(office: Office) -> None:
    carrier, leg = Carrier(), await _leg(office)
    kinds = ("run", "join", "hold", "mute", "leave", "hangup")
    async with _executing(office, carrier):
        await _queue(office, leg, *kinds)
        await _done(office)
    assert carrier.kinds() == list(kinds)
    assert [op for _, op, _ in carrier.told] == [f"leg-1-{k}-{n}" for n, k in enumerate(kinds)]
    assert carrier.told[0][2] == ("leg-1", (Say("Hello"), Hangup()))
    assert carrier.told[1][2] == ("leg-1", "r", "customer")
    assert {state for _, state in await _states(office)} == {"done"}


async def test_an_op_id_is_one_command(office: Office) -> None:
    leg = await _leg(office)
    for _ in range(3):
        await office.db.write(lambda tx: queue_command(tx, "same", "hold", leg, on=True))
    assert len(await office.commands()) == 1


async def test_a_leg_that_we_start_is_named_by_what_the_carrier_says(office: Office) -> None:
    carrier = Carrier()
    agent = await office.agent()
    key = await office.assigned_call(agent)
    async with _executing(office, carrier):
        await _done(office)
    ((kind, op_id, what),) = carrier.told
    assert (kind, what[0], what[3]) == ("originate", f"agent:{agent}", 20.0)
    assert (await office.legs(key))["agent"].ref.startswith("leg-")
    await office.take(voice.LegRinging, (await office.legs(key))["agent"].ref, line=PLAIN)
    assert "leg_ringing" in await office.kinds(key)
    assert op_id


async def test_commands_of_other_calls_do_not_wait(office: Office) -> None:
    carrier = Carrier()
    slow, quick = await _leg(office, "leg-1"), await _leg(office, "leg-2")
    stuck = asyncio.Event()

    async def before(kind: str) -> None:
        if kind == "hold":
            await stuck.wait()

    carrier.before = before
    async with _executing(office, carrier):
        await _queue(office, slow, "hold", "mute")
        await _queue(office, quick, "join")

        async def quick_done() -> bool:
            return "join" in carrier.kinds()

        await eventually(quick_done, "the other call's command")
        assert carrier.kinds() == ["join"]
        stuck.set()
        await _done(office)
    assert carrier.kinds() == ["join", "hold", "mute"]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (Conflict("gone", code="leg_gone"), "superseded"),
        (Unsupported("no hold"), "failed"),
        (TransportError("no", permanent=True), "failed"),
        (Invalid("what?"), "failed"),
        (NotFound("where?"), "failed"),
        (KeyError("a bug"), "failed"),
    ],
)
async def test_a_fault_is_that_commands_own(office: Office, fault: Exception, state: str) -> None:
    carrier, leg = Carrier(), await _leg(office)
    carrier.faults = [fault]
    async with _executing(office, carrier):
        await _queue(office, leg, "hold", "mute")
        await _done(office)
    assert await _states(office) == [("hold", state), ("mute", "done")]


async def test_an_unknown_kind_or_carrier_fails_and_says_so(office: Office) -> None:
    leg = await _leg(office)
    async with _executing(office, Carrier()):
        await _queue(office, leg, "dance")
        await _done(office)
    (dance,) = await office.commands()
    assert (dance.state, dance.fault) == ("failed", "voice command dance")
    other = Executor(office.db, office.bus, {}, "other")
    await _queue(office, leg, "hold")
    task = asyncio.create_task(other.run())
    await _done(office)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (await office.commands())[-1].fault == "no carrier simulated"


async def test_a_carrier_that_does_not_answer_is_asked_again_and_the_rest_waits_its_turn(
    office: Office,
) -> None:
    carrier, leg = Carrier(), await _leg(office)
    lost = TransportError("no answer", permanent=False, unknown=True)
    carrier.faults = [lost, None, None]
    async with _executing(office, carrier):
        await _queue(office, leg, "join", "run")

        async def put_off() -> bool:
            return (await office.commands())[0].fault is not None

        await eventually(put_off, "the fault")
        await asyncio.sleep(0.4)
        assert carrier.told == [], "the later command must not overtake the one that waits"
        await office.clock.advance(5)
        await _done(office)
    assert carrier.kinds() == ["join", "run"]
    assert [one.tries for one in await office.commands()] == [2, 1]


async def test_a_carrier_that_never_answers_is_given_up_in_the_end(office: Office) -> None:
    carrier, leg = Carrier(), await _leg(office)
    carrier.faults = [TransportError("no answer", permanent=False) for _ in range(20)]
    async with _executing(office, carrier):
        await _queue(office, leg, "hold")

        async def over() -> bool:
            await office.clock.advance(30)
            return await _states(office) == [("hold", "failed")]

        await eventually(over, "the end")
    assert (await office.commands())[0].tries == 5


# -- legs that never come to be --------------------------------------------------------------------


async def test_an_agents_leg_that_can_not_be_started_gives_the_call_back(office: Office) -> None:
    carrier = Carrier()
    carrier.faults = [TransportError("no channel", permanent=True)]
    ann = await office.agent("Ann")
    key = await office.assigned_call(ann)
    async with _executing(office, carrier):
        await _done(office)
    await office.turn()
    assert (await office.legs(key))["agent"].state == "ended"
    assert (await office.last("leg_ended", key)).data["cause"] == "failed"
    assert (await office.state(key)).state == "waiting"
    assert await office.agent_state(ann) == ("away", "no_media")


async def test_a_leg_given_up_before_it_was_started_is_never_started(office: Office) -> None:
    """The hang-up overtakes the originate that waits for the carrier."""
    carrier = Carrier()
    carrier.faults = [TransportError("busy", permanent=False)]
    ann = await office.agent("Ann")
    key = await office.assigned_call(ann)
    agents = (await office.legs(key))["agent"]
    async with _executing(office, carrier):

        async def put_off() -> bool:
            return (await office.commands())[0].fault is not None

        await eventually(put_off, "the fault")
        await office.db.write(
            lambda tx: queue_command(tx, "stop", "hangup", agents, cause="customer_left")
        )
        await office.db.write(
            lambda tx: tx.execute(update(v).where(v.c.kind == "originate").values(state="failed"))
        )
        await _done(office)
    assert carrier.told == []
    leg = (await office.legs(key))["agent"]
    assert leg.state == "ended"
    assert (await office.last("leg_ended", key)).data["cause"] == "cancelled"


async def test_a_command_for_a_leg_that_has_ended_is_superseded_but_a_hang_up_is_not(
    office: Office,
) -> None:
    carrier, leg = Carrier(), await _leg(office)
    await office.take(voice.LegEnded, line=PLAIN, cause="normal")
    async with _executing(office, carrier):
        await _queue(office, leg, "hold", "hangup")
        await _done(office)
    assert carrier.kinds() == ["hangup"], "the carrier may know it as living"
    assert await _states(office) == [("hold", "superseded"), ("hangup", "done")]


async def test_a_leg_that_reports_named_already_is_not_started_again(office: Office) -> None:
    """The process died between the carrier's report and the carrier's answer."""
    carrier = Carrier()
    await office.assigned_call(await office.agent())
    (asked,) = await office.commands("originate")
    await office.take(voice.LegRinging, "leg-a", line=PLAIN, origin=asked.op_id)
    async with _executing(office, carrier):
        await _done(office)
    assert carrier.told == []
    assert await _states(office) == [("originate", "done")]


async def test_a_second_try_says_since_when_and_which_legs_are_others(office: Office) -> None:
    carrier, compared = Carrier(), list[str]()
    carrier.faults = [TransportError("busy", permanent=False)]
    key = await office.assigned_call(await office.agent())

    async def compare(provider: str) -> None:
        compared.append(provider)

    async with _executing(office, carrier, compare=compare):

        async def put_off() -> bool:
            return (await office.commands())[0].fault is not None

        await eventually(put_off, "the fault")
        await office.clock.advance(5)
        await _done(office)
    first, second = carrier.earlier
    assert first is None
    assert second is not None
    ours = await office.legs(key)
    assert second.others == {ours["customer"].ref}
    assert timedelta(0) <= office.clock.now() - second.since < timedelta(minutes=1)
    assert compared == ["simulated"]


async def test_a_leg_that_ended_before_we_knew_it_ends_here_too(office: Office) -> None:
    carrier = Carrier()
    carrier.faults = [Conflict("over", code="leg_gone")]
    key = await office.assigned_call(await office.agent())
    async with _executing(office, carrier):
        await _done(office)
    assert (await office.legs(key))["agent"].state == "ended"
    assert (await _states(office))[0] == ("originate", "superseded")


# -- after a crash -------------------------------------------------------------------------------


async def _claimed(office: Office, owner: str, *, alone: bool = False) -> list[str]:
    found = await office.db.write(lambda tx: claim(tx, owner, alone=alone))
    return [one.kind for one in found]


async def _lease_ends(office: Office) -> None:
    now = await office.read(lambda tx: tx.scalar(select(now_us())))
    await office.db.write(
        lambda tx: tx.execute(update(v).values(lease_until=now - timedelta(seconds=1)))
    )


async def test_commands_of_a_dead_executor_are_executed_again_under_their_op_id(
    office: Office,
) -> None:
    leg = await _leg(office)
    await _queue(office, leg, "join", "hold")
    assert await _claimed(office, "dead") == ["join", "hold"]
    assert await _claimed(office, "next") == []
    await _lease_ends(office)
    carrier = Carrier()
    async with _executing(office, carrier, "next"):
        await _done(office)
    assert [op for _, op, _ in carrier.told] == ["leg-1-join-0", "leg-1-hold-1"]


async def test_the_first_claim_of_an_embedded_server_waits_for_no_lease(office: Office) -> None:
    leg = await _leg(office)
    await _queue(office, leg, "join")
    assert await _claimed(office, "dead") == ["join"]
    assert await _claimed(office, "new", alone=True) == ["join"]
    assert await _claimed(office, "new", alone=True) == []


async def test_what_another_node_has_in_hand_is_not_overtaken(office: Office) -> None:
    leg = await _leg(office)
    await _queue(office, leg, "join")
    assert await _claimed(office, "a") == ["join"]
    await _queue(office, leg, "run1", "hold2")
    assert await _claimed(office, "b") == []
    await office.db.write(
        lambda tx: tx.execute(update(v).where(v.c.kind == "join").values(state="done"))
    )
    assert await _claimed(office, "b") == ["run", "hold"]


async def test_two_executors_take_each_command_once(office: Office) -> None:
    first, second = Carrier(), Carrier()
    found = [await _leg(office, f"leg-{n}") for n in range(10, 18)]
    async with AsyncExitStack() as running:
        await running.enter_async_context(_executing(office, first, "a"))
        if office.db.store == "postgresql":  # an embedded store has one server
            await running.enter_async_context(_executing(office, second, "b"))
        for leg in found:
            await _queue(office, leg, "join", "hold", "mute")
        await _done(office)
    ops = [op for _, op, _ in first.told + second.told]
    assert len(ops) == len(set(ops)) == 24
    for leg in found:
        theirs = [kind for kind, op, _ in first.told if op.startswith(leg.ref)]
        others = [kind for kind, op, _ in second.told if op.startswith(leg.ref)]
        assert sorted(theirs + others) == ["hold", "join", "mute"]


async def test_steps_and_arguments_survive_the_row(office: Office) -> None:
    leg = await _leg(office)
    steps = (Say("Guten Tag", "de"), Hangup("done"))
    await office.db.write(lambda tx: queue_command(tx, UUID(int=1), "run", leg, steps=steps))
    carrier = Carrier()
    async with _executing(office, carrier):
        await _done(office)
    assert carrier.told == [("run", str(UUID(int=1)), ("leg-1", steps))]
