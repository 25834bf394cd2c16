"""What a faulty day looked like from inside, for whoever has to find out why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Select, Table, select

from contactcenter.core.db import Database, Tx
from contactcenter.crm.tables import interaction, interaction_event
from contactcenter.handling.tables import inbound_receipt, leg, outbound_message, voice_command
from contactcenter.routing.tables import agent_state, floor_command, reservation, waiting

_OF_INTERACTION = (interaction_event, leg, voice_command, outbound_message, reservation, waiting)
_OF_SITE = (agent_state, floor_command, inbound_receipt)


async def write(db: Database, file: Path) -> None:
    """Every interaction with its rows, then the floor: one JSON object a line."""
    lines = await db.read(lambda tx: [*_interactions(tx), *_site(tx)])
    file.write_text("".join(json.dumps(line, default=str) + "\n" for line in lines), "utf-8")


def _interactions(tx: Tx) -> Iterator[dict[str, Any]]:
    for row in tx.all(select(interaction).order_by(interaction.c.id)):
        yield _plain("interaction", row)
        for table in _OF_INTERACTION:
            yield from _rows(tx, table, select(table).where(table.c.interaction_id == row.id))


def _site(tx: Tx) -> Iterator[dict[str, Any]]:
    for table in _OF_SITE:
        yield from _rows(tx, table, select(table))


def _rows(tx: Tx, table: Table, statement: Select[Any]) -> Iterator[dict[str, Any]]:
    for row in tx.all(statement.order_by(*table.primary_key.columns)):
        yield _plain(table.name, row)


def _plain(table: str, row: Any) -> dict[str, Any]:
    return {"table": table} | {
        key: value for key, value in row._mapping.items() if value not in (None, "")
    }
