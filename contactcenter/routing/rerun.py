"""A recorded workload on a floor with other rules: people do what they did, the floor what it now
decides. Pure; the same workload and rules give the same numbers.

A customer whose wait becomes longer than it was stays by the estimated patience of those like them;
one who left and is now reached needs the service of somebody like them. Draws depend on the
interaction alone, so two runs differ by their rules only.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from uuid import UUID

from contactcenter.core.errors import ContactCenterError
from contactcenter.routing import actions as do
from contactcenter.routing import effects as fx
from contactcenter.routing.floor import Floor
from contactcenter.routing.tally import Tally
from contactcenter.routing.workload import NO_ANSWER, Customs, Life, Workload

Override = Callable[[do.Command], do.Command | None]
"""What the rules make of a recorded command: itself, another, or None where it can not be."""
_USUAL_SERVICE_S = (180.0, 0.0)
_USUAL_ANSWER_S = 3.0
_USUAL_CALL_S = 10.0
_SAME_S = 1.0
"""A wait that is longer by less than this is the same wait."""
_DISPOSITION = "as_recorded"


@dataclass(slots=True)
class Unknown:
    """What the record could not tell of this run: how many interactions waited longer than their
    patience was seen, how many were served without a service time seen, and commands of the record
    that had nothing to be given to."""

    patience_drawn: int = 0
    service_drawn: int = 0
    without_effect: int = 0


@dataclass(slots=True)
class Rerun:
    """One run; ``play`` it once."""

    floor: Floor
    workload: Workload
    customs: Customs
    override: Override = lambda command: command
    gone: Collection[UUID] = ()
    """Agents who are not there."""
    tally: Tally = field(default_factory=Tally)
    unknown: Unknown = field(default_factory=Unknown)
    _due: list[tuple[datetime, int, Callable[[], do.Command | None]]] = field(default_factory=list)
    _ticket: count[int] = field(default_factory=count)
    _drawn: set[UUID] = field(default_factory=set)
    _entered: set[UUID] = field(default_factory=set)
    _asked: Counter[UUID] = field(default_factory=Counter)
    _called: Counter[UUID] = field(default_factory=Counter)

    def play(self, end: datetime, progress: Callable[[int], None] = lambda done: None) -> None:
        """Until ``end``. ``progress``: commands of the record given so far, now and then."""
        floor, now = self.floor, self.workload.start
        self.tally.begin(floor, now)
        self._carry_on(now)
        for agent in sorted(self.gone):
            if agent in floor.agents:
                self._apply(do.SignOut(agent), now)
        self._apply(do.Settle(), now)
        given = iter(self.workload.given)
        following = next(given, None)
        done = 0
        while True:
            due = floor.next_due()
            first = min(
                (
                    at
                    for at in (due, following and following[0], self._due and self._due[0][0])
                    if at
                ),
                default=None,
            )
            if first is None or first > end:
                break
            if due is not None and due <= first:
                self._apply(do.Tick(first), first)
            elif following is not None and following[0] == first:
                self._give(*following)
                following = next(given, None)
                done += 1
                if done % 1000 == 0:
                    progress(done)
            else:
                command = heappop(self._due)[2]()
                if command is not None:
                    self._apply(command, first)
        self.tally.end(end)

    def _carry_on(self, now: datetime) -> None:
        """What stands on the floor at the beginning."""
        self._entered = set(self.floor.waiting)
        for item in list(self.floor.waiting.values()):
            if item.state != "assigned":
                self._patience(item.interaction, now)
        for held in list(self.floor.reservations.values()):
            reference = (held.interaction, held.agent)
            if held.state == "pending":
                self._answer(held.id, *reference, held.offered_at)
            elif held.state == "accepted":
                self._serve(*reference, held.channel, held.accepted_at or now)
            else:
                self._finish(*reference, held.wrapping_at or now)

    # -- commands ----------------------------------------------------------------------------

    def _give(self, at: datetime, recorded: do.Command) -> None:
        command = self.override(recorded)
        if command is None:
            self.unknown.without_effect += 1
            return
        is_new = isinstance(command, do.Enqueue) and command.interaction not in self._entered
        if is_new and isinstance(command, do.Enqueue):
            self._entered.add(command.interaction)
            self.tally.entered(command.interaction, command.queue, at)
        if self._apply(command, at) and is_new and isinstance(command, do.Enqueue):
            self._patience(command.interaction, at)

    def _apply(self, command: do.Command, at: datetime) -> bool:
        try:
            out = self.floor.apply(command, at)
        except ContactCenterError:  # it answers something that did not happen here
            self.unknown.without_effect += 1
            return False
        for effect in out.effects:
            self.tally.take(effect, at)
            self._react(effect, at)
        self.floor.take_changes()
        return True

    def _react(self, effect: fx.Effect, at: datetime) -> None:
        match effect:
            case fx.Offered():
                self._answer(effect.reservation, effect.interaction, effect.agent, at)
            case fx.Accepted():
                self._serve(effect.interaction, effect.agent, effect.channel, at)
            case fx.WrapUpStarted():
                self._finish(effect.interaction, effect.agent, at)
            case fx.CallbackDue():
                self._call_back(effect.interaction, at)
            case fx.StateChanged(reason="no_answer") if self.customs.return_s is not None:
                back = at + timedelta(seconds=self.customs.return_s)
                self._at(back, lambda: self._returns(effect.agent))

    # -- what people do ----------------------------------------------------------------------

    def _patience(self, interaction: UUID, now: datetime) -> None:
        life = self.workload.lives[interaction]
        seconds, reason = life.left_s, life.left_reason
        if seconds is None:
            law = Customs.seen(self.customs.patience, life.kind)
            known_s = life.waited_s or 0.0
            seconds = law.beyond(known_s, _chance(interaction)) if law else None
            reason = "abandoned"
            self._at(
                life.entered + timedelta(seconds=known_s + _SAME_S),
                lambda: self._outwaits(interaction),
            )
        if seconds is not None:
            at = max(now, life.entered + timedelta(seconds=seconds))
            self._at(at, lambda: self._leaves(interaction, reason))

    def _outwaits(self, interaction: UUID) -> None:
        """It waits longer here than it was seen to: from now on its patience is a guess."""
        if self._holds_the_line(interaction):
            self.unknown.patience_drawn += 1

    def _leaves(self, interaction: UUID, reason: str) -> do.Command | None:
        return do.Leave(interaction, reason) if self._holds_the_line(interaction) else None

    def _holds_the_line(self, interaction: UUID) -> bool:
        """Whether the customer waits and may lose patience: not with an agent, nor to be called."""
        item = self.floor.waiting.get(interaction)
        return item is not None and item.state in ("waiting", "offered") and item.callback is None

    def _answer(self, reservation: UUID, interaction: UUID, agent: UUID, at: datetime) -> None:
        """The n-th offer of an interaction meets what the n-th met in the record."""
        life = self.workload.lives[interaction]
        place = self._asked[interaction]
        self._asked[interaction] += 1
        what, after_s = life.reactions[place] if place < len(life.reactions) else ("unknown", 0.0)
        if what == "miss":
            return
        if what == "unknown":
            usual = Customs.seen(self.customs.answers, life.kind)
            at_least_s, after_s = after_s, _USUAL_ANSWER_S if usual is None else usual
            if after_s <= at_least_s:  # withdrawn before the agent had decided
                after_s = at_least_s + 1
        react = self._rejects if what == "reject" else self._accepts
        self._at(at + timedelta(seconds=after_s), lambda: react(reservation, agent))

    def _rejects(self, reservation: UUID, agent: UUID) -> do.Command | None:
        found = self.floor.reservations.get(reservation)
        return do.Reject(reservation, agent) if found and found.state == "pending" else None

    def _accepts(self, reservation: UUID, agent: UUID) -> do.Command | None:
        found = self.floor.reservations.get(reservation)
        return do.Accept(reservation, agent) if found and found.state == "pending" else None

    def _call_back(self, interaction: UUID, at: datetime) -> None:
        """The n-th callback ends as the n-th did in the record; else the customer is reached."""
        calls, place = self.workload.lives[interaction].calls, self._called[interaction]
        self._called[interaction] += 1
        is_reached, after_s = calls[place] if place < len(calls) else (True, _USUAL_CALL_S)
        command = do.CallbackAnswered if is_reached else do.CallbackFailed
        self._at(at + timedelta(seconds=after_s), lambda: command(interaction))

    def _returns(self, agent: UUID) -> do.Command | None:
        state = self.floor.states.get(agent)  # None: removed meanwhile
        is_back = state is not None and state.presence_reason == NO_ANSWER
        return do.SetState(agent, "available") if is_back else None

    def _serve(self, interaction: UUID, agent: UUID, channel: str, at: datetime) -> None:
        talk_s, _ = self._service(interaction)
        ends = at + timedelta(seconds=talk_s)
        if channel == "voice":
            self._at(at, lambda: self._connects(interaction))
            self._at(ends, lambda: self._ends(interaction))
        else:
            self._at(ends, lambda: self._completes(interaction, agent))

    def _connects(self, interaction: UUID) -> do.Command | None:
        found = self.floor.reservations.get(self.floor.serving.get(interaction, interaction))
        return do.MediaUp(interaction) if found and found.media_at is None else None

    def _ends(self, interaction: UUID) -> do.Command | None:
        item = self.floor.waiting.get(interaction)
        return do.Ended(interaction) if item and item.state == "assigned" else None

    def _finish(self, interaction: UUID, agent: UUID, at: datetime) -> None:
        _, wrap_s = self._service(interaction)
        self._at(at + timedelta(seconds=wrap_s), lambda: self._completes(interaction, agent))

    def _completes(self, interaction: UUID, agent: UUID) -> do.Command | None:
        held = self.floor.held.get(agent, {}).values()
        mine = any(one.interaction == interaction and one.state != "pending" for one in held)
        return do.Complete(interaction, agent, _DISPOSITION) if mine else None

    def _service(self, interaction: UUID) -> tuple[float, float]:
        """(talk, wrap-up) in seconds: its own, else that of somebody like it."""
        life: Life = self.workload.lives[interaction]
        if life.talk_s is not None and life.wrap_s is not None:
            return life.talk_s, life.wrap_s
        usual = Customs.seen(self.customs.services, life.kind) or [_USUAL_SERVICE_S]
        if interaction not in self._drawn:
            self._drawn.add(interaction)
            self.unknown.service_drawn += 1
        talk_s, wrap_s = usual[int(_chance(interaction, "service") * len(usual))]
        return life.talk_s if life.talk_s is not None else talk_s, wrap_s

    def _at(self, at: datetime, act: Callable[[], do.Command | None]) -> None:
        heappush(self._due, (at, next(self._ticket), act))


def _chance(interaction: UUID, of: str = "patience") -> float:
    """In [0, 1), the same for the same interaction always."""
    return random.Random(f"{interaction}{of}").random()  # a simulation
