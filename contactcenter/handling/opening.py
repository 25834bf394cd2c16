"""Is a line open: the hours of its queues, a supervisor's closing, the emergency flag."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import func, select

from contactcenter.core.db import Tx
from contactcenter.handling.lines import Line
from contactcenter.handling.preferred import queue_of
from contactcenter.ivr.model import Menu
from contactcenter.ivr.nodes.enqueue import EnqueueNode
from contactcenter.routing.hours import Hours
from contactcenter.routing.hours_read import read_hours
from contactcenter.routing.model import QueueState
from contactcenter.routing.tables import queue_state
from contactcenter.routing.tables import waiting as w


def is_open(tx: Tx, name: str) -> bool:
    """Whether a queue takes newcomers now; a queue that does not exist is closed."""
    queue = queue_of(tx, name)
    if queue is None:
        return False
    found = tx.scalar(select(queue_state.c.state).where(queue_state.c.name == name))
    if found is not None and msgspec.convert(found, QueueState).closed:
        return False
    if queue.hours is None:
        return True
    return _hours(msgspec.json.encode(queue.hours)).is_open(tx.now)


@lru_cache(maxsize=256)
def _hours(plain: bytes) -> Hours:
    return read_hours(_decoded(plain))


def _decoded(plain: bytes) -> Any:
    return msgspec.json.decode(plain)


def queues_of(line: Line, menu: Menu | None) -> Iterable[str]:
    """The queues a line may lead to: its own, else those its menu names."""
    if line.queue:
        return (line.queue,)
    nodes = menu.nodes.values() if menu else ()
    return dict.fromkeys(node.queue for node in nodes if isinstance(node, EnqueueNode))


def facts(tx: Tx, line: Line, menu: Menu) -> dict[str, object]:
    """``open`` and ``position`` for a menu that reads them: asked for nothing else."""
    found: dict[str, object] = {}
    queues = tuple(queues_of(line, menu))
    if "open" in menu.facts_used:
        found["open"] = any(is_open(tx, name) for name in queues)
    if "position" in menu.facts_used and queues:
        count = select(func.count()).where(
            w.c.queue == queues[0], w.c.state.in_(("waiting", "offered"))
        )
        found["position"] = int(tx.scalar(count) or 0) + 1
    return found
