"""The written form of queues and agents: what is wrong is named with its place and what is
allowed there."""

from __future__ import annotations

from typing import Any

import pytest

from contactcenter.core.errors import Invalid
from contactcenter.routing.config import (
    agent_from,
    queue_from,
)
from tests.routing.floors import agent_id

RING = {"after_s": 10, "drop": ["a"]}
RULE = {"measure": "length", "above": 3, "then": {"move": "b"}}


@pytest.mark.parametrize(
    ("config", "place", "says"),
    [
        ({"agent_ordr": "weighted"}, "queue q", "agent_order"),
        ({"wrap_up": "later"}, "queue q.wrap_up", "mandatory_limit"),
        ({"wrap_up_s": 0}, "queue q.wrap_up_s", "from 1 to"),
        ({"offer_to": 51}, "queue q.offer_to", "from 1 to 50"),
        ({"priority": True}, "queue q.priority", "whole number"),
        ({"max_wait_s": "90"}, "queue q.max_wait_s", "whole number"),
        ({"offer_s": {"fax": 5}}, "queue q.offer_s", "voice, sms, email"),
        ({"offer_s": {"voice": 0}}, "queue q.offer_s.voice", "from 1 to"),
        ({"agent_order": "fastest"}, "queue q.agent_order", "longest_idle, least_occupied"),
        ({"agent_order": ["weighted", "x"]}, "queue q.agent_order[1]", "round_robin"),
        ({"agent_order": []}, "queue q.agent_order", "one or several"),
        ({"agent_order": ["weighted", "weighted"]}, "queue q.agent_order", "different"),
        ({"caller_order": "age"}, "queue q.caller_order", "score, priority"),
        ({"rings": [{"after_s": -1, "drop": ["a"]}]}, "queue q.rings[0].after_s", ">= 0"),
        ({"rings": [{"after_s": 5}]}, "queue q.rings[0]", "drops skills or adds queues"),
        ({"rings": [RING, RING]}, "queue q.rings[1].after_s", "more than 10"),
        ({"rings": [{**RING, "after": 3}]}, "queue q.rings[0]", "after_s, drop, add"),
        (
            {"rings": [{"after_s": n, "drop": ["a"]} for n in range(7)]},
            "queue q.rings",
            "at most 6",
        ),
        ({"rings": [RING], "anyone_after_s": 9}, "queue q.anyone_after_s", "after the last ring"),
        ({"overflow": [{**RULE, "measure": "mood"}]}, "queue q.overflow[0].measure", "own_wait_s"),
        ({"overflow": [{**RULE, "below": 1}]}, "queue q.overflow[0]", "above or below"),
        (
            {"overflow": [{"measure": "length", "then": {"move": "b"}}]},
            "queue q.overflow[0]",
            "bound",
        ),
        ({"overflow": [{**RULE, "then": {}}]}, "queue q.overflow[0].then", "exactly one of add"),
        (
            {"overflow": [{**RULE, "then": {"move": "b", "play": "x"}}]},
            "queue q.overflow[0].then",
            "exactly one",
        ),
        (
            {"overflow": [{**RULE, "then": {"go": "b"}}]},
            "queue q.overflow[0].then",
            "move, play, callback",
        ),
        (
            {"overflow": [{**RULE, "measure": "own_wait_s", "of": "b"}]},
            "queue q.overflow[0]",
            "own",
        ),
        ({"limits": {"max_length": -1}}, "queue q.limits.max_length", ">= 0"),
        ({"limits": {"full_then": {"play": "x"}}}, "queue q.limits.full_then", "callback or leave"),
        ({"limits": {"most": 3}}, "queue q.limits", "max_length"),
        ({"escalate": {"move": "b", "leave": "x"}}, "queue q.escalate", "exactly one"),
        ({"announcements": {"every_s": 0}}, "queue q.announcements.every_s", ">= 1"),
        ({"callback": {"first": "nobody"}}, "queue q.callback.first", "customer, agent"),
        ({"callback": {"attempts": 0}}, "queue q.callback.attempts", ">= 1"),
        ({"sticky": {"days": 0}}, "queue q.sticky.days", ">= 1"),
        ({"sticky": {"hold": 5}}, "queue q.sticky", "days, owner, hold_s"),
        ({"blending": {}}, "queue q.blending", "yields_to"),
        ({"blending": {"yields_to": []}}, "queue q.blending.yields_to", "at least one"),
        (
            {"blending": {"yields_to": ["a"], "max_share_percent": 101}},
            "queue q.blending.max_share_percent",
            "<= 100",
        ),
        ({"hours": {"weekly": {}}}, "queue q.hours", "zone"),
    ],
)
def test_a_wrong_queue_is_refused_with_its_place_and_what_is_allowed(
    config: dict[str, Any], place: str, says: str
) -> None:
    with pytest.raises(Invalid) as error:
        queue_from("q", 1, config)
    text = str(error.value)
    assert text.startswith(place), text
    assert says in text, text


@pytest.mark.parametrize(
    ("config", "place", "says"),
    [
        ({"skill": {}}, "agent ann", "skills, queues"),
        ({"skills": {"a": 6}}, "agent ann.skills.a", "from 1 to 5"),
        ({"skills": {"a": {"level": 3, "active": "no"}}}, "agent ann.skills.a.active", "true"),
        ({"queues": {"q": {"delay_s": -1}}}, "agent ann.queues.q.delay_s", "from 0"),
        ({"queues": {"q": {"prio": 1}}}, "agent ann.queues.q", "priority, delay_s"),
        ({"capacity": {"voice": 2}}, "agent ann.capacity.voice", "from 0 to 1"),
        ({"capacity": {"fax": 1}}, "agent ann.capacity", "voice, sms, email"),
        ({"shared": [{"channels": ["sms"], "most": 2}]}, "agent ann.shared[0].channels", "two"),
        (
            {"shared": [{"channels": ["sms", "email"]}]},
            "agent ann.shared[0].most",
            "from 1",
        ),
        ({"interrupts": {"voice": ["fax"]}}, "agent ann.interrupts.voice", "voice, sms, email"),
        ({"idle_clock": "outbound"}, "agent ann.idle_clock", "any, inbound"),
        ({"weight": 0}, "agent ann.weight", "from 1"),
    ],
)
def test_a_wrong_agent_is_refused_with_its_place_and_what_is_allowed(
    config: dict[str, Any], place: str, says: str
) -> None:
    with pytest.raises(Invalid) as error:
        agent_from(agent_id(1), 1, "ann", config)
    text = str(error.value)
    assert text.startswith(place), text
    assert says in text, text


@pytest.mark.parametrize("bound", [-1, 1e12, float("inf"), float("nan")])
def test_a_bound_on_the_own_wait_is_a_time_that_may_come(bound: float) -> None:
    rule = {"measure": "own_wait_s", "above": bound, "then": {"move": "b"}}
    with pytest.raises(Invalid):
        queue_from("q", 1, {"overflow": [rule]})
