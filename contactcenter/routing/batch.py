"""What one router transaction is to write, prepared in memory so that the writing can be re-run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from contactcenter.core.ids import derived_id
from contactcenter.routing.changes import Changes
from contactcenter.routing.effects import Decision, Effect
from contactcenter.routing.rows import FloorRows


@dataclass(frozen=True, slots=True)
class Taken:
    """A row of the inbox. ``position`` None: the router's own (a tick, a settling)."""

    position: int | None
    id: UUID
    kind: str
    data: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """A command after it was applied."""

    taken: Taken
    applied: int
    applied_at: datetime
    result: Mapping[str, Any]
    hash: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """An effect that is durable, for whoever acts on it. ``(applied, place)`` is its order."""

    applied: int
    place: int
    at: datetime
    effect: Effect

    @property
    def id(self) -> UUID:
        """The same whenever it is told again: a key for what is done about it."""
        return derived_id("outcome", self.applied, self.place)


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision with its place in the order and its hash."""

    applied: int
    place: int
    at: datetime
    decision: Decision
    hash: bytes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The floor after ``rows.seq`` commands."""

    rows: FloorRows
    at: datetime
    hash: bytes


@dataclass(slots=True)
class Batch:
    """One transaction of the router. ``told``: outcomes up to this command were acted on."""

    records: list[Record] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    decisions: list[Decided] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)
    snapshot: Snapshot | None = None
    told: int | None = None


class AfterCommit(Protocol):
    """Acts on what is durable: at least once, in order, so idempotent by ``Outcome.id``."""

    async def __call__(self, outcomes: list[Outcome]) -> None: ...
