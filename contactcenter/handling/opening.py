"""Is a line open: the hours of its queues, a supervisor's closing, the emergency flag."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import select

from contactcenter.core.db import Tx
from contactcenter.handling.lines import Line
from contactcenter.handling.outlook import Outlook, length
from contactcenter.handling.preferred import queue_of
from contactcenter.ivr.model import QUEUE_FACTS, Menu
from contactcenter.ivr.nodes.enqueue import EnqueueNode
from contactcenter.routing.hours import Hours
from contactcenter.routing.hours_read import read_hours
from contactcenter.routing.model import Channel, QueueState
from contactcenter.routing.tables import queue_state


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


def facts(
    tx: Tx, line: Line, menu: Menu, channel: Channel = "voice", outlook: Outlook | None = None
) -> dict[str, object]:
    """What a menu that reads them may know of its line's queue (``open``, ``position``, ``length``,
    ``wait``) and of queues by name (``wait.NAME`` ...): asked for nothing else."""
    found: dict[str, object] = {}
    queues = tuple(queues_of(line, menu))
    if "open" in menu.facts_used:
        found["open"] = any(is_open(tx, name) for name in queues)
    for fact in menu.facts_used:
        kind, _, name = fact.partition(".")
        if kind not in QUEUE_FACTS or not (name := name or next(iter(queues), "")):
            continue
        waiting = length(tx, name)
        if kind == "wait":
            found[fact] = (outlook or Outlook()).wait(tx, name, channel, waiting + 1)
        else:
            found[fact] = waiting + (kind == "position")
    return found
