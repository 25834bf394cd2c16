"""Writing a customer file: 500 rows a commit, idempotent by external id, resumable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Integer, Table, Text, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from contactcenter.core.db import Database, Tx, UtcDateTime, metadata
from contactcenter.core.ids import new_id
from contactcenter.crm.import_rows import (
    CustomerIn,
    Fault,
    digest_of,
    mapping_of,
    open_csv,
    rows,
)
from contactcenter.crm.tables import customer, customer_address

COMMIT_ROWS = 500

# How far a file has come: the same file with the same mapping goes on behind ``rows_done``.
customer_import = Table(
    "customer_import",
    metadata,
    Column("key", Text, primary_key=True),
    Column("rows_done", Integer, nullable=False),
    Column("finished_at", UtcDateTime),
)


@dataclass(slots=True)
class ImportResult:
    """What happened. ``skipped``: rows an earlier, interrupted run had done."""

    read: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What to import and how."""

    file: Path
    mapping: Mapping[str, str]
    region: str | None = None
    fake: int | None = None
    dry_run: bool = False


async def run(
    db: Database,
    plan: ImportPlan,
    progress: Callable[[int, float], None] = lambda rows, share: None,
) -> ImportResult:
    """Import ``plan.file``; bad rows are left out and told, the others are taken.

    ``progress`` hears the rows read so far and the share of the file (0 to 1).

    ``Invalid`` when the file or the mapping as a whole can not be used.
    """
    result = ImportResult()
    with open_csv(plan.file) as (reader, share):
        mapping = mapping_of(reader.fieldnames or [], plan.mapping)
        key = f"{digest_of(plan.file)} {mapping.fingerprint()} {plan.fake}"
        done = 0 if plan.dry_run else await db.read(partial(_rows_done, key=key))
        found = rows(reader, mapping, region=plan.region, fake=plan.fake)
        for batch in _batches(found):
            result.read += len(batch)
            result.faults.extend(f for one in batch if isinstance(one, list) for f in one)
            good = [one for one in batch if isinstance(one, CustomerIn)]
            if result.read <= done:
                result.skipped += len(good)
            elif not plan.dry_run:
                write = partial(_write, good=good, key=key, rows_done=result.read)
                for name, count in (await db.write(write)).items():
                    setattr(result, name, getattr(result, name) + count)
            progress(result.read, share())
        if not plan.dry_run:
            await db.write(partial(_finish, key=key))
    return result


def _batches(found: Any) -> Any:
    batch: list[CustomerIn | list[Fault]] = []
    for one in found:
        batch.append(one)
        if len(batch) == COMMIT_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def _rows_done(tx: Tx, key: str) -> int:
    c = customer_import.c
    # a finished file is read again from its start: it may be imported to bring values back
    found = tx.scalar(select(c.rows_done).where(c.key == key, c.finished_at.is_(None)))
    return int(found or 0)


def _finish(tx: Tx, key: str) -> None:
    tx.execute(
        update(customer_import).where(customer_import.c.key == key).values(finished_at=tx.now)
    )


def _write(tx: Tx, good: Sequence[CustomerIn], key: str, rows_done: int) -> dict[str, int]:
    counts = {"created": 0, "changed": 0, "unchanged": 0}
    known = _known(tx, good)
    new_customers: list[dict[str, Any]] = []
    new_addresses: list[tuple[UUID, CustomerIn]] = []
    for one in good:
        old = known.get(one.external_id or "") if one.external_id else _by_address(tx, one)
        if old is None:
            row = _new_row(tx, one)
            new_customers.append(row)
            if one.external_id:
                known[one.external_id] = _Old(row["id"], row, row)
            new_addresses.append((row["id"], one))
            counts["created"] += 1
        else:
            counts["changed" if _change(tx, old, one) else "unchanged"] += 1
            new_addresses.append((old.id, one))
    if new_customers:
        tx.execute(insert(customer), new_customers)
    _add_addresses(tx, new_addresses)
    _remember(tx, key, rows_done)
    return counts


@dataclass(frozen=True, slots=True)
class _Old:
    """A customer that is there already; ``unwritten`` when a row before in this batch made it."""

    id: UUID
    row: Mapping[str, Any]
    unwritten: dict[str, Any] | None = None


_MERGED = ("name", "language", "time_zone", "tags")


def _known(tx: Tx, good: Sequence[CustomerIn]) -> dict[str, _Old]:
    ids = [one.external_id for one in good if one.external_id]
    if not ids:
        return {}
    c = customer.c
    columns = [c.id, c.external_id, c.attributes, *(c[name] for name in _MERGED)]
    found = tx.all(select(*columns).where(c.external_id.in_(ids)))
    return {row.external_id: _Old(row.id, row._mapping) for row in found}


def _by_address(tx: Tx, one: CustomerIn) -> _Old | None:
    c, a = customer.c, customer_address.c
    columns = [c.id, c.attributes, *(c[name] for name in _MERGED)]
    for address in one.addresses:
        statement = (
            select(*columns)
            .join(customer_address, a.customer_id == c.id)
            .where(a.kind == address.kind, a.value == address.value, a.rank == 0)
        )
        row = tx.first(statement)
        if row is not None:
            return _Old(row.id, row._mapping)
    return None


def _new_row(tx: Tx, one: CustomerIn) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "external_id": None,
        "name": "",
        "language": "en",
        "time_zone": None,
        "tags": [],
    }
    return {
        "id": new_id(),
        **defaults,
        **one.values,
        "attributes": one.attributes,
        "is_new": False,
        "created_at": tx.now,
        "updated_at": tx.now,
    }


def _change(tx: Tx, old: _Old, one: CustomerIn) -> bool:
    changes = {k: v for k, v in one.values.items() if k in _MERGED and old.row[k] != v}
    merged = {**old.row["attributes"], **one.attributes}
    if merged != old.row["attributes"]:
        changes["attributes"] = merged
    if old.unwritten is not None:
        old.unwritten.update(changes)
    elif changes:
        tx.execute(
            update(customer)
            .where(customer.c.id == old.id)
            .values(**changes, version=customer.c.version + 1, updated_at=tx.now)
        )
    return bool(changes)


def _add_addresses(tx: Tx, wanted: Sequence[tuple[UUID, CustomerIn]]) -> None:
    pairs = [(key, address) for key, one in wanted for address in one.addresses]
    values = [address.value for _, address in pairs]
    a = customer_address.c
    taken: dict[tuple[str, str], list[UUID]] = {}
    for part in _parts(values):
        found = select(a.kind, a.value, a.customer_id).where(a.value.in_(part)).order_by(a.rank)
        for row in tx.all(found):
            taken.setdefault((row.kind, row.value), []).append(row.customer_id)
    new = []
    for key, address in pairs:
        owners = taken.setdefault((address.kind, address.value), [])
        if key not in owners:
            new.append(
                {
                    "id": new_id(),
                    "customer_id": key,
                    "kind": address.kind,
                    "value": address.value,
                    "raw": address.raw,
                    "rank": len(owners),
                    "created_at": tx.now,
                }
            )
            owners.append(key)
    if new:
        tx.execute(insert(customer_address), new)


def _parts(values: Sequence[str]) -> list[Sequence[str]]:
    return [values[start : start + 500] for start in range(0, len(values), 500)]


def _remember(tx: Tx, key: str, rows_done: int) -> None:
    dialect_insert = pg_insert if tx.store == "postgresql" else sqlite_insert
    values = {"rows_done": rows_done, "finished_at": None}
    tx.execute(
        dialect_insert(customer_import)
        .values(key=key, **values)
        .on_conflict_do_update(index_elements=["key"], set_=values)
    )
