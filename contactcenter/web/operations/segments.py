"""Segments: rules over customers' fields, counted live; and the fields there are."""

from __future__ import annotations

from contactcenter.campaigns import facts, segments
from contactcenter.campaigns.segments import Sampled, SegmentRow
from contactcenter.core.db import Tx
from contactcenter.web.call import Call
from contactcenter.web.operation import MARKETERS, operation
from contactcenter.web.shapes.campaigns import (
    FieldInfo,
    FieldList,
    SampleCustomer,
    SegmentCheck,
    SegmentIn,
    SegmentInfo,
    SegmentList,
    SegmentPreview,
)
from contactcenter.web.shapes.queries import Page


@operation("GET", "/segments", roles=MARKETERS)
async def list_segments(call: Call, query: Page) -> SegmentList:
    """All segments by name."""
    rows = await call.services.db.read(segments.every)
    return SegmentList(items=[segment_info(row) for row in rows])


@operation("POST", "/segments", roles=MARKETERS)
async def save_segment(call: Call, body: SegmentIn) -> SegmentInfo:
    """Keep a rule under a name; a name that is there gets a new version.

    Campaigns that have started keep the rule they started with.
    """
    row = await call.services.db.write(lambda tx: segments.save(tx, body.name, body.rule))
    return segment_info(row)


@operation("POST", "/segments/preview", roles=MARKETERS, is_idempotent=False)
async def preview_segment(call: Call, body: SegmentCheck) -> SegmentPreview:
    """How many customers a rule selects now, and the newest ten of them."""
    rule = facts.parse_rule(body.rule)

    def work(tx: Tx) -> SegmentPreview:
        sample = [sample_customer(each) for each in segments.sample(tx, rule)]
        return SegmentPreview(count=segments.count(tx, rule), sample=sample)

    return await call.services.db.read(work)


@operation("GET", "/fields", roles=MARKETERS)
async def list_fields(call: Call) -> FieldList:
    """The fields that rules and templates may use, with frequent values.

    Attributes are learnt from the newest and the oldest customers; a rule may name others too.
    """
    found = await call.services.db.read(facts.discover)
    return FieldList(
        items=[
            FieldInfo(name=each.name, kind=each.kind, values=list(each.values)) for each in found
        ]
    )


def segment_info(row: SegmentRow) -> SegmentInfo:
    return SegmentInfo(id=str(row.id), name=row.name, rule=dict(row.rule), version=row.version)


def sample_customer(row: Sampled) -> SampleCustomer:
    return SampleCustomer(
        id=str(row.id), name=row.name, language=row.language, attributes=dict(row.attributes)
    )


OPERATIONS = [list_segments, save_segment, preview_segment, list_fields]
