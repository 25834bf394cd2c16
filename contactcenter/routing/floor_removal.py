"""Queues and agents that are no more: what must be so before, and what becomes of what is there.

A queue goes when nothing waits in it (or it is told where to) and no other queue's rules speak of
it; what agents handle of it stays theirs. An agent goes when signed out with nothing in hand.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from contactcenter.core.errors import Conflict, Invalid, NotFound
from contactcenter.routing import actions
from contactcenter.routing.check_circles import queues_named
from contactcenter.routing.effects import Moved
from contactcenter.routing.floor_queues import moved
from contactcenter.routing.floor_time import FloorTime
from contactcenter.routing.model import Waiting


class FloorRemoval(FloorTime):
    """Moving by command, and taking away."""

    def move(self, old: Waiting, command: actions.Enqueue, now: datetime) -> None:
        """To the command's queue, as it says; the place is kept."""
        if old.state == "calling":
            raise Conflict("the customer is being called back", code="superseded")
        gone = self.withdraw_of(old.interaction, "moved", now)
        item = replace(
            moved(old, command.queue, now),
            requires=command.requires,
            priority=command.priority,
            attributes=command.attributes,
            steps=command.steps,
        )
        if item.queue != old.queue:
            self.out.effects.append(
                Moved(interaction=item.interaction, queue=item.queue, from_=old.queue)
            )
        if old.state == "later":
            self.keep(replace(item, state="later"))
            self.watch_all(self.waiting[item.interaction])
            return
        past = command.manual or item.queue == old.queue
        (self.admit if past else self.enter)(item, now)
        self.free_up(gone, now)

    def remove_queue(self, command: actions.RemoveQueue, now: datetime) -> None:
        """``NotFound`` (``unknown_queue``); ``Conflict`` (``in_use``, ``not_empty``,
        ``superseded``) with nothing changed."""
        name, to = command.name, command.move_to
        queue = self.queues.get(name)
        if queue is None:
            raise NotFound(f"no queue {name}", code="unknown_queue")
        if queue.version > command.version:
            raise Conflict(f"queue {name} was changed meanwhile", code="superseded")
        if to == name:
            raise Invalid("move_to: another queue")
        if to is not None and to not in self.queues:
            raise NotFound(f"no queue {to}", code="unknown_queue")
        self._is_free(name, to)
        mine = [one for one in self.waiting.values() if _waits_in(name, one)]
        mine.sort(key=lambda one: (one.age_from(), one.interaction))
        # nobody who was asked is to be offered the next that goes too
        freed = [one for item in mine for one in self.withdraw_of(item.interaction, "moved", now)]
        for item in mine:
            self.move(item, _moving(item, to or ""), now)
        self.drop_queue(name)
        self.free_up(freed, now)

    def _is_free(self, name: str, to: str | None) -> None:
        using = sorted(
            other
            for other, queue in self.queues.items()
            if other != name and any(one == name for _, one in queues_named(other, queue))
        )
        if using:
            words = ", ".join(using)
            raise Conflict(f"the rules of {words} speak of queue {name}", code="in_use")
        mine = [
            one for one in self.waiting.values() if one.queue == name and one.state != "assigned"
        ]
        if mine and to is None:
            hint = "say where to (move_to), or close it and wait"
            raise Conflict(f"{len(mine)} wait in queue {name}", code="not_empty", hint=hint)
        being_called = any(one.state == "calling" for one in mine)
        being_connected = any(
            one.queue == name and one.state == "accepted" and one.due_at is not None
            for one in self.reservations.values()
        )
        if being_called or being_connected:
            raise Conflict(
                f"somebody of queue {name} is just being connected",
                code="not_empty",
                hint="try again in a minute",
            )

    def remove_agent(self, command: actions.RemoveAgent, now: datetime) -> None:
        """``NotFound`` (``unknown_agent``); ``Conflict`` (``signed_in``, ``has_work``,
        ``superseded``) with nothing changed."""
        agent = self.agents.get(command.agent)
        if agent is None:
            raise NotFound(f"no agent {command.agent}", code="unknown_agent")
        if agent.version > command.version:
            raise Conflict(f"{agent.name} was changed meanwhile", code="superseded")
        if self.states[agent.id].presence != "offline":
            raise Conflict(
                f"{agent.name} is signed in", code="signed_in", hint="sign them out first"
            )
        if self.held.get(agent.id) or self.matcher.called_for[agent.id]:
            raise Conflict(
                f"{agent.name} has work in hand", code="has_work", hint="let it end first"
            )
        self.drop_agent(agent.id)


def _waits_in(name: str, item: Waiting) -> bool:
    return item.queue == name and item.state != "assigned"


def _moving(item: Waiting, to: str) -> actions.Enqueue:
    return actions.Enqueue(
        interaction=item.interaction,
        queue=to,
        channel=item.channel,
        customer=item.customer,
        requires=item.requires,
        priority=item.priority,
        attributes=item.attributes,
        direction=item.direction,
        steps=item.steps,
        manual=True,
    )
