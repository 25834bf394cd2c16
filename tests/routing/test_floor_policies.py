"""Every rule of queues at once, on any floor, under any interleaving and with crashes."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contactcenter.routing.model import CHANNELS, Step
from tests.routing.scripts import begin, end, follow

QUEUES: dict[str, dict[str, Any]] = {
    "wide": {
        "requires": {"skill": "a", "level": 3},
        "rings": [{"after_s": 10, "drop": ["a"]}, {"after_s": 20, "add": ["helpers"]}],
        "anyone_after_s": 35,
        "agent_order": "lowest_level",
        "offer_to": 2,
        "max_offers": 3,
        "escalate": {"move": "rest"},
        "offer_s": {"voice": 5, "sms": 9, "email": 13},
        "exclude_s": 17,
        "wrap_up_s": 7,
        "callback": {"first": "customer", "attempts": 2, "gap_s": 20},
    },
    "helpers": {
        "agent_order": ["least_occupied", "most_capacity"],
        "wrap_up": "none",
        "announcements": {"first_s": 5, "every_s": 10, "prompts": ["music", "news"]},
    },
    "rest": {
        "agent_order": ["weighted", "round_robin"],
        "limits": {"max_length": 3, "full_then": {"leave": "voicemail"}},
        "max_wait_s": 50,
        "overflow": [
            {"measure": "own_wait_s", "above": 15, "then": {"add": ["helpers"]}},
            {"measure": "length", "above": 1, "then": {"play": "busy"}},
            {"measure": "longest_wait_s", "above": 25, "then": {"move": "helpers"}},
            {
                "measure": "own_wait_s",
                "above": 4,
                "then": {"add": ["strict"]},
                "skip_if_nobody": True,
            },
        ],
        "callback": {"first": "agent", "attempts": 1, "gap_s": 5},
        "offer_s": {"voice": 4},
        "media_s": 3,
    },
    "strict": {
        "caller_order": "priority",
        "agent_order": "highest_level",
        "limits": {
            "closed_then": {"move": "rest"},
            "nobody_then": {"move": "rest"},
            "max_length": 5,
        },
        "overflow": [
            {
                "measure": "service_level_percent",
                "of": "rest",
                "below": 50,
                "then": {"callback": True},
            },
            {
                "measure": "wait_estimate_s",
                "above": 10,
                "then": {"move": "helpers"},
                "skip_if_nobody": True,
            },
        ],
        "wrap_up": "none",
    },
    "out": {
        "blending": {
            "yields_to": ["wide"],
            "reserve": 1,
            "max_share_percent": 50,
            "wait_above_s": 5,
            "service_level_below": 60,
        },
        "wrap_up": "none",
    },
}
AGENTS: list[dict[str, Any]] = [
    {"queues": ["wide", "rest"], "skills": {"a": 4}, "weight": 3},
    {"queues": {"wide": {"priority": 2}, "out": {}}, "skills": {"a": 2, "b": 1}},
    {
        "queues": ["helpers", "strict"],
        "skills": {"b": 3},
        "shared": [{"channels": ["sms", "email"], "most": 2}],
    },
    {"queues": {"rest": {"delay_s": 8}, "strict": {}}, "interrupts": {"voice": ["email"]}},
    {"queues": {"out": {}, "wide": {"delay_s": 4}}, "skills": {"a": 5}, "idle_clock": "inbound"},
]
REQUIRES = [None, "b", {"not": "b"}]
STEPS = [(), (Step("b", 6),), (Step({"skill": "a", "level": 4}, 3), Step("a", 9))]

call = st.integers(0, 9)
who = st.integers(0, 4)
ops = st.one_of(
    st.tuples(
        st.just("enqueue"),
        call,
        st.sampled_from(sorted(QUEUES)),
        st.sampled_from(CHANNELS),
        st.sampled_from(REQUIRES),
        st.integers(-2, 3),
        st.sampled_from(STEPS),
        st.sets(who, max_size=2),
        st.sampled_from([0, 0, 60]),
    ),
    st.tuples(
        st.sampled_from(["accept", "accept", "reject", "media", "media", "fail", "complete"]), call
    ),
    st.tuples(st.just("serve"), call),
    st.tuples(st.sampled_from(["leave", "ended", "answered", "failed"]), call),
    st.tuples(st.sampled_from(["callback", "callback_at"]), call),
    st.tuples(st.sampled_from(["in", "out", "lost", "available", "available", "away"]), who),
    st.tuples(st.sampled_from(["pull", "extend"]), call, who),
    st.tuples(st.sampled_from(["close", "open"]), st.sampled_from(["strict", "wide"])),
    st.tuples(st.just("configure"), st.sampled_from(sorted(QUEUES))),
    st.tuples(st.just("wait"), st.integers(1, 25)),
    st.tuples(st.just("crash")),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ops, min_size=20, max_size=80))
def test_any_rules_under_any_interleaving(script: list[tuple[Any, ...]]) -> None:
    world = begin(QUEUES, AGENTS)
    for op in script:
        follow(world, op)
    end(world)
