"""Segments: rules kept under a name, counted and sampled on the customers there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, insert, select, update

from contactcenter.campaigns.facts import parse_rule
from contactcenter.campaigns.segment_sql import condition
from contactcenter.campaigns.tables import segment
from contactcenter.core.db import Tx
from contactcenter.core.errors import NotFound
from contactcenter.core.ids import new_id
from contactcenter.core.rules import Rule, to_data
from contactcenter.crm.tables import customer


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One segment as stored; ``rule`` is in the form of ``core.rules``."""

    id: UUID
    name: str
    rule: Mapping[str, Any]
    version: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """A customer, as little as a sample shows."""

    id: UUID
    external_id: str | None
    name: str
    language: str
    attributes: Mapping[str, Any]


def _select() -> Select[Any]:
    return select(segment.c.id, segment.c.name, segment.c.rule, segment.c.version)


def save(tx: Tx, name: str, data: Mapping[str, Any]) -> SegmentRow:
    """Keep a rule under a name; the name again is a new version. ``RuleInvalid``."""
    rule = to_data(parse_rule(data))
    known = tx.first(_select().where(segment.c.name == name).with_for_update())
    if known is None:
        key = new_id()
        tx.execute(insert(segment).values(id=key, name=name, rule=rule, created_at=tx.now))
        return get(tx, key)
    if known.rule != rule:
        tx.execute(
            update(segment)
            .where(segment.c.id == known.id)
            .values(rule=rule, version=segment.c.version + 1)
        )
    return get(tx, known.id)


def get(tx: Tx, segment_id: UUID) -> SegmentRow:
    """One segment; ``NotFound``."""
    row = tx.first(_select().where(segment.c.id == segment_id))
    if row is None:
        raise NotFound(f"no segment {segment_id}")
    return SegmentRow(**row._mapping)


def every(tx: Tx) -> list[SegmentRow]:
    """All segments by name."""
    return [SegmentRow(**row._mapping) for row in tx.all(_select().order_by(segment.c.name))]


def count(tx: Tx, rule: Rule) -> int:
    """How many customers the rule selects now."""
    selected = select(func.count()).select_from(customer).where(condition(rule, tx.store))
    return int(tx.scalar(selected))


def sample(tx: Tx, rule: Rule, limit: int = 10) -> list[Sampled]:
    """The newest customers the rule selects."""
    statement = _sampled().where(condition(rule, tx.store)).order_by(customer.c.id.desc())
    return [Sampled(*row) for row in tx.all(statement.limit(limit))]


def sampled(tx: Tx, customer_id: UUID) -> Sampled:
    """One customer as a sample shows it; ``NotFound``."""
    row = tx.first(_sampled().where(customer.c.id == customer_id))
    if row is None:
        raise NotFound(f"no customer {customer_id}")
    return Sampled(*row)


def _sampled() -> Select[Any]:
    c = customer.c
    return select(c.id, c.external_id, c.name, c.language, c.attributes)
