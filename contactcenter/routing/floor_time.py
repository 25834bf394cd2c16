"""Time passing on the floor: what has come due, in an order that a floor rebuilt shares."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from contactcenter.routing.floor_callbacks import FloorCallbacks
from contactcenter.routing.model import Waiting
from contactcenter.routing.policies import Consequence


class FloorTime(FloorCallbacks):
    """Deadlines, carried out."""

    def pass_time(self, now: datetime) -> None:
        """See to everything that has come due."""
        while True:
            self.forget_outlook()
            reservations, items, queues = self._all_due(now)
            if not (reservations or items or queues):
                return
            for key in reservations:
                self._reservation_due(key, now)
            for item in sorted(items, key=self._score):
                self._item_due(item.interaction, now)
            for name in queues:
                self.look(name, now)

    def _all_due(self, now: datetime) -> tuple[list[UUID], list[Waiting], list[str]]:
        """Everything due, in an order that the time of its timer has no part in: a floor rebuilt
        has more timers, and must decide alike."""
        found: dict[str, set[Any]] = {"reservation": set(), "waiting": set(), "queue": set()}
        while (timer := self.pop_due(now)) is not None:
            found[timer[1]].add(timer[2])
        items = [self.waiting[key] for key in found["waiting"]]
        return sorted(found["reservation"]), items, sorted(found["queue"])

    def _reservation_due(self, key: UUID, now: datetime) -> None:
        reservation = self.reservations.get(key)
        if reservation is None or reservation.due_at is None or reservation.due_at > now:
            return
        if reservation.state == "wrapping":
            self.complete(reservation, reservation.disposition, "limit", now)
            return
        item = self.waiting[reservation.interaction]
        if reservation.state == "accepted" and item.callback and not item.callback.reached:
            self.callback_failed(item, "no_answer", now)
        else:
            self.missed(reservation, now)

    def _item_due(self, key: UUID, now: datetime) -> None:
        item = self.waiting.get(key)
        if item is None:
            return
        if item.state == "waiting":
            self.recheck(item, now)
        elif item.state in ("later", "calling"):
            self.callback_due(item, now)

    def settle(self, now: datetime) -> None:
        """See to everything that no agent has, as after a rebuild."""
        self.forget_outlook()
        items = [one for one in self.waiting.values() if one.state != "assigned"]
        for item in sorted(items, key=self._score):
            self._item_due(item.interaction, now)

    def escalate(self, now: datetime) -> None:
        """What was refused too often goes where its queue says."""
        overdue, self.overdue = self.overdue, []
        for key in overdue:
            item = self.waiting.get(key)
            if item is None or item.state not in ("waiting", "offered"):
                continue
            gone = self.withdraw_of(key, "escalated", now)
            then = self.queues[item.queue].escalate or Consequence(leave="refused_by_all")
            self.put_waiting(replace(item, state="waiting", offers=0), now)
            self.carry_out(self.waiting[key], then, now)
            if key in self.waiting and self.waiting[key].state == "waiting":
                self.place(key, now)
            self.free_up(gone, now)
