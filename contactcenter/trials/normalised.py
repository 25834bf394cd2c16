"""A log without chance in it: two runs of one story can be compared line by line.

What is kept: kind, actor and data of every event, and the order of the events about one subject.
What goes: times and durations, the content (words, addresses, what a provider sent), the ids'
values, and how the events of *different* subjects lay between each other: two telephones report
through two doors, and nobody decides which report comes first. Nothing else is evened out; a
difference that is left is a fault of the product (docs/why/duplicates-and-order.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

_ID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[A-Z]{2}[0-9a-f]{32}\b"
)
"""A UUID of ours, or an id of Twilio's (two letters, 32 hexadecimal digits)."""
TIMES = frozenset({"expires_at", "until", "seconds"})
"""Keys of ``data`` that hold a time or a duration."""
SUBJECTS = ("leg", "message", "recording")
"""Keys of ``data`` that name what an event is about; an event with none is about the interaction.

A recording is a subject of its own: the carrier makes it ready when it likes, during the call or
after it."""


class Logged(Protocol):
    """What is read of an event (``crm.log.Event``, or one of the API's)."""

    @property
    def seq(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def data(self) -> Mapping[str, Any]: ...


def normalised(events: Sequence[Logged]) -> list[str]:
    """The lines of one interaction's log: ``subject kind actor {data}``.

    The interaction's own events come first, then its legs in the order they were started, its
    messages and its recordings. Ids are numbered in the order of these lines.
    """
    tracks: dict[tuple[int, str], list[Logged]] = {}
    for event in sorted(events, key=lambda one: one.seq):
        tracks.setdefault(_subject(event), []).append(event)
    ordered = sorted(tracks, key=lambda subject: subject[0])  # stable: by first event within a sort
    numbers: dict[str, str] = {}
    return [_line(subject[1], event, numbers) for subject in ordered for event in tracks[subject]]


def _subject(event: Logged) -> tuple[int, str]:
    """``(sort of subject, its id)``."""
    for rank, key in enumerate(SUBJECTS, 1):
        if key in event.data:
            return rank, f"{key} {event.data[key]}"
    return 0, "interaction"


def _line(subject: str, event: Logged, numbers: dict[str, str]) -> str:
    data = {key: value for key, value in event.data.items() if key not in TIMES}
    told = json.dumps(data, ensure_ascii=False, sort_keys=True)
    return _ID.sub(
        lambda found: numbers.setdefault(found[0], f"#{len(numbers) + 1}"),
        f"{subject}  {event.kind}  {event.actor}  {told}",
    )
