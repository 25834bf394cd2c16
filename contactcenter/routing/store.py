"""The floor's rows: loading them, taking from the inbox, and the one transaction of the router."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Table, bindparam, delete, insert, select, update

from contactcenter.core import leases
from contactcenter.core.db import Hot, Tx
from contactcenter.crm import log
from contactcenter.crm.model import NewEvent
from contactcenter.routing import effects as fx
from contactcenter.routing import tables as t
from contactcenter.routing.actions import ChangeAgent, ChangeQueue
from contactcenter.routing.batch import Batch, Outcome, Record, Taken
from contactcenter.routing.chain import START
from contactcenter.routing.columns import all_columns, row_of, value_of
from contactcenter.routing.commands import FLOOR_DONE
from contactcenter.routing.events import event_of
from contactcenter.routing.model import LIVE, AgentState, QueueState, Reservation, Waiting
from contactcenter.routing.rows import FloorRows

T = TypeVar("T", bound=msgspec.Struct)


def _inserting(table: Table, columns: Iterable[str]) -> Hot:
    names = list(columns)
    return Hot(lambda: insert(table).values({name: bindparam(name) for name in names}))


def _updating(table: Table, key: str, columns: Iterable[str]) -> Hot:
    names = [name for name in columns if name != key]
    return Hot(
        lambda: (
            update(table)
            .where(table.c[key] == bindparam("b_key"))
            .values({name: bindparam(f"n_{name}") for name in names})
        )
    )


_NEW_WAITING = _inserting(t.waiting, all_columns(Waiting))
_SET_WAITING = _updating(t.waiting, "interaction_id", all_columns(Waiting))
_END_WAITING = Hot(
    lambda: delete(t.waiting).where(t.waiting.c.interaction_id == bindparam("b_key"))
)
_NEW_RESERVATION = _inserting(t.reservation, all_columns(Reservation))
_SET_RESERVATION = _updating(t.reservation, "id", all_columns(Reservation))
_SET_STATE = _updating(t.agent_state, "agent_id", all_columns(AgentState))
_SET_QUEUE_STATE = _updating(t.queue_state, "name", ("state",))
_STATE_CHANGE = _inserting(
    t.agent_state_change, ("applied", "place", "agent_id", "at", "state", "reason")
)
_APPLIED = _updating(t.floor_command, "position", ("applied", "applied_at", "result", "hash"))
_OWN_COMMAND = _inserting(
    t.floor_command, ("id", "kind", "data", "at", "applied", "applied_at", "result", "hash")
)
_DECISION = _inserting(t.decision, t.decision.c.keys())
_OUTCOME = _inserting(t.floor_outcome, t.floor_outcome.c.keys())
_INBOX = Hot(
    lambda: (
        select(*(t.floor_command.c[name] for name in ("position", "id", "kind", "data", "at")))
        .where(t.floor_command.c.applied.is_(None))
        .order_by(t.floor_command.c.position)
        .limit(bindparam("b_limit"))
    )
)


def take(tx: Tx, limit: int) -> list[Taken]:
    """The oldest commands not yet applied, in the order of their positions."""
    return [Taken(*row) for row in tx.hot(_INBOX, b_limit=limit)]


# -- loading -----------------------------------------------------------------------------------


def load(tx: Tx) -> tuple[FloorRows, bytes]:
    """The floor as it stands, and the end of the hash chain."""
    c = t.floor_command.c
    last = tx.first(
        select(c.applied, c.applied_at, c.hash)
        .order_by(c.applied.desc())
        .where(c.applied.is_not(None))
        .limit(1)
    )
    q, a = t.routing_queue.c, t.agent.c
    rows = FloorRows(
        seq=last.applied if last else 0,
        now=last.applied_at if last else None,
        queues=[
            ChangeQueue(*row)
            for row in tx.all(select(q.name, q.version, q.config).order_by(q.name))
        ],
        agents=[
            ChangeAgent(*row)
            for row in tx.all(
                select(a.id, a.version, a.name, a.config, a.site)
                .join(t.agent_state, t.agent_state.c.agent_id == a.id)
                .order_by(a.id)
            )
        ],
        states=_read(tx, t.agent_state, AgentState, "agent_id"),
        waiting=_read(tx, t.waiting, Waiting, "interaction_id"),
        reservations=_read(tx, t.reservation, Reservation, "id", t.reservation.c.state.in_(LIVE)),
        queue_states=[
            msgspec.convert(state, QueueState)
            for (state,) in tx.all(select(t.queue_state.c.state).order_by(t.queue_state.c.name))
        ],
    )
    return rows, last.hash if last else START


def _read(tx: Tx, table: Table, kind: type[T], key: str, *where: Any) -> list[T]:
    """Rows as floor values."""
    columns = [table.c[column] for column in all_columns(kind)]
    found = tx.all(select(*columns).where(*where).order_by(table.c[key]))
    return [value_of(kind, row._mapping) for row in found]


def outcomes_since(tx: Tx, applied: int = 0) -> list[Outcome]:
    """Outcomes that nobody has confirmed as acted on, after command ``applied``, in order."""
    o = t.floor_outcome.c
    found = tx.all(select(t.floor_outcome).where(o.applied > applied).order_by(o.applied, o.place))
    return [
        Outcome(row.applied, row.place, row.at, fx.from_data(row.kind, row.data)) for row in found
    ]


# -- writing -----------------------------------------------------------------------------------


def write(tx: Tx, lease: leases.Lease, batch: Batch, *, keep_outcomes: bool) -> None:
    """Everything of ``batch``, if ``lease`` is still in force; else ``LeaseLost`` and nothing."""
    leases.check(tx, lease)
    _write_commands(tx, batch.records)
    _write_floor(tx, batch)
    _write_events(tx, batch.outcomes)
    _write_decisions(tx, batch)
    if keep_outcomes:
        tx.hot_many(_OUTCOME, (_outcome_row(one) for one in batch.outcomes))
    if batch.told is not None:
        tx.execute(delete(t.floor_outcome).where(t.floor_outcome.c.applied <= batch.told))
    if batch.snapshot is not None:
        _write_snapshot(tx, batch)
    if batch.records:
        tx.wake(FLOOR_DONE)


def _write_commands(tx: Tx, records: list[Record]) -> None:
    done, own = [], []
    for one in records:
        values = {
            "applied": one.applied,
            "applied_at": one.applied_at,
            "result": one.result,
            "hash": one.hash,
        }
        taken = one.taken
        if taken.position is not None:
            done.append({"b_key": taken.position} | {f"n_{k}": v for k, v in values.items()})
        else:
            own.append(
                {"id": taken.id, "kind": taken.kind, "data": taken.data, "at": taken.at} | values
            )
    tx.hot_many(_APPLIED, done)
    tx.hot_many(_OWN_COMMAND, own)


def _write_floor(tx: Tx, batch: Batch) -> None:
    changes = batch.changes
    new: list[Waiting] = []
    old: list[Waiting] = []
    gone = []
    for key, item in changes.waiting.items():
        if item is not None:
            (new if key in changes.born else old).append(item)
        elif key not in changes.born:
            gone.append({"b_key": key})
    tx.hot_many(_NEW_WAITING, map(row_of, new))
    tx.hot_many(_SET_WAITING, (_changed(item, "interaction_id") for item in old))
    tx.hot_many(_END_WAITING, gone)
    fresh = [one for one in changes.reservations.values() if one.id in changes.born]
    known = [one for one in changes.reservations.values() if one.id not in changes.born]
    tx.hot_many(_NEW_RESERVATION, map(row_of, fresh))
    tx.hot_many(_SET_RESERVATION, (_changed(one, "id") for one in known))
    tx.hot_many(_SET_STATE, (_changed(one, "agent_id") for one in changes.states.values()))
    for queue, version in changes.gone_queues.items():
        _end_queue(tx, queue, version)
    for key, version in changes.gone_agents.items():
        _end_agent(tx, key, version)
    states = changes.queue_states.values()
    tx.hot_many(
        _SET_QUEUE_STATE,
        ({"b_key": one.name, "n_state": msgspec.to_builtins(one)} for one in states),
    )


def _end_queue(tx: Tx, name: str, version: int) -> None:
    """Its row, unless it was configured anew meanwhile: that command is still to come."""
    q = t.routing_queue.c
    if tx.scalar(select(q.version).where(q.name == name).with_for_update()) == version:
        tx.execute(delete(t.queue_state).where(t.queue_state.c.name == name))
        tx.execute(delete(t.routing_queue).where(q.name == name))


def _end_agent(tx: Tx, agent: UUID, version: int) -> None:
    """Their state: who has none is no agent. Their own row stays, for the name in records."""
    a = t.agent.c
    if tx.scalar(select(a.version).where(a.id == agent).with_for_update()) == version:
        tx.execute(delete(t.agent_state).where(t.agent_state.c.agent_id == agent))


def _changed(value: msgspec.Struct, key: str) -> dict[str, Any]:
    row = row_of(value)
    return {"b_key": row.pop(key)} | {f"n_{column}": one for column, one in row.items()}


def _write_events(tx: Tx, outcomes: list[Outcome]) -> None:
    """What happened to interactions into the log; what agents' states became into its table."""
    events: dict[UUID, list[NewEvent]] = {}
    changes = []
    for one in outcomes:
        if isinstance(one.effect, fx.StateChanged):
            changes.append(
                {
                    "applied": one.applied,
                    "place": one.place,
                    "agent_id": one.effect.agent,
                    "at": one.at,
                    "state": one.effect.state,
                    "reason": one.effect.reason,
                }
            )
        found = event_of(one.effect, one.at)
        if found is not None:
            events.setdefault(found[0], []).append(found[1])
    if len(events) == 1:
        (interaction,) = events
        log.append(tx, interaction, *events[interaction])
    elif events:
        log.append_many(tx, events)
    tx.hot_many(_STATE_CHANGE, changes)


def _write_decisions(tx: Tx, batch: Batch) -> None:
    rows = []
    for one in batch.decisions:
        found = one.decision
        rows.append(
            {
                "applied": one.applied,
                "place": one.place,
                "at": one.at,
                "interaction_id": found.interaction,
                "agent_id": found.agent,
                "queue": found.queue,
                "channel": found.channel,
                "cause": found.cause,
                "rule_version": found.rule_version,
                "key": dict(found.key),
                "tie_break": found.tie_break,
                "refusals": dict(found.refusals),
                "hash": one.hash,
            }
        )
    tx.hot_many(_DECISION, rows)


def _outcome_row(one: Outcome) -> dict[str, Any]:
    return {
        "applied": one.applied,
        "place": one.place,
        "at": one.at,
        "kind": fx.kind_of(one.effect),
        "data": fx.to_data(one.effect),
    }


def _write_snapshot(tx: Tx, batch: Batch) -> None:
    found = batch.snapshot
    if found is None:
        return
    # a router that takes over right after a snapshot began from the rows as they are now
    tx.execute(delete(t.floor_snapshot).where(t.floor_snapshot.c.applied == found.rows.seq))
    tx.execute(
        insert(t.floor_snapshot).values(
            applied=found.rows.seq,
            at=found.at,
            floor=msgspec.to_builtins(found.rows),
            hash=found.hash,
        )
    )


def snapshot_before(tx: Tx, applied: int) -> FloorRows | None:
    """The last snapshot at or before command ``applied``."""
    s = t.floor_snapshot.c
    found = tx.scalar(
        select(s.floor).where(s.applied <= applied).order_by(s.applied.desc()).limit(1)
    )
    return None if found is None else msgspec.convert(found, FloorRows)
