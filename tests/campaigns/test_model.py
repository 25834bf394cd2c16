"""The split by shares, the holdout, keys and quiet hours: pure, and properties of them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.campaigns.model import (
    Split,
    Way,
    check_ways,
    is_held_out,
    message_key,
    way_from_data,
)
from contactcenter.campaigns.quiet import CLOSES, OPENS, quiet_until
from contactcenter.core.errors import Invalid

ANY = UUID(int=1)


def ways(*shares: float) -> list[Way]:
    channels = ("email", "sms", "voice")
    return [Way(channels[place], ANY, "line", share) for place, share in enumerate(shares)]


def dealt(split: Split, count: int) -> list[int]:
    return [split.deal() for _ in range(count)]


def test_the_sample_is_split_934_to_935() -> None:
    assert Counter(dealt(Split.of(ways(0.5, 0.5)), 1869)) == {0: 934, 1: 935}


@given(st.integers(1, 99), st.integers(0, 400))
def test_two_shares_are_never_more_than_one_off(percent: int, count: int) -> None:
    split = Split.of(ways(percent / 100, 1 - percent / 100))
    dealt(split, count)
    for share, got in zip((percent / 100, 1 - percent / 100), split.counts, strict=True):
        assert abs(share * count - got) < 1 + 1e-9
    assert sum(split.counts) == count


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_split_goes_on_where_it_was(first: int, second: int) -> None:
    """What a crash leaves is the counts; the rest is dealt as if nothing had happened."""
    whole, halves = Split.of(ways(0.3, 0.7)), Split.of(ways(0.3, 0.7))
    began = dealt(halves, first)
    again = Split.of(ways(0.3, 0.7), halves.counts)
    assert dealt(whole, first + second) == began + dealt(again, second)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_the_holdout_is_a_share_and_stays(share: float) -> None:
    people = [UUID(int=n) for n in range(4000)]
    held = {each for each in people if is_held_out(ANY, each, share)}
    assert abs(len(held) / len(people) - share) < 0.03
    assert held == {each for each in people if is_held_out(ANY, each, share)}
    # more holdout holds the same people and some besides
    assert held <= {each for each in people if is_held_out(ANY, each, min(1.0, share + 0.1))}


def test_a_key_is_the_deliverys_own() -> None:
    campaign, customer = uuid4(), uuid4()
    key = message_key(campaign, "1", "1", customer, "sms")
    assert key == message_key(campaign, "1", "1", customer, "sms")
    assert key.version == 5
    others = {
        message_key(campaign, "2", "1", customer, "sms"),
        message_key(campaign, "1", "2", customer, "sms"),
        message_key(campaign, "1", "1", customer, "email"),
        message_key(campaign, "1", "1", uuid4(), "sms"),
        message_key(uuid4(), "1", "1", customer, "sms"),
    }
    assert len(others) == 5
    assert key not in others


def test_ways_are_checked_and_kept() -> None:
    for given_ways, words in (
        ([], "needs a channel"),
        (ways(0.5, 0.4), "add up to 1"),
        ([*ways(0.5), *ways(0.5)], "stands twice"),
    ):
        with pytest.raises(Invalid, match=words):
            check_ways(given_ways)
    (way, _) = ways(0.5, 0.5)
    assert way_from_data(way.to_data()) == way


ZONES = ["UTC", "Asia/Shanghai", "America/St_Johns", "Pacific/Auckland", "Asia/Kathmandu",
         "Europe/Berlin", "America/Sao_Paulo", "Pacific/Kiritimati"]  # fmt: skip
moments = st.integers(0, 3 * 366 * 86_400).map(
    lambda seconds: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def is_open(zone: str, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(zone))
    return local.weekday() < 6 and OPENS <= local.time() < CLOSES


@given(st.sampled_from(ZONES), moments)
def test_quiet_hours_end_at_the_next_opening(zone: str, at: datetime) -> None:
    until = quiet_until(zone, at)
    assert (until is None) == is_open(zone, at)
    if until is None:
        return
    assert at < until <= at + timedelta(hours=38)  # Saturday 20:00 to Monday 9:00, and an hour
    assert is_open(zone, until)
    assert not is_open(zone, until - timedelta(seconds=1))
    # nothing opens in between
    assert not any(
        is_open(zone, at + step * timedelta(minutes=10))
        for step in range(int((until - at) / timedelta(minutes=10)))
    )


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-01-05T08:59", "2026-01-05T09:00"),
        ("2026-01-05T09:00", None),
        ("2026-01-05T19:59", None),
        ("2026-01-05T20:00", "2026-01-06T09:00"),
        ("2026-01-10T20:00", "2026-01-12T09:00"),  # Saturday night to Monday
        ("2026-01-11T12:00", "2026-01-12T09:00"),  # Sunday
    ],
)
def test_the_window_in_one_zone(at: str, until: str | None) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    wanted = datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None
    assert quiet_until("UTC", moment) == wanted
