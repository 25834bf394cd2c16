"""A call interrupts writing: what the agent had in hand is on hold until the work is done."""

from __future__ import annotations

from uuid import UUID

import pytest

from contactcenter.channels.voice import base as voice
from contactcenter.handling.dispatch import dispatch
from contactcenter.routing import actions
from tests.handling.letters import letter
from tests.handling.office import PLAIN, Office


async def _writing(office: Office) -> tuple[UUID, UUID, UUID]:
    """An agent who holds a text and a mail."""
    agent = await office.agent()
    await office.text("hello")
    text = await office.accepted(agent)
    await office.mail(letter())
    mail = await office.accepted(agent)
    return agent, text, mail


async def _on_hold(office: Office, *keys: UUID) -> list[bool]:
    return [(await office.state(key)).on_hold for key in keys]


async def _call_over(office: Office, agent: UUID, call: UUID) -> None:
    await office.take(voice.LegEnded, line=PLAIN, cause="normal")
    await office.turn()
    assert (await office.state(call)).state == "wrap_up"
    await office.site.do(actions.Complete(call, agent, "solved"))
    await office.turn()


async def test_a_call_holds_writing_until_its_work_is_done(office: Office) -> None:
    agent, text, mail = await _writing(office)
    assert await _on_hold(office, text, mail) == [False, False], "a mail beside a text is parallel"
    call = await office.connected_call(agent)
    assert await _on_hold(office, text, mail, call) == [True, True, False]
    held = await office.last("held", text)
    assert held.data == {"agent": str(agent), "by": str(call)}
    await office.take(voice.LegEnded, line=PLAIN, cause="normal")
    await office.turn()
    assert await _on_hold(office, text, mail) == [True, True], "wrap-up is work, too"
    await office.site.do(actions.Complete(call, agent, "solved"))
    await office.turn()
    assert await _on_hold(office, text, mail) == [False, False]
    assert (await office.kinds(text))[-2:] == ["held", "resumed"]
    await office.assert_sound()


async def test_an_offer_that_is_refused_interrupts_nothing(office: Office) -> None:
    agent, text, mail = await _writing(office)
    await office.call()
    await office.turn()
    offer = await office.last("offered", (await office.interactions())[-1].id)
    await office.site.do(actions.Reject(UUID(offer.data["reservation"]), agent))
    await office.turn()
    assert await _on_hold(office, text, mail) == [False, False]


async def test_a_call_that_never_connects_gives_back_what_it_interrupted(office: Office) -> None:
    agent, text, mail = await _writing(office)
    await office.assigned_call(agent)
    assert await _on_hold(office, text, mail) == [True, True]
    await office.take(voice.LegEnded, line=PLAIN, cause="normal")  # the customer is gone
    await office.turn()
    assert await _on_hold(office, text, mail) == [False, False]
    await office.assert_sound()


async def test_what_is_finished_during_the_call_is_not_resumed(office: Office) -> None:
    agent, text, mail = await _writing(office)
    call = await office.connected_call(agent)
    await office.site.do(actions.Complete(text, agent, "solved"))
    await office.turn()
    await _call_over(office, agent, call)
    assert (await office.state(text)).closed_at is not None
    assert "resumed" not in await office.kinds(text)
    assert await _on_hold(office, mail) == [False]


async def test_a_matrix_that_lets_a_call_stand_beside_writing_interrupts_nothing(
    office: Office,
) -> None:
    beside = ["voice", "sms", "email"]
    agent = await office.agent(interrupts={"voice": beside, "sms": beside, "email": beside})
    await office.text("hello")
    text = await office.accepted(agent)
    await office.connected_call(agent)
    assert await _on_hold(office, text) == [False]


@pytest.mark.parametrize("times", [2])
async def test_the_same_events_again_change_nothing(office: Office, times: int) -> None:
    agent, text, _ = await _writing(office)
    call = await office.connected_call(agent)
    taken = await office.last("accepted", call)
    for _ in range(times):
        await office.db.write(lambda tx: dispatch(tx, [taken]))
    assert (await office.kinds(text)).count("held") == 1
    await office.assert_sound()
