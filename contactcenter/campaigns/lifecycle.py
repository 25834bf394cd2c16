"""A campaign's life: draft -> scheduled -> running <-> paused -> finished | cancelled.

Every change of state is one conditional UPDATE, so of two people who press at once one is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, insert, select, update

from contactcenter.campaigns import segments, templates
from contactcenter.campaigns.model import FIRST_RUN, PERSONAL, Way, check_ways, way_from_data
from contactcenter.campaigns.tables import campaign as c
from contactcenter.campaigns.tables import campaign_occurrence as o
from contactcenter.campaigns.tables import delivery as d
from contactcenter.core.access.audit import note
from contactcenter.core.db import Tx
from contactcenter.core.errors import Conflict, Invalid, NotFound
from contactcenter.core.ids import new_id
from contactcenter.handling import outbound
from contactcenter.handling.lines import Lines
from contactcenter.handling.tables import outbound_message as m

CAMPAIGNS = "campaigns"
"""The bus topic woken when a campaign or one of its deliveries changed."""

Answer = Literal["send", "skip", "cancel"]
_PAST = timedelta(minutes=1)
"""Clocks differ and people press slowly: a start this long ago still means now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a marketer says of a campaign."""

    name: str
    segment: UUID
    ways: tuple[Way, ...]
    purpose: str = "marketing"
    holdout: float = 0.0
    rate_per_min: int | None = None
    ignore_quiet_hours: bool = False


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One campaign as stored."""

    id: UUID
    name: str
    state: str
    segment_id: UUID
    ways: tuple[Way, ...]
    purpose: str
    holdout: float
    rate_per_min: int | None
    ignore_quiet_hours: bool
    starts_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    needs_answer: bool
    version: int


def _select() -> Select[Any]:
    return select(
        c.c.id, c.c.name, c.c.state, c.c.segment_id, c.c.channels, c.c.purpose, c.c.holdout,
        c.c.rate_per_min, c.c.ignore_quiet_hours, c.c.starts_at, c.c.started_at, c.c.finished_at,
        c.c.needs_answer, c.c.version,
    )  # fmt: skip


def _row(row: Any) -> CampaignRow:
    values = list(row)
    values[4] = tuple(way_from_data(way) for way in row.channels)
    return CampaignRow(*values)


def get(tx: Tx, campaign_id: UUID) -> CampaignRow:
    """One campaign; ``NotFound``."""
    row = tx.first(_select().where(c.c.id == campaign_id))
    if row is None:
        raise NotFound(f"no campaign {campaign_id}")
    return _row(row)


def find(tx: Tx, name_or_id: str) -> CampaignRow:
    """The campaign of that id, else the newest of that name; ``NotFound``."""
    try:
        return get(tx, UUID(name_or_id))
    except ValueError:
        row = tx.first(_select().where(c.c.name == name_or_id).order_by(c.c.id.desc()).limit(1))
    if row is None:
        raise NotFound(f"no campaign named {name_or_id}", hint="contactcenter campaign list")
    return _row(row)


def page(tx: Tx, after: UUID | None = None, limit: int = 50) -> list[CampaignRow]:
    """Campaigns, newest first, after an id."""
    statement = _select().order_by(c.c.id.desc()).limit(limit)
    if after is not None:
        statement = statement.where(c.c.id < after)
    return [_row(row) for row in tx.all(statement)]


def check(tx: Tx, wanted: Wanted, lines: Lines | None) -> None:
    """``Invalid`` or ``NotFound`` naming what can not be: shares, lines, templates, purpose.

    A command that runs beside the server knows no lines (None): the start checks them.
    """
    check_ways(wanted.ways)
    if wanted.ignore_quiet_hours and wanted.purpose not in PERSONAL:
        raise Invalid(
            f"quiet hours hold for {wanted.purpose}; only {' and '.join(sorted(PERSONAL))} "
            "messages may leave at any hour",
            code="quiet_hours",
        )
    segments.get(tx, wanted.segment)
    for way in wanted.ways:
        if lines is not None:
            lines.get(way.channel, way.line)
        template = templates.get(tx, way.template)
        if template.channel != way.channel:
            raise Invalid(f"the template {template.name} is for {template.channel}")


def create(tx: Tx, wanted: Wanted, lines: Lines, by: UUID) -> CampaignRow:
    """A draft."""
    check(tx, wanted, lines)
    key = new_id()
    values = _values(wanted)
    tx.execute(insert(c).values(id=key, state="draft", created_by=by, created_at=tx.now, **values))
    tx.wake(CAMPAIGNS)
    return get(tx, key)


def edit(
    tx: Tx, campaign_id: UUID, wanted: Wanted, lines: Lines, version: int | None = None
) -> CampaignRow:
    """Change a draft; ``Conflict`` once it is scheduled, or when ``version`` has passed."""
    check(tx, wanted, lines)
    statement = update(c).where(c.c.id == campaign_id, c.c.state == "draft")
    if version is not None:
        statement = statement.where(c.c.version == version)
    changed = tx.execute(statement.values(version=c.c.version + 1, **_values(wanted)))
    if not changed.rowcount:
        known = get(tx, campaign_id)
        if known.state != "draft":
            raise Conflict(f"the campaign is {known.state}; only a draft can be changed")
        raise Conflict("the campaign was changed meanwhile", hint="load it again")
    tx.wake(CAMPAIGNS)
    return get(tx, campaign_id)


def _values(wanted: Wanted) -> dict[str, Any]:
    return {
        "name": wanted.name,
        "segment_id": wanted.segment,
        "channels": [way.to_data() for way in wanted.ways],
        "purpose": wanted.purpose,
        "holdout": wanted.holdout,
        "rate_per_min": wanted.rate_per_min,
        "ignore_quiet_hours": wanted.ignore_quiet_hours,
    }


def schedule(
    tx: Tx, campaign_id: UUID, at: datetime | None, lines: Lines | None, by: str
) -> CampaignRow:
    """Start at a time (None: now). A scheduled one is moved; ``Conflict`` once it has begun."""
    if at is not None and at < tx.now - _PAST:
        raise Invalid("the start lies in the past", code="in_the_past")
    row = get(tx, campaign_id)
    wanted = Wanted(
        name=row.name,
        segment=row.segment_id,
        ways=row.ways,
        purpose=row.purpose,
        ignore_quiet_hours=row.ignore_quiet_hours,
    )
    check(tx, wanted, lines)
    due = at or tx.now
    _move(tx, campaign_id, ("draft", "scheduled"), by, "scheduled", starts_at=due,
          needs_answer=False)  # fmt: skip
    key = (o.c.campaign_id == campaign_id, o.c.run == FIRST_RUN)
    if not tx.execute(update(o).where(*key).values(due_at=due)).rowcount:
        tx.execute(insert(o).values(campaign_id=campaign_id, run=FIRST_RUN, due_at=due))
    return get(tx, campaign_id)


def pause(tx: Tx, campaign_id: UUID, by: str) -> CampaignRow:
    """No hand-over begins once this has committed: the hand-over's transaction holds the
    campaign's row (``gate``), and this one waits for it."""
    _move(tx, campaign_id, ("scheduled", "running"), by, "paused")
    return get(tx, campaign_id)


def resume(tx: Tx, campaign_id: UUID, by: str) -> CampaignRow:
    """Go on where it was; what was queued is released, not queued again."""
    row = get(tx, campaign_id)
    _move(tx, campaign_id, ("paused",), by, "running" if row.started_at else "scheduled")
    held = (m.c.campaign_id == campaign_id, m.c.state == "queued")
    paused = m.c.reply_code == "refused:paused"
    tx.execute(update(m).where(*held, paused).values(due_at=tx.now, reply_code=None))
    waiting = (d.c.campaign_id == campaign_id, d.c.outcome == "waiting_until")
    tx.execute(
        update(d)
        .where(*waiting, d.c.state == "handed", d.c.reason == "paused")
        .values(outcome="queued", reason=None, until=None, changed_at=tx.now)
    )
    tx.wake(outbound.OUTBOUND)
    return get(tx, campaign_id)


def cancel(tx: Tx, campaign_id: UUID, by: str) -> CampaignRow:
    """End it: what has not been handed over is skipped as ``cancelled``."""
    states = ("draft", "scheduled", "running", "paused")
    _move(tx, campaign_id, states, by, "cancelled", finished_at=tx.now, needs_answer=False)
    held = (m.c.campaign_id == campaign_id, m.c.state == "queued", m.c.due_at > tx.now)
    tx.execute(update(m).where(*held).values(due_at=tx.now))  # the gate refuses them now
    tx.wake(outbound.OUTBOUND)
    return get(tx, campaign_id)


def answer(tx: Tx, campaign_id: UUID, said: Answer, by: str) -> CampaignRow:
    """What to do with a start that came due while no server ran."""
    row = get(tx, campaign_id)
    if not row.needs_answer:
        raise Conflict("this campaign asks nothing", code="no_question")
    if said == "cancel":
        return cancel(tx, campaign_id, by)
    asked = ("scheduled", "paused")
    if said == "skip":
        _move(tx, campaign_id, asked, by, "finished", finished_at=tx.now, needs_answer=False)
        return get(tx, campaign_id)
    _move(tx, campaign_id, asked, by, "scheduled", needs_answer=False)
    key = (o.c.campaign_id == campaign_id, o.c.run == FIRST_RUN)
    tx.execute(update(o).where(*key).values(due_at=tx.now))
    return get(tx, campaign_id)


def _move(
    tx: Tx, campaign_id: UUID, states: Sequence[str], by: str, to: str, **values: Any
) -> None:
    changed = tx.execute(
        update(c)
        .where(c.c.id == campaign_id, c.c.state.in_(states))
        .values(state=to, version=c.c.version + 1, **values)
    )
    if not changed.rowcount:
        known = get(tx, campaign_id)
        raise Conflict(
            f"the campaign is {known.state}; this needs one that is {' or '.join(states)}",
            code="wrong_state",
        )
    note(tx, by, f"campaign.{to}", f"campaign:{campaign_id}")
    tx.wake(CAMPAIGNS)
