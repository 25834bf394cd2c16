"""Fading sums: what is long past counts little, and waiting does not change their order."""

from __future__ import annotations

from datetime import timedelta
from math import exp, isclose

from hypothesis import given
from hypothesis import strategies as st

from contactcenter.routing.fading import WINDOW_S, faded, gained, order_key
from tests.routing.floors import START, at

seconds = st.floats(0, 24 * 3600)
sums = st.floats(0.001, 1e6)


def test_after_one_window_about_a_third_is_left() -> None:
    assert isclose(faded(300.0, START, at(WINDOW_S)), 300 * exp(-1))


def test_a_sum_without_a_time_and_one_from_the_future_stay_what_they_are() -> None:
    assert faded(5.0, None, START) == 5.0
    assert faded(5.0, at(10), START) == 5.0


def test_steady_work_comes_near_the_window_and_never_beyond() -> None:
    assert isclose(gained(START, at(1)), 1, rel_tol=0.001)
    assert 0.99 * WINDOW_S < gained(START, at(5 * WINDOW_S)) < WINDOW_S


@given(sums, seconds, seconds)
def test_fading_in_two_steps_is_fading_in_one(value: float, first: float, then: float) -> None:
    half_way = faded(value, START, at(first))
    assert isclose(
        faded(half_way, at(first), at(first + then)),
        faded(value, START, at(first + then)),
        rel_tol=1e-6,
    )


@given(seconds, seconds)
def test_work_in_two_stretches_adds_up(first: float, then: float) -> None:
    middle, end = at(first), at(first + then)
    in_two = faded(gained(START, middle), middle, end) + gained(middle, end)
    assert isclose(in_two, gained(START, end), rel_tol=1e-6, abs_tol=1e-6)


@given(sums, seconds, sums, seconds, seconds)
def test_the_order_key_orders_as_the_sums_do_at_any_later_time(
    one: float, one_at: float, other: float, other_at: float, later: float
) -> None:
    now = START + timedelta(seconds=max(one_at, other_at) + later)
    left = faded(one, at(one_at), now)
    right = faded(other, at(other_at), now)
    if isclose(left, right, rel_tol=1e-6):
        return
    assert (left < right) == (order_key(one, at(one_at)) < order_key(other, at(other_at)))


@given(sums, seconds)
def test_who_has_nothing_comes_before_everybody(value: float, when: float) -> None:
    assert order_key(0.0, at(when)) < order_key(value, START)


@given(sums, seconds, seconds)
def test_a_sum_that_only_fades_keeps_its_key(value: float, first: float, then: float) -> None:
    key = order_key(value, at(first))
    later = faded(value, at(first), at(first + then))
    if later > 0:
        assert isclose(order_key(later, at(first + then)), key, rel_tol=1e-9, abs_tol=1e-6)
