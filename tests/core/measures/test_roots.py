"""Where a rising function crosses nought."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contactcenter.core.measures.roots import crossing


@settings(deadline=None)
@given(root=st.floats(0, 1000), power=st.floats(0.1, 9))
def test_it_finds_the_crossing(root: float, power: float) -> None:
    def value(x: float) -> float:
        return math.pow(x, power) - math.pow(root, power)

    found = crossing(value, 0.0, 1001.0, near=1e-9)
    assert value(found) == pytest.approx(0, abs=1e-6 * max(1.0, root**power))


def test_a_jump_is_bracketed() -> None:
    found = crossing(lambda x: -1.0 if x < math.pi else 1.0, 0.0, 10.0, near=1e-9)
    assert found == pytest.approx(math.pi, abs=1e-6)
