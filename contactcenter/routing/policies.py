"""What a queue may be told to do besides matching: values of its configuration, no behaviour.

All durations are whole seconds (``_s``). ``config_policies`` reads and checks their written form.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

LONGEST_S = 7 * 24 * 3600
Seconds = Annotated[int, msgspec.Meta(ge=0, le=LONGEST_S)]
SomeSeconds = Annotated[int, msgspec.Meta(ge=1, le=LONGEST_S)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Some = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Bound = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]

CallerOrder = Literal["score", "priority"]
"""``score``: minutes waited + priority minutes. ``priority``: the higher priority first, whatever
the wait, then the longer wait."""

AgentOrder = Literal[
    "longest_idle",
    "least_occupied",
    "round_robin",
    "highest_level",
    "lowest_level",
    "most_capacity",
    "weighted",
]
"""Which of several free agents is asked. A queue names one or several; each breaks the ties of the
one before, then comes the longest idle, then the lower id."""

Measure = Literal[
    "length", "longest_wait_s", "wait_estimate_s", "service_level_percent", "own_wait_s"
]
"""What an overflow rule looks at, of any queue: how many wait, the longest wait there, the wait a
new arrival must expect, the service level of the last minutes; and the interaction's own wait."""

MEASURES: tuple[Measure, ...] = (
    "length",
    "longest_wait_s",
    "wait_estimate_s",
    "service_level_percent",
    "own_wait_s",
)

MOST_RINGS = 6


class Widening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From ``after_s`` of waiting in the queue on: skills no longer required, and queues whose
    agents are asked too. Each ring adds to the ones before it."""

    after_s: Seconds
    drop: tuple[Name, ...] = ()
    add: tuple[Name, ...] = ()


class Consequence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of an interaction; exactly one field is set.

    ``add``: agents of these queues are asked too. ``move``: to another queue, keeping the place.
    ``play``: a prompt is played or sent. ``callback``: a callback is offered. ``leave``: out of the
    queue for this reason, the menu goes on (``voicemail``, ``refused``, ...).
    """

    add: tuple[Name, ...] = ()
    move: str = ""
    play: str = ""
    callback: bool = False
    leave: str = ""


class Overflow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When ``measure`` of queue ``of`` (empty: the own one) is above or below its bound, do
    ``then``, once for each stay in the queue. ``skip_if_nobody``: not towards a queue in which no
    agent is signed in."""

    measure: Measure
    then: Consequence
    of: str = ""
    above: Bound | None = None
    below: Bound | None = None
    skip_if_nobody: bool = False

    def holds(self, value: float | None) -> bool:
        """Whether the value crosses the bound; what is not known crosses none."""
        if value is None:
            return False
        if self.above is not None:
            return value > self.above
        return self.below is not None and value < self.below


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a newcomer meets: a full queue, nobody signed in, closed hours; and what becomes of who
    waited ``Queue.max_wait_s``.

    Without an action they leave the queue for the reasons ``queue_full``, ``nobody`` (only when
    ``nobody_then`` is given: else they wait), ``queue_closed`` and ``wait_limit``.
    """

    max_length: Count | None = None
    full_then: Consequence | None = None
    nobody_then: Consequence | None = None
    closed_then: Consequence | None = None
    wait_then: Consequence | None = None


class Announcements(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What those who wait are told: first after ``first_s``, then every ``every_s``."""

    first_s: Seconds = 30
    every_s: SomeSeconds = 60
    position: bool = True
    wait: bool = True
    prompts: tuple[Name, ...] = ()


class CallbackPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How callbacks of this queue are made: whom first, how often, how far apart."""

    first: Literal["customer", "agent"] = "customer"
    attempts: Some = 3
    gap_s: SomeSeconds = 600


class Sticky(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Prefer the agent who last served this customer on this topic within ``days``, and the
    customer's owner; hold out for them ``hold_s``."""

    days: Some = 7
    owner: bool = True
    hold_s: Seconds = 30


class Blending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An outbound queue gives way to inbound ones.

    Nothing is pulled from it while, in one of ``yields_to``, the wait estimate is above
    ``wait_above_s`` or the service level below ``service_level_below`` (percent), while not more
    than ``reserve`` agents who could serve them are free, or while ``max_share_percent`` of this
    queue's agents signed in are on outbound work.
    """

    yields_to: tuple[Name, ...]
    reserve: Count = 0
    max_share_percent: Percent = 100
    wait_above_s: Seconds | None = None
    service_level_below: Percent | None = None
