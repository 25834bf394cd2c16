"""Floors drawn at random, rules and agents alike, through thousands of events with crashes."""

from __future__ import annotations

from random import Random
from typing import Any, get_args

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from contactcenter.routing.model import CHANNELS, WRAP_UP_MODES
from contactcenter.routing.model import Step as RoutingStep
from contactcenter.routing.policies import AgentOrder
from tests.routing.scripts import Step, begin, end, follow

NAMES = ("q0", "q1", "q2", "q3", "out")
"""Work moves towards the end only: the product refuses cycles. What is in ``out`` is outbound."""
SKILLS = st.sampled_from(["a", "b", "c"])
ORDERS = st.sampled_from(get_args(AgentOrder))
EVENTS = 1500
CALLS = 14


def requirements() -> st.SearchStrategy[Any]:
    level = st.integers(1, 5)
    leaf = st.one_of(
        SKILLS,
        st.builds(lambda one, n: {"skill": one, "level": n}, SKILLS, level),
        st.sampled_from(
            [
                {"field": "agent.desk", "equals": "north"},
                {"field": "interaction.vip", "equals": "yes"},
            ]
        ),
    )
    return st.recursive(
        leaf,
        lambda part: st.one_of(
            st.builds(lambda one: {"not": one}, part),
            st.builds(lambda parts: {"and": parts}, st.lists(part, min_size=2, max_size=3)),
            st.builds(lambda parts: {"or": parts}, st.lists(part, min_size=2, max_size=3)),
        ),
        max_leaves=3,
    )


def consequences(later: tuple[str, ...], *, may_stay: bool) -> st.SearchStrategy[dict[str, Any]]:
    """What a rule of a queue may do, given the queues behind it."""
    found: list[st.SearchStrategy[dict[str, Any]]] = [
        st.just({"leave": "voicemail"}),
        st.just({"leave": "refused"}),
    ]
    if later:
        found.append(st.builds(lambda name: {"move": name}, st.sampled_from(later)))
    if may_stay:
        added = st.lists(st.sampled_from(NAMES[:4]), min_size=1, max_size=2, unique=True)
        found += [
            st.builds(lambda names: dict[str, Any](add=names), added),
            st.just({"play": "busy"}),
            st.just(dict[str, Any](callback=True)),
        ]
    return st.one_of(*found)


@st.composite
def overflows(draw: st.DrawFn, later: tuple[str, ...]) -> dict[str, Any]:
    measure = draw(
        st.sampled_from(
            ["length", "longest_wait_s", "wait_estimate_s", "service_level_percent", "own_wait_s"]
        )
    )
    side = draw(st.sampled_from(["above", "below"])) if measure != "own_wait_s" else "above"
    rule: dict[str, Any] = {
        "measure": measure,
        side: draw(st.integers(0, 60)),
        "then": draw(consequences(later, may_stay=True)),
        "skip_if_nobody": draw(st.booleans()),
    }
    if measure != "own_wait_s" and draw(st.booleans()):
        rule["of"] = draw(st.sampled_from(NAMES[:4]))
    return rule


@st.composite
def queues(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """One queue's configuration: any of its rules, or none."""
    later = tuple(one for one in NAMES[:4] if one > name) if name != "out" else ()

    def maybe(value: st.SearchStrategy[Any]) -> Any:
        return draw(value) if draw(st.booleans()) else None

    seconds = st.integers(1, 30)
    config = {
        "requires": maybe(requirements()),
        "caller_order": maybe(st.sampled_from(["score", "priority"])),
        "agent_order": maybe(st.lists(ORDERS, min_size=1, max_size=3, unique=True)),
        "offer_s": maybe(st.fixed_dictionaries(dict.fromkeys(CHANNELS, seconds))),
        "offer_to": maybe(st.integers(1, 4)),
        "max_offers": maybe(st.integers(1, 4)),
        "wrap_up": draw(st.sampled_from(WRAP_UP_MODES)),
        "wrap_up_s": draw(seconds),
        "exclude_s": draw(seconds),
        "media_s": draw(seconds),
        "max_wait_s": maybe(st.integers(20, 90)),
        "anyone_after_s": maybe(st.integers(40, 60)),
        "priority": draw(st.integers(-2, 2)),
        "callback": maybe(
            st.fixed_dictionaries(
                {
                    "first": st.sampled_from(["customer", "agent"]),
                    "attempts": st.integers(1, 3),
                    "gap_s": seconds,
                }
            )
        ),
        "announcements": maybe(
            st.fixed_dictionaries({"first_s": st.integers(0, 20), "every_s": seconds})
        ),
        "overflow": maybe(st.lists(overflows(later), max_size=3)),
    }
    if config["max_offers"]:
        config["escalate"] = draw(consequences(later, may_stay=False))
    if draw(st.booleans()):
        config["rings"] = _rings(draw)
    if draw(st.booleans()):
        config["limits"] = {
            "max_length": draw(st.integers(0, 5)),
            "full_then": draw(consequences(later, may_stay=False)),
            "nobody_then": draw(consequences(later, may_stay=False)),
            "closed_then": draw(consequences(later, may_stay=False)),
        }
    if name == "out":
        config["blending"] = {
            "yields_to": list(draw(st.sets(st.sampled_from(NAMES[:4]), min_size=1, max_size=2))),
            "reserve": draw(st.integers(0, 2)),
            "max_share_percent": draw(st.sampled_from([0, 50, 100])),
            "wait_above_s": draw(st.integers(0, 20)),
        }
    return {key: value for key, value in config.items() if value is not None}


def _rings(draw: st.DrawFn) -> list[dict[str, Any]]:
    times = sorted(draw(st.sets(st.integers(1, 35), min_size=1, max_size=3)))
    widening = st.one_of(
        st.builds(lambda skill: {"drop": [skill]}, SKILLS),
        st.builds(lambda name: {"add": [name]}, st.sampled_from(NAMES[:4])),
    )
    return [{"after_s": after_s, **draw(widening)} for after_s in times]


@st.composite
def agents(draw: st.DrawFn) -> dict[str, Any]:
    """One agent's configuration."""
    mine = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    config: dict[str, Any] = {
        "queues": {
            name: {
                "priority": draw(st.integers(-1, 2)),
                "delay_s": draw(st.sampled_from([0, 0, 0, 6, 15])),
            }
            for name in mine
        },
        "skills": {
            one: draw(st.integers(1, 5)) for one in draw(st.lists(SKILLS, max_size=3, unique=True))
        },
        "capacity": {
            "voice": draw(st.sampled_from([1, 1, 1, 0])),
            "sms": draw(st.integers(0, 3)),
            "email": draw(st.integers(1, 3)),
        },
        "idle_clock": draw(st.sampled_from(["any", "inbound"])),
        "weight": draw(st.integers(1, 4)),
        "attributes": {"desk": draw(st.sampled_from(["north", "south"]))},
    }
    if draw(st.booleans()):
        config["shared"] = [{"channels": ["sms", "email"], "most": draw(st.integers(1, 3))}]
    if draw(st.booleans()):
        config["interrupts"] = {"voice": draw(st.lists(st.sampled_from(CHANNELS), unique=True))}
    return config


_KINDS = {
    "enqueue": 9, "accept": 8, "reject": 2, "media": 8, "fail": 1, "complete": 6, "serve": 2,
    "leave": 2, "ended": 6, "answered": 2, "failed": 1, "callback": 1, "callback_at": 1, "in": 1,
    "out": 1, "lost": 1, "available": 6, "away": 1, "pull": 1, "extend": 1, "close": 1, "open": 2,
    "configure": 1, "wait": 10, "crash": 1,
}  # fmt: skip
_STEPS: list[tuple[RoutingStep, ...]] = [
    (),
    (),
    (RoutingStep("b", 6),),
    (RoutingStep({"skill": "a", "level": 4}, 3), RoutingStep("a", 9)),
]


def events(rng: Random, crew: int, names: tuple[str, ...]) -> Step:
    """One event: somebody comes or goes, works, time passes, the program crashes."""
    (kind,) = rng.choices(list(_KINDS), list(_KINDS.values()))
    match kind:
        case "enqueue":
            return (
                kind,
                rng.randrange(CALLS),
                rng.choice(names),
                rng.choice(CHANNELS),
                rng.choice([None, None, "b", {"not": "b"}]),
                rng.randint(-2, 3),
                rng.choice(_STEPS),
                set(rng.sample(range(crew), min(crew, rng.choice([0, 0, 0, 1, 2])))),
                rng.choice([0, 0, 60]),
                rng.choice([{}, {"vip": "yes"}]),
            )
        case "in" | "out" | "lost" | "available" | "away":
            return kind, rng.randrange(crew)
        case "pull" | "extend":
            return kind, rng.randrange(CALLS), rng.randrange(crew)
        case "close" | "open" | "configure":
            return kind, rng.choice(names)
        case "wait":
            return kind, rng.choice([1, 1, 2, 5, 25])
        case "crash":
            return (kind,)
    return kind, rng.randrange(CALLS)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_floor_lives_through_thousands_of_events(data: st.DataObject) -> None:
    names = NAMES[: data.draw(st.integers(1, 4))] + NAMES[4:]
    rules = {name: data.draw(queues(name), label=name) for name in NAMES}
    crew = data.draw(st.lists(agents(), min_size=1, max_size=7), label="agents")
    seed = data.draw(st.integers(0, 2**32), label="seed")
    rng = Random(seed)
    world = begin(rules, crew)
    for n in range(EVENTS):
        step = events(rng, len(crew), names)
        note(f"{n}: {step}")
        follow(world, step)
    end(world, settle_s=4000)
