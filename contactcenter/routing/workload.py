"""What a recorded period asked of the floor: arrivals, agents' comings and goings, service times
and patience, taken apart from what the rules then made of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any
from uuid import UUID

from contactcenter.routing import actions
from contactcenter.routing import effects as fx
from contactcenter.routing.floor import Floor
from contactcenter.routing.patience import Patience
from contactcenter.routing.recorded import RecordedCommand
from contactcenter.routing.tally import Tally

REACTIONS = frozenset(
    {"accept", "reject", "media_up", "media_failed", "ended", "leave", "complete"}
    | {"extend_wrap_up", "callback_answered", "callback_failed", "tick", "settle"}
)
"""Commands that answer what the rules did. A re-run makes its own; all others are given again."""

_REACTIONS: Mapping[type, str] = {
    fx.Accepted: "accept",
    fx.Rejected: "reject",
    fx.Expired: "miss",
}
NO_ANSWER = "no_answer"
"""Why an agent is away who missed an offer."""

Kind = tuple[str, str]
"""(queue, channel)."""


@dataclass(slots=True)
class Life:
    """One interaction as it was: all in seconds, None where it was not seen.

    ``left_s``: wait after which the customer left; ``waited_s``: wait that ended otherwise, so
    patience is at least this. ``reactions``: what became of its offers in order (accept, reject,
    miss, or unknown for one withdrawn), and how long after the offer. ``talk_s``: acceptance to the
    end of the exchange; ``wrap_s``: from there to the end of the agent's work. ``is_cut``: it
    outlasted the period, so these are the least they were.
    """

    kind: Kind
    entered: datetime
    left_s: float | None = None
    left_reason: str = "abandoned"
    waited_s: float | None = None
    talk_s: float | None = None
    wrap_s: float | None = None
    is_cut: bool = False
    reactions: list[tuple[str, float]] = field(default_factory=list)
    calls: list[tuple[bool, float]] = field(default_factory=list)
    """Of each callback: whether the customer was reached, and after how long."""
    called: datetime | None = None
    offered: datetime | None = None
    accepted: datetime | None = None
    wrapping: datetime | None = None


@dataclass(slots=True)
class Workload:
    """``given``: commands that a re-run gives at the same times. ``tally``: what was recorded."""

    start: datetime
    lives: dict[UUID, Life] = field(default_factory=dict)
    given: list[tuple[datetime, actions.Command]] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    returns: list[float] = field(default_factory=list)
    """After a missed offer: seconds until the agent could be asked again."""
    _missed: dict[UUID, datetime] = field(default_factory=dict)

    def begin(self, floor: Floor) -> None:
        """What stands on the floor already goes on."""
        self.tally.begin(floor, self.start)
        for item in floor.waiting.values():
            self.lives[item.interaction] = Life((item.queue, item.channel), item.entered_first)
        for held in floor.reservations.values():
            life = self.lives.setdefault(
                held.interaction, Life((held.queue, held.channel), held.offered_at)
            )
            life.offered, life.accepted = held.offered_at, held.accepted_at
            life.wrapping = held.wrapping_at

    def take(self, one: RecordedCommand) -> None:
        """One recorded command, in order."""
        if "refused" in one.result:
            return
        command = actions.from_data(one.kind, one.data)
        if one.kind not in REACTIONS:
            self.given.append((one.applied_at, command))
        if isinstance(command, actions.Enqueue) and command.interaction not in self.lives:
            kind = command.queue, command.channel
            self.lives[command.interaction] = Life(kind, one.applied_at)
            self.tally.entered(command.interaction, command.queue, one.applied_at)
        elif isinstance(command, actions.Assign):
            kind = command.queue, command.channel
            self.lives.setdefault(command.interaction, Life(kind, one.applied_at))
        elif isinstance(command, actions.CallbackAnswered | actions.CallbackFailed):
            life = self.lives.get(command.interaction)
            if life is not None and life.called is not None:
                is_reached = isinstance(command, actions.CallbackAnswered)
                life.calls.append((is_reached, _seconds(life.called, one.applied_at)))
        for told in one.result.get("effects", ()):
            plain = dict(told)
            effect = fx.from_data(plain.pop("kind"), plain)
            self.tally.take(effect, one.applied_at)
            self._learn(effect, one.applied_at, is_choice=one.kind in ("leave", "ended"))

    def _learn(self, effect: fx.Effect, at: datetime, *, is_choice: bool) -> None:
        if isinstance(effect, fx.StateChanged):
            self._learn_return(effect, at)
        if isinstance(effect, fx.StateChanged | fx.QueueClosed):
            return
        life = self.lives.get(effect.interaction)
        if life is None:
            return
        match effect:
            case fx.Offered():
                life.offered = at
            case fx.Accepted() | fx.Rejected() | fx.Expired() | fx.Withdrawn():
                self._learn_reaction(life, effect, at)
            case fx.Dequeued():
                self._learn_leaving(life, effect.reason, at, is_choice=is_choice)
            case fx.CallbackDue():
                life.called = at
            case fx.WrapUpStarted() if life.accepted and not life.wrapping:
                life.talk_s, life.wrapping = _seconds(life.accepted, at), at
            case fx.WrappedUp() if life.accepted:
                life.talk_s = life.talk_s or _seconds(life.accepted, at)
                life.wrap_s = _seconds(life.wrapping or at, at)

    @staticmethod
    def _learn_leaving(life: Life, reason: str, at: datetime, *, is_choice: bool) -> None:
        waited_s = _seconds(life.entered, at)
        if life.accepted:  # gone before they heard each other
            life.talk_s, life.wrap_s = _seconds(life.accepted, at), 0.0
        elif is_choice:
            life.left_s, life.left_reason = waited_s, reason
        else:
            life.waited_s = waited_s

    def _learn_reaction(self, life: Life, effect: fx.OfReservation, at: datetime) -> None:
        what = _REACTIONS.get(type(effect), "unknown")
        if life.offered is not None:
            life.reactions.append((what, _seconds(life.offered, at)))
            life.offered = None
        if what == "accept":
            life.accepted, life.waited_s = at, _seconds(life.entered, at)
        elif isinstance(effect, fx.Withdrawn) and effect.reason == "no_media":
            life.accepted = None  # it waits again

    def _learn_return(self, effect: fx.StateChanged, at: datetime) -> None:
        missed = self._missed.pop(effect.agent, None)
        if effect.reason == NO_ANSWER:
            self._missed[effect.agent] = at
        elif missed is not None and effect.state == "available":
            self.returns.append(_seconds(missed, at))

    def reactions(self, what: str) -> int:
        """How many offers met this reaction."""
        return sum(each == what for life in self.lives.values() for each, _ in life.reactions)

    def end(self, at: datetime) -> None:
        """The period is over: who still waits, or is served, has at least done so until now."""
        self.tally.end(at)
        for life in self.lives.values():
            if life.left_s is None and life.waited_s is None:
                life.waited_s = _seconds(life.entered, at)
            if life.accepted is not None and life.wrap_s is None:
                life.is_cut = True
                life.talk_s = life.talk_s or _seconds(life.accepted, at) + 1
                life.wrap_s = _seconds(life.wrapping, at) + 1 if life.wrapping else 0.0


@dataclass(slots=True)
class Customs:
    """What is usual, for what one interaction did not show. By (queue, channel), else by channel
    (queue ``""``)."""

    patience: Mapping[Kind, Patience]
    services: Mapping[Kind, list[tuple[float, float]]]
    answers: Mapping[Kind, float]
    return_s: float | None

    @classmethod
    def of(cls, workload: Workload) -> Customs:
        """From all that was seen."""
        waits: dict[Kind, list[tuple[float, bool]]] = defaultdict(list)
        services: dict[Kind, list[tuple[float, float]]] = defaultdict(list)
        answers: dict[Kind, list[float]] = defaultdict(list)
        for life in workload.lives.values():
            for kind in (life.kind, ("", life.kind[1])):
                if life.left_s is not None:
                    waits[kind].append((life.left_s, True))
                elif life.waited_s is not None:
                    waits[kind].append((life.waited_s, False))
                if life.talk_s is not None and life.wrap_s is not None and not life.is_cut:
                    services[kind].append((life.talk_s, life.wrap_s))
                answers[kind] += [after_s for what, after_s in life.reactions if what == "accept"]
        return cls(
            {kind: Patience(each) for kind, each in waits.items()},
            services,
            {kind: median(each) for kind, each in answers.items() if each},
            median(workload.returns) if workload.returns else None,
        )

    @staticmethod
    def seen(found: Mapping[Kind, Any], kind: Kind) -> Any:
        """Of the queue and channel, else of the channel, else None."""
        return found.get(kind) or found.get(("", kind[1]))


def _seconds(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds()
