"""What follows from the router's decisions, made from the log, and made up after a crash."""

from __future__ import annotations

from collections.abc import Sequence

from contactcenter.channels.voice import base as voice
from contactcenter.channels.voice.steps import Hangup, Say, step_from_data
from contactcenter.core.db import Tx
from contactcenter.crm.follow import LogConsumer
from contactcenter.crm.log import Event
from contactcenter.handling.dispatch import dispatch
from contactcenter.routing import queries
from contactcenter.routing.actions import Accept
from tests.handling.office import PLAIN, SMS_PLAIN, Office
from tests.routing.sites import settle


async def _accept_without_dispatch(office: Office) -> None:
    agent = await office.agent()
    await office.call()
    await settle(office.router)
    (offer,) = await office.read(lambda tx: queries.reservations_of(tx, agent))
    await office.site.do(Accept(offer.id, agent))
    await settle(office.router)


async def test_a_call_accepted_before_a_crash_is_made_up_after_it(office: Office) -> None:
    await _accept_without_dispatch(office)
    assert await office.commands() == []
    after = LogConsumer("dispatch", office.db, office.bus, dispatch)  # a new process
    await office.db.write(after.step)
    assert [one.kind for one in await office.commands()] == ["originate"]
    assert await office.db.write(after.step) == 1  # what it wrote itself: leg_started
    assert await office.db.write(after.step) == 0
    assert len(await office.commands()) == 1


async def test_a_batch_that_fails_is_repeated_as_a_whole(office: Office) -> None:
    await _accept_without_dispatch(office)
    tries = []

    def handle(tx: Tx, events: Sequence[Event]) -> None:
        dispatch(tx, events)
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError("died before the commit")

    broken = LogConsumer("dispatch", office.db, office.bus, handle)
    try:
        await office.db.write(broken.step)
    except ConnectionError:
        assert await office.commands() == []
    await office.db.write(broken.step)
    assert len(await office.commands()) == 1


async def test_the_same_events_again_make_no_second_call(office: Office) -> None:
    await _accept_without_dispatch(office)
    events = [one for one in await office.events() if one.kind == "accepted"]
    await office.db.write(lambda tx: dispatch(tx, events))
    await office.db.write(lambda tx: dispatch(tx, events))
    assert len(await office.commands()) == 1
    assert (await office.kinds()).count("leg_started") == 2  # the customer's and the agent's


async def test_no_agent_is_called_for_a_caller_who_has_gone(office: Office) -> None:
    await _accept_without_dispatch(office)
    await office.take(voice.LegEnded, line=PLAIN, cause="normal")
    await office.turn()
    assert await office.commands("originate") == []


async def test_nothing_is_dialled_for_a_text(office: Office) -> None:
    agent = await office.agent()
    await office.text("I have a question", line=SMS_PLAIN)
    await office.accepted(agent)
    assert await office.commands() == []


async def test_every_living_leg_ends_with_the_work(office: Office) -> None:
    agent = await office.agent()
    key = await office.connected_call(agent)
    await office.take(voice.LegEnded, "leg-1", line=PLAIN, cause="normal")
    await office.turn()
    causes = [one.data["cause"] for one in await office.commands("hangup")]
    assert causes == ["customer_left", "wrap_up_started"]
    assert (await office.legs(key))["agent"].state == "up"  # until the carrier says so


async def test_callers_who_waited_as_long_as_the_queue_allows_are_told(office: Office) -> None:
    await office.site.queue(max_wait_s=60)
    await office.call()
    await office.turn()
    await office.clock.advance(61)
    await office.turn()
    key = (await office.only()).id
    assert (await office.last("dequeued", key)).data["reason"] == "wait_limit"
    (told,) = await office.commands("run")
    said, hangup = [step_from_data(one) for one in told.data["steps"]]
    assert isinstance(said, Say)
    assert "busy" in said.text
    assert hangup == Hangup("wait_limit")
    await office.take(voice.LegEnded, line=PLAIN, cause="normal")
    assert (await office.state(key)).state == "closed"


async def test_messages_that_waited_too_long_end_in_the_timeline(office: Office) -> None:
    await office.site.queue(max_wait_s=60)
    await office.text("hello?", line=SMS_PLAIN)
    await office.turn()
    await office.clock.advance(61)
    await office.turn()
    state = await office.only()
    assert (state.state, state.close_reason) == ("closed", "wait_limit")
    assert await office.commands() == []
