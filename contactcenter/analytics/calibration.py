"""Was it true what those who wait were told? Counts over announcements, as a pure fold.

Of the answered, the wait was inside the band or not. Of those who left (or still wait) it is known
to be longer than what was seen of it: outside if that is beyond the band, else unknown. The
coverage is of the answered, for whom the band is made; the bounds take the unknown as all outside
and as all inside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from contactcenter.analytics.told import Told
from contactcenter.core.measures import share
from contactcenter.core.measures.calibration import Tally, width_names, width_place, wilson

FEW = 100
"""With fewer answered waits nothing is concluded: the interval is some 16 points wide."""

Verdict = Literal["none", "few", "true", "narrow", "wide"]
"""``none``: nobody was told; ``narrow``: the bands hold less often than they say, ``wide``: more
often."""

_POSITIONS = ((1, "1"), (3, "2-3"), (7, "4-7"), (15, "8-15"), (31, "16-31"))
POSITION_NAMES = (*(name for _, name in _POSITIONS), "32+", "")


@dataclass(slots=True)
class Held:
    """Announcements of one kind. A share without a denominator is None."""

    told: int = 0
    """With a band."""
    silent: int = 0
    """Without: the estimate was unsure."""
    answered: Tally = field(default_factory=Tally)
    waits: int = 0
    """Answered waits in which these were told: several announcements in one wait are not several
    independent proofs."""
    left: int = 0
    waiting: int = 0
    late: int = 0
    """Of ``left`` and ``waiting``: known to be beyond the band."""
    width_s: float = 0.0
    error_s: float = 0.0

    def add(self, one: Told, is_first: bool) -> None:
        """Count an announcement; ``is_first`` of its kind in this wait."""
        if one.band is None:
            self.silent += 1
            return
        low, high = one.band
        self.told += 1
        self.width_s += high - low
        if one.outcome == "answered":
            self.answered.add(low, high, one.waited_s)
            self.error_s += abs(one.waited_s - (low + high) / 2)
            self.waits += is_first
            return
        self.left += one.outcome == "left"
        self.waiting += one.outcome == "waiting"
        self.late += one.waited_s > high

    @property
    def silent_share(self) -> float | None:
        """Of all announcements, those without a band."""
        return share(self.silent, self.silent + self.told)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the coverage, from the number of waits."""
        coverage = self.answered.coverage
        return None if coverage is None else wilson(coverage, self.waits)

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """The share of all told for whom it was true, at least and at most."""
        unknown = self.left + self.waiting - self.late
        inside = self.answered.inside
        return share(inside, self.told), share(inside + unknown, self.told)

    @property
    def mean_width_s(self) -> float | None:
        """Of the bands told."""
        return share(self.width_s, self.told)

    @property
    def mean_error_s(self) -> float | None:
        """Mean absolute error of the bands' middle, of the answered."""
        return share(self.error_s, self.answered.answered)

    def verdict(self, nominal: float) -> Verdict:
        """What may be concluded about bands that should hold ``nominal`` of the time."""
        if not self.told:
            return "none"
        if self.interval is None or self.waits < FEW:
            return "few"
        low, high = self.interval
        return "narrow" if high < nominal else "wide" if low > nominal else "true"


@dataclass(slots=True)
class Report:
    """The counts of a period. ``telling``: queues that tell the wait, in which silence counts."""

    start: datetime
    end: datetime
    zone: ZoneInfo
    nominal: float
    telling: Collection[str] = ()
    queue: str | None = None
    """Only this one; None: all."""
    is_whole: bool = True
    """False: there was more than may be read at once; it stops at ``end``."""
    whole: Held = field(default_factory=Held)
    by_queue: dict[str, Held] = field(default_factory=dict)
    by_position: dict[str, Held] = field(default_factory=dict)
    by_hour: dict[str, Held] = field(default_factory=dict)
    by_width: dict[str, Held] = field(default_factory=dict)

    def add(self, life: Iterable[Told], page: range) -> None:
        """Take one interaction's announcements; counted are those at log positions of ``page``,
        the others say whether these are the first of their wait."""
        seen: set[tuple[int, int, str]] = set()
        for one in life:
            if not self._is_meant(one):
                continue
            for number, (table, name) in enumerate(self._kinds(one)):
                key = (one.stay, number, name)
                if one.log_position in page:
                    table.setdefault(name, Held()).add(one, key not in seen)
                if one.band is not None:
                    seen.add(key)
            if one.log_position in page:
                self.whole.add(one, (one.stay, -1, "") not in seen)
            if one.band is not None:
                seen.add((one.stay, -1, ""))

    def _is_meant(self, one: Told) -> bool:
        if not self.start <= one.at < self.end or self.queue not in (None, one.queue):
            return False
        return one.band is not None or one.queue in self.telling

    def _kinds(self, one: Told) -> list[tuple[dict[str, Held], str]]:
        hour = f"{one.at.astimezone(self.zone).hour:02d}"
        kinds = [
            (self.by_queue, one.queue),
            (self.by_position, position_name(one.position)),
            (self.by_hour, hour),
        ]
        if one.band is not None:
            kinds.append((self.by_width, width_names()[width_place(one.band[1] - one.band[0])]))
        return kinds


def position_name(position: int | None) -> str:
    """Places in the line that are counted together; ``""``: not told."""
    if position is None:
        return ""
    return next((name for most, name in _POSITIONS if position <= most), "32+")
