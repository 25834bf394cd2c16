"""Distributions, intervals, quantiles and arrivals against what is known of them."""

from __future__ import annotations

import itertools
import math
import random
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contactcenter.routing.simulator.arrivals import customers, poisson, stream
from contactcenter.routing.simulator.clock import START, id_of, instant, seconds_of
from contactcenter.routing.simulator.distributions import (
    Deterministic,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    LogNormal,
)
from contactcenter.routing.simulator.histogram import Histogram, merged
from contactcenter.routing.simulator.intervals import mean, ratio, t95, total
from contactcenter.routing.simulator.scenario import (
    Arriving,
    PoissonArrivals,
    QueueLoad,
    TraceArrivals,
)
from contactcenter.routing.simulator.tallies import Level, Tally


@pytest.mark.parametrize(
    ("law", "sd"),
    [
        (Exponential(240.0), 240.0),
        (Deterministic(30.0), 0.0),
        (LogNormal(200.0, 150.0), 150.0),
        (Gamma(300.0, 100.0), 100.0),
        (Empirical((10.0, 20.0, 60.0)), 21.602),
    ],
)
def test_samples_have_the_moments_asked_for(law: Distribution, sd: float) -> None:
    draw = law.sampler(random.Random(4))
    drawn = [draw() for _ in range(40_000)]
    assert statistics.fmean(drawn) == pytest.approx(law.mean_s, rel=0.02)
    assert statistics.pstdev(drawn) == pytest.approx(sd, rel=0.05)
    assert min(drawn) >= 0


def test_student_t() -> None:
    """From any table."""
    known = {1: 12.706, 2: 4.303, 19: 2.093, 30: 2.042, 60: 2.000, 120: 1.980, 399: 1.966}
    for freedom, value in known.items():
        assert t95(freedom) == pytest.approx(value, abs=0.0005)


def test_figures_by_hand() -> None:
    assert ratio([1.0, 3.0], [2.0, 2.0]).value == 1.0
    # values 1, 2, 3: mean 2, standard error 1/sqrt(3), t(2) = 4.3027
    assert mean([1.0, 2.0, 3.0]).ci95 == pytest.approx(4.3027 / math.sqrt(3))
    whole = total([10.0, 12.0, 14.0], 1)
    assert whole.value == 36.0
    assert whole.ci95 == pytest.approx(4.3027 * 2 * math.sqrt(3))
    assert total([10.0, 12.0], 2).value == 11.0
    assert ratio([0.0], [0.0]).value is None
    assert (ratio([1.0], [4.0]).value, ratio([1.0], [4.0]).ci95) == (0.25, None)
    assert total([5.0], 1).ci95 is None


def test_the_interval_covers_as_often_as_it_says() -> None:
    """Ratio of means of 20 batches with known truth 3: 95% of 600 intervals hold it."""
    rng = random.Random(8)
    held = 0
    for _ in range(600):
        wholes = [float(rng.randint(50, 100)) for _ in range(20)]
        parts = [each * 3 + rng.gauss(0, 10) for each in wholes]
        found = ratio(parts, wholes)
        assert found.value is not None
        assert found.ci95 is not None
        held += abs(found.value - 3) <= found.ci95
    assert 0.92 <= held / 600 <= 0.98


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0, 1e5), min_size=1, max_size=300),
    st.sampled_from([0.1, 0.5, 0.9, 0.99]),
    st.integers(1, 4),
)
def test_quantiles_agree_with_sorting(waits: list[float], share: float, parts: int) -> None:
    histograms = [Histogram() for _ in range(parts)]
    for histogram, wait in zip(itertools.cycle(histograms), waits, strict=False):
        histogram.add(wait)
    found = merged(histograms).quantile(share)
    exact = sorted(waits)[max(0, math.ceil(share * len(waits) - 1e-9) - 1)]
    assert found == pytest.approx(exact, rel=0.011, abs=1e-12)


def test_no_waits_have_no_quantile() -> None:
    assert Histogram().quantile(0.5) is None


def test_levels_integrate_over_time() -> None:
    level = Level()
    level.change(2, 10.0)
    level.change(-1, 15.0)
    assert level.take(20.0) == 2 * 5 + 1 * 5
    assert level.take(26.0) == 6
    assert level.count == 1


def test_tallies_add_up() -> None:
    one, other = Tally(), Tally()
    one.offered, other.offered, other.blocked = 3, 4, 1
    one.answer(5.0, 20.0, True, True)
    other.answer(30.0, 20.0, False, False)
    other.abandon(40.0, 20.0)
    other.abandon(4.0, 20.0)
    one.include(other)
    assert (one.offered, one.entered, one.answered, one.in_target) == (7, 6, 2, 1)
    assert (one.abandoned, one.abandoned_late, one.abandoned_waited_s) == (2, 1, 44.0)
    assert (one.waited_s, one.delayed_waited_s, one.longest_s, one.primary) == (35.0, 5.0, 40.0, 1)
    assert one.waits.count == 2


def test_the_clock_there_and_back() -> None:
    assert instant(0) == START
    assert seconds_of(instant(86_401.25)) == 86_401.25
    assert instant(1.9999999) == instant(1.999999)
    assert id_of(2) < id_of(10)


def test_piecewise_rates() -> None:
    steps = ((100.0, 1.0), (1100.0, 0.0), (2000.0, 3.0), (3000.0, 0.0))
    times = list(poisson(PoissonArrivals(steps), random.Random(2)))
    assert times == sorted(times)
    assert min(times) > 100
    assert not [at for at in times if 1100 <= at < 2000 or at >= 3000]
    assert sum(at < 1100 for at in times) == pytest.approx(1000, abs=100)
    assert sum(at >= 2000 for at in times) == pytest.approx(3000, abs=170)


def _load() -> QueueLoad:
    return QueueLoad(
        "sales",
        arrivals=PoissonArrivals(((0.0, 0.1),)),
        service=Exponential(60.0),
        patience=Exponential(30.0),
    )


def test_a_purpose_draws_from_its_own_stream() -> None:
    """So a change of one leaves the others as they were."""
    plain = list(itertools.islice(customers(_load(), 1, 0), 50))
    again = list(itertools.islice(customers(_load(), 1, 0), 50))
    assert plain == again
    other = QueueLoad(
        "sales",
        arrivals=PoissonArrivals(((0.0, 0.1),)),
        service=Gamma(60.0, 10.0),
        patience=Exponential(30.0),
    )
    changed = list(itertools.islice(customers(other, 1, 0), 50))
    assert [each[0] for each in changed] == [each[0] for each in plain]
    assert [each[2] for each in changed] == [each[2] for each in plain]
    assert [each[1] for each in changed] != [each[1] for each in plain]
    for seed, run in ((2, 0), (1, 1)):
        assert list(itertools.islice(customers(_load(), seed, run), 50)) != plain
    assert stream(1, 0, "a", "b").random() == random.Random("1/0/a/b").random()


def test_a_trace_draws_what_it_does_not_say() -> None:
    given = TraceArrivals((Arriving(1.0, 9.0), Arriving(2.0), Arriving(3.0, None, 5.0, "vip", 2)))
    none = TraceArrivals((Arriving(1.0), Arriving(2.0), Arriving(3.0)))
    loads = [
        QueueLoad("sales", arrivals=each, service=Exponential(60.0), patience=Exponential(30.0))
        for each in (given, none)
    ]
    told, drawn = (list(customers(load, 1, 0)) for load in loads)
    assert [told[0][1], told[2][2]] == [9.0, 5.0]
    assert told[2][3:] == ("vip", 2)
    assert told[1] == drawn[1]
    assert told[2][1] == drawn[2][1]
    assert list(customers(QueueLoad("quiet"), 1, 0)) == []
