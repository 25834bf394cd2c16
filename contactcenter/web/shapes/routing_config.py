"""The routing configuration and its versions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from contactcenter.web.shapes.base import Reply, Request

Note = Annotated[str, Field(max_length=500)]
Document = Annotated[str, Field(min_length=1, max_length=2_000_000)]


class RoutingSections(Request):
    """Sections of the document as JSON. Skills and hours given are all there are; a queue or agent
    given is replaced, one left out stays as it is."""

    skills: dict[str, str | None] | None = None
    """Name -> description."""
    hours: dict[str, Any] | None = None
    """Name -> business hours."""
    queues: dict[str, Any] | None = None
    """Name -> keys of a queue."""
    agents: dict[str, Any] | None = None
    """Name (or id) -> keys of an agent."""


class RoutingDocumentIn(Request):
    """A routing document, as JSON or as YAML: exactly one of them."""

    document: RoutingSections | None = None
    yaml: Document | None = None
    note: Note = ""
    """Why, for the history."""
    remove: bool = False
    """Queues and agents go that the sections given do not name."""


class RoutingDocument(Reply):
    """The configuration in force, or that of a version, agents by name."""

    version: int
    """The newest version; 0 when nothing was changed yet."""
    skills: dict[str, str]
    hours: dict[str, Any]
    queues: dict[str, Any]
    agents: dict[str, Any]
    agent_ids: dict[str, str]
    """Agent's name in this document -> id."""
    yaml: str
    """All of it as YAML."""


class RoutingFault(Reply):
    """What is wrong: where, in which line of the YAML (null for JSON), what, what is allowed."""

    where: str
    path: list[str | int]
    line: int | None
    message: str
    hint: str
    severity: Literal["error", "warning"]


class RoutingChange(Reply):
    """One part that differs; null: not there."""

    where: str
    path: list[str | int]
    kind: Literal["added", "removed", "changed"]
    before: Any
    after: Any


class RoutingCheck(Reply):
    """What a document would do. ``rules`` is its changes in the form of ``POST /routing/whatif``;
    null when there are errors, or nothing that a recorded day could show."""

    faults: list[RoutingFault]
    changes: list[RoutingChange]
    rules: dict[str, Any] | None


class RoutingApplied(Reply):
    """The change that was made; none when nothing differs."""

    version: int
    changes: list[RoutingChange]


class RoutingVersion(Reply):
    """Who changed the configuration when and why."""

    version: int
    at: AwareDatetime
    by: str
    """The account's name; empty for what was found or changed by a command."""
    action: Literal["apply", "edit", "rollback", "found"]
    note: str


class RoutingVersionPage(Reply):
    """Versions, the newest first."""

    items: list[RoutingVersion]
    next: str | None = None


class RoutingVersionInfo(RoutingVersion):
    """A version and what it changed against the one before."""

    changes: list[RoutingChange]
    yaml: str


class RoutingRollback(Request):
    """Why, for the history."""

    note: Note = ""


class QueueConfig(Reply):
    """One queue in its shortest written form."""

    name: str
    config: dict[str, Any]


class AgentConfig(Reply):
    """One agent in its shortest written form."""

    agent: str
    name: str
    config: dict[str, Any]


class RoutingEntryIn(Request):
    """The whole written form of one queue or agent: what is left out takes its default."""

    config: dict[str, Any]
    note: Note = ""


class QueueRemoval(Request):
    """``move_to``: where what waits in the queue goes; without it nothing may wait there."""

    move_to: str | None = Field(default=None, max_length=100)
    note: Note = ""


class AgentRemoval(Request):
    """Why, for the history."""

    note: Note = ""


class RoutingVersionQuery(Request):
    """A page of versions."""

    after: str | None = None
    limit: int = Field(default=50, ge=1, le=200)


class RoutingDiffQuery(Request):
    """``against``: compare with this version rather than the one before."""

    against: int | None = Field(default=None, ge=0, le=2_000_000_000)
