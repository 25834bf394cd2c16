"""What a recorded period had been under other rules."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from contactcenter.web.shapes.base import Reply, Request
from contactcenter.web.shapes.routing_config import Document, Note


class WhatIfIn(Request):
    """A period that was recorded, and other rules for it, as JSON or as YAML: exactly one of them.

    ``rules``: ``queues`` and ``agents`` by name, with the keys of their configuration.
    """

    rules: dict[str, Any] | None = None
    yaml: Document | None = None
    remove: bool = False
    """Queues and agents that the sections given do not name are not there."""
    start: AwareDatetime = Field(alias="from")
    end: AwareDatetime = Field(alias="to")
    note: Note = ""
    """What it is about, for the list."""


class WhatIfEntry(Reply):
    """A comparison in the list: what was asked, and how far it is."""

    id: str
    by: str
    """The account's name; empty for a program's."""
    asked_at: AwareDatetime
    start: AwareDatetime = Field(alias="from")
    end: AwareDatetime = Field(alias="to")
    note: str
    remove: bool
    state: Literal["running", "done", "failed", "interrupted"]
    """``interrupted``: the server node that worked on it is gone; it can be started again."""
    share: float
    """How far it is, 0 to 1."""
    problem: str | None
    hint: str | None


class WhatIfList(Reply):
    """The comparisons that are kept, the newest first."""

    items: list[WhatIfEntry]


class WhatIfRun(WhatIfEntry):
    """A comparison with the rules that were asked about, and its result once it is done."""

    rules: dict[str, Any]
    yaml: str
    """The rules as YAML."""
    result: WhatIfResult | None


class WhatIfResult(Reply):
    """``queues``: name -> measure -> its values; the name ``""`` is the whole floor. Times are
    seconds, shares 0 to 1."""

    commands: int
    interactions: int
    queues: dict[str, dict[str, WhatIfValues]]
    unknown: dict[str, WhatIfUnknown]
    """By column: what had to be guessed."""
    refusals: int
    misses: int


class WhatIfValues(Reply):
    """One measure as recorded, played again under the same rules, and under these."""

    recorded: float | None
    same_rules: float | None
    rules: float | None


class WhatIfUnknown(Reply):
    """How many interactions needed a guess: of their patience, of their service; and commands of
    the record that had nothing to act on."""

    patience_drawn: int
    service_drawn: int
    without_effect: int
