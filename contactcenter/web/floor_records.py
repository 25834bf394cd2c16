"""The live floor as the API's shape."""

from __future__ import annotations

from contactcenter.analytics.floor import FloorNow, QueueNow
from contactcenter.handling.emergencies import Emergency
from contactcenter.web.offers import agent_state
from contactcenter.web.shapes.desk import FloorInfo, QueueRow, WaitingRow
from contactcenter.web.shapes.emergency import LineEmergency


def floor_info(now: FloorNow) -> FloorInfo:
    """``GET /floor`` and the topic ``floor``."""
    return FloorInfo(
        at=now.at,
        queues=[_queue_row(each) for each in now.queues],
        agents=[agent_state(each, now.at) for each in now.agents],
        waiting=[
            WaitingRow.model_validate(
                {
                    "interaction": str(each.interaction),
                    "queue": each.queue,
                    "channel": each.channel,
                    "customer": str(each.customer),
                    "customer_name": each.customer_name,
                    "waited_s": each.waited_s,
                    "state": each.state,
                    "callback": each.callback,
                    "due_at": each.due_at,
                }
            )
            for each in now.waiting
        ],
        calls_in_menu=now.calls_in_menu,
        emergencies=[emergency_info(each) for each in now.emergencies],
    )


def emergency_info(found: Emergency) -> LineEmergency:
    """An emergency in force."""
    return LineEmergency.model_validate(
        {
            "line": found.line,
            "channel": found.channel,
            "reason": found.reason,
            "menu": found.menu or None,
            "prompt": dict(found.prompt),
            "since": found.since,
            "by": found.by_name,
        }
    )


def _queue_row(row: QueueNow) -> QueueRow:
    return QueueRow(
        name=row.queue.name,
        waiting=row.waiting,
        longest_wait_s=max(0.0, row.longest_wait_s),
        offered=row.counts.offered,
        moved_in=row.counts.moved_in,
        answered=row.counts.answered,
        abandoned=row.counts.abandoned,
        service_level=row.counts.service_level,
        target_s=row.queue.target_s,
        agents_available=row.agents_available,
        closed=row.state.closed,
        closed_reason=row.state.closed_reason,
    )
