"""Callbacks planned by hand, for a call that waits."""

from __future__ import annotations

from uuid import UUID

from contactcenter.web.call import Call
from contactcenter.web.operation import AGENTS_AND_FLOOR, operation
from contactcenter.web.shapes.emergency import CallbackOrder, CallbackPlanned

# ``id`` is the path's own word.
# ruff: noqa: A002


@operation(
    "POST", "/interactions/{id}/callback", roles=AGENTS_AND_FLOOR, status=202, tag="interactions"
)
async def plan_callback(call: Call, id: UUID, body: CallbackOrder) -> CallbackPlanned:
    """The customer of a waiting call is called back, keeping the place, or at an agreed time."""
    key = await call.services.desk.callback(
        id,
        address=body.address,
        at=body.at,
        first=body.first,
        actor=f"account:{call.who.id}",
        key=call.command_id("callback", id),
    )
    return CallbackPlanned(command=str(key))


OPERATIONS = [plan_callback]
