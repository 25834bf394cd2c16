"""An ordered set with a cheap first: a heap whose stale entries are dropped when met."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import Any
from uuid import UUID


class Ordered:
    """Ids by key, then by id. Adding and removing cost O(log n); so does ``first``, plus one step
    for each entry that ``accept`` turns away."""

    __slots__ = ("_heap", "_keys")

    def __init__(self) -> None:
        self._heap: list[tuple[Any, UUID]] = []
        self._keys: dict[UUID, Any] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: UUID) -> bool:
        return key in self._keys

    def __iter__(self) -> Iterator[UUID]:
        return iter(self._keys)

    def add(self, item: UUID, key: Any) -> None:
        """Add, or move to another key."""
        if item in self._keys and self._keys[item] == key:
            return
        self._keys[item] = key
        heappush(self._heap, (key, item))
        if len(self._heap) > 64 and len(self._heap) > 3 * len(self._keys):
            self._heap = [(key, item) for item, key in self._keys.items()]
            heapify(self._heap)

    def remove(self, item: UUID) -> None:
        """Out, if it is in."""
        self._keys.pop(item, None)

    def first(self, accept: Callable[[UUID], bool] | None = None) -> UUID | None:
        """The lowest that ``accept`` takes; nothing is removed."""
        turned_away = []
        found = None
        while self._heap:
            key, item = self._heap[0]
            if item not in self._keys or self._keys[item] != key:
                heappop(self._heap)
                continue
            if accept is None or accept(item):
                found = item
                break
            turned_away.append(heappop(self._heap))
        for entry in turned_away:
            heappush(self._heap, entry)
        return found

    def key(self, item: UUID) -> Any:
        """The key of an item that is in."""
        return self._keys[item]

    def tie(self, item: UUID, names: Sequence[str]) -> str:
        """What told ``item``, the first, from the next: the name of the first part of the key in
        which they differ when that is not the first part, ``id`` when keys are equal, else empty.
        A key of one part needs one name."""
        other = self.first(lambda one: one != item)
        if other is None:
            return ""
        mine, its = self._keys[item], self._keys[other]
        if mine == its:
            return "id"
        if not isinstance(mine, tuple) or mine[0] != its[0]:
            return ""
        pairs = zip(names, mine, its, strict=False)
        return next((name for name, a, b in pairs if a != b), "id")

    def tied(self, item: UUID) -> bool:
        """Whether another entry has the same key as ``item``, the first."""
        return self.tie(item, ("key",)) == "id"
