"""After a restart or a lost connection: our legs against the carrier's, taken up or ended."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from contactcenter.channels.voice import base as voice
from contactcenter.channels.voice.steps import Bridge, Collect, Hangup, Park
from contactcenter.core.errors import Conflict
from contactcenter.core.ids import derived_id
from contactcenter.handling import legs
from contactcenter.handling.calls import Calls
from contactcenter.handling.reconcile import Reconciler
from tests.handling.carrier import Carrier
from tests.handling.office import PLAIN, VOICE, Office


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


async def _restart(office: Office, carrier: Carrier) -> Reconciler:
    """A new process takes over: its carrier comes up."""
    office.calls = Calls(office.db, office.lines, office.calls._menus)
    reconciler = Reconciler(office.db, office.clock, office.calls, carrier)  # type: ignore[arg-type]  # the ports it uses
    await reconciler.carrier(True)
    return reconciler


def _ran(carrier: Carrier) -> list[tuple[str, list[type]]]:
    return [
        (what[0], [type(step) for step in what[1]])
        for kind, _, what in carrier.told
        if kind == "run"
    ]


async def _op_of(office: Office, leg: str) -> str:
    found = await office.read(lambda tx: legs.find(tx, "simulated", leg))
    assert found is not None
    return found.op_id


async def test_the_menu_is_asked_again_and_its_answer_counts(
    office: Office, carrier: Carrier
) -> None:
    await office.call(line=VOICE)
    before = await office.kinds()
    carrier.lives("leg-1")
    await _restart(office, carrier)
    assert _ran(carrier) == [("leg-1", [Collect])]
    assert await office.kinds() == before, "asking again is no event"
    (_, op_id, _) = carrier.told[0]
    assert await _op_of(office, "leg-1") == op_id
    steps = await office.take(voice.Collected, op_id=op_id, value="2", how="digits")
    assert isinstance(steps[-1], Collect)


async def test_a_waiting_caller_is_parked_again(office: Office, carrier: Carrier) -> None:
    await office.call()
    carrier.lives("leg-1")
    await _restart(office, carrier)
    assert _ran(carrier) == [("leg-1", [Park])]


async def test_a_caller_who_was_offered_or_whose_agent_rings_waits_on(
    office: Office, carrier: Carrier
) -> None:
    agent = await office.agent()
    await office.call()
    await office.turn()
    carrier.lives("leg-1")
    await _restart(office, carrier)
    assert (await office.only()).state == "offered"
    key = await office.accepted(agent)
    (asked,) = await office.commands("originate")
    await office.take(voice.LegRinging, "leg-a", line=PLAIN, origin=asked.op_id)
    carrier.lives("leg-a", state="ringing", direction="outbound")
    await _restart(office, carrier)
    assert _ran(carrier) == [("leg-1", [Park])] * 2
    assert (await office.state(key)).state == "assigned"


async def test_both_in_their_room_are_left_alone(office: Office, carrier: Carrier) -> None:
    key = await office.connected_call(await office.agent())
    before = await office.kinds(key)
    room = legs.room_of(key)
    carrier.lives("leg-1", room=room)
    carrier.lives("leg-a", room=room, direction="outbound")
    await _restart(office, carrier)
    assert carrier.told == []
    assert await office.kinds(key) == before


async def test_a_customer_on_the_way_into_the_room_gets_there(
    office: Office, carrier: Carrier
) -> None:
    key = await office.assigned_call(await office.agent())
    await office.agent_answers(key)
    carrier.lives("leg-1")
    carrier.lives("leg-a", direction="outbound")
    await _restart(office, carrier)
    room = legs.room_of(key)
    assert [what for _, _, what in carrier.told] == [
        ("leg-1", (Bridge(room, "customer"),)), ("leg-a", (Bridge(room, "agent"),)),
    ]  # fmt: skip


async def test_a_leg_the_carrier_no_longer_has_is_ended(office: Office, carrier: Carrier) -> None:
    key = await office.connected_call(await office.agent())
    await _restart(office, carrier)
    causes = [e.data["cause"] for e in await office.events(key) if e.kind == "leg_ended"]
    assert causes == ["carrier_lost", "carrier_lost"]
    await office.turn()
    assert (await office.state(key)).state == "wrap_up"
    await office.assert_sound()


async def test_a_stranger_is_hung_up_but_an_offer_is_waited_for(
    office: Office, carrier: Carrier
) -> None:
    carrier.lives("stranger")
    carrier.lives("new", state="offered")
    await _restart(office, carrier)
    assert [(kind, what) for kind, _, what in carrier.told] == [
        ("hangup", ("stranger", "unknown_leg"))
    ]
    assert await office.interactions() == []


async def test_a_leg_of_a_closed_interaction_is_hung_up(office: Office, carrier: Carrier) -> None:
    agent = await office.agent()
    key = await office.connected_call(agent)
    await office.take(voice.LegEnded, "leg-1", line=PLAIN, cause="normal")
    await office.turn()
    carrier.lives("leg-a", direction="outbound")
    await _restart(office, carrier)
    assert [(kind, what) for kind, _, what in carrier.told] == [
        ("run", ("leg-a", (Hangup("resumed_after_end"),)))
    ]
    assert (await office.state(key)).state == "wrap_up"


async def test_what_was_reported_while_we_were_away_is_learnt(
    office: Office, carrier: Carrier
) -> None:
    """A carrier that repeats nothing: the answer and the rooms show in what lives."""
    key = await office.assigned_call(await office.agent())
    (asked,) = await office.commands("originate")
    room = legs.room_of(key)
    carrier.lives("leg-1", room=room)
    carrier.lives("leg-a", room=room, direction="outbound", op_id=asked.op_id)
    await _restart(office, carrier)
    kinds = await office.kinds(key)
    assert kinds[-5:] == ["joined", "leg_ringing", "leg_answered", "joined", "connected"]
    assert (await office.state(key)).connected


async def test_an_agents_leg_not_yet_started_is_left_to_the_executor(
    office: Office, carrier: Carrier
) -> None:
    key = await office.assigned_call(await office.agent())
    carrier.lives("leg-1")
    await _restart(office, carrier)
    agent = (await office.legs(key))["agent"]
    assert agent.ref.startswith(legs.AWAITED)
    assert agent.state == "starting"


async def test_a_call_that_may_be_the_awaited_one_is_not_hung_up(
    office: Office, carrier: Carrier
) -> None:
    """A killed process asked for it: the executor will look before it asks again."""
    await office.assigned_call(await office.agent())
    carrier.lives("leg-1")
    carrier.lives("leg-unknown", line=PLAIN, direction="outbound")
    carrier.lives("leg-stranger", line="+15550000000", direction="outbound")
    await _restart(office, carrier)
    ended = [what[0] for kind, _, what in carrier.told if kind == "hangup"]
    assert ended == ["leg-stranger"]


async def test_an_outgoing_call_that_rings_at_the_customers_rings_on(
    office: Office, carrier: Carrier
) -> None:
    key = await _outgoing(office)
    (_, asked) = await office.commands("originate")
    await office.take(voice.LegRinging, "leg-c", line=PLAIN, origin=asked.op_id)
    carrier.lives("leg-a", room=legs.room_of(key), direction="outbound")
    carrier.lives("leg-c", state="ringing", direction="outbound", op_id=asked.op_id)
    await _restart(office, carrier)
    assert carrier.told == [], "its first steps wait with the carrier"
    carrier.living.pop()
    carrier.lives("leg-c", direction="outbound", op_id=asked.op_id)
    await _restart(office, carrier)
    assert [what for _, _, what in carrier.told] == [
        ("leg-c", (Bridge(legs.room_of(key), "customer"),))
    ]


async def _outgoing(office: Office) -> UUID:
    from tests.handling.test_call_ends import _dialled

    key: UUID = await _dialled(office, await office.agent())
    await office.agent_answers(key)
    await office.take(voice.Joined, "leg-a", line=PLAIN, room=legs.room_of(key))
    return key


# -- the same process: a lost connection, or events kept for it ---------------------------------


async def test_legs_this_process_instructed_are_not_disturbed(
    office: Office, carrier: Carrier
) -> None:
    reconciler = await _restart(office, carrier)
    await office.call(line=VOICE)
    carrier.lives("leg-1")
    ups = []
    for up in (False, True):
        await reconciler.carrier(up)
        ups.append(reconciler.is_up)
    assert ups == [False, True]
    assert carrier.told == []


async def test_a_kept_event_without_steps_does_not_count_as_instruction(
    office: Office, carrier: Carrier
) -> None:
    """Events kept while we were away come before ``carrier(True)``; one that gave no steps, a
    caption or a ringing, must not leave its leg in silence."""
    await office.call(line=VOICE)
    office.calls = Calls(office.db, office.lines, office.calls._menus)
    late = office.event(voice.Captioned, text="hello?", language="en")
    assert await office.calls.receive(late) is None
    carrier.lives("leg-1")
    await Reconciler(office.db, office.clock, office.calls, carrier).carrier(True)  # type: ignore[arg-type]  # as above
    assert _ran(carrier) == [("leg-1", [Collect])]


async def test_a_kept_event_that_gave_steps_does(office: Office, carrier: Carrier) -> None:
    offered = office.event(voice.LegOffered, line=VOICE, from_="+447700900001", to=VOICE)
    await office.calls.receive(offered)
    office.calls = Calls(office.db, office.lines, office.calls._menus)
    kept = office.event(voice.Collected, op_id=offered.event_id, value="1", how="digits")
    assert await office.calls.receive(kept)
    carrier.lives("leg-1")
    await Reconciler(office.db, office.clock, office.calls, carrier).carrier(True)  # type: ignore[arg-type]  # as above
    assert carrier.told == [], "the carrier's runner is at them"


async def test_a_leg_that_ends_while_it_is_taken_up_stops_nothing(
    office: Office, carrier: Carrier
) -> None:
    await office.call(leg="leg-1")
    await office.call("+447700900002", leg="leg-2")
    carrier.lives("leg-1")
    carrier.lives("leg-2")
    carrier.faults = [Conflict("gone", code="leg_gone")]
    await _restart(office, carrier)
    assert len(_ran(carrier)) == 1


async def test_each_taking_up_is_a_command_of_its_own(office: Office, carrier: Carrier) -> None:
    await office.call()
    carrier.lives("leg-1")
    await _restart(office, carrier)
    await _restart(office, carrier)
    ops = [op for _, op, _ in carrier.told]
    assert len(set(ops)) == 2
    assert derived_id("x") == derived_id("x")


async def test_a_leg_started_while_we_ask_is_not_taken_for_lost(
    office: Office, carrier: Carrier
) -> None:
    key = await office.assigned_call(await office.agent())
    carrier.lives("leg-1")
    (asked,) = await office.commands("originate")
    asking = carrier.live

    async def live() -> Any:
        found = list(await asking())
        await office.db.write(lambda tx: legs.named(tx, "simulated", asked.op_id, "leg-a"))
        return found

    carrier.live = live  # type: ignore[method-assign]  # the executor works at the same time
    await _restart(office, carrier)
    assert (await office.legs(key))["agent"].state == "starting"
