"""The floor: queues, agents, what waits."""

from __future__ import annotations

from contactcenter.analytics import floor
from contactcenter.routing import queries
from contactcenter.web.call import Call
from contactcenter.web.floor_records import floor_info
from contactcenter.web.operation import ANYONE, FLOOR, operation
from contactcenter.web.shapes.desk import FloorInfo
from contactcenter.web.shapes.queries import QueueInfo, QueueList


@operation("GET", "/floor", roles=FLOOR)
async def get_floor(call: Call) -> FloorInfo:
    """The floor now: queues with today's counts (by queue entry, since the site's midnight),
    agents, and the interactions that wait."""
    counts = call.follower.counts
    return floor_info(await call.services.db.read(lambda tx: floor.read(tx, counts)))


@operation("GET", "/queues", roles=ANYONE)
async def list_queues(call: Call) -> QueueList:
    """The queues as configured, by name."""
    found = await call.services.db.read(queries.queues)
    return QueueList(
        items=[
            QueueInfo.model_validate(
                {
                    "name": each.name,
                    "offer_s": dict(each.offer_s),
                    "wrap_up": each.wrap_up,
                    "wrap_up_s": each.wrap_up_s,
                    "target_s": each.target_s,
                    "target_percent": each.target_percent,
                }
            )
            for each in found
        ]
    )


OPERATIONS = [get_floor, list_queues]
