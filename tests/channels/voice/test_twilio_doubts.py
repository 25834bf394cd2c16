"""Calls to Twilio that are refused, answered late or not at all, and the pace of new ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from contactcenter.channels.voice import twilio, twilio_legs, twilio_transport
from contactcenter.channels.voice.base import Earlier
from contactcenter.channels.voice.steps import Hangup, Park
from contactcenter.channels.voice.twilio import TwilioVoice, twilio_voice
from contactcenter.channels.voice.twilio_api import Pacer, TwilioApi
from contactcenter.channels.voice.twilio_legs import SETTLE
from contactcenter.channels.voice.twilio_receiver import TwilioReceiver
from contactcenter.core.clock import SystemClock, VirtualClock
from contactcenter.core.errors import TransportError
from contactcenter.standins.twilio import Faults
from tests.channels.voice.twilio_requests import signed_for
from tests.standins.twilio_site import CALLER, LINE, Site, site

NOBODY = "CA" + "0" * 32


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same waits as in life, ten times as fast."""
    monkeypatch.setattr(twilio_legs, "LOOK_UP_WAITS_S", (0.05, 0.15, 0.3))
    monkeypatch.setattr(twilio_transport, "FIRST_WAIT_S", 0.05)


async def test_slow_down_is_waited_for() -> None:
    async with site(faults=Faults(busy=2)) as on:
        await on.voice.legs.originate("op", to=CALLER, from_=LINE, steps=[Hangup()])
        posts = [r for r in on.twilio.face.requests if r[0] == "POST"]
        assert len(posts) == 3
        assert len(on.twilio.world.calls) == 1


async def test_slow_down_for_too_long_is_a_passing_fault() -> None:
    async with site(faults=Faults(busy=9)) as on:
        with pytest.raises(TransportError) as caught:
            await on.voice.legs.originate("op", to=CALLER, from_=LINE, steps=[Hangup()])
        fault = caught.value
        assert (fault.permanent, fault.unknown, fault.reply_code) == (False, False, "20429")
        assert not on.twilio.world.calls


async def test_a_server_fault_is_never_posted_again() -> None:
    async with site(faults=Faults(broken=1)) as on:
        with pytest.raises(TransportError) as caught:
            await on.voice.legs.originate("op", to=CALLER, from_=LINE, steps=[Hangup()])
        assert caught.value.unknown
        posts = [r for r in on.twilio.face.requests if r[0] == "POST"]
        assert len(posts) == 1


async def test_an_op_in_doubt_starts_no_second_call_until_it_is_surely_missing() -> None:
    async with site(faults=Faults(broken=1)) as on:
        for _ in range(2):
            with pytest.raises(TransportError) as caught:
                await on.voice.legs.originate("op", to=CALLER, from_=LINE, steps=[Hangup()])
            assert caught.value.unknown
        posts = [r for r in on.twilio.face.requests if r[0] == "POST"]
        assert len(posts) == 1
        on.voice.legs._doubts["op"] -= 2 * SETTLE
        leg = await on.voice.legs.originate("op", to=CALLER, from_=LINE, steps=[Hangup()])
        assert list(on.twilio.world.calls) == [leg]


async def test_an_op_in_doubt_is_resolved_by_a_late_report() -> None:
    async with site(faults=Faults(broken=1)) as on:
        with pytest.raises(TransportError):
            await on.voice.legs.originate("op", to=CALLER, from_=LINE, steps=[Hangup()])
        late = {"CallSid": NOBODY, "CallStatus": "ringing", "Direction": "outbound-api"}
        url = on.account.webhook("status", LINE, op="op")
        assert (await on.receiver.handle(signed_for(on.account, url, late))).status == 200
        leg = await on.voice.legs.originate("op", to=CALLER, from_=LINE, steps=[Hangup()])
        assert leg == NOBODY


async def test_a_lost_answer_is_found_by_the_report_of_the_call() -> None:
    async with site(faults=Faults(lost=1)) as on:
        leg = await on.voice.legs.originate("op", to=CALLER, from_=LINE, steps=[Hangup()])
        assert list(on.twilio.world.calls) == [leg]
        posts = [r for r in on.twilio.face.requests if r[0] == "POST"]
        assert len(posts) == 1
        again = await on.voice.legs.originate("op", to=CALLER, from_=LINE, steps=[Hangup()])
        assert again == leg


async def test_a_lost_answer_is_found_in_the_list_while_the_call_waits_its_turn() -> None:
    async with site(calls_per_second=0.1, request_timeout_s=1) as on:
        await on.voice.legs.originate("op-0", to=CALLER, from_=LINE, steps=[Hangup()])
        on.twilio.faults.lost = 1
        leg = await on.voice.legs.originate("op-1", to=CALLER, from_=LINE, steps=[Hangup()])
        assert on.twilio.world.calls[leg].status == "queued"
        assert len(on.twilio.world.calls) == 2


async def test_nobody_there_is_not_in_doubt() -> None:
    async with site() as on:
        await on.twilio.stop()
        with pytest.raises(TransportError) as caught:
            await on.voice.legs.originate("op", to=CALLER, from_=LINE, steps=[Hangup()])
        assert (caught.value.permanent, caught.value.unknown) == (False, False)
        await on.twilio.hooks.start()


async def test_our_own_pacing_spreads_new_calls() -> None:
    async with site(paced=10.0) as on:
        began = time.monotonic()
        await asyncio.gather(
            *(
                on.voice.legs.originate(f"op-{i}", to=CALLER, from_=LINE, steps=[Hangup()])
                for i in range(4)
            )
        )
        assert time.monotonic() - began >= 0.29


async def test_turns_are_given_in_order_and_do_not_pile_up() -> None:
    clock = VirtualClock()
    pacer = Pacer(2.0, clock)
    taken: list[float] = []
    start = clock.now()

    async def turn() -> None:
        await pacer.turn()
        taken.append((clock.now() - start).total_seconds())

    waiting = asyncio.gather(*(turn() for _ in range(3)))
    await clock.advance(5)
    await waiting
    assert taken == [0.0, 0.5, 1.0]
    late = asyncio.gather(turn(), turn())
    await clock.advance(5)
    await late
    assert taken[3:] == [5.0, 5.5]


async def test_a_carrier_out_of_reach_at_start_is_taken_up_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(twilio, "RETRY_WAITS_S", (0.05,))
    async with site() as on:
        await on.voice.stop()
        said: list[bool] = []
        failures = iter([True, True])

        async def carrier(up: bool) -> None:
            if up and next(failures, False):
                raise TransportError("nobody there", permanent=False)
            said.append(up)

        await on.voice.start(on.core.sink, carrier)
        assert said == [False]
        await on.until(lambda: said == [False, True])


async def test_stopping_does_not_wait_for_a_carrier_out_of_reach() -> None:
    async with site() as on:
        await on.voice.stop()

        async def carrier(up: bool) -> None:
            if up:
                raise TransportError("nobody there", permanent=False)

        await on.voice.start(on.core.sink, carrier)
        async with asyncio.timeout(0.5):
            await on.voice.stop()
        await on.voice.start(on.core.sink, on.core.on_carrier)


# -- after a restart: another process asked, and its memory is lost ----------------------------


@asynccontextmanager
async def _restarted(on: Site) -> AsyncIterator[TwilioVoice]:
    """The adapter as the next process has it: same account, no memory."""
    voice, _ = twilio_voice(on.account, SystemClock())
    await voice.start(on.core.sink, on.core.on_carrier)
    yield voice
    await voice.stop()


async def _asked_before(on: Site, op_id: str = "op") -> str:
    return await on.voice.legs.originate(op_id, to=CALLER, from_=LINE, steps=[Park("q")])


def _posts(on: Site) -> int:
    return len([r for r in on.twilio.face.requests if r[0] == "POST"])


async def test_the_call_of_a_killed_process_is_found_and_not_placed_again() -> None:
    async with site() as on:
        leg, since = await _asked_before(on), datetime.now(UTC)
        async with _restarted(on) as voice:
            for _ in range(2):
                found = await voice.legs.originate(
                    "op", to=CALLER, from_=LINE, steps=[Park("q")], earlier=Earlier(since)
                )
                assert found == leg
        assert _posts(on) == 1


async def test_calls_of_other_commands_are_not_taken_for_it() -> None:
    async with site() as on:
        other, since = await _asked_before(on), datetime.now(UTC)
        earlier = Earlier(since - 2 * SETTLE, frozenset({other}))
        async with _restarted(on) as voice:
            leg = await voice.legs.originate(
                "op-2", to=CALLER, from_=LINE, steps=[Park("q")], earlier=earlier
            )
        assert leg != other
        assert list(on.twilio.world.calls) == [other, leg]


async def test_two_calls_that_fit_are_left_in_doubt() -> None:
    async with site() as on:
        since = datetime.now(UTC)
        await _asked_before(on, "op-1")
        await _asked_before(on, "op-2")
        async with _restarted(on) as voice:
            with pytest.raises(TransportError) as caught:
                await voice.legs.originate(
                    "op-1", to=CALLER, from_=LINE, steps=[Park("q")], earlier=Earlier(since)
                )
        assert caught.value.unknown
        assert _posts(on) == 2


async def test_what_was_asked_a_moment_ago_may_be_under_way_and_later_is_placed() -> None:
    async with site() as on, _restarted(on) as voice:
        just = Earlier(datetime.now(UTC))
        with pytest.raises(TransportError) as caught:
            await voice.legs.originate("op", to=CALLER, from_=LINE, steps=[Hangup()], earlier=just)
        assert caught.value.unknown
        assert not on.twilio.world.calls
        long_ago = Earlier(just.since - 2 * SETTLE)
        leg = await voice.legs.originate(
            "op", to=CALLER, from_=LINE, steps=[Hangup()], earlier=long_ago
        )
        assert list(on.twilio.world.calls) == [leg]


async def test_an_agent_with_a_telephone_is_called_there_and_others_in_the_browser() -> None:
    async with site() as on:
        desk = "+15552223333"
        asked: list[str] = []

        async def address(agent: str) -> str:
            asked.append(agent)
            return desk if agent == "a-1" else ""

        receiver = TwilioReceiver(on.account)
        voice = TwilioVoice(on.account, TwilioApi(on.account, SystemClock()), receiver, address)
        await voice.start(on.core.sink, on.core.on_carrier)
        for op, to in (("op-1", "agent:a-1"), ("op-2", "agent:a-2"), ("op-3", CALLER)):
            await voice.legs.originate(op, to=to, from_=LINE, steps=[Hangup()])
        await voice.stop()
        called = [call.to for call in on.twilio.world.calls.values()]
        assert called == [desk, "client:agent_a2", CALLER]
        assert asked == ["a-1", "a-2"]
