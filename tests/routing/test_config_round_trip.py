"""The written form of queues and agents comes back as it was, and anything else is refused."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from contactcenter.core.errors import Invalid
from contactcenter.routing.config import (
    AGENT_KEYS,
    QUEUE_KEYS,
    agent_data,
    agent_from,
    queue_data,
    queue_from,
)
from contactcenter.routing.model import CHANNELS, WRAP_UP_MODES
from contactcenter.routing.policies import MEASURES
from tests.routing.floors import agent_id

names = st.sampled_from(["sales", "loans", "partner"])
seconds = st.integers(1, 86_400)
consequences = st.one_of(
    st.fixed_dictionaries({"move": names}),
    st.fixed_dictionaries({"leave": st.sampled_from(["voicemail", "refused"])}),
    st.just({"callback": True}),
)
levels = st.one_of(
    st.sampled_from(["a", {"skill": "b", "level": 3}]),
    st.lists(st.sampled_from(["a", "b"]), min_size=2, max_size=3).map(lambda some: {"and": some}),
    st.just({"not": "c"}),
)
rings = st.lists(
    st.fixed_dictionaries(
        {"drop": st.lists(names, min_size=1, max_size=2)}, optional={"add": st.lists(names)}
    ),
    max_size=6,
).map(lambda some: [{"after_s": 10 * n, **one} for n, one in enumerate(some)])
overflow = st.lists(
    st.fixed_dictionaries(
        {
            "measure": st.sampled_from([one for one in MEASURES if one != "own_wait_s"]),
            "then": consequences,
        },
        optional={"of": names, "skip_if_nobody": st.booleans()},
    ).flatmap(
        lambda rule: st.tuples(st.sampled_from(["above", "below"]), st.integers(0, 900)).map(
            lambda bound: {**rule, bound[0]: bound[1]}
        )
    ),
    max_size=3,
)
queues = st.fixed_dictionaries(
    {},
    optional={
        "requires": levels,
        "caller_order": st.sampled_from(["score", "priority"]),
        "agent_order": st.lists(
            st.sampled_from(["longest_idle", "weighted", "lowest_level"]), unique=True, min_size=1
        ),
        "offer_s": st.dictionaries(st.sampled_from(CHANNELS), seconds),
        "offer_to": st.integers(1, 50),
        "max_offers": st.none() | st.integers(1, 1000),
        "escalate": st.none() | consequences,
        "wrap_up": st.sampled_from(WRAP_UP_MODES),
        "wrap_up_s": seconds,
        "max_wait_s": st.none() | seconds,
        "rings": rings,
        "overflow": overflow,
        "limits": st.fixed_dictionaries(
            {}, optional={"max_length": st.integers(0, 99), "full_then": consequences}
        ),
        "announcements": st.none()
        | st.fixed_dictionaries({}, optional={"first_s": seconds, "prompts": st.lists(names)}),
        "callback": st.fixed_dictionaries(
            {}, optional={"first": st.sampled_from(["customer", "agent"]), "gap_s": seconds}
        ),
        "sticky": st.none()
        | st.fixed_dictionaries({}, optional={"owner": st.booleans(), "hold_s": seconds}),
        "blending": st.none()
        | st.fixed_dictionaries(
            {"yields_to": st.lists(names, min_size=1)},
            optional={"reserve": st.integers(0, 9), "wait_above_s": st.none() | seconds},
        ),
        "priority": st.integers(-1000, 1000),
    },
)


@settings(max_examples=200, deadline=None)
@given(queues)
def test_a_queue_written_and_read_again_is_the_same(config: dict[str, Any]) -> None:
    queue = queue_from("q", 3, config)
    written = json.loads(json.dumps(queue_data(queue)))
    assert queue_from("q", 3, written) == queue
    assert queue_data(queue_from("q", 3, written)) == queue_data(queue)


agents = st.fixed_dictionaries(
    {},
    optional={
        "skills": st.dictionaries(
            names,
            st.integers(1, 5)
            | st.fixed_dictionaries({"level": st.integers(1, 5), "active": st.booleans()}),
        ),
        "queues": st.lists(names)
        | st.dictionaries(
            names,
            st.fixed_dictionaries(
                {}, optional={"priority": st.integers(-9, 9), "delay_s": st.integers(0, 99)}
            ),
        ),
        "capacity": st.dictionaries(st.sampled_from(CHANNELS), st.integers(0, 1)),
        "shared": st.lists(st.just({"channels": ["sms", "email"], "most": 4}), max_size=2),
        "interrupts": st.dictionaries(
            st.sampled_from(CHANNELS), st.lists(st.sampled_from(CHANNELS))
        ),
        "idle_clock": st.sampled_from(["any", "inbound"]),
        "weight": st.integers(1, 9),
    },
)


@settings(max_examples=200, deadline=None)
@given(agents)
def test_an_agent_written_and_read_again_is_the_same(config: dict[str, Any]) -> None:
    agent = agent_from(agent_id(1), 2, "ann", config, "north")
    written = json.loads(json.dumps(agent_data(agent)))
    assert agent_from(agent_id(1), 2, "ann", written, "north") == agent


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | names,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(QUEUE_KEYS), anything)
def test_whatever_is_written_under_a_key_of_a_queue_is_read_or_refused(
    key: str, value: Any
) -> None:
    with suppress(Invalid):
        assert queue_from("q", 1, {key: value}).name == "q"


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(AGENT_KEYS), anything)
@example("skills", ["a"])
@example("queues", 5)
@example("queues", "sales")
@example("queues", [["sales"]])
def test_whatever_is_written_under_a_key_of_an_agent_is_read_or_refused(
    key: str, value: Any
) -> None:
    with suppress(Invalid):
        assert agent_from(agent_id(1), 1, "ann", {key: value}).name == "ann"
