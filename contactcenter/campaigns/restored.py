"""After a restore: what a campaign has sent since is not known, so nothing is sent again.

Running campaigns are paused; whoever resumes one decides about the part of its audience that had
not been written yet.
"""

from __future__ import annotations

from sqlalchemy import select, update

from contactcenter.campaigns.tables import campaign as c
from contactcenter.campaigns.tables import delivery as d
from contactcenter.core.db import Tx


def doubt_restored(tx: Tx) -> int:
    """Open deliveries of running campaigns become ``in_doubt``; how many."""
    running = select(c.c.id).where(c.c.state == "running")
    changed = tx.execute(
        update(d)
        .where(
            d.c.campaign_id.in_(running),
            d.c.state.in_(("queued", "waiting_until", "claimed")),
        )
        .values(
            state="handed",
            outcome="in_doubt",
            reason="restored",
            until=None,
            owner=None,
            lease_until=None,
            changed_at=tx.now,
        )
    )
    paused = update(c).where(c.c.state == "running")
    tx.execute(paused.values(state="paused", version=c.c.version + 1))
    return changed.rowcount
