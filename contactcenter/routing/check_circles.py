"""Circles among queues: an interaction that is moved round and round, or queues that yield to each
other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from contactcenter.routing.book import Fault, Path
from contactcenter.routing.model import Queue
from contactcenter.routing.policies import Consequence


@dataclass(frozen=True, slots=True)
class Edge:
    """``of`` leads to ``to``, by the rule at ``path``."""

    of: str
    to: str
    path: Path

    @property
    def rule(self) -> str:
        """The rule below its queue, as in ``limits.full_then``."""
        text = ""
        for part in self.path[2:]:
            text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
        return text


def actions_of(name: str, queue: Queue) -> Iterator[tuple[Path, Consequence]]:
    """Every action a queue may take, with its place."""
    here = ("queues", name)
    for n, rule in enumerate(queue.overflow):
        yield (*here, "overflow", n, "then"), rule.then
    for key in ("full_then", "nobody_then", "closed_then", "wait_then"):
        action = getattr(queue.limits, key)
        if action is not None:
            yield (*here, "limits", key), action
    if queue.escalate is not None:
        yield (*here, "escalate"), queue.escalate


def circles(queues: Mapping[str, Queue]) -> Iterator[Fault]:
    """Each circle once, with its whole way."""
    moves = [
        Edge(name, action.move, (*path, "move"))
        for name, queue in queues.items()
        for path, action in actions_of(name, queue)
        if action.move
    ]
    for way in _ways(moves):
        told = "".join(f"{one.of} ({one.rule}) -> " for one in way) + way[0].of
        yield Fault(way[0].path, f"moves in a circle: {told}", "let one of them leave instead")
    yields = [
        Edge(name, other, ("queues", name, "blending", "yields_to", n))
        for name, queue in queues.items()
        if queue.blending is not None
        for n, other in enumerate(queue.blending.yields_to)
    ]
    for way in _ways(yields):
        told = " -> ".join([*(one.of for one in way), way[0].of])
        yield Fault(way[0].path, f"queues give way to each other: {told}")


def _ways(edges: Iterable[Edge]) -> Iterator[list[Edge]]:
    """The shortest circle through each queue, each set of queues once."""
    out: dict[str, list[Edge]] = {}
    for edge in edges:
        out.setdefault(edge.of, []).append(edge)
    seen: set[frozenset[str]] = set()
    for start in out:
        way = _back_to(start, out)
        names = frozenset(one.of for one in way)
        if way and names not in seen:
            seen.add(names)
            yield way


def _back_to(start: str, out: Mapping[str, list[Edge]]) -> list[Edge]:
    """Breadth first, so that the shortest way back comes first; empty when there is none."""
    came: dict[str, Edge] = {}
    todo = deque([start])
    while todo:
        here = todo.popleft()
        for edge in out.get(here, ()):
            if edge.to == start:
                way = [edge]
                while way[0].of != start:
                    way.insert(0, came[way[0].of])
                return way
            if edge.to not in came:
                came[edge.to] = edge
                todo.append(edge.to)
    return []


def queues_named(name: str, queue: Queue) -> Iterator[tuple[Path, str]]:
    """Every other queue that a queue's rules speak of, with its place."""
    here: Path = ("queues", name)
    for n, ring in enumerate(queue.rings):
        yield from (((*here, "rings", n, "add", i), other) for i, other in enumerate(ring.add))
    for n, rule in enumerate(queue.overflow):
        if rule.of:
            yield (*here, "overflow", n, "of"), rule.of
    for path, action in actions_of(name, queue):
        if action.move:
            yield (*path, "move"), action.move
        yield from (((*path, "add", i), other) for i, other in enumerate(action.add))
    if queue.blending is not None:
        for i, other in enumerate(queue.blending.yields_to):
            yield (*here, "blending", "yields_to", i), other
