"""An ordered set with a cheap first: a heap whose stale entries are dropped when met."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from typing import Any
from uuid import UUID


class Ordered(dict[UUID, Any]):
    """Ids by key, then by id: a dict of their keys, with a heap beside it. To be changed by ``add``
    and ``remove`` only. These cost O(log n); so does ``first``, plus one step for each entry that
    ``accept`` turns away."""

    __slots__ = ("_heap",)

    def __init__(self) -> None:
        super().__init__()
        self._heap: list[tuple[Any, UUID]] = []

    def add(self, item: UUID, key: Any) -> None:
        """Add, or move to another key."""
        if self.get(item) == key:
            return
        self[item] = key
        heap = self._heap
        heappush(heap, (key, item))
        if len(heap) > 64 and len(heap) > 3 * len(self):
            self._heap = [(key, item) for item, key in self.items()]
            heapify(self._heap)

    def remove(self, item: UUID) -> None:
        """Out, if it is in."""
        self.pop(item, None)

    def first(self, accept: Callable[[UUID], bool] | None = None) -> UUID | None:
        """The lowest that ``accept`` takes; nothing is removed."""
        turned_away = []
        found = None
        heap = self._heap
        while heap:
            key, item = heap[0]
            if self.get(item) != key:
                heappop(heap)
                continue
            if accept is None or accept(item):
                found = item
                break
            turned_away.append(heappop(heap))
        for entry in turned_away:
            heappush(heap, entry)
        return found

    def tie(self, item: UUID, names: Sequence[str]) -> str:
        """What told ``item``, the first, from the next: the name of the first part of the key in
        which they differ when that is not the first part, ``id`` when keys are equal, else empty.
        A key of one part needs one name."""
        if len(self) < 2:
            return ""
        other = self._second() if self._heap[0][1] == item else None
        if other is None:
            other = self.first(lambda one: one != item)
        if other is None:
            return ""
        mine, its = self[item], self[other]
        if mine == its:
            return "id"
        if not isinstance(mine, tuple) or mine[0] != its[0]:
            return ""
        pairs = zip(names, mine, its, strict=False)
        return next((name for name, a, b in pairs if a != b), "id")

    def _second(self) -> UUID | None:
        """The one after the top of the heap; None where a stale entry, or a second one of the top,
        hides it."""
        heap = self._heap
        next_two = heap[1:3]
        if any(self.get(item) != key for key, item in next_two) or not next_two:
            return None
        found = min(next_two)[1]
        return found if found != heap[0][1] else None

    def tied(self, item: UUID) -> bool:
        """Whether another entry has the same key as ``item``, the first."""
        return self.tie(item, ("key",)) == "id"
