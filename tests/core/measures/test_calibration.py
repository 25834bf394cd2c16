"""Bands told and kept; the moving average is the published one."""

from __future__ import annotations

import pytest

from contactcenter.core.measures.calibration import (
    Calibration,
    MovingAverage,
    width_names,
    width_place,
    wilson,
)


def test_bands_are_counted_by_width() -> None:
    found = Calibration(widths_s=(20, 60))
    found.add(10, 15, 20, 15)
    found.add(10, 15, 20, 9.9)
    found.add(0, 20, 50, 50)
    found.add(0, 50, 100, 130)
    found.say_nothing()
    assert (found.whole.answered, found.silent) == (4, 1)
    assert (found.whole.inside, found.whole.below, found.whole.above) == (2, 1, 1)
    assert found.coverage == 0.5
    assert found.mean_error_s == (0 + 5.1 + 30 + 80) / 4
    assert [(name, tally.answered, tally.coverage) for name, tally in found.rows()] == [
        ("0-20", 2, 0.5),
        ("20-60", 1, 1.0),
        ("over 60", 1, 0.0),
    ]


def test_nothing_told_is_no_share() -> None:
    found = Calibration()
    assert (found.coverage, found.mean_error_s, found.rows()) == (None, None, [])


def test_the_moving_average_of_app_queue() -> None:
    """(3 x old + new) >> 2 on whole seconds: by hand from 0."""
    average = MovingAverage()
    seen = []
    for wait in (100.9, 100, 100, 0, 0, 7):
        average.answer(wait)
        seen.append(average.wait_s)
    assert seen == [25, 43, 57, 42, 31, 25]


def test_wilsons_interval_against_published_values() -> None:
    """Newcombe 1998 (Statistics in Medicine 17:857), table I: 81 of 263, 15 of 148, 0 of 20."""
    for seen, of, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)):
        found = wilson(seen / of, of)
        assert (round(found[0], 4), round(found[1], 4)) == (low, high)
    assert wilson(0.0, 20)[0] == 0.0
    assert wilson(0.0, 20)[1] == pytest.approx(0.1611, abs=1e-4)
    assert wilson(0.0, 0) == (0.0, 1.0)


def test_widths_are_named_by_their_bounds() -> None:
    names = width_names((20, 60))
    assert names == ["0-20", "20-60", "over 60"]
    assert [names[width_place(width, (20, 60))] for width in (0, 20, 20.5, 60, 61)] == [
        "0-20", "0-20", "20-60", "20-60", "over 60",
    ]  # fmt: skip
