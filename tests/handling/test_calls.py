"""A carrier's event taken once: offers, input, faults, repetitions and strays."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from contactcenter.channels.voice import base as voice
from contactcenter.channels.voice.steps import Collect, Hangup, Park, Reject, Say
from contactcenter.crm import customers
from contactcenter.handling.tables import inbound_receipt
from tests.handling.office import BARE, BROKEN, JOHN, MARY, PLAIN, VOICE, Office


async def test_a_call_opens_an_interaction_with_customer_leg_and_queue(office: Office) -> None:
    steps = await office.call()
    assert steps is not None
    (park,) = steps
    assert isinstance(park, Park)
    assert park.queue == "sales"
    assert [one.language for one in park.announcements if isinstance(one, Say)] == ["en"]
    state = await office.only()
    assert (state.state, state.channel, state.direction, state.line) == (
        "waiting", "voice", "inbound", PLAIN,
    )  # fmt: skip
    assert await office.kinds() == ["opened", "leg_started", "queued"]
    assert (await office.events())[0].content == {"from": MARY}
    assert (await office.customer()).id == state.customer_id
    (leg,) = (await office.legs(state.id)).values()
    assert (leg.ref, leg.party, leg.state) == ("leg-1", "customer", "up")
    await office.assert_sound()


async def test_a_menu_line_asks_first(office: Office) -> None:
    steps = await office.call(line=VOICE)
    assert steps is not None
    (collect,) = steps
    assert isinstance(collect, Collect)
    assert {one.language for one in collect.prompts if isinstance(one, Say)} == {"en", "zh-CN"}
    assert (await office.only()).state == "in_menu"


async def test_a_call_to_no_line_of_ours_is_rejected_and_nothing_is_written(
    office: Office,
) -> None:
    assert await office.call(line="+4420000000") == [Reject("rejected")]
    assert await office.interactions() == []


@pytest.mark.parametrize("number", ["anonymous", "", "sip:x@y"])
async def test_a_caller_without_number_is_a_customer_of_this_call_alone(
    office: Office, number: str
) -> None:
    await office.call(number, leg="leg-1")
    await office.call(number, leg="leg-2")
    first, second = await office.interactions()
    assert first.customer_id != second.customer_id
    assert first.state == second.state == "waiting"


async def test_the_same_caller_is_the_same_customer(office: Office) -> None:
    await office.call("07700 900001", leg="leg-1")
    await office.call(MARY, leg="leg-2")
    first, second = await office.interactions()
    assert first.customer_id == second.customer_id


async def test_a_repetition_gets_the_same_answer_and_changes_nothing(office: Office) -> None:
    event = office.event(voice.LegOffered, line=VOICE, from_=MARY, to=VOICE)
    first = await office.calls.receive(event)
    before = await office.events()
    assert await office.calls.receive(event) == first
    assert await office.events() == before


async def test_two_copies_at_the_same_time_are_one_call(office: Office) -> None:
    event = office.event(voice.LegOffered, line=VOICE, from_=MARY, to=VOICE)
    answers = await asyncio.gather(*(office.calls.receive(event) for _ in range(5)))
    assert all(one == answers[0] for one in answers)
    kinds = await office.kinds()
    assert kinds[:3] == ["opened", "leg_started", "menu_entered"]
    assert kinds.count("menu_entered") == 1


async def test_an_offer_under_another_event_id_for_a_known_leg_opens_nothing(
    office: Office,
) -> None:
    await office.call()
    assert await office.take(voice.LegOffered, line=PLAIN, from_=MARY, to=PLAIN) is None
    assert len(await office.interactions()) == 1


async def test_input_moves_the_menu_on_and_an_older_one_is_superseded(office: Office) -> None:
    offered = office.event(voice.LegOffered, line=VOICE, from_=MARY, to=VOICE)
    await office.calls.receive(offered)
    first = office.event(voice.Collected, op_id=offered.event_id, value="2", how="digits")
    steps = await office.calls.receive(first)
    assert steps is not None
    assert isinstance(steps[-1], Collect)
    assert steps[-1].language == "zh-CN"
    late = office.event(voice.Collected, op_id=offered.event_id, value="2", how="digits")
    assert await office.calls.receive(late) is None
    choice = office.event(voice.Collected, op_id=first.event_id, value="2", how="digits")
    steps = await office.calls.receive(choice)
    assert steps is not None
    assert [type(one) for one in steps] == [Say, Park]
    assert (await office.only()).state == "waiting"
    assert await office.take(voice.NoInput, op_id=choice.event_id) is None


async def test_an_event_of_an_unknown_leg_ends_that_leg_but_its_end_is_nothing(
    office: Office,
) -> None:
    for kind in (voice.LegRinging, voice.LegAnswered):
        assert await office.take(kind, "stranger") == [Hangup("unknown_leg")]
    assert await office.take(voice.NoInput, "stranger", op_id="x") == [Hangup("unknown_leg")]
    assert await office.take(voice.LegEnded, "stranger", cause="normal") is None
    assert await office.interactions() == []


async def test_nothing_happens_after_the_end_but_recordings(office: Office) -> None:
    await office.call(line=VOICE)
    await office.take(voice.LegEnded, cause="normal")
    before = await office.kinds()
    assert before[-2:] == ["menu_left", "closed"]
    late: list[tuple[type[voice.VoiceEvent], dict[str, Any]]] = [
        (voice.Collected, {"op_id": "", "value": "1", "how": "digits"}),
        (voice.Joined, {"room": "r"}),
        (voice.Left, {"room": "r", "reason": "ended"}),
        (voice.HoldChanged, {"on": True}),
        (voice.LegRinging, {}),
        (voice.LegEnded, {"cause": "failed"}),
    ]
    for kind, more in late:
        assert await office.take(kind, **more) is None
    assert await office.kinds() == before
    await office.take(voice.RecordingReady, recording="r1", media="media/r1", seconds=12.5)
    ready = await office.last("recording_ready")
    assert ready.data == {"recording": "r1", "seconds": 12.5}
    assert ready.content == {"media": "media/r1"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [(VOICE, "left_in_menu"), (PLAIN, "abandoned")],
)
async def test_a_caller_who_hangs_up_ends_the_interaction(
    office: Office, line: str, reason: str
) -> None:
    await office.call(line=line)
    await office.take(voice.LegEnded, cause="normal")
    await office.turn()
    state = await office.only()
    assert (state.state, state.close_reason) == ("closed", reason)
    assert (await office.last("leg_ended")).data["cause"] == "normal"
    assert state.ended_at is not None
    await office.assert_sound()


async def test_a_caller_known_by_language_is_not_asked_for_it(office: Office) -> None:
    await office.call(MARY, line=PLAIN)
    known = await office.customer()
    await office.db.write(lambda tx: customers.edit(tx, known.id, {"language": "zh-CN"}))
    steps = await office.call(MARY, line=VOICE, leg="leg-2")
    assert steps is not None
    assert isinstance(steps[-1], Collect)
    assert steps[-1].language == "zh-CN"
    steps = await office.call(MARY, line=PLAIN, leg="leg-3")
    assert steps is not None
    assert isinstance(steps[0], Park)
    spoken = steps[0].announcements[0]
    assert isinstance(spoken, Say)
    assert spoken.language == "zh-CN"


# -- faults ------------------------------------------------------------------------------------


async def test_a_line_whose_menu_is_gone_apologises_and_queues(office: Office) -> None:
    steps = await office.call(line=BROKEN)
    assert steps is not None
    sorry, park = steps
    assert isinstance(sorry, Say)
    assert sorry.language == "zh-CN"
    assert isinstance(park, Park)
    assert park.queue == "sales"
    assert await office.kinds() == ["opened", "leg_started", "fault", "queued"]
    assert (await office.only()).state == "waiting"
    await office.assert_sound()


async def test_a_line_with_neither_menu_nor_queue_says_goodbye_and_is_logged(
    office: Office,
) -> None:
    steps = await office.call(line=BARE)
    assert steps is not None
    assert [type(one) for one in steps] == [Say, Hangup]
    assert await office.kinds() == ["opened", "leg_started", "fault"]
    await office.take(voice.LegEnded, cause="fault")
    assert (await office.only()).state == "closed"


async def test_a_choice_that_can_not_be_carried_out_leads_to_a_person(office: Office) -> None:
    offered = office.event(voice.LegOffered, line=VOICE, from_=JOHN, to=VOICE)
    await office.calls.receive(offered)
    first = office.event(voice.Collected, op_id=offered.event_id, value="1", how="digits")
    await office.calls.receive(first)
    wrong = office.event(voice.Collected, op_id=first.event_id, value="3", how="digits")
    steps = await office.calls.receive(wrong)
    assert steps is not None
    assert isinstance(steps[-1], Park)
    assert steps[-1].queue == "sales"
    state = await office.only()
    assert (state.state, state.queue) == ("waiting", "sales")
    assert (await office.last("fault")).data == {"place": "Collected"}
    assert await office.calls.receive(wrong) == steps
    late = office.event(voice.NoInput, op_id=first.event_id)
    assert await office.calls.receive(late) is None


async def test_even_a_rescue_that_fails_leaves_nobody_in_silence(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = tuple(
        replace(one, queue="gone") if one.address == BROKEN else one for one in office.lines.all
    )
    monkeypatch.setattr(office.lines, "_by_key", {(x.channel, x.address): x for x in lines})
    event = office.event(voice.LegOffered, line=BROKEN, from_=MARY, to=BROKEN)
    steps = await office.calls.receive(event)
    assert steps is not None
    assert [type(one) for one in steps] == [Say, Hangup]
    assert await office.interactions() == []
    assert await office.calls.receive(event) == steps


async def test_which_legs_this_process_gave_steps(office: Office) -> None:
    await office.call()
    assert office.calls.has_instructed("leg-1")
    await office.take(voice.LegRinging, "leg-1")
    await office.take(voice.LegEnded, cause="normal")
    assert not office.calls.has_instructed("leg-1")


async def test_receipts_hold_no_personal_value_but_the_reply(office: Office) -> None:
    await office.call(line=VOICE)
    rows = await office.read(lambda tx: tx.all(select(inbound_receipt)))
    assert len(rows) == 1
    assert MARY not in str(rows)
    kept = await office.read(lambda tx: tx.scalar(select(func.min(inbound_receipt.c.at))))
    assert office.clock.now() - kept < timedelta(seconds=1)
