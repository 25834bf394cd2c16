"""The routing configuration: read, checked, changed, its versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import Field

from contactcenter.core.db import Tx
from contactcenter.core.errors import Conflict, Invalid
from contactcenter.routing import commands, history
from contactcenter.routing.book import BookInvalid
from contactcenter.routing.book_file import Document, read_document
from contactcenter.web.call import Call, cursor_of, read_cursor
from contactcenter.web.floor_commands import PATIENCE_S
from contactcenter.web.operation import ADMINISTRATORS, FLOOR, operation
from contactcenter.web.routing_records import (
    agent_config,
    changes_info,
    check_info,
    document_info,
    queue_config,
    version_info,
    versions_info,
)
from contactcenter.web.shapes.routing_config import (
    AgentConfig,
    AgentRemoval,
    QueueConfig,
    QueueRemoval,
    RoutingApplied,
    RoutingCheck,
    RoutingDiffQuery,
    RoutingDocument,
    RoutingDocumentIn,
    RoutingEntryIn,
    RoutingRollback,
    RoutingVersionInfo,
    RoutingVersionPage,
    RoutingVersionQuery,
)

T = TypeVar("T")
Number = Annotated[int, Field(ge=1, le=2_000_000_000)]

# ``id`` is the path's own word.
# ruff: noqa: A002


@operation("GET", "/routing/config", roles=FLOOR, tag="routing", has_version=True)
async def get_routing_config(call: Call) -> RoutingDocument:
    """The whole configuration of the distributor, as JSON and as YAML."""
    found = await call.services.db.read(document_info)
    call.etag = found.version
    return found


@operation("PUT", "/routing/config", roles=ADMINISTRATORS, tag="routing", has_version=True)
async def put_routing_config(call: Call, body: RoutingDocumentIn) -> RoutingApplied:
    """Make a document the configuration: one new version of the whole.

    Refused with every fault at once. What the document leaves out stays as it is.
    """
    given, document = _given(body)
    try:
        made = await _write(
            call,
            lambda tx: history.apply(
                tx,
                given,
                actor=_actor(call),
                note=body.note,
                version=call.if_match,
                remove=history.whole_sections(given, body.remove),
            ),
        )
    except BookInvalid as error:
        raise (document.refuse(error.faults) if document else error) from error
    call.etag = made.version
    return await _carried_out(call, made)


@operation("POST", "/routing/config/check", roles=FLOOR, tag="routing", is_idempotent=False)
async def check_routing_config(call: Call, body: RoutingDocumentIn) -> RoutingCheck:
    """Every fault of a document, and what it would change; nothing is changed."""
    given, document = _given(body)

    def work(tx: Tx) -> RoutingCheck:
        return check_info(tx, history.look(tx, given, remove=body.remove), document)

    return await call.services.db.read(work)


@operation("GET", "/routing/config/queues/{name}", roles=FLOOR, tag="routing", has_version=True)
async def get_queue_config(call: Call, name: str) -> QueueConfig:
    """One queue as configured."""
    found, call.etag = await call.services.db.read(lambda tx: queue_config(tx, name))
    return found


@operation(
    "PUT", "/routing/config/queues/{name}", roles=ADMINISTRATORS, tag="routing", has_version=True
)
async def put_queue_config(call: Call, name: str, body: RoutingEntryIn) -> QueueConfig:
    """Create or change one queue; a new version of the whole."""
    call.etag = await _write(
        call,
        lambda tx: history.edit_queue(
            tx, name, body.config, actor=_actor(call), note=body.note, version=call.if_match
        ),
    )
    found, _ = await call.services.db.read(lambda tx: queue_config(tx, name))
    return found


@operation(
    "DELETE", "/routing/config/queues/{name}", roles=ADMINISTRATORS, tag="routing", has_version=True
)
async def delete_queue_config(call: Call, name: str, query: QueueRemoval) -> RoutingApplied:
    """Remove a queue; a new version of the whole, agents' places in it included.

    409 while something waits in it and no ``move_to`` is given; 422 while rules speak of it.
    What agents handle stays theirs, and records keep its name.
    """
    made = await _write(
        call,
        lambda tx: history.remove_queue(
            tx,
            name,
            actor=_actor(call),
            note=query.note,
            version=call.if_match,
            move_to=query.move_to,
        ),
    )
    call.etag = made.version
    return await _carried_out(call, made)


@operation(
    "DELETE", "/routing/config/agents/{id}", roles=ADMINISTRATORS, tag="routing", has_version=True
)
async def delete_agent_config(call: Call, id: UUID, query: AgentRemoval) -> RoutingApplied:
    """Make an account no agent any more; a new version of the whole.

    409 while they are signed in or have work in hand. Records keep their name.
    """
    made = await _write(
        call,
        lambda tx: history.remove_agent(
            tx, id, actor=_actor(call), note=query.note, version=call.if_match
        ),
    )
    call.etag = made.version
    return await _carried_out(call, made)


@operation("GET", "/routing/config/agents/{id}", roles=FLOOR, tag="routing", has_version=True)
async def get_agent_config(call: Call, id: UUID) -> AgentConfig:
    """One agent as configured."""
    found, call.etag = await call.services.db.read(lambda tx: agent_config(tx, id))
    return found


@operation(
    "PUT", "/routing/config/agents/{id}", roles=ADMINISTRATORS, tag="routing", has_version=True
)
async def put_agent_config(call: Call, id: UUID, body: RoutingEntryIn) -> AgentConfig:
    """Make an account an agent, or change one; a new version of the whole."""
    call.etag = await _write(
        call,
        lambda tx: history.edit_agent(
            tx, id, body.config, actor=_actor(call), note=body.note, version=call.if_match
        ),
    )
    found, _ = await call.services.db.read(lambda tx: agent_config(tx, id))
    return found


@operation("GET", "/routing/config/versions", roles=FLOOR, tag="routing")
async def list_routing_versions(call: Call, query: RoutingVersionQuery) -> RoutingVersionPage:
    """Who changed the configuration when and why, the newest first."""
    before = read_cursor(query.after).get("version")
    if before is not None and not isinstance(before, int):
        raise Invalid("query.after: not one of ours", code="bad_cursor")

    def work(tx: Tx) -> RoutingVersionPage:
        found = history.versions(tx, before=before, limit=query.limit + 1)
        page = found[: query.limit]
        more = len(found) > query.limit
        return RoutingVersionPage(
            items=versions_info(tx, page),
            next=cursor_of(version=page[-1].number) if more else None,
        )

    return await call.services.db.read(work)


@operation("GET", "/routing/config/versions/{number}", roles=FLOOR, tag="routing")
async def get_routing_version(
    call: Call, number: Number, query: RoutingDiffQuery
) -> RoutingVersionInfo:
    """One version: its document, and what it changed."""
    return await call.services.db.read(lambda tx: version_info(tx, number, query.against))


@operation(
    "POST",
    "/routing/config/versions/{number}/rollback",
    roles=ADMINISTRATORS,
    tag="routing",
    has_version=True,
)
async def roll_back_routing(call: Call, number: Number, body: RoutingRollback) -> RoutingApplied:
    """A new version equal to this one; queues and agents that came later go.

    409 while one that would go is at work.
    """
    made = await _write(
        call,
        lambda tx: history.rollback(
            tx, number, actor=_actor(call), note=body.note, version=call.if_match
        ),
    )
    call.etag = made.version
    return await _carried_out(call, made)


def _actor(call: Call) -> str:
    return f"account:{call.who.id}"


def _given(body: RoutingDocumentIn) -> tuple[Any, Document | None]:
    """The sections as plain data; with YAML also where they stand in it."""
    if (body.document is None) == (body.yaml is None):
        raise Invalid("body: give document or yaml, not both", code="malformed_request")
    if body.yaml is not None:
        document = read_document(body.yaml, "yaml")
        return document.plain, document
    assert body.document is not None  # noqa: S101  # what was just made sure of
    return body.document.model_dump(exclude_none=True, exclude_unset=True), None


async def _write(call: Call, work: Callable[[Tx], T]) -> T:
    try:
        return await call.services.db.write(work)
    except Conflict as conflict:
        if conflict.code != Conflict.code:  # not a lost race but what stands in the way
            raise
        raise call.changed_meanwhile(conflict) from conflict


async def _carried_out(call: Call, made: history.Applied) -> RoutingApplied:
    """What was changed, once the floor has let go of what goes; 409 when it would not."""
    services = call.services
    for key in made.removals:
        await commands.result(services.db, services.bus, key, PATIENCE_S)
    return _applied(made)


def _applied(made: history.Applied) -> RoutingApplied:
    return RoutingApplied(version=made.version, changes=changes_info(made.changes))


OPERATIONS = [
    get_routing_config,
    put_routing_config,
    check_routing_config,
    get_queue_config,
    put_queue_config,
    get_agent_config,
    put_agent_config,
    delete_queue_config,
    delete_agent_config,
    list_routing_versions,
    get_routing_version,
    roll_back_routing,
]
