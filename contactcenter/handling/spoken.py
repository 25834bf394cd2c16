"""The language of an interaction: the one its menu speaks, else the customer's."""

from __future__ import annotations

from sqlalchemy import select

from contactcenter.core.db import Tx
from contactcenter.crm import customers
from contactcenter.crm.model import Interaction
from contactcenter.handling.tables import menu_run


def language_of(tx: Tx, state: Interaction) -> str:
    """A BCP 47 tag."""
    run = tx.scalar(select(menu_run.c.state).where(menu_run.c.interaction_id == state.id))
    chosen = str(run.get("language") or "") if run else ""
    return chosen or customers.get(tx, state.customer_id).language
