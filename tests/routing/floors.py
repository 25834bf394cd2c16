"""Small floors for the tests: ids that read well, queues and agents in one line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from contactcenter.routing import actions as do
from contactcenter.routing.effects import Effect, Offered, kind_of
from contactcenter.routing.floor import Floor
from contactcenter.routing.model import Channel

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
CUSTOMER = UUID(int=7)
E = TypeVar("E")


def agent_id(n: int) -> UUID:
    """The n-th agent."""
    return UUID(int=0xA0000 + n)


def call_id(n: int) -> UUID:
    """The n-th interaction."""
    return UUID(int=0xC0000 + n)


def at(seconds: float) -> datetime:
    """So many seconds after the start."""
    return START + timedelta(seconds=seconds)


class Bench:
    """A floor with a clock; ``do`` returns the kinds of effects, ``effects`` the effects."""

    def __init__(self) -> None:
        self.floor = Floor()
        self.now = START
        self.effects: list[Effect] = []
        self._versions = 0

    def do(self, command: do.Command) -> list[str]:
        """Apply now."""
        self.effects = self.floor.apply(command, self.now).effects
        return [kind_of(one) for one in self.effects]

    def wait(self, seconds: float) -> list[str]:
        """Let time pass in the steps at which something is due; the kinds of all effects."""
        end = self.now + timedelta(seconds=seconds)
        seen: list[Effect] = []
        while (due := self.floor.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self.do(do.Tick(self.now))
            seen += self.effects
        self.now = end
        self.effects = seen
        return [kind_of(one) for one in seen]

    def queue(self, name: str = "sales", **config: Any) -> None:
        self._versions += 1
        self.do(do.ChangeQueue(name, self._versions, config))

    def agent(
        self,
        n: int,
        *,
        skills: Mapping[str, Any] | None = None,
        queues: Any = ("sales",),
        capacity: Mapping[str, int] | None = None,
        available: bool = True,
        **more: Any,
    ) -> UUID:
        """A new or changed agent, available unless said otherwise; ``more`` is configuration."""
        self._versions += 1
        config = {"skills": skills or {}, "queues": queues, "capacity": capacity or {}, **more}
        self.do(do.ChangeAgent(agent_id(n), self._versions, f"agent {n}", config))
        if available:
            self.do(do.SetState(agent_id(n), "available"))
        return agent_id(n)

    def enqueue(
        self,
        n: int,
        queue: str = "sales",
        channel: Channel = "voice",
        requires: Any = None,
        priority: int = 0,
        **more: Any,
    ) -> list[str]:
        """The n-th interaction enters a queue; ``more`` are fields of the command."""
        return self.do(do.Enqueue(call_id(n), queue, channel, CUSTOMER, requires, priority, **more))

    def offer(self, n: int) -> Any:
        """The live reservation of the n-th interaction."""
        return self.floor.reservations[self.floor.serving[call_id(n)]]

    def offered_to(self) -> list[tuple[UUID, UUID]]:
        """``(interaction, agent)`` of the offers in the last effects."""
        return [(one.interaction, one.agent) for one in self.effects if isinstance(one, Offered)]

    def asked(self, n: int) -> list[int]:
        """The numbers of the agents who are asked about the n-th interaction."""
        pending = self.floor.asking(call_id(n))
        return sorted(one.agent.int - agent_id(0).int for one in pending)

    def given_to(self, n: int) -> int | None:
        """The number of the one agent who is asked or has accepted; None while it waits."""
        key = self.floor.serving.get(call_id(n))
        return None if key is None else self.floor.reservations[key].agent.int - agent_id(0).int

    def queue_now(self, n: int) -> str | None:
        """Where the n-th interaction stands; None when it is off the floor."""
        item = self.floor.waiting.get(call_id(n))
        return None if item is None else item.queue

    def seen(self, kind: type[E]) -> list[E]:
        """Of the last effects those of a kind."""
        return [one for one in self.effects if isinstance(one, kind)]

    def reject(self, n: int) -> list[str]:
        """The agent asked first about the n-th interaction refuses."""
        offer = self.floor.asking(call_id(n))[0]
        return self.do(do.Reject(offer.id, offer.agent, "no"))

    def accept(self, n: int) -> list[str]:
        """The agent takes the n-th interaction."""
        offer = self.offer(n)
        return self.do(do.Accept(offer.id, offer.agent))

    def talk(self, n: int) -> None:
        """Accepted and connected."""
        self.accept(n)
        self.do(do.MediaUp(call_id(n)))

    def serve(self, n: int, seconds: float = 0) -> list[str]:
        """Talked for so long and all work done; the effects of the last command."""
        offer = self.offer(n)
        self.talk(n)
        self.wait(seconds)
        kinds = self.do(do.Ended(call_id(n)))
        if self.floor.queue_of(offer).wrap_up == "none":
            return kinds
        return self.do(do.Complete(call_id(n), offer.agent, "solved"))
