"""The weathers of Twilio's stories: what goes wrong between the carrier and our web server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields

from contactcenter.standins.twilio import Weather
from tests.stories.twilio_rig import Doorstep, Rig


def doubled(weather: Weather, door: Doorstep) -> None:
    """Every document is asked for twice, every report comes twice."""
    weather.duplicate_documents = weather.duplicate_reports = True


def shuffled(weather: Weather, door: Doorstep) -> None:
    """As above, and reports overtake their neighbours."""
    doubled(weather, door)
    weather.reorder_reports = 4


def late(weather: Weather, door: Doorstep) -> None:
    """As above, and reports come up to half a second late, each by itself: any order at all."""
    doubled(weather, door)
    weather.late_s = 0.5


def refused(weather: Weather, door: Doorstep) -> None:
    """Our server answers 503, now before it took the request and now after: Twilio asks again."""
    doubled(weather, door)
    door.before, door.after = 3, 2


def lost(weather: Weather, door: Doorstep) -> None:
    """Our answer gets lost on the way, and Twilio asks again."""
    weather.lose_replies = 2


def slow(weather: Weather, door: Doorstep) -> None:
    """Everything takes its time."""
    doubled(weather, door)
    weather.slow_s = 0.12


WEATHERS: Mapping[str, Callable[[Weather, Doorstep], None]] = {
    one.__name__: one for one in (doubled, shuffled, late, refused, lost, slow)
}


@contextmanager
def weather(rig: Rig, name: str, seed: int = 1) -> Iterator[None]:
    """That weather for the length of the block, then fair again."""
    rig.twilio.hooks.reseed(seed)
    WEATHERS[name](rig.twilio.weather, rig.doorstep)
    try:
        yield
    finally:
        fair = Weather()
        for one in fields(Weather):
            setattr(rig.twilio.weather, one.name, getattr(fair, one.name))
        rig.doorstep.before = rig.doorstep.after = 0
