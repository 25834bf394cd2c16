"""Business hours, seen before they are in force."""

from __future__ import annotations

from datetime import datetime

from contactcenter.routing.hours import Hours
from contactcenter.routing.hours_preview import days
from contactcenter.routing.hours_read import read_hours
from contactcenter.web.call import Call
from contactcenter.web.operation import FLOOR, operation
from contactcenter.web.shapes.routing_hours import HoursDay, HoursIn, HoursPreview


@operation("POST", "/routing/hours/preview", roles=FLOOR, tag="routing", is_idempotent=False)
async def preview_hours(call: Call, body: HoursIn) -> HoursPreview:
    """What hours come to from today on, day by day; nothing is changed."""
    return _preview(read_hours(body.hours), call.services.clock.now(), body.days)


def _preview(hours: Hours, now: datetime, count: int) -> HoursPreview:
    change = hours.next_change(now)
    return HoursPreview(
        zone=hours.zone,
        at=now,
        is_open=hours.is_open(now),
        changes_at=change.at if change else None,
        days=[HoursDay.model_validate(each) for each in days(hours, now, count)],
    )


OPERATIONS = [preview_hours]
