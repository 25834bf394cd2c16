"""Queues and agents from their written form, with errors that name the place, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args
from uuid import UUID

from contactcenter.core.errors import Invalid
from contactcenter.routing import config_policies as policies
from contactcenter.routing.config_attributes import attributes_from
from contactcenter.routing.hours_read import HoursInvalid, read_hours
from contactcenter.routing.model import (
    CHANNELS,
    Agent,
    Channel,
    Membership,
    Queue,
    Shared,
    Skill,
    WrapUpMode,
)
from contactcenter.routing.skills import requirement, written

_PLAIN_KEYS = (
    "offer_s",
    "offer_to",
    "max_offers",
    "wrap_up",
    "wrap_up_s",
    "exclude_s",
    "media_s",
    "max_wait_s",
    "anyone_after_s",
    "hours",
    "target_s",
    "target_percent",
    "priority",
)
QUEUE_KEYS = ("requires", *_PLAIN_KEYS, *policies.KEYS)
AGENT_KEYS = (
    "skills",
    "queues",
    "capacity",
    "shared",
    "interrupts",
    "idle_clock",
    "weight",
    "attributes",
)
_LONGEST_S = 7 * 24 * 3600
_MOST = 1000


def queue_from(name: str, version: int, data: Mapping[str, Any]) -> Queue:
    """The queue ``data`` describes; absent keys take their defaults."""
    where = f"queue {name}"
    if not name or len(name) > 100:
        raise Invalid("a queue has a name of 1 to 100 characters")
    _only(data, QUEUE_KEYS, where)
    default = Queue(name)
    mode = data.get("wrap_up", default.wrap_up)
    if mode not in get_args(WrapUpMode):
        raise Invalid(f"{where}.wrap_up: allowed are {', '.join(get_args(WrapUpMode))}")
    offers = data.get("offer_s", {})
    _only(offers, CHANNELS, f"{where}.offer_s")
    given = {key: _whole(offers, key, 0, f"{where}.offer_s", 1, _LONGEST_S) for key in offers}
    numbers: dict[str, Any] = {
        key: _whole(data, key, getattr(default, key), where, low, high)
        for key, low, high in (
            ("offer_to", 1, 50),
            ("wrap_up_s", 1, _LONGEST_S),
            ("exclude_s", 1, _LONGEST_S),
            ("media_s", 1, 600),
            ("target_s", 1, _LONGEST_S),
            ("target_percent", 1, 100),
            ("priority", -100_000, 100_000),
        )
    }
    maybe: dict[str, Any] = {
        key: None if data.get(key) is None else _whole(data, key, 0, where, low, high)
        for key, low, high in (
            ("max_offers", 1, _MOST),
            ("max_wait_s", 1, _LONGEST_S),
            ("anyone_after_s", 0, _LONGEST_S),
        )
    }
    found = policies.policies_from(data, where)
    _check_last_ring(found.get("rings", ()), maybe["anyone_after_s"], where)
    hours = data.get("hours")
    return Queue(
        name=name,
        requires=requirement(data.get("requires")),
        offer_s={**default.offer_s, **given},
        wrap_up=mode,
        hours=None if hours is None else _hours(hours, f"{where}.hours"),
        version=version,
        **numbers,
        **maybe,
        **found,
    )


def _hours(data: Any, where: str) -> dict[str, Any]:
    try:
        read_hours(data)
    except HoursInvalid as error:
        raise Invalid(f"{where}: {error}", hint=error.hint, details=error.details) from error
    return dict(data)


def _check_last_ring(rings: tuple[Any, ...], anyone: int | None, where: str) -> None:
    if anyone is not None and rings and anyone <= rings[-1].after_s:
        raise Invalid(f"{where}.anyone_after_s: comes after the last ring")


def queue_data(queue: Queue) -> dict[str, Any]:
    """The written form: plain keys all, policies where they differ from their defaults."""
    data = {key: getattr(queue, key) for key in _PLAIN_KEYS}
    data |= {"requires": written(queue.requires), "offer_s": dict(queue.offer_s)}
    for key in policies.KEYS:
        value = getattr(queue, key)
        if value != getattr(_PLAIN, key):
            data[key] = policies.policy_data(key, value)
    return data


_PLAIN = Queue("plain")


def agent_from(
    agent: UUID, version: int, name: str, data: Mapping[str, Any], site: str = ""
) -> Agent:
    """The agent ``data`` describes. A skill is a level or ``{level, active}``; a queue is a name
    in a list, or in a mapping with ``{priority, delay_s}``."""
    where = f"agent {name}"
    _only(data, AGENT_KEYS, where)
    for key in ("skills", "queues"):
        _named(data.get(key, {}), f"{where}.{key}", may_list=key == "queues")
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
    default = Agent(agent, name)
    clock = data.get("idle_clock", default.idle_clock)
    if clock not in ("any", "inbound"):
        raise Invalid(f"{where}.idle_clock: allowed are any, inbound")
    return Agent(
        id=agent,
        name=name,
        skills=skills,
        queues={
            queue: _membership(value, f"{where}.queues.{queue}") for queue, value in queues.items()
        },
        capacity={**Agent(agent, name).capacity, **given},
        shared=tuple(_shared(data.get("shared", ()), f"{where}.shared")),
        interrupts={**default.interrupts, **_interrupts(data, f"{where}.interrupts")},
        idle_clock=clock,
        weight=_whole(data, "weight", 1, where, 1, _MOST),
        site=site,
        attributes=attributes_from(data.get("attributes", {}), f"{where}.attributes"),
        version=version,
    )


def agent_data(agent: Agent) -> dict[str, Any]:
    """The written form, complete but for attributes where there are none."""
    data: dict[str, Any] = {
        "skills": {
            name: {"level": skill.level, "active": skill.active}
            for name, skill in agent.skills.items()
        },
        "queues": {
            name: {"priority": place.priority, "delay_s": place.delay_s}
            for name, place in agent.queues.items()
        },
        "capacity": dict(agent.capacity),
        "shared": [{"channels": list(one.channels), "most": one.most} for one in agent.shared],
        "interrupts": {name: list(held) for name, held in agent.interrupts.items()},
        "idle_clock": agent.idle_clock,
        "weight": agent.weight,
    }
    if agent.attributes:
        data["attributes"] = dict(agent.attributes)
    return data


def _shared(data: Any, where: str) -> Iterator[Shared]:
    if not isinstance(data, list | tuple):
        raise Invalid(f"{where}: a list of channels and most")
    for n, one in enumerate(data):
        _only(one, ("channels", "most"), f"{where}[{n}]")
        channels = _channels(one.get("channels"), f"{where}[{n}].channels")
        if len(channels) < 2:
            raise Invalid(f"{where}[{n}].channels: at least two different channels")
        yield Shared(channels, _whole(one, "most", 0, f"{where}[{n}]", 1, _MOST))


def _interrupts(data: Mapping[str, Any], where: str) -> dict[str, tuple[str, ...]]:
    given = data.get("interrupts", {})
    _only(given, CHANNELS, where)
    return {name: _channels(held, f"{where}.{name}") for name, held in given.items()}


def _channels(data: Any, where: str) -> tuple[Channel, ...]:
    if not isinstance(data, list | tuple) or any(one not in CHANNELS for one in data):
        raise Invalid(f"{where}: a list of {', '.join(CHANNELS)}")
    return tuple(one for one in CHANNELS if one in data)


def _named(data: object, where: str, *, may_list: bool) -> None:
    """A mapping of names, or a list of them where that will do."""
    is_right = isinstance(data, Mapping) or (may_list and isinstance(data, list | tuple))
    if not is_right:
        raise Invalid(f"{where}: a mapping of names" + (", or a list of them" if may_list else ""))
    for name in data:  # type: ignore[attr-defined]  # both kinds have names
        if not isinstance(name, str) or not 0 < len(name) <= 100:
            raise Invalid(f"{where}: {str(name)[:60]!r} is not a name of 1 to 100 characters")


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
