"""Campaigns and deliveries as the API's shapes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from contactcenter.campaigns import results
from contactcenter.campaigns.lifecycle import CampaignRow
from contactcenter.campaigns.preview import Previewed
from contactcenter.campaigns.results import DeliveryRow, Progress
from contactcenter.campaigns.tables import segment
from contactcenter.core.db import Tx
from contactcenter.web.shapes.campaigns import (
    CampaignInfo,
    DeliveryInfo,
    Preview,
    SampleCustomer,
    TemplateProblem,
)


def campaign_info(tx: Tx, row: CampaignRow) -> CampaignInfo:
    """One campaign with its counts."""
    (info,) = infos(tx, [row])
    return info


def infos(tx: Tx, rows: Sequence[CampaignRow]) -> list[CampaignInfo]:
    """Campaigns with their counts."""
    wanted = {row.segment_id for row in rows}
    named = tx.all(select(segment.c.id, segment.c.name).where(segment.c.id.in_(wanted)))
    names = {each.id: each.name for each in named}
    progress = results.progress(tx, rows)
    return [_info(row, names.get(row.segment_id, ""), progress[row.id]) for row in rows]


def _info(row: CampaignRow, segment_name: str, progress: Progress) -> CampaignInfo:
    return CampaignInfo.model_validate(
        {
            "id": str(row.id),
            "name": row.name,
            "state": row.state,
            "segment": str(row.segment_id),
            "segment_name": segment_name,
            "channels": [
                {
                    "channel": way.channel,
                    "template": str(way.template),
                    "line": way.line,
                    "share": way.share,
                }
                for way in row.ways
            ],
            "purpose": row.purpose,
            "holdout": row.holdout,
            "rate_per_min": row.rate_per_min,
            "ignore_quiet_hours": row.ignore_quiet_hours,
            "starts_at": row.starts_at,
            "started_at": row.started_at,
            "finished_at": row.finished_at,
            "counts": progress.counts,
            "total": progress.total,
            "reasons": progress.reasons,
            "rate_now_per_min": progress.rate_per_min,
            "time_left_s": progress.left_s,
            "needs_answer": row.needs_answer,
        }
    )


def delivery_info(row: DeliveryRow) -> DeliveryInfo:
    return DeliveryInfo(
        id=str(row.id),
        customer=str(row.customer_id),
        customer_name=row.customer_name,
        channel=row.channel,
        address=row.address,
        outcome=row.outcome,
        reason=row.reason,
        until=row.until,
        message=str(row.message_id) if row.message_id else None,
        at=row.at,
    )


def preview_info(each: Previewed) -> Preview:
    problems = []
    if each.fault is not None:
        problems = [
            TemplateProblem(
                language=each.language, part="text", line=1, column=1, message=each.fault
            )
        ]
    return Preview(
        customer=SampleCustomer(
            id=str(each.customer.id),
            name=each.customer.name,
            language=each.customer.language,
            attributes=dict(each.customer.attributes),
        ),
        channel=each.channel,
        language=each.language,
        subject=each.words.subject,
        text=each.words.text,
        html=each.words.html,
        problems=problems,
    )
