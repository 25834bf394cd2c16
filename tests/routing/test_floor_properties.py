"""What holds on any floor under any interleaving, checked by brute force after every command."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contactcenter.routing import actions as do
from contactcenter.routing.floor import Floor
from contactcenter.routing.model import CHANNELS
from contactcenter.routing.rows import rows_of
from tests.routing.floors import CUSTOMER, START, agent_id, call_id
from tests.routing.worlds import World, tried

QUEUES = {
    "open": {"offer_s": {"voice": 5, "sms": 9, "email": 13}, "exclude_s": 17, "wrap_up": "none"},
    "skilled": {
        "requires": {"or": [{"skill": "a", "level": 3}, "b"]},
        "exclude_s": 11,
        "wrap_up": "mandatory_limit",
        "wrap_up_s": 7,
        "media_s": 4,
        "priority": 1,
    },
    "suited": {
        "requires": {
            "or": [
                {"field": "interaction.tier", "not_equals": "gold"},
                {"and": [{"field": "agent.team", "equals": "blue"}, {"skill": "a"}]},
            ]
        },
        "rings": [{"after_s": 20, "drop": ["a"]}],
        "exclude_s": 9,
        "wrap_up": "none",
    },
    "limited": {"max_wait_s": 40, "wrap_up": "fixed", "wrap_up_s": 6, "offer_s": {"voice": 50}},
}
AGENTS: list[dict[str, Any]] = [
    {"queues": ["open", "suited"], "capacity": {"sms": 2, "email": 1}},
    {"queues": {"open": {}, "skilled": {"priority": 2}}, "skills": {"a": 2, "b": 1}},
    {"queues": {"skilled": {"delay_s": 12}, "limited": {}}, "skills": {"a": 4}},
    {"queues": ["open", "skilled", "limited"], "skills": {"b": 5}, "capacity": {"voice": 0}},
    {
        "queues": {"open": {"delay_s": 5}, "limited": {"priority": 1}, "suited": {"delay_s": 3}},
        "attributes": {"team": "blue", "rank": 2},
    },
]
REQUIRES = [
    None,
    "a",
    {"not": "b"},
    {"or": ["b", {"field": "agent.rank", "at_least": 2}]},
    {"and": [{"not": {"field": "interaction.tier", "equals": "basic"}}, {"not": "b"}]},
]
TIERS: list[dict[str, Any]] = [{}, {"tier": "gold"}, {"tier": "basic"}]

small = st.integers(0, 7)
ops = st.one_of(
    st.tuples(
        st.just("enqueue"),
        st.integers(0, 11),
        st.sampled_from(sorted(QUEUES)),
        st.sampled_from(CHANNELS),
        st.sampled_from(REQUIRES),
        st.integers(-2, 3),
    ),
    st.tuples(st.sampled_from(["accept", "reject", "media", "fail", "complete"]), small),
    st.tuples(st.sampled_from(["leave", "ended"]), st.integers(0, 11)),
    st.tuples(st.sampled_from(["in", "out", "lost", "available", "away"]), st.integers(0, 4)),
    st.tuples(st.just("assign"), st.integers(20, 23), st.integers(0, 4)),
    st.tuples(st.just("configure"), st.integers(0, 4)),
    st.tuples(st.sampled_from(["unqueue", "requeue"]), st.sampled_from(["limited", "suited"])),
    st.tuples(st.just("dismiss"), st.integers(0, 4)),
    st.tuples(st.just("wait"), st.integers(1, 25)),
    st.tuples(st.just("crash")),
)


def _command(world: World, op: tuple[Any, ...]) -> do.Command | None:
    """The op as a command against the floor as it is; None when there is nothing to do it to."""
    match op:
        case ("enqueue", n, queue, channel, requires, priority):
            return do.Enqueue(
                call_id(n), queue, channel, CUSTOMER, requires, priority, TIERS[(n + priority) % 3]
            )
        case ("leave", n):
            return do.Leave(call_id(n), close=n % 2 == 0)
        case ("ended", n):
            return do.Ended(call_id(n))
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
        case ("assign", call, n):
            return do.Assign(call_id(call), agent_id(n), CHANNELS[call % 3], CUSTOMER, "open")
    return _configuring(world, op) or _on_reservation(world, op)


def _configuring(world: World, op: tuple[Any, ...]) -> do.Command | None:
    match op:
        case ("unqueue", name):
            return do.RemoveQueue(name, 10**6, "open" if world.version % 2 else None)
        case ("requeue", name):
            world.version += 1
            return do.ChangeQueue(name, 1 + world.version, QUEUES[name])
        case ("dismiss", n):
            return do.RemoveAgent(agent_id(n), 10**6)
        case ("configure", n):
            world.version += 1
            changed = {**AGENTS[n], "skills": {"a": 1 + world.version % 5}}
            if world.version % 3 == 0:
                changed["attributes"] = {"team": ["blue", "red"][world.version % 2], "rank": n}
            return do.ChangeAgent(agent_id(n), 1 + world.version, f"agent {n}", changed)
    return None


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
    return do.Complete(one.interaction, one.agent, "solved" if op[1] % 4 else None)


def _begin() -> World:
    world = World()
    for name, config in QUEUES.items():
        world.do(do.ChangeQueue(name, 1, config))
    for n, config in enumerate(AGENTS):
        world.do(do.ChangeAgent(agent_id(n), 1, f"agent {n}", config))
        world.do(do.SetState(agent_id(n), "available"))
        world.wait(1)
    return world


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ops, min_size=20, max_size=70))
def test_any_floor_under_any_interleaving(script: list[tuple[Any, ...]]) -> None:
    world = _begin()
    for op in script:
        if op[0] == "wait":
            world.wait(op[1])
        elif op[0] == "crash":
            world.crash()
        elif (command := _command(world, op)) is not None:
            world.do(command)
    world.crash()
    again = Floor()
    for command, now, outcome in world.done:
        assert tried(again, command, now) == outcome, "a replay decided otherwise"
    assert rows_of(again) == rows_of(world.floor)
    world.wait(10_000)
    assert not [one for one in world.floor.reservations.values() if one.state == "pending"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(-3, 3)), min_size=1, max_size=30))
def test_one_agent_serves_by_waited_minutes_plus_priority(
    arrivals: list[tuple[int, int]],
) -> None:
    """So nobody starves: an item is overtaken only by those that come within the difference of
    their priorities."""
    floor = Floor()
    floor.apply(do.ChangeQueue("sales", 1, {"wrap_up": "none"}), START)
    entered = {}
    for n, (gap, priority) in enumerate(sorted(arrivals)):
        when = START + timedelta(seconds=gap)
        floor.apply(do.Enqueue(call_id(n), "sales", "voice", CUSTOMER, None, priority), when)
        entered[call_id(n)] = when - timedelta(minutes=priority)
    now = START + timedelta(seconds=400)
    floor.apply(do.ChangeAgent(agent_id(1), 1, "one", {"queues": ["sales"]}), now)
    floor.apply(do.SetState(agent_id(1), "available"), now)
    served = []
    while floor.reservations:
        (offer,) = floor.reservations.values()
        served.append(offer.interaction)
        floor.apply(do.Accept(offer.id, offer.agent), now)
        floor.apply(do.MediaUp(offer.interaction), now)
        floor.apply(do.Ended(offer.interaction), now)
    assert len(served) == len(arrivals)
    assert [entered[one] for one in served] == sorted(entered.values())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.integers(0, 4)), max_size=200))
def test_the_ordered_set_agrees_with_sorting(script: list[tuple[bool, int, int]]) -> None:
    from contactcenter.routing.ordered import Ordered

    ordered, plain = Ordered(), dict[UUID, int]()
    for adds, n, key in script:
        if adds:
            ordered.add(UUID(int=n), key)
            plain[UUID(int=n)] = key
        else:
            ordered.remove(UUID(int=n))
            plain.pop(UUID(int=n), None)
        ranks = sorted((key, item) for item, key in plain.items())
        assert ordered.first() == (ranks[0][1] if ranks else None)
        even = [item for _, item in ranks if item.int % 2 == 0]
        assert ordered.first(lambda item: item.int % 2 == 0) == (even[0] if even else None)
        assert len(ordered) == len(plain)
        if ranks:
            assert ordered.tied(ranks[0][1]) == (len(ranks) > 1 and ranks[0][0] == ranks[1][0])
