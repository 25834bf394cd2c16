"""Why an interaction went where it went, why it still waits, why an agent is idle.

Nothing of this is stored: the floor is brought to the moment of the decision from a snapshot and
the recorded commands, and asked.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, Self
from uuid import UUID

import msgspec

from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import NotFound
from contactcenter.routing import queries, recorded
from contactcenter.routing.effects import Decision
from contactcenter.routing.floor import Floor
from contactcenter.routing.match import FREE
from contactcenter.routing.model import Reservation, Waiting
from contactcenter.routing.past import Past, floor_now
from contactcenter.routing.recorded import RecordedCommand, RecordedDecision
from contactcenter.routing.rows import FloorRows, floor_of
from contactcenter.routing.verdicts import ASKED_TOO, LOWER_ORDER, Candidate, candidates


@dataclass(frozen=True, slots=True)
class Woken:
    """The command that made the matcher look. ``by``: the agent it came from, if it did;
    ``is_other``: it was about another interaction."""

    kind: str
    id: UUID
    by: str | None
    is_other: bool = False


@dataclass(frozen=True, slots=True)
class DecisionStory:
    """One decision. ``cause``: ``interaction`` (it looked for an agent) or ``agent`` (who looked
    for work, and passed over ``passed_over`` others that waited). ``refused``: every other agent of
    the queue. ``is_as_recorded``: the recomputation gave the recorded decision."""

    applied: int
    place: int
    at: datetime
    woken: Woken
    cause: str
    queue: str
    channel: str
    rule_version: int
    agent: UUID
    agent_name: str
    waited_s: float
    key: Mapping[str, Any]
    tie_break: str
    passed_over: int
    refused: Sequence[Candidate]
    outcome: str | None
    outcome_reason: str | None
    is_as_recorded: bool

    @property
    def counts(self) -> dict[str, int]:
        """Reason -> how many."""
        return counted(self.refused)


@dataclass(frozen=True, slots=True)
class WaitStory:
    """Why it waits now. ``ahead``: how many of its queue and channel stand before it."""

    queue: str
    channel: str
    since: datetime
    waited_s: float
    ahead: int
    rule_version: int
    refused: Sequence[Candidate]

    @property
    def counts(self) -> dict[str, int]:
        """Reason -> how many."""
        return counted(self.refused)


@dataclass(frozen=True, slots=True)
class ByHand:
    """An agent had it without a decision: taken or given out of turn, or begun by the agent."""

    agent: UUID
    agent_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Explanation:
    """``state``: as ``model.WaitingState``, or ``gone`` from the floor. ``earlier``: how many
    decisions there were before those told."""

    interaction: UUID
    at: datetime
    state: str
    decisions: Sequence[DecisionStory]
    waiting: WaitStory | None
    by_hand: Sequence[ByHand] = ()
    earlier: int = 0


def counted(refused: Sequence[Candidate]) -> dict[str, int]:
    """Reason -> how many, the most frequent first."""
    found = Counter(one.verdict.reason for one in refused)
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


MOST = 20
"""Decisions told of one interaction: each is recomputed, which takes up to a second or so."""


async def explain(db: Database, interaction: UUID) -> Explanation:
    """The last ``MOST`` decisions on the interaction and, if it waits, why. ``NotFound`` for one
    that never came to the floor."""
    stored, reservations = await db.read(partial(_recorded, interaction=interaction))
    past = Past(db, partial(_Watched.of, interaction=interaction))
    stories = []
    for decision in stored[-MOST:]:
        floor = await past.to(decision.applied)
        assert isinstance(floor, _Watched)  # noqa: S101  # made by _Watched.of
        (command,) = await db.read(
            partial(recorded.commands, after=decision.applied - 1, until=decision.applied)
        )
        stories.append(_story(floor, decision, command, reservations))
    now = await floor_now(db)
    item = now.waiting.get(interaction)
    if item is None and not stored and not reservations:
        raise NotFound(f"no interaction {interaction} was ever on the floor")
    waiting = None
    if item is not None and item.state == "waiting":
        waiting = await asyncio.to_thread(wait_story, now, item, db.clock.now())
    state = item.state if item is not None else "gone"
    by_hand = _by_hand(now, stored, reservations)
    return Explanation(
        interaction,
        db.clock.now(),
        state,
        stories,
        waiting,
        by_hand,
        earlier=len(stored) - len(stories),
    )


def _recorded(
    tx: Tx, interaction: UUID
) -> tuple[list[RecordedDecision], dict[tuple[UUID, datetime], Reservation]]:
    reservations = queries.reservations_for(tx, interaction)
    return (
        recorded.decisions_on(tx, interaction),
        {(one.agent, one.offered_at): one for one in reservations},
    )


def _by_hand(
    floor: Floor,
    stored: Sequence[RecordedDecision],
    reservations: Mapping[tuple[UUID, datetime], Reservation],
) -> list[ByHand]:
    decided = {(UUID(str(one.data["agent"])), one.at) for one in stored}
    return [
        ByHand(agent, floor.agents[agent].name if agent in floor.agents else str(agent), at)
        for agent, at in reservations
        if (agent, at) not in decided
    ]


class _Seen(NamedTuple):
    """A decision about to be carried out, and what there was to choose from."""

    decision: Decision
    found: Sequence[Candidate]
    passed_over: int
    waited_s: float


class _Watched(Floor):
    """A floor that notes, before it offers one interaction, what there was to choose from."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted = UUID(int=0)
        self.seen: dict[tuple[int, int], _Seen] = {}
        self._before: _Seen | None = None

    @classmethod
    def of(cls, rows: FloorRows, interaction: UUID) -> Self:
        """The floor of these rows, watching one interaction."""
        self = cls()
        vars(self).update(vars(floor_of(rows)))
        self.matcher.yields = self.yields
        self.wanted = interaction
        return self

    def _offer_to(self, decision: Decision, item: Waiting, now: datetime) -> None:
        if decision.interaction == self.wanted:
            others = 0
            if decision.cause == "agent":
                others = sum(1 for _ in self.matcher.waiting_for(decision.agent)) - 1
            waited_s = item.waited(now).total_seconds()
            self._before = _Seen(decision, candidates(self, item, now), others, waited_s)
        super()._offer_to(decision, item, now)

    def _offer(self, decision: Decision, item: Waiting, now: datetime) -> None:
        if decision.interaction == self.wanted and self._before is not None:
            place = self.seq, len(self.out.decisions)
            self.seen[place] = self._before._replace(decision=decision)
        super()._offer(decision, item, now)

    def asked_at(self, applied: int) -> set[UUID]:
        """The agents who were offered it by one command: several where a queue asks several."""
        return {one.decision.agent for (at, _), one in self.seen.items() if at == applied}


def _story(
    floor: _Watched,
    stored: RecordedDecision,
    command: RecordedCommand,
    reservations: Mapping[tuple[UUID, datetime], Reservation],
) -> DecisionStory:
    facts = msgspec.convert(stored.data, Decision)
    seen = floor.seen.get((stored.applied, stored.place)) or _Seen(facts, (), 0, 0.0)
    asked = floor.asked_at(stored.applied)
    winner = floor.agents[facts.agent]
    outcome = reservations.get((facts.agent, stored.at))
    return DecisionStory(
        applied=stored.applied,
        place=stored.place,
        at=stored.at,
        woken=_woken(floor, command, facts.interaction),
        cause=facts.cause,
        queue=facts.queue,
        channel=facts.channel,
        rule_version=facts.rule_version,
        agent=facts.agent,
        agent_name=winner.name,
        waited_s=seen.waited_s,
        key=facts.key,
        tie_break=facts.tie_break,
        passed_over=seen.passed_over,
        refused=[_refused(one, asked) for one in seen.found if one.agent != facts.agent],
        outcome=outcome.state if outcome else None,
        outcome_reason=outcome.reason if outcome else None,
        is_as_recorded=bool(seen.found) and seen.decision == facts,
    )


def _woken(floor: Floor, command: RecordedCommand, interaction: UUID) -> Woken:
    agent, about = (command.data.get(name) for name in ("agent", "interaction"))
    by = floor.agents[UUID(str(agent))].name if agent else None
    is_other = about is not None and UUID(str(about)) != interaction
    return Woken(command.kind, command.id, by, is_other)


def _refused(one: Candidate, asked: set[UUID]) -> Candidate:
    """Who was free and not chosen stood lower in the order, or was asked at the same time."""
    if one.verdict.reason != FREE:
        return one
    reason = ASKED_TOO if one.agent in asked else LOWER_ORDER
    return replace(one, verdict=replace(one.verdict, reason=reason))


def wait_story(floor: Floor, item: Waiting, now: datetime) -> WaitStory:
    """Why this one waits at ``now``."""
    mine = _score(floor, item)
    ahead = sum(
        other.state == "waiting"
        and (other.queue, other.channel) == (item.queue, item.channel)
        and _score(floor, other) < mine
        for other in floor.waiting.values()
    )
    return WaitStory(
        queue=item.queue,
        channel=item.channel,
        since=item.entered_first,
        waited_s=item.waited(now).total_seconds(),
        ahead=ahead,
        rule_version=floor.queues[item.queue].version,
        refused=candidates(floor, item, now),
    )


def _score(floor: Floor, item: Waiting) -> tuple[datetime, UUID]:
    minutes = item.priority + floor.queues[item.queue].priority
    return item.entered_first - timedelta(minutes=minutes), item.interaction
