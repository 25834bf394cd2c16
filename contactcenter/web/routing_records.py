"""The routing configuration as the API's shapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from contactcenter.core.access.tables import account
from contactcenter.core.db import Tx
from contactcenter.core.errors import NotFound
from contactcenter.routing import history
from contactcenter.routing.book import Fault
from contactcenter.routing.book_changes import Change
from contactcenter.routing.book_file import Document, yaml_of, yaml_of_part
from contactcenter.routing.standing_book import display_name, names_of
from contactcenter.routing.tables import agent, routing_queue
from contactcenter.routing.whatif_runs import Run
from contactcenter.web.shapes.routing_config import (
    AgentConfig,
    QueueConfig,
    RoutingChange,
    RoutingCheck,
    RoutingDocument,
    RoutingFault,
    RoutingVersion,
    RoutingVersionInfo,
)
from contactcenter.web.shapes.routing_whatif import WhatIfEntry, WhatIfList, WhatIfRun


def document_info(tx: Tx) -> RoutingDocument:
    """``GET /routing/config``."""
    found = history.standing(tx)
    book = found.book
    return RoutingDocument(
        version=found.version,
        skills=dict(book.skills),
        hours=dict(book.hours),
        queues=dict(book.queues),
        agents=dict(book.agents),
        agent_ids={name: key for key, name in names_of(tx).items()},
        yaml=yaml_of(book),
    )


def check_info(tx: Tx, looked: history.Looked, document: Document | None) -> RoutingCheck:
    """What a document would do."""
    return RoutingCheck(
        faults=[_fault(one, document) for one in looked.faults],
        changes=changes_info(looked.changes),
        rules=_rules(tx, looked),
    )


def _fault(one: Fault, document: Document | None) -> RoutingFault:
    return RoutingFault(
        where=one.where,
        path=list(one.path),
        line=document.line_of(one) if document else None,
        message=one.message,
        hint=one.hint,
        severity=one.severity,
    )


def _rules(tx: Tx, looked: history.Looked) -> dict[str, Any] | None:
    """What changes, as a document for what-if: whole queues with their hours, agents by id. None
    when no queue and no agent does."""
    book = looked.after
    if book is None:
        return None
    before = history.standing(tx).book
    ids = {name: key for key, name in names_of(tx).items()}
    queues = {
        name: book.resolved(name)
        for name in book.queues
        if name not in before.queues or before.resolved(name) != book.resolved(name)
    }
    agents = {
        ids[name]: dict(config)
        for name, config in book.agents.items()
        # an account that becomes an agent has no recorded days to play again
        if name in ids and before.agents.get(name) != config
    }
    if not queues and not agents:
        return None
    return {"skills": dict(book.skills), "queues": queues, "agents": agents}


def changes_info(found: Iterable[Change]) -> list[RoutingChange]:
    """Differences, in order."""
    return [
        RoutingChange.model_validate(
            {
                "where": one.where,
                "path": list(one.path),
                "kind": one.kind,
                "before": one.before,
                "after": one.after,
            }
        )
        for one in found
    ]


def queue_config(tx: Tx, name: str) -> tuple[QueueConfig, int]:
    """One queue and its version; ``NotFound``."""
    q = routing_queue.c
    version = tx.scalar(select(q.version).where(q.name == name))
    config = history.standing(tx).book.queues.get(name)
    if version is None or config is None:
        raise NotFound(f"no queue {name}", code="unknown_queue")
    return QueueConfig(name=name, config=dict(config)), version


def agent_config(tx: Tx, agent_id: UUID) -> tuple[AgentConfig, int]:
    """One agent and their version; ``NotFound``."""
    version = tx.scalar(select(agent.c.version).where(agent.c.id == agent_id))
    book = history.standing(tx).book
    key = names_of(tx).get(str(agent_id), "")
    if version is None or key not in book.agents:
        raise NotFound(f"no agent {agent_id}", code="unknown_agent")
    config = dict(book.agents[key])
    name = display_name(tx, agent_id)
    return AgentConfig(agent=str(agent_id), name=name, config=config), version


def versions_info(tx: Tx, found: Sequence[history.Version]) -> list[RoutingVersion]:
    """Versions with the names of who made them."""
    names = _names(tx, (one.actor for one in found))
    return [RoutingVersion.model_validate(_version(one, names.get(one.actor, ""))) for one in found]


def version_info(tx: Tx, number: int, against: int | None) -> RoutingVersionInfo:
    """One version with its document and what it changed."""
    (plain,) = versions_info(tx, [history.version(tx, number)])
    return RoutingVersionInfo(
        **plain.model_dump(),
        changes=changes_info(history.diff(tx, number, against)),
        yaml=yaml_of(history.document(tx, number)),
    )


def _version(one: history.Version, by: str) -> dict[str, Any]:
    return {
        "version": one.number,
        "at": one.at,
        "by": by,
        "action": one.action,
        "note": one.note,
    }


def whatifs_info(tx: Tx, found: Sequence[Run]) -> WhatIfList:
    """Comparisons with the names of who asked for them."""
    names = _names(tx, (one.actor for one in found))
    return WhatIfList(items=[WhatIfEntry.model_validate(_whatif(one, names)) for one in found])


def whatif_info(tx: Tx, found: Run) -> WhatIfRun:
    """One comparison, whole."""
    asked = found.asked
    more = {"rules": asked.rules, "yaml": yaml_of_part(asked.rules), "result": found.result}
    return WhatIfRun.model_validate(_whatif(found, _names(tx, [found.actor])) | more)


def _whatif(one: Run, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "by": names.get(one.actor, ""),
        "asked_at": one.asked_at,
        "from": one.asked.start,
        "to": one.asked.end,
        "note": one.asked.note,
        "remove": one.asked.remove,
        "state": one.state,
        "share": one.share,
        "problem": one.problem,
        "hint": one.hint,
    }


def _names(tx: Tx, actors: Iterable[str]) -> Mapping[str, str]:
    """Actors that are accounts -> what they are called."""
    ids = {UUID(key) for actor in actors if (key := actor.removeprefix("account:")) != actor}
    a = account.c
    rows = tx.all(select(a.id, a.display_name).where(a.id.in_(ids)))
    return {f"account:{row.id}": row.display_name for row in rows}
