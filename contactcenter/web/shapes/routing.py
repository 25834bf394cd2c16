"""Explanations of the distributor."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime

from contactcenter.web.shapes.base import Channel, Reply, Request
from contactcenter.web.shapes.desk import AgentStateName

Language = Literal["en", "zh-CN"]


class ExplainQuery(Request):
    """The language of the texts; codes stay the same."""

    lang: Language = "en"


class CandidateInfo(Reply):
    """An agent of the queue who did not get the interaction."""

    agent: str
    name: str
    reason: str
    """The first reason: not_signed_in, away, skill_missing, level_too_low,
    attribute_differs, at_capacity, on_call, ring_not_reached, delay_over, held_for_preferred,
    excluded, yielding, lower_order, free."""
    until: AwareDatetime | None
    """When the reason ends by itself, where that is known."""
    text: str


class ReasonCount(Reply):
    """How many there are with this reason."""

    reason: str
    count: int
    text: str


class WakingCommand(Reply):
    """The command that made the matcher look."""

    kind: str
    command: str
    by: str | None
    text: str


class DecisionInfo(Reply):
    """One decision: who got the interaction and why, and why nobody else."""

    applied: int
    """The command's number in the order they were applied."""
    place: int
    at: AwareDatetime
    woken: WakingCommand
    cause: Literal["interaction", "agent"]
    """``interaction``: it looked for an agent; ``agent``: they looked for work."""
    queue: str
    channel: Channel
    rule_version: int
    agent: str
    agent_name: str
    waited_s: float
    key: dict[str, Any]
    """The values of the order that decided."""
    tie_break: str
    passed_over: int
    """How many others, that waited too, the agent could have had."""
    text: str
    outcome: str | None
    outcome_text: str
    is_as_recorded: bool
    """False: the recomputation gives another decision than the record."""
    refused: list[CandidateInfo]
    counts: list[ReasonCount]


class WaitInfo(Reply):
    """Why it waits."""

    queue: str
    channel: Channel
    since: AwareDatetime
    waited_s: float
    ahead: int
    rule_version: int
    text: str
    refused: list[CandidateInfo]
    counts: list[ReasonCount]


class HandedInfo(Reply):
    """An agent had it without a decision: taken or given out of turn, or begun by the agent."""

    agent: str
    agent_name: str
    at: AwareDatetime


class RoutingExplanation(Reply):
    """Every decision on an interaction, and why it waits if it does."""

    interaction: str
    at: AwareDatetime
    state: Literal["waiting", "offered", "assigned", "calling", "later", "gone"]
    """``calling``: the customer is being called back; ``later``: the callback's time has not come;
    ``gone``: it has left the floor."""
    lines: list[str]
    """All of it in words."""
    decisions: list[DecisionInfo]
    """The last ones, oldest first."""
    earlier: int
    """How many decisions there were before them."""
    by_hand: list[HandedInfo]
    waiting: WaitInfo | None


class WithheldInfo(Reply):
    """Something that waits and does not go to this agent."""

    interaction: str
    queue: str
    channel: Channel
    waited_s: float
    reason: str
    until: AwareDatetime | None
    text: str


class IdleExplanation(Reply):
    """Why an agent has nothing (more) to do."""

    agent: str
    name: str
    at: AwareDatetime
    state: AgentStateName
    reason: str | None
    since: AwareDatetime | None
    idle_since: AwareDatetime | None
    free: list[Channel]
    """On which channels they can be asked now."""
    load: dict[Channel, int]
    lines: list[str]
    withheld: list[WithheldInfo]
    counts: list[ReasonCount]
    elsewhere: dict[str, int]
    """Queue -> how many wait in queues that are not theirs."""
