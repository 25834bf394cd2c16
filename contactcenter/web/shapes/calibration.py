"""How true the waits told to customers were."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from contactcenter.web.shapes.base import Reply, Request


class CalibrationQuery(Request):
    """A period of at most 31 days; ``queue`` alone, or all."""

    start: AwareDatetime = Field(alias="from")
    end: AwareDatetime = Field(alias="to")
    queue: str | None = None


class CalibrationRow(Reply):
    """Announcements of one kind and what came of them. Times are seconds, shares 0 to 1; null where
    there is nothing to share."""

    name: str
    told: int
    """Announcements with a band."""
    silent: int
    """Announcements without: the estimate was unsure."""
    silent_share: float | None
    answered: int
    """Of ``told``: inside the band, sooner or later."""
    waits: int
    """The answered waits these were told in; the interval goes by their number."""
    inside: int
    sooner: int
    later: int
    left: int
    """Of ``told``: left before they were answered."""
    waiting: int
    """Of ``told``: still waiting."""
    late: int
    """Of ``left`` and ``waiting``: had waited beyond the band already."""
    coverage: float | None
    """Inside, of the answered; with its 95 % interval (Wilson)."""
    coverage_low: float | None
    coverage_high: float | None
    at_least: float | None
    """Of all told, those for whom it was true: the unknown taken as wrong; ``at_most``: as true."""
    at_most: float | None
    mean_width_s: float | None
    mean_error_s: float | None
    """Of the answered: mean distance of the wait from the middle of the band."""
    verdict: Literal["none", "few", "true", "narrow", "wide"]
    """``none``: nobody was told; ``few``: nothing can be concluded; ``narrow``: the bands hold less
    often than they say; ``wide``: more often."""


class CalibrationReport(Reply):
    """What was told in a period and how true it was: in all, by queue, by place in the line
    (``""``: not told), by hour of the site's day, by width of the band in seconds."""

    start: AwareDatetime = Field(alias="from")
    end: AwareDatetime = Field(alias="to")
    is_whole: bool
    zone: str
    queue: str | None
    nominal: float
    """How often a band should hold."""
    few: int
    """With fewer answered waits nothing is concluded."""
    whole: CalibrationRow
    by_queue: list[CalibrationRow]
    by_position: list[CalibrationRow]
    by_hour: list[CalibrationRow]
    by_width: list[CalibrationRow]
