"""Today's counts per queue as a pure fold of the log, by queue entry.

An interaction counts in the queue and on the day it entered; voice is answered when both sides are
connected, text and mail at the first human reply (glossary, version 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contactcenter.core.measures import QueueCounts
from contactcenter.crm.log import Event

KINDS = frozenset({"queued", "moved", "dequeued", "connected", "message_queued", "closed"})
"""What the fold looks at; other kinds may be left out."""

ABANDONED = "abandoned"
DEFAULT_TARGET_S = 20.0


@dataclass(slots=True)
class Today:
    """The fold. ``targets``: seconds per queue; ``since``: entries before it do not count."""

    since: datetime
    targets: Mapping[str, float] = field(default_factory=dict)
    queues: dict[str, QueueCounts] = field(default_factory=dict)
    _entries: dict[UUID, tuple[str, datetime]] = field(default_factory=dict)

    def counts(self, queue: str) -> QueueCounts:
        """The counts of a queue, begun on first use."""
        return self.queues.setdefault(queue, QueueCounts())

    def enter(self, interaction: UUID, queue: str, at: datetime) -> None:
        """It waits in ``queue`` since ``at`` and is counted as offered already."""
        self._entries[interaction] = (queue, at)

    def apply(self, event: Event) -> None:
        """Take one event, in the order of its interaction."""
        if event.kind in ("queued", "moved"):
            self._entered(event)
            return
        entry = self._entries.get(event.interaction_id)
        if entry is None:
            return
        queue, at = entry
        waited_s = max(0.0, (event.at - at).total_seconds())
        target_s = self.targets.get(queue, DEFAULT_TARGET_S)
        if event.kind == "connected" or _is_human_reply(event):
            self.counts(queue).answer(waited_s, target_s)
        elif event.kind == "dequeued" and event.data.get("reason") == ABANDONED:
            self.counts(queue).abandon(waited_s, target_s)
        elif event.kind in ("dequeued", "closed"):
            self.counts(queue).flowed_out += 1
        else:
            return
        del self._entries[event.interaction_id]

    def _entered(self, event: Event) -> None:
        before = self._entries.pop(event.interaction_id, None)
        queue = str(event.data["queue"])
        if before is not None and before[0] == queue:
            self._entries[event.interaction_id] = before
            return
        if before is not None:
            self.counts(before[0]).flowed_out += 1
        if event.at >= self.since:
            self.counts(queue).offered += 1
            self.counts(queue).moved_in += before is not None
            self._entries[event.interaction_id] = (queue, event.at)


def _is_human_reply(event: Event) -> bool:
    return event.kind == "message_queued" and event.actor.startswith("agent:")
