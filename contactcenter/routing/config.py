"""Queues and agents from their written form, with errors that name the place, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args
from uuid import UUID

from contactcenter.core.errors import Invalid
from contactcenter.routing.model import (
    CHANNELS,
    Agent,
    Membership,
    Queue,
    Skill,
    WrapUpMode,
)
from contactcenter.routing.skills import requirement, written

_QUEUE_KEYS = (
    "requires",
    "offer_s",
    "wrap_up",
    "wrap_up_s",
    "exclude_s",
    "media_s",
    "max_wait_s",
    "target_s",
    "target_percent",
    "priority",
)
_AGENT_KEYS = ("skills", "queues", "capacity")
_LONGEST_S = 7 * 24 * 3600
_MOST = 1000


def queue_from(name: str, version: int, data: Mapping[str, Any]) -> Queue:
    """The queue ``data`` describes; absent keys take their defaults."""
    where = f"queue {name}"
    if not name or len(name) > 100:
        raise Invalid("a queue has a name of 1 to 100 characters")
    _only(data, _QUEUE_KEYS, where)
    default = Queue(name)
    mode = data.get("wrap_up", default.wrap_up)
    if mode not in get_args(WrapUpMode):
        raise Invalid(f"{where}.wrap_up: allowed are {', '.join(get_args(WrapUpMode))}")
    offers = data.get("offer_s", {})
    _only(offers, CHANNELS, f"{where}.offer_s")
    given = {key: _whole(offers, key, 0, f"{where}.offer_s", 1, _LONGEST_S) for key in offers}
    numbers = {
        key: _whole(data, key, getattr(default, key), where, low, high)
        for key, low, high in (
            ("wrap_up_s", 1, _LONGEST_S),
            ("exclude_s", 1, _LONGEST_S),
            ("media_s", 1, 600),
            ("target_s", 1, _LONGEST_S),
            ("target_percent", 1, 100),
            ("priority", -100_000, 100_000),
        )
    }
    longest = data.get("max_wait_s")
    return Queue(
        name=name,
        requires=requirement(data.get("requires")),
        offer_s={**default.offer_s, **given},
        wrap_up=mode,
        max_wait_s=longest and _whole(data, "max_wait_s", 0, where, 1, _LONGEST_S),
        version=version,
        **numbers,
    )


def queue_data(queue: Queue) -> dict[str, Any]:
    """The written form, complete."""
    data = {key: getattr(queue, key) for key in _QUEUE_KEYS}
    return data | {"requires": written(queue.requires), "offer_s": dict(queue.offer_s)}


def agent_from(
    agent: UUID, version: int, name: str, data: Mapping[str, Any], site: str = ""
) -> Agent:
    """The agent ``data`` describes. A skill is a level or ``{level, active}``; a queue is a name
    in a list, or in a mapping with ``{priority, delay_s}``."""
    where = f"agent {name}"
    _only(data, _AGENT_KEYS, where)
    skills = {
        skill: _skill(value, f"{where}.skills.{skill}")
        for skill, value in data.get("skills", {}).items()
    }
    queues = data.get("queues", {})
    if isinstance(queues, list | tuple):
        queues = {queue: {} for queue in queues}
    capacity = data.get("capacity", {})
    _only(capacity, CHANNELS, f"{where}.capacity")
    most = {"voice": 1, "sms": _MOST, "email": _MOST}
    given = {key: _whole(capacity, key, 0, f"{where}.capacity", 0, most[key]) for key in capacity}
    return Agent(
        id=agent,
        name=name,
        skills=skills,
        queues={
            queue: _membership(value, f"{where}.queues.{queue}") for queue, value in queues.items()
        },
        capacity={**Agent(agent, name).capacity, **given},
        site=site,
        version=version,
    )


def agent_data(agent: Agent) -> dict[str, Any]:
    """The written form, complete."""
    return {
        "skills": {
            name: {"level": skill.level, "active": skill.active}
            for name, skill in agent.skills.items()
        },
        "queues": {
            name: {"priority": place.priority, "delay_s": place.delay_s}
            for name, place in agent.queues.items()
        },
        "capacity": dict(agent.capacity),
    }


def _skill(value: object, where: str) -> Skill:
    data = value if isinstance(value, Mapping) else {"level": value}
    _only(data, ("level", "active"), where)
    active = data.get("active", True)
    if not isinstance(active, bool):
        raise Invalid(f"{where}.active: true or false")
    return Skill(_whole(data, "level", 0, where, 1, 5), active)


def _membership(data: object, where: str) -> Membership:
    _only(data, ("priority", "delay_s"), where)
    assert isinstance(data, Mapping)  # noqa: S101  # what _only has just made sure of
    return Membership(
        _whole(data, "priority", 0, where, -_MOST, _MOST),
        _whole(data, "delay_s", 0, where, 0, _LONGEST_S),
    )


def _only(data: object, allowed: tuple[str, ...], where: str) -> None:
    if not isinstance(data, Mapping):
        raise Invalid(f"{where}: a mapping of {', '.join(allowed)}")
    for key in data:
        if key not in allowed:
            raise Invalid(f"{where}: unexpected {str(key)[:60]!r}; allowed: {', '.join(allowed)}")


def _whole(data: Any, key: str, default: int, where: str, low: int, high: int) -> int:
    value = data.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Invalid(f"{where}.{key}: a whole number from {low} to {high}")
    return value
