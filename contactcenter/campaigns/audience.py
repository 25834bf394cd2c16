"""The audience of a run, written once: one ``delivery`` row for each customer of the segment.

Five hundred customers a transaction, in id order, behind a cursor that moves with them: a crash
goes on at the next customer, and who has a row keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from contactcenter.campaigns.facts import parse_rule
from contactcenter.campaigns.lifecycle import CAMPAIGNS
from contactcenter.campaigns.model import STEP, Split, Way, is_held_out, way_from_data
from contactcenter.campaigns.segment_sql import condition
from contactcenter.campaigns.tables import campaign as c
from contactcenter.campaigns.tables import campaign_occurrence as o
from contactcenter.campaigns.tables import delivery as d
from contactcenter.core.db import Tx
from contactcenter.core.ids import new_id
from contactcenter.core.rules import Rule
from contactcenter.crm.customers import AddressRow, addresses_of
from contactcenter.crm.permission import kind_of
from contactcenter.crm.tables import customer

PAGE = 500


@dataclass(frozen=True, slots=True)
class Planned:
    """What a run means for one customer. ``outcome``: queued, skipped (with a reason), held_out."""

    customer: UUID
    language: str
    way: Way
    address: AddressRow | None
    outcome: str
    reason: str | None = None


def customers_page(tx: Tx, rule: Rule, after: UUID | None) -> list[Any]:
    """The next customers of a segment by id: id and language."""
    selected = select(customer.c.id, customer.c.language).where(condition(rule, tx.store))
    if after is not None:
        selected = selected.where(customer.c.id > after)
    return tx.all(selected.order_by(customer.c.id).limit(PAGE))


def assign(
    rows: Sequence[Any],
    addresses: Mapping[UUID, Sequence[AddressRow]],
    ways: Sequence[Way],
    split: Split,
    campaign: UUID,
    holdout: float,
    taken: set[str],
) -> Iterator[Planned]:
    """Each customer's way, address and first outcome. ``taken``: addresses that have a row; the
    ones given out here are added. A customer held out takes no address from anybody."""
    for row in rows:
        way = ways[split.deal()]
        wanted = kind_of(way.channel)
        address = next((one for one in addresses.get(row.id, ()) if one.kind == wanted), None)
        planned = Planned(row.id, row.language, way, address, "queued")
        if is_held_out(campaign, row.id, holdout):
            planned = Planned(row.id, row.language, way, address, "held_out")
        elif address is None:
            planned = Planned(row.id, row.language, way, None, "skipped", "no_address")
        elif address.value in taken:
            planned = Planned(row.id, row.language, way, address, "skipped", "same_address")
        else:
            taken.add(address.value)
        yield planned


def write_page(tx: Tx, campaign: UUID, run: str) -> bool:
    """Write the rows of the next customers; False when all are written, or none may be now."""
    key = (o.c.campaign_id == campaign, o.c.run == run)
    state = tx.first(
        select(c.c.state, c.c.holdout).where(c.c.id == campaign).with_for_update(read=True)
    )
    occurrence = tx.first(select(o).where(*key).with_for_update())
    if state is None or state.state != "running" or occurrence.planned_at is not None:
        return False
    ways = [way_from_data(data) for data in occurrence.ways]
    split = Split.of(ways, occurrence.counts)
    rows = customers_page(tx, parse_rule(occurrence.rule), occurrence.cursor)
    addresses = addresses_of(tx, [row.id for row in rows])
    taken = _taken(tx, campaign, run, addresses)
    planned = assign(rows, addresses, ways, split, campaign, state.holdout, taken)
    _insert(tx, [_row(tx, campaign, run, one) for one in planned])
    is_last = len(rows) < PAGE
    tx.execute(
        update(o)
        .where(*key)
        .values(
            cursor=rows[-1].id if rows else occurrence.cursor,
            counts=split.counts,
            planned_at=tx.now if is_last else None,
        )
    )
    tx.wake(CAMPAIGNS)
    return not is_last


def _taken(
    tx: Tx, campaign: UUID, run: str, addresses: Mapping[UUID, Sequence[AddressRow]]
) -> set[str]:
    values = [one.value for each in addresses.values() for one in each]
    found = select(d.c.address).where(
        d.c.campaign_id == campaign, d.c.run == run, d.c.step == STEP, d.c.address.in_(values)
    )
    return {row.address for row in tx.all(found)}


def _row(tx: Tx, campaign: UUID, run: str, one: Planned) -> dict[str, Any]:
    is_queued = one.outcome == "queued"
    return {
        "id": new_id(),
        "campaign_id": campaign,
        "run": run,
        "step": STEP,
        "customer_id": one.customer,
        "channel": one.way.channel,
        "address_id": one.address.id if one.address else None,
        # only a row that may send holds the address: the next customer with it finds it taken
        "address": one.address.value if one.address and is_queued else None,
        "template_id": one.way.template,
        "template_version": one.way.version,
        "provider": one.way.provider,
        "line": one.way.line,
        "state": one.outcome,
        "outcome": one.outcome,
        "reason": one.reason,
        "due_at": tx.now if is_queued else None,
        "changed_at": tx.now,
    }


def _insert(tx: Tx, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    dialect_insert = pg_insert if tx.store == "postgresql" else sqlite_insert
    key = ["campaign_id", "run", "step", "customer_id", "channel"]
    tx.execute(dialect_insert(d).on_conflict_do_nothing(index_elements=key), rows)
