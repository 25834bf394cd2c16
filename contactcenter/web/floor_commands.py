"""Commands of the floor from the API: submitted durably, awaited for a moment."""

from __future__ import annotations

from contactcenter.core.db import Tx
from contactcenter.routing import commands
from contactcenter.routing.actions import Command
from contactcenter.web.call import Call
from contactcenter.web.shapes.base import Accepted

PATIENCE_S = 2.0


async def carry_out(call: Call, command: Command) -> Accepted | None:
    """None when the router has done it; ``Accepted`` when it takes longer than ``PATIENCE_S``.

    A repetition with the same ``Idempotency-Key`` finds the first command. Raises what the floor
    refused it with; a lost race is ``Conflict`` with code ``superseded``.
    """
    services = call.services
    command_id = call.command_id(type(command).__name__)

    def work(tx: Tx) -> None:
        if not commands.is_known(tx, command_id):
            commands.submit(tx, command, command_id=command_id)

    await services.db.write(work)
    done = await commands.result(services.db, services.bus, command_id, PATIENCE_S)
    return None if done is not None else Accepted(command=str(command_id))
