"""Taking queues and agents out of the matcher's index."""

from __future__ import annotations

from uuid import UUID

from contactcenter.routing.match import Matcher


def drop_queue(matcher: Matcher, name: str) -> None:
    """Nothing waits in it any more."""
    for key in [key for key in matcher.groups if key[0] == name]:
        matcher.drop_group(key)
    del matcher.queues[name]
    matcher.asking.discard(name)


def drop_agent(matcher: Matcher, agent: UUID) -> None:
    """They are asked no more."""
    desk = matcher.desks.pop(agent)
    for seat in list(desk.seats.values()):
        matcher.leave(desk, seat)
    for name in desk.agent.queues:
        matcher.of_queue[name].discard(agent)
