"""Frame numbers and topics: whose number it is, what can still be had, how a frame is spread."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contactcenter.web.live.frames import KEPT, Numbers, Topic, encode, problem

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Ear:
    """A listener that notes when it was woken."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.woken = 0

    def put(self, frame: bytes) -> None:
        self.frames.append(frame)

    def wake(self) -> None:
        self.woken += 1


def numbers_of(frames: list[bytes] | None) -> list[int]:
    assert frames is not None
    return [json.loads(frame)["n"] for frame in frames]


def test_numbers_grow_and_know_their_process() -> None:
    ours, other = Numbers(NOW, node=3), Numbers(NOW, node=4)
    taken = [ours.take() for _ in range(5)]
    assert taken == sorted(set(taken))
    assert all(ours.is_ours(number) and not other.is_ours(number) for number in taken)
    assert not ours.is_ours(ours.last + 1024)


def test_a_restart_goes_on_above_and_disowns_what_was_before() -> None:
    before = Numbers(NOW, node=3)
    for _ in range(1000):
        before.take()
    after = Numbers(NOW + timedelta(seconds=2), node=5)
    assert after.last > before.last
    assert not after.is_ours(before.last)


def test_numbers_are_exact_in_a_browser() -> None:
    assert Numbers(datetime(2299, 1, 1, tzinfo=UTC)).last < 2**53


async def test_what_was_missed_can_be_had() -> None:
    topic = Topic("me", Numbers(NOW, node=1))
    ear = Ear()
    topic.listeners.add(ear)
    for count in range(10):
        topic.publish("event", {"count": count})
    numbers = numbers_of(ear.frames)
    assert numbers_of(topic.since(numbers[3])) == numbers[4:]
    assert topic.since(numbers[-1]) == []
    assert topic.since(numbers[0] + 1) is None
    assert ear.woken == 10


async def test_what_is_no_longer_kept_is_said_so() -> None:
    topic = Topic("me", Numbers(NOW, node=1))
    ear = Ear()
    topic.listeners.add(ear)
    for count in range(KEPT + 5):
        topic.publish("event", count)
    numbers = numbers_of(ear.frames)
    assert topic.since(numbers[3]) is None
    assert numbers_of(topic.since(numbers[4])) == numbers[5:]


async def test_a_topic_that_began_later_has_not_what_was_before() -> None:
    numbers = Numbers(NOW, node=1)
    early = numbers.take()
    numbers.take()
    topic = Topic("me", numbers)
    topic.publish("event", 1)
    assert topic.since(early) is None


@given(st.lists(st.integers(), max_size=40), st.integers(0, 40))
def test_resuming_misses_and_repeats_nothing(values: list[int], seen: int) -> None:
    async def spread() -> None:
        topic = Topic("me", Numbers(NOW, node=1))
        ear = Ear()
        topic.listeners.add(ear)
        for value in values:
            topic.publish("event", value)
        before = ear.frames[:seen]
        after = numbers_of(before)[-1] if before else None
        if after is not None:
            assert before + (topic.since(after) or []) == ear.frames

    asyncio.run(spread())


async def test_a_thousand_are_woken_in_portions_and_get_the_same_bytes() -> None:
    topic = Topic("floor", Numbers(NOW, node=1))
    ears = [Ear() for _ in range(1000)]
    topic.listeners.update(ears)
    topic.publish("floor", {"waiting": 1})
    woken = sum(ear.woken for ear in ears)
    assert 0 < woken < 1000
    turns = 0
    while sum(ear.woken for ear in ears) < 1000:
        await asyncio.sleep(0)
        turns += 1
    assert turns > 3
    assert len({id(ear.frames[0]) for ear in ears}) == 1


def test_frames_are_json() -> None:
    frame = json.loads(encode(5, "state", "me", {"at": NOW}))
    expected = {"n": 5, "type": "state", "topic": "me", "data": {"at": "2026-03-02T09:00:00Z"}}
    assert frame == expected
    assert json.loads(problem("denied", "no")) == {
        "type": "problem",
        "code": "denied",
        "detail": "no",
    }
