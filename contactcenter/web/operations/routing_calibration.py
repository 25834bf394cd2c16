"""Whether it was true what those who waited were told."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from contactcenter.analytics.calibration_pages import data_of
from contactcenter.analytics.calibration_query import calibration
from contactcenter.core.errors import Invalid
from contactcenter.web.call import Call
from contactcenter.web.operation import FLOOR, operation
from contactcenter.web.shapes.calibration import CalibrationQuery, CalibrationReport

_LONGEST = timedelta(days=31)
_MOST_EVENTS = 2_000_000


@operation("GET", "/routing/calibration", roles=FLOOR, tag="routing")
async def get_calibration(call: Call, query: CalibrationQuery) -> CalibrationReport:
    """How often the waits told to customers were true, over at most 31 days.

    Each announcement made from ``from`` to before ``to`` is held against what came: answered inside
    the band, sooner or later; or the customer left first, and only a wait already beyond the band
    is known to have been told wrong. Of a log of more than two million entries the first part is
    read: ``is_whole`` is then false, and ``to`` says where it ends.
    """
    if query.end - query.start > _LONGEST:
        raise Invalid("query.to: at most 31 days", code="malformed_request")
    if query.start >= query.end:
        raise Invalid("query.to: the period ends before it begins", code="malformed_request")
    found = await calibration(
        call.services.db,
        query.start,
        query.end,
        ZoneInfo(call.services.settings.time_zone),
        queue=query.queue,
        most_events=_MOST_EVENTS,
    )
    return CalibrationReport.model_validate(data_of(found))


OPERATIONS = [get_calibration]
