"""One drawn day under rules of every kind, and the hash of all that the floor made of it.

The configuration is a file of its own, so that other tests may change theirs.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from contactcenter.core.errors import ContactCenterError
from contactcenter.routing import actions as do
from contactcenter.routing.floor import Floor
from contactcenter.routing.model import CHANNELS, Reservation, Step
from tests.routing.floors import CUSTOMER, START, agent_id, call_id

RULES: dict[str, Any] = json.loads((Path(__file__).parent / "golden_day.json").read_text("utf-8"))
STEPS = [tuple(Step(*one) for one in some) for some in RULES["steps"]]
_WEIGHTS = {"enqueue": 6, "held": 8, "leave": 1, "state": 2, "pull": 1, "callback": 1}


@dataclass
class Day:
    """A floor and what it made of every command: effects, decisions or a refusal."""

    floor: Floor = field(default_factory=Floor)
    chance: random.Random = field(default_factory=lambda: random.Random(20261123))
    now: datetime = START
    made: Any = field(default_factory=hashlib.sha256)
    decisions: Counter[str] = field(default_factory=Counter)

    def do(self, command: do.Command) -> None:
        """Carry out and take into the hash."""
        record: list[Any] = [self.now]
        try:
            out = self.floor.apply(command, self.now)
            record += [[type(one).__name__, one] for one in out.effects] + out.decisions
            self.decisions.update(f"{one.cause} {one.channel}" for one in out.decisions)
        except ContactCenterError as error:
            record.append(error.code)
        self.made.update(msgspec.json.encode(_rounded(msgspec.to_builtins(record)), order="sorted"))

    def wait(self, seconds: int) -> None:
        """Time passes, in the steps at which something is due."""
        end = self.now + timedelta(seconds=seconds)
        while (due := self.floor.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self.do(do.Tick(self.now))
        self.now = end


def golden_day(commands: int = 5000) -> Day:
    """The day, played."""
    day = Day()
    for name, config in RULES["queues"].items():
        day.do(do.ChangeQueue(name, 1, config))
    for n, config in enumerate(RULES["agents"]):
        day.do(do.ChangeAgent(agent_id(n), 1, f"agent {n}", config))
        day.do(do.SetState(agent_id(n), "available"))
    for _ in range(commands):
        if day.chance.random() < 0.5:
            day.wait(day.chance.randint(1, 9))
        day.do(_drawn(day.floor, day.now, day.chance))
    return day


def _drawn(floor: Floor, now: datetime, chance: random.Random) -> do.Command:
    agent, call = agent_id(chance.randrange(len(RULES["agents"]))), call_id(chance.randrange(40))
    held = sorted(floor.reservations.values(), key=lambda one: one.id)
    match chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]:
        case "held" if held:
            return _of_held(chance.choice(held), chance)
        case "leave":
            return do.Leave(call)
        case "state":
            away = chance.random() < 0.3
            return do.SetState(agent, "away" if away else "available", "lunch" if away else None)
        case "pull":
            return do.Pull(call, agent)
        case "callback":
            return do.AskCallback(call, "+1", at=now + timedelta(seconds=20))
    return _entering(call, agent, chance)


def _of_held(one: Reservation, chance: random.Random) -> do.Command:
    match one.state:
        case "pending" if chance.random() < 0.2:
            return do.Reject(one.id, one.agent, "no")
        case "pending":
            return do.Accept(one.id, one.agent)
        case "wrapping":
            return do.Complete(one.interaction, one.agent, "solved")
    return do.Ended(one.interaction) if one.media_at else do.MediaUp(one.interaction)


def _entering(call: UUID, agent: UUID, chance: random.Random) -> do.Command:
    return do.Enqueue(
        call,
        chance.choice(sorted(RULES["queues"])),
        chance.choice(CHANNELS),
        CUSTOMER,
        chance.choice(RULES["requires"]),
        chance.randint(-2, 3),
        chance.choice(RULES["attributes"]),
        steps=chance.choice(STEPS),
        preferred=(agent,) if chance.random() < 0.2 else (),
        hold_s=6,
    )


def _rounded(value: Any) -> Any:
    """Floats to six places: the last digits of a power are the machine's."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list) else value
