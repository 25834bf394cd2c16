"""Recent handle times fade; leaving is counted against waiting."""

from __future__ import annotations

import random

import pytest

from contactcenter.core.measures.recent import RecentHandleTimes, RecentLeaving, summarise


def test_a_summary_by_hand() -> None:
    found = summarise([(1.0, 30.0), (1.0, 10.0), (2.0, 20.0)])
    assert found is not None
    assert found.mean_s == pytest.approx(20)
    assert found.samples == pytest.approx(16 / 6)
    assert found.cv == pytest.approx((200 / 4) ** 0.5 / 20)
    assert found.newest_mean_s == 20
    assert list(found.values) == [10, 20, 30]
    shares = [found.longer(at) for at in (0, 4, 10, 15, 20, 25, 30, 99)]
    assert shares == pytest.approx([1, 0.9, 0.75, 0.5, 0.25, 0.125, 0, 0])
    excesses = [found.excess_s(at) for at in (0, 10, 20, 25, 30, 99)]
    assert excesses == pytest.approx([15, 6.25, 1.25, 0.3125, 0, 0])


def test_excess_is_the_integral_of_longer() -> None:
    draw = random.Random(3)
    found = summarise([(draw.random(), draw.expovariate(0.01)) for _ in range(200)])
    assert found is not None
    step = 0.25
    for start in (0.0, 40.0, 250.0):
        whole = step * sum(found.longer(start + (n + 0.5) * step) for n in range(8000))
        assert found.excess_s(start) == pytest.approx(whole, rel=1e-3, abs=1e-3)


def test_equal_values_fall_at_once() -> None:
    found = summarise([(1.0, 100.0)] * 90 + [(1.0, 400.0)] * 10)
    assert found is not None
    assert found.beyond(0.05) == 100
    assert found.beyond(0.5) == 0
    assert found.longer(100) == pytest.approx(0.1)
    assert found.longer(400) == 0


@pytest.mark.parametrize("share", [0.9, 0.5, 0.1, 0.02])
def test_beyond_is_exceeded_by_its_share(share: float) -> None:
    found = summarise([(1.0, float(n)) for n in range(100)])
    assert found is not None
    edge = found.beyond(share)
    assert found.longer(edge) >= share - 1e-9
    assert found.longer(edge + 1.5) < share


def test_old_handle_times_fade() -> None:
    recent = RecentHandleTimes(half_life_s=100)
    recent.add(0, 100)
    recent.add(1000, 200)
    found = recent.summary(1000)
    assert found is not None
    assert found.mean_s == pytest.approx((100 / 1024 + 200) / (1 / 1024 + 1))
    assert found.samples == pytest.approx(1, abs=0.01)


def test_no_handle_times_are_no_summary() -> None:
    assert RecentHandleTimes().summary(0) is None
    assert summarise([]) is None


def test_only_the_latest_are_kept_and_a_new_one_counts_at_once() -> None:
    recent = RecentHandleTimes(most=3)
    for n in range(5):
        recent.add(n, 10.0 * n)
    assert recent.summary(5).values == (20, 30, 40)  # type: ignore[union-attr]
    recent.add(5, 100)
    assert recent.summary(5).values == (30, 40, 100)  # type: ignore[union-attr]


def test_leaving_is_the_rate_of_patience() -> None:
    """Exponential patience of 200 s, answered after random times: the rate comes out."""
    draw, leaving = random.Random(5), RecentLeaving(half_life_s=1e9)
    for at in range(20_000):
        patience, offered = draw.expovariate(1 / 200), draw.expovariate(1 / 60)
        leaving.add(at, min(patience, offered), left=patience < offered)
    assert leaving.per_s == pytest.approx(1 / 200, rel=0.05)


def test_leaving_fades_too() -> None:
    leaving = RecentLeaving(half_life_s=100)
    assert leaving.per_s == 0
    leaving.add(0, 50, left=True)
    assert leaving.per_s == pytest.approx(1 / 50)
    leaving.add(1000, 50, left=False)
    assert leaving.per_s == pytest.approx(1 / 1024 / (50 + 50 / 1024))
