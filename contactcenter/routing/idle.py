"""Why an agent is idle: what waits, and the first reason why each of it does not go to them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from contactcenter.core.db import Database
from contactcenter.core.errors import NotFound
from contactcenter.routing.floor import Floor
from contactcenter.routing.match import FREE
from contactcenter.routing.past import floor_now
from contactcenter.routing.standing import standing
from contactcenter.routing.verdicts import Verdict, verdict


@dataclass(frozen=True, slots=True)
class Withheld:
    """Something that waits, and why this agent does not get it."""

    interaction: UUID
    queue: str
    channel: str
    waited_s: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class IdleStory:
    """``state``, ``reason``, ``since``: what is shown of the agent. ``free``: the channels on which
    they can be asked now. ``withheld``: what waits in their queues, longest first. ``elsewhere``:
    queue -> how many wait in queues that are not theirs."""

    agent: UUID
    name: str
    at: datetime
    state: str
    reason: str | None
    since: datetime | None
    idle_since: datetime | None
    free: Sequence[str]
    load: Mapping[str, int]
    withheld: Sequence[Withheld]
    elsewhere: Mapping[str, int]

    @property
    def counts(self) -> dict[str, int]:
        """Reason -> how many of what waits, the most frequent first."""
        found = Counter(one.verdict.reason for one in self.withheld)
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


async def why_idle(db: Database, agent: UUID) -> IdleStory:
    """Why the agent has nothing (more) to do now. ``NotFound``: no such agent."""
    floor = await floor_now(db)
    if agent not in floor.agents:
        raise NotFound(f"no agent {agent}", code="unknown_agent")
    return await asyncio.to_thread(partial(idle_story, floor, agent, db.clock.now()))


def idle_story(floor: Floor, agent: UUID, now: datetime) -> IdleStory:
    """The same, from a floor in hand."""
    who, state = floor.agents[agent], floor.states[agent]
    held = floor.held.get(agent, {}).values()
    stands = standing(who, state, held, {})
    items = [one for one in floor.waiting.values() if one.state == "waiting"]
    items.sort(key=lambda one: (one.entered_first, one.interaction))
    verdicts = [(one, verdict(floor, one, who, now)) for one in items]
    elsewhere = Counter(one.queue for one, why in verdicts if why.reason == "not_in_queue")
    return IdleStory(
        agent=agent,
        name=who.name,
        at=now,
        state=state.state,
        reason=state.reason,
        since=state.since,
        idle_since=state.idle_since,
        free=[channel for channel, stand in stands.on.items() if stand == FREE],
        load=dict(Counter(one.channel for one in held)),
        withheld=[
            Withheld(one.interaction, one.queue, one.channel, one.waited(now).total_seconds(), why)
            for one, why in verdicts
            if why.reason != "not_in_queue"
        ],
        elsewhere=dict(sorted(elsewhere.items())),
    )
