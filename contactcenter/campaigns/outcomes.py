"""What became of the messages: deliveries follow the log."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, exists, select, update

from contactcenter.campaigns.lifecycle import CAMPAIGNS
from contactcenter.campaigns.model import OPEN_OUTCOMES
from contactcenter.campaigns.tables import campaign as c
from contactcenter.campaigns.tables import campaign_occurrence as o
from contactcenter.campaigns.tables import delivery as d
from contactcenter.core.db import Hot, Tx
from contactcenter.crm.log import Event

_REFUSED = "refused:"

_FOLLOW = Hot(
    lambda: (
        update(d)
        .where(d.c.message_id == bindparam("b_message"), d.c.state == "handed")
        .values(
            outcome=bindparam("n_outcome"),
            reason=bindparam("n_reason"),
            until=None,
            changed_at=bindparam("n_at"),
        )
    )
)


def follow(tx: Tx, events: Sequence[Event]) -> None:
    """Handler of the log consumer ``campaigns``: the last state of each message is its delivery's
    outcome; one we refused ourselves is a skip, with the reason."""
    last = {UUID(event.data["message"]): event for event in events if event.kind == "message_state"}
    if not last:
        return
    rows = []
    for message, event in sorted(last.items()):
        outcome, code = str(event.data["state"]), event.data.get("code")
        reason = str(code) if code else None
        if outcome == "rejected" and reason and reason.startswith(_REFUSED):
            outcome, reason = "skipped", reason.removeprefix(_REFUSED)
        rows.append(
            {"b_message": message, "n_outcome": outcome, "n_reason": reason, "n_at": event.at}
        )
    tx.hot_many(_FOLLOW, rows)
    tx.wake(CAMPAIGNS)


def finish(tx: Tx, campaign: UUID) -> bool:
    """A running campaign is finished when its audience is written and every row is terminal."""
    unwritten = select(o.c.run).where(o.c.campaign_id == campaign, o.c.planned_at.is_(None))
    still_open = select(d.c.id).where(d.c.campaign_id == campaign, d.c.outcome.in_(OPEN_OUTCOMES))
    changed = tx.execute(
        update(c)
        .where(c.c.id == campaign, c.c.state == "running", ~exists(unwritten), ~exists(still_open))
        .values(state="finished", finished_at=tx.now, version=c.c.version + 1)
    )
    if changed.rowcount:
        tx.wake(CAMPAIGNS)
    return bool(changed.rowcount)


def skip_cancelled(tx: Tx, campaign: UUID, limit: int = 500) -> int:
    """Rows of a cancelled campaign that were never handed over, a batch at a time."""
    rows = (
        select(d.c.id)
        .where(d.c.campaign_id == campaign, d.c.state.in_(("queued", "waiting_until", "claimed")))
        .limit(limit)
    )
    changed = tx.execute(
        update(d)
        .where(d.c.id.in_(rows.scalar_subquery()))
        .values(
            state="skipped",
            outcome="skipped",
            reason="cancelled",
            until=None,
            owner=None,
            changed_at=tx.now,
        )
    )
    if changed.rowcount:
        tx.wake(CAMPAIGNS)
    return changed.rowcount
