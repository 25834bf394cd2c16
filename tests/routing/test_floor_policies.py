"""Every rule of queues at once, on any floor, under any interleaving and with crashes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contactcenter.routing import actions as do
from contactcenter.routing.floor import Floor
from contactcenter.routing.model import CHANNELS, Step
from contactcenter.routing.rows import rows_of
from tests.routing.floors import CUSTOMER, agent_id, call_id
from tests.routing.worlds import World, tried

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


def _command(world: World, op: tuple[Any, ...]) -> do.Command | None:
    match op:
        case ("enqueue", n, queue, channel, requires, priority, steps, agents, age_s):
            return do.Enqueue(
                call_id(n),
                queue,
                channel,
                CUSTOMER,
                requires,
                priority,
                direction="outbound" if queue == "out" else "inbound",
                steps=steps,
                preferred=tuple(agent_id(one) for one in sorted(agents)),
                hold_s=7,
                age_s=age_s,
            )
        case ("leave", n):
            return do.Leave(call_id(n), close=n % 2 == 0)
        case ("ended", n):
            return do.Ended(call_id(n))
        case ("answered", n):
            return do.CallbackAnswered(call_id(n))
        case ("failed", n):
            return do.CallbackFailed(call_id(n))
        case ("callback", n):
            return do.AskCallback(call_id(n), "+8613900000000", "agent" if n % 3 else None)
        case ("callback_at", n):
            return do.AskCallback(call_id(n), "+1", at=world.now + timedelta(seconds=30))
    return _on_agents(world, op)


def _on_agents(world: World, op: tuple[Any, ...]) -> do.Command | None:
    match op:
        case ("in", n):
            return do.SignIn(agent_id(n))
        case ("out", n):
            return do.SignOut(agent_id(n))
        case ("lost", n):
            return do.LoseConnection(agent_id(n))
        case ("available", n):
            return do.SetState(agent_id(n), "available")
        case ("away", n):
            return do.SetState(agent_id(n), "away", "lunch")
        case ("pull", n, agent):
            world.was_given = True
            return do.Pull(call_id(n), agent_id(agent))
        case ("extend", n, agent):
            return do.ExtendWrapUp(call_id(n), agent_id(agent), 9)
        case ("close" | "open", queue):
            return do.CloseQueue(queue, op[0] == "close", "drill")
        case ("configure", queue):
            world.version += 1
            config = {**QUEUES[queue], "priority": world.version % 3}
            return do.ChangeQueue(queue, 1 + world.version, config)
    return _on_reservation(world, op)


def _on_reservation(world: World, op: tuple[Any, ...]) -> do.Command | None:
    live = sorted(world.floor.reservations.values(), key=lambda one: one.id)
    if not live:
        return None
    one = live[op[1] % len(live)]
    match op[0]:
        case "accept":
            return do.Accept(one.id, one.agent)
        case "reject":
            return do.Reject(one.id, one.agent, "no")
        case "fail":
            return do.MediaFailed(one.interaction)
        case "media":
            return do.MediaUp(one.interaction)
    return do.Complete(one.interaction, one.agent, "solved")


def _serve(world: World, n: int) -> None:
    """An offer taken to its end, all at once."""
    pending = [one for one in world.floor.reservations.values() if one.state == "pending"]
    if pending:
        one = sorted(pending, key=lambda offer: offer.id)[n % len(pending)]
        world.do(do.Accept(one.id, one.agent))
        world.do(do.CallbackAnswered(one.interaction))
        world.do(do.MediaUp(one.interaction))
        world.wait(n)
        world.do(do.Ended(one.interaction))
        world.do(do.Complete(one.interaction, one.agent, "solved"))


def _begin() -> World:
    world = World()
    for name, config in QUEUES.items():
        world.do(do.ChangeQueue(name, 1, config))
    for n, config in enumerate(AGENTS):
        world.do(do.ChangeAgent(agent_id(n), 1, f"agent {n}", config))
        world.do(do.SetState(agent_id(n), "available"))
        world.wait(1)
    return world


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ops, min_size=20, max_size=80))
def test_any_rules_under_any_interleaving(script: list[tuple[Any, ...]]) -> None:
    world = _begin()
    for op in script:
        if op[0] == "wait":
            world.wait(op[1])
        elif op[0] == "crash":
            world.crash()
        elif op[0] == "serve":
            _serve(world, op[1])
        elif (command := _command(world, op)) is not None:
            world.do(command)
    world.crash()
    again = Floor()
    for command, now, outcome in world.done:
        assert tried(again, command, now) == outcome, "a replay decided otherwise"
    assert rows_of(again) == rows_of(world.floor)
    world.wait(400)
    assert not [one for one in world.floor.reservations.values() if one.state == "pending"]
    assert not [one for one in world.floor.waiting.values() if one.state == "calling"]
