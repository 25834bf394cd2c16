"""What a supervisor does on the floor by hand."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from contactcenter.web.shapes.base import Reply, Request, ShortText


class QueueChoice(Request):
    """The queue to move to."""

    queue: ShortText


class AgentChoice(Request):
    """The agent who is to have it."""

    agent: UUID


class StateOrder(Request):
    """``reason`` is required for away, one of the session's ``away_reasons``."""

    state: Literal["available", "away", "offline"]
    reason: str | None = None


class SkillChange(Request):
    """What changes of one skill; what is left out stays."""

    level: Annotated[int, Field(ge=1, le=5)] | None = None
    active: bool | None = None


class SkillChanges(Request):
    """Skill -> what changes; a skill the agent does not have yet needs a level."""

    skills: Annotated[dict[str, SkillChange], Field(min_length=1, max_length=100)]


class QueueClosing(Request):
    """Why; shown on the floor."""

    reason: ShortText


class MoreTime(Request):
    """How many seconds more than the limit allows."""

    seconds: Annotated[int, Field(ge=1, le=3600)]


class FloorMove(Reply):
    """An interaction that stands in another queue now; moved to ``before`` it is back."""

    interaction: str
    queue: str
    before: str


class SkillStand(Reply):
    """An agent's skills as they are now."""

    agent: str
    skills: dict[str, SkillLevel]


class SkillLevel(Reply):
    """A level 1-5; ``active`` off takes the skill out of matching."""

    level: int
    active: bool
