"""What a recorded period had been under other rules."""

from __future__ import annotations

from uuid import UUID

from contactcenter.core.errors import Invalid
from contactcenter.web.call import Call
from contactcenter.web.comparisons import Comparison
from contactcenter.web.operation import FLOOR, operation
from contactcenter.web.shapes.routing import WhatIfIn, WhatIfRun

# ``id`` is the path's own word.
# ruff: noqa: A002


@operation("POST", "/routing/whatif", roles=FLOOR, status=202, tag="routing")
async def start_whatif(call: Call, body: WhatIfIn) -> WhatIfRun:
    """Play a recorded period again under other rules, beside what was.

    It takes seconds to minutes; ask for the run by its id. One at a time: 409 ``busy``.
    """
    if body.start >= body.end:
        raise Invalid("body.to: the period ends before it begins", code="malformed_request")
    return _run(call.comparisons.begin(body.rules, body.start, body.end))


@operation("GET", "/routing/whatif/{id}", roles=FLOOR, tag="routing")
async def get_whatif(call: Call, id: UUID) -> WhatIfRun:
    """How far a comparison is, and its result."""
    return _run(call.comparisons.get(id))


def _run(found: Comparison) -> WhatIfRun:
    return WhatIfRun.model_validate(
        {
            "id": str(found.id),
            "state": found.state,
            "share": found.share,
            "problem": found.problem,
            "hint": found.hint,
            "result": found.result,
        }
    )


OPERATIONS = [start_whatif, get_whatif]
