"""The page of the routing document's keys: names, forms and defaults from the types that read it,
sentences from here. A key without a sentence, or a sentence without a key, stops the making."""

from __future__ import annotations

from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from contactcenter.routing import policies
from contactcenter.routing.config import AGENT_KEYS, QUEUE_KEYS
from contactcenter.routing.model import WRAP_UP_MODES, Agent, Queue

QUEUE_WORDS = {
    "requires": "Skills expression that must be met; absent: anybody.",
    "caller_order": "`score`: minutes waited + priority; `priority`: the higher first, whatever "
    "the wait.",
    "agent_order": "Which of several free agents is asked; each breaks the ties of the one before.",
    "offer_s": "How long an offer stands, by channel.",
    "offer_to": "How many agents are asked at once.",
    "max_offers": "After so many, `escalate` is done.",
    "escalate": "What becomes of an interaction that was offered `max_offers` times.",
    "wrap_up": "How an agent's work afterwards ends.",
    "wrap_up_s": "The limit of a wrap-up that has one.",
    "exclude_s": "How long who refused or missed it is not asked again.",
    "media_s": "How long an accepted call may be without sound before it returns.",
    "max_wait_s": "The longest wait; then `limits.wait_then`.",
    "anyone_after_s": "From then on any agent of the queue, whatever their skills.",
    "rings": "The circle widens while it waits: up to 6, each adds to those before.",
    "overflow": "Rules on measures of any queue, each done once for a stay.",
    "limits": "What a newcomer meets.",
    "hours": "Business hours: the name of one of `hours`, or a mapping; absent: always open.",
    "announcements": "What those who wait are told; absent: nothing.",
    "callback": "How callbacks of this queue are made.",
    "sticky": "Hold out for the agent who knows the customer; absent: no.",
    "blending": "For an outbound queue: when it gives way to inbound ones.",
    "target_s": "The service level's seconds.",
    "target_percent": "The service level's share.",
    "priority": "Minutes of waiting an interaction of this queue is worth.",
}
AGENT_WORDS = {
    "skills": "Skill -> level 1-5, or `{level, active}`; `active: false` keeps the level and takes "
    "the skill out of matching.",
    "queues": "A list of queues, or queue -> `{priority, delay_s}`: a higher priority is served "
    "first, and the agent is asked only once it waited `delay_s`.",
    "capacity": "How many of each channel at once.",
    "shared": "Channels that share one capacity: `{channels, most}`.",
    "interrupts": "Offered this channel, the agent may hold these.",
    "idle_clock": "Idle since the last interaction (`any`) or the last inbound one.",
    "weight": "Share of offers under the order `weighted`.",
    "attributes": "Name -> text, number, `true`, `false` or a list of texts, which expressions ask "
    "for as `agent.NAME`.",
}
PARTS: dict[str, tuple[type[msgspec.Struct], dict[str, str]]] = {
    "rings[]": (
        policies.Widening,
        {
            "after_s": "Waiting from which on it holds.",
            "drop": "Skills no longer required.",
            "add": "Queues whose agents are asked too.",
        },
    ),
    "overflow[]": (
        policies.Overflow,
        {
            "measure": "What is looked at.",
            "then": "What is done.",
            "of": "Of which queue; absent: this one.",
            "above": "The bound it must be above.",
            "below": "The bound it must be below.",
            "skip_if_nobody": "Not towards a queue in which nobody is signed in.",
        },
    ),
    "then, escalate, limits.*_then": (
        policies.Consequence,
        {
            "add": "Agents of these queues are asked too.",
            "move": "To another queue, keeping the place.",
            "play": "A prompt is played or sent.",
            "callback": "A callback is offered.",
            "leave": "Out of the queue for this reason; the menu goes on.",
        },
    ),
    "limits": (
        policies.Limits,
        {
            "max_length": "How many may wait.",
            "full_then": "When it is full; absent: leaves as `queue_full`.",
            "nobody_then": "When nobody is signed in; absent: it waits.",
            "closed_then": "When the queue is closed; absent: leaves as `queue_closed`.",
            "wait_then": "When `max_wait_s` is over; absent: leaves as `wait_limit`.",
        },
    ),
    "announcements": (
        policies.Announcements,
        {
            "first_s": "When the first comes.",
            "every_s": "How far apart the next.",
            "position": "Tell the position.",
            "wait": "Tell the wait, while the estimate is sure.",
            "prompts": "Prompts played in turn.",
        },
    ),
    "callback": (
        policies.CallbackPolicy,
        {
            "first": "Whom is called first.",
            "attempts": "How often.",
            "gap_s": "How far apart.",
        },
    ),
    "sticky": (
        policies.Sticky,
        {
            "days": "How long an agent counts as familiar.",
            "owner": "The customer's owner too.",
            "hold_s": "How long they have it to themselves.",
        },
    ),
    "blending": (
        policies.Blending,
        {
            "yields_to": "The inbound queues that come first.",
            "reserve": "How many agents stay free for them.",
            "max_share_percent": "The most of its agents on outbound work.",
            "wait_above_s": "Nothing is pulled while their wait estimate is above.",
            "service_level_below": "Nothing is pulled while their service level is below.",
        },
    ),
}


def page(made: str) -> str:
    """The whole page; ``made`` is its first line."""
    text = [
        f"{made}\n# The routing document\n",
        "Four sections, each may be left out: `skills` (name -> description), `hours` (name ->",
        "[business hours](hours.md)), `queues`, `agents`. How to work with it:",
        "[configure routing](../howto/configure-routing.md). Durations are whole seconds (`_s`).\n",
        "A *skills expression* is `NAME`, `{skill: NAME, level: N}` (at least N),",
        "`{skill: NAME, level: {at_least: N, at_most: M}}`, `{and: [...]}`, `{or: [...]}` or",
        "`{not: ...}`, mixed as needed with attributes: `{field: agent.NAME, OPERATOR: VALUE}`",
        "(the agent's; `agent.site` is where they sit) and",
        "`{field: interaction.NAME, OPERATOR: VALUE}` (what the menu's `attributes` gave it).",
        "Operators: `equals`, `not_equals`, `in`, `less`, `at_most`, `greater`, `at_least`,",
        "`exists`, `contains` (with `kind: texts` for a list). An attribute that is not there",
        "fails all but `not_equals` and `exists: false`.\n",
        "## A queue\n",
        *_table(Queue("q"), QUEUE_KEYS, QUEUE_WORDS),
    ]
    for name, (kind, words) in PARTS.items():
        text += [f"\n### `{name}`\n", *_struct(kind, words)]
    text += ["\n## An agent\n", *_table(Agent(UUID(int=0), "a"), AGENT_KEYS, AGENT_WORDS)]
    return "\n".join(text) + "\n"


_HEAD = "| key | form | default | |\n|---|---|---|---|"


def _table(default: msgspec.Struct, keys: tuple[str, ...], words: dict[str, str]) -> list[str]:
    hints = get_type_hints(type(default), include_extras=True)
    _same(set(keys), set(words))
    order = [key for key in words if key in keys]
    rows = [_row(key, hints[key], getattr(default, key), words[key]) for key in order]
    return [_HEAD, *rows]


def _struct(kind: type[msgspec.Struct], words: dict[str, str]) -> list[str]:
    fields = {one.name: one for one in msgspec.structs.fields(kind)}
    _same(set(fields), set(words))
    hints = get_type_hints(kind, include_extras=True)
    rows = []
    for name, about in words.items():
        required = fields[name].default is msgspec.NODEFAULT
        rows.append(
            _row(name, hints[name], "required" if required else fields[name].default, about)
        )
    return [_HEAD, *rows]


def _same(keys: set[str], words: set[str]) -> None:
    if keys != words:
        raise SystemExit(f"docs/routing_keys.py: keys and sentences differ: {keys ^ words}")


def _row(key: str, hint: Any, default: Any, about: str) -> str:
    return f"| `{key}` | {_form(key, hint)} | {_default(key, default)} | {about} |"


def _form(key: str, hint: Any) -> str:
    if key == "wrap_up":
        return ", ".join(f"`{one}`" for one in WRAP_UP_MODES)
    if key == "requires":
        return "expression"
    if key == "hours":
        return "name or mapping"
    return _kind(hint)


def _kind(hint: Any) -> str:
    """A type in words."""
    origin, parts = get_origin(hint), get_args(hint)
    if hasattr(hint, "__metadata__"):
        bounds = hint.__metadata__[0]
        low, high = getattr(bounds, "ge", None), getattr(bounds, "le", None)
        is_whole = get_args(hint)[:1] == (int,) and low is not None and high is not None
        return f"{low} to {high}" if is_whole else _kind(parts[0] if parts else hint.__origin__)
    if parts and type(None) in parts:
        return _kind(next(one for one in parts if one is not type(None)))
    if str(origin) == "typing.Literal":
        return ", ".join(f"`{one}`" for one in parts)
    if origin is tuple:
        return f"list of {_kind(parts[0])}"
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return "mapping, see below" if hint.__module__.endswith("policies") else "mapping"
    words = {int: "whole number", float: "number", str: "name", bool: "`true`, `false`"}
    return words.get(hint, "mapping")


def _default(key: str, value: Any) -> str:
    if value == "required":
        return "required"
    if value in (None, "", (), {}) or isinstance(value, msgspec.Struct) or key == "requires":
        return "-"
    if isinstance(value, tuple):
        return ", ".join(f"`{one}`" for one in value)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, dict) or hasattr(value, "items"):
        return ", ".join(f"{name} {_some(one)}" for name, one in value.items())
    return f"`{value}`"


def _some(value: Any) -> str:
    return f"({', '.join(value)})" if isinstance(value, tuple) else str(value)
