"""The audit trail: written in the transaction of what it tells."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from contactcenter.core.access.tables import audit
from contactcenter.core.db import Tx
from contactcenter.core.ids import new_id


def note(tx: Tx, actor: str, action: str, thing: str, **data: Any) -> None:
    """``actor`` did ``action`` to ``thing`` (``kind:id``); ``data`` holds ids and codes alone."""
    tx.execute(
        insert(audit).values(
            id=new_id(), at=tx.now, actor=actor, action=action, object=thing, data=data
        )
    )
