"""A floor and a twin that crashes, with everything that must hold checked after every command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from contactcenter.core.errors import ContactCenterError
from contactcenter.routing import actions as do
from contactcenter.routing.effects import (
    Accepted,
    Effect,
    Expired,
    Offered,
    OfReservation,
    Rejected,
    Withdrawn,
)
from contactcenter.routing.floor import Floor
from contactcenter.routing.model import CHANNELS, Agent, Waiting
from contactcenter.routing.rows import FloorRows, floor_of, rows_of
from contactcenter.routing.verdicts import verdict
from tests.routing.floors import START


@dataclass
class World:
    """A floor, a twin that crashes and is rebuilt, and everything that was done."""

    floor: Floor = field(default_factory=Floor)
    twin: Floor = field(default_factory=Floor)
    now: datetime = START
    done: list[tuple[do.Command, datetime, list[Effect] | str]] = field(default_factory=list)
    refused_until: dict[tuple[UUID, UUID], datetime] = field(default_factory=dict)
    configs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The written form of its queues, for changes to it."""
    version: int = 0
    was_given: bool = False
    """Somebody took or was given work out of turn, which only the channel's capacity bounds."""

    def do(self, command: do.Command) -> None:
        """The same on both floors, with the same outcome."""
        outcome = tried(self.floor, command, self.now)
        assert tried(self.twin, command, self.now) == outcome
        self.done.append((command, self.now, outcome))
        if isinstance(outcome, list):
            self._watch(outcome)
        self.check()

    def _watch(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Offered):
                until = self.refused_until.get((effect.interaction, effect.agent), self.now)
                assert until <= self.now, "offered what was refused"
            missed = isinstance(effect, Withdrawn) and effect.reason == "no_media"
            if isinstance(effect, (Rejected, Expired)) or missed:
                assert not isinstance(effect, Accepted)
                assert isinstance(effect, OfReservation)
                pair = (effect.interaction, effect.agent)
                seconds = self.floor.queues[effect.queue].exclude_s
                self.refused_until[pair] = self.now + timedelta(seconds=seconds)
        for interaction, agent in list(self.refused_until):
            if interaction not in self.floor.waiting:
                del self.refused_until[interaction, agent]

    def wait(self, seconds: int) -> None:
        end = self.now + timedelta(seconds=seconds)
        while (due := self._next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self.do(do.Tick(self.now))
        self.now = end
        for one in self.floor.reservations.values():
            assert one.due_at is None or one.due_at > self.now, "a reservation outlived its time"
        for item in self.floor.waiting.values():
            limit = self.floor.wait_limit(item) if item.state == "waiting" else None
            assert limit is None or limit > self.now, "waited past its deadline"

    def _next_due(self) -> datetime | None:
        """Of both: a timer that has lost its purpose is not remembered over a crash."""
        dues = [self.floor.next_due(), self.twin.next_due()]
        return min((due for due in dues if due is not None), default=None)

    def crash(self) -> None:
        """The twin forgets everything and is rebuilt from what its rows say, as JSON."""
        rows = msgspec.json.decode(msgspec.json.encode(rows_of(self.twin)), type=FloorRows)
        self.twin = floor_of(rows)
        assert rows_of(self.twin) == rows_of(self.floor)

    # -- what must hold ----------------------------------------------------------------------

    def check(self) -> None:
        floor = self.floor
        waiting = [one for one in floor.waiting.values() if one.state == "waiting"]
        loads = {agent: Counter[str]() for agent in floor.agents}
        taken = Counter[UUID]()
        for one in floor.reservations.values():
            loads[one.agent][one.channel] += 1
            taken[one.interaction] += one.state == "accepted"
        assert all(n <= 1 for n in taken.values()), "two agents have one interaction"
        for agent in floor.agents.values():
            self._holds(agent, loads[agent.id])
            for item in waiting:
                why = verdict(floor, item, agent, self.now).reason
                assert why != "free", "waits beside an agent who may have it"
        for item in waiting:
            assert floor.staged(item, self.now) is item, "the circle lags behind"
        for item in floor.waiting.values():
            self._is_served_as_it_says(item)

    def _holds(self, agent: Agent, load: Counter[str]) -> None:
        assert all(load[one] <= agent.capacity[one] for one in CHANNELS), "over capacity"
        for shared in agent.shared:
            together = sum(load[one] for one in shared.channels)
            assert together <= shared.most or self.was_given, "over the shared capacity"

    def _is_served_as_it_says(self, item: Waiting) -> None:
        floor = self.floor
        asked = floor.asking(item.interaction)
        key = floor.serving.get(item.interaction)
        match item.state:
            case "offered":
                assert 0 < len(asked) <= floor.queues[item.queue].offer_to
                assert len({one.agent for one in asked}) == len(asked)
            case "assigned":
                assert key is not None
                assert floor.reservations[key].state == "accepted"
                assert not asked
            case _:
                assert key is None


def tried(floor: Floor, command: do.Command, now: datetime) -> list[Effect] | str:
    """The effects, or the code of the refusal."""
    try:
        return floor.apply(command, now).effects
    except ContactCenterError as error:
        return error.code
