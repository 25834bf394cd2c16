"""What a recorded period had been under other rules."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from contactcenter.core.db import Tx
from contactcenter.core.errors import Invalid
from contactcenter.routing import whatif_runs
from contactcenter.routing.book import BookInvalid
from contactcenter.routing.book_file import Document, read_document
from contactcenter.routing.whatif_rules import rules_of
from contactcenter.routing.whatif_runs import Asked
from contactcenter.web.call import Call
from contactcenter.web.operation import FLOOR, operation
from contactcenter.web.routing_records import whatif_info, whatifs_info
from contactcenter.web.shapes.routing_whatif import WhatIfIn, WhatIfList, WhatIfRun

# ``id`` is the path's own word.
# ruff: noqa: A002


@operation("POST", "/routing/whatif", roles=FLOOR, status=202, tag="routing")
async def start_whatif(call: Call, body: WhatIfIn) -> WhatIfRun:
    """Play a recorded period again under other rules, beside what was.

    It takes seconds to minutes; ask for the run by its id, at any server node. One at a time: 409
    ``busy``. Rules that can not be are refused with every fault.
    """
    if body.start >= body.end:
        raise Invalid("body.to: the period ends before it begins", code="malformed_request")
    given, document = _given(body)
    db = call.services.db
    try:
        await db.read(lambda tx: rules_of(tx, given, remove=body.remove))
    except BookInvalid as error:
        raise (document.refuse(error.faults) if document else error) from error
    asked = Asked(given, body.start, body.end, body.remove, body.note)
    run = await call.comparisons.begin(asked, f"account:{call.who.id}")
    return await db.read(lambda tx: whatif_info(tx, run))


@operation("GET", "/routing/whatif", roles=FLOOR, tag="routing")
async def list_whatif(call: Call) -> WhatIfList:
    """The comparisons that are kept, the newest first, without rules and results."""
    return await call.services.db.read(lambda tx: whatifs_info(tx, whatif_runs.newest(tx)))


@operation("GET", "/routing/whatif/{id}", roles=FLOOR, tag="routing")
async def get_whatif(call: Call, id: UUID) -> WhatIfRun:
    """How far a comparison is, and its result."""

    def work(tx: Tx) -> WhatIfRun:
        return whatif_info(tx, whatif_runs.get(tx, id))

    return await call.services.db.read(work)


@operation("POST", "/routing/whatif/{id}/again", roles=FLOOR, status=202, tag="routing")
async def restart_whatif(call: Call, id: UUID) -> WhatIfRun:
    """Start a comparison from its beginning that was interrupted or failed."""
    run = await call.comparisons.again(id)
    return await call.services.db.read(lambda tx: whatif_info(tx, run))


@operation("DELETE", "/routing/whatif/{id}", roles=FLOOR, tag="routing")
async def delete_whatif(call: Call, id: UUID) -> None:
    """Forget a comparison; one that runs is stopped."""
    await call.services.db.write(lambda tx: whatif_runs.remove(tx, id))


def _given(body: WhatIfIn) -> tuple[Any, Document | None]:
    """The rules as plain data; with YAML also where they stand in it."""
    if (body.rules is None) == (body.yaml is None):
        raise Invalid("body: give rules or yaml, not both", code="malformed_request")
    if body.yaml is None:
        return body.rules, None
    document = read_document(body.yaml, "yaml")
    return document.plain, document


OPERATIONS = [start_whatif, list_whatif, get_whatif, restart_whatif, delete_whatif]
