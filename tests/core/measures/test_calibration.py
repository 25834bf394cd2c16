"""Bands told and kept; the moving average is the published one."""

from __future__ import annotations

from contactcenter.core.measures.calibration import Calibration, MovingAverage


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
