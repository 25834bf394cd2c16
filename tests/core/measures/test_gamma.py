"""The gamma distribution against closed forms and tabled chi-square points."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contactcenter.core.measures.gamma import gamma_below, gamma_quantile


@pytest.mark.parametrize("x", [0.01, 0.5, 1.0, 4.0, 20.0, 80.0])
@pytest.mark.parametrize("shape", [1, 2, 5, 30])
def test_whole_shapes_are_poisson_sums(shape: int, x: float) -> None:
    above = sum(math.exp(-x + k * math.log(x) - math.lgamma(k + 1)) for k in range(shape))
    assert gamma_below(shape, x) == pytest.approx(1 - above, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("freedom", "share", "tabled"),
    [(1, 0.95, 3.841), (2, 0.95, 5.991), (5, 0.05, 1.145), (10, 0.99, 23.209), (100, 0.5, 99.334)],
)
def test_tabled_chi_square_points(freedom: int, share: float, tabled: float) -> None:
    assert 2 * gamma_quantile(freedom / 2, share) == pytest.approx(tabled, abs=6e-4)


@settings(deadline=None)
@given(shape=st.floats(0.05, 5000), share=st.floats(0.001, 0.999))
def test_a_quantile_is_the_inverse(shape: float, share: float) -> None:
    x = gamma_quantile(shape, share)
    assert gamma_below(shape, x) == pytest.approx(share, abs=1e-5)


def test_nothing_lies_below_nought() -> None:
    assert gamma_below(2, 0) == gamma_below(2, -1) == 0
    assert gamma_quantile(0.001, 0.01) < 1e-200
