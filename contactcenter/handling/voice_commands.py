"""Voice commands: rows written with the decision, executed after its commit, once per ``op_id``.

The executor claims due rows under a lease; a row whose executor died is executed again, which the
carrier knows by its ``op_id``. A command for a leg that has ended is ``superseded``, not an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import and_, bindparam, exists, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from contactcenter.channels.voice.base import Earlier, LegEnded, VoiceAdapter, VoiceSink
from contactcenter.channels.voice.steps import Step, step_from_data, step_to_data
from contactcenter.core.bus import Bus
from contactcenter.core.db import Database, Hot, Tx, now_us
from contactcenter.core.errors import Conflict, ContactCenterError, TransportError, Unsupported
from contactcenter.handling import legs
from contactcenter.handling.legs import Leg
from contactcenter.handling.tables import leg
from contactcenter.handling.tables import voice_command as v

VOICE = "voice"
"""The bus topic woken when a command was queued."""

_LEASE = timedelta(seconds=10)
_TRIES = 5
_SAME_TIME = timedelta(minutes=1)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Command:
    """A claimed row."""

    op_id: str
    interaction_id: UUID
    provider: str
    kind: str
    leg_id: UUID
    data: Mapping[str, Any]
    tries: int


def queue_command(
    tx: Tx,
    op_id: object,
    kind: str,
    leg: Leg,
    *,
    steps: Sequence[Step] = (),
    **data: Any,
) -> None:
    """Write one command; the same ``op_id`` twice is one command.

    Kinds: ``originate`` (to, from_, ring_timeout_s), ``run``, ``hangup`` (cause), ``join`` (room,
    role), ``leave``, ``hold`` (on), ``mute`` (on).
    """
    insert = pg_insert if tx.store == "postgresql" else sqlite_insert
    if steps:
        data["steps"] = [step_to_data(step) for step in steps]
    tx.execute(
        insert(v)
        .values(
            op_id=str(op_id),
            interaction_id=leg.interaction_id,
            provider=leg.provider,
            kind=kind,
            leg_id=leg.id,
            data=data,
            due_at=tx.now,
        )
        .on_conflict_do_nothing()
    )
    tx.wake(VOICE)


# the index's own condition, as its text has it: a parameter could not be held against it
_DUE = Hot(
    lambda: (
        select(v.c.position)
        .where(
            text("state IN ('queued', 'claimed')"),
            v.c.due_at <= bindparam("b_now"),
            or_(v.c.state == "queued", v.c.lease_until < now_us()),
        )
        .limit(1)
    )
)


def is_due(tx: Tx) -> bool:
    """Whether there may be something to ``claim``: asked by reading, so that an idle executor
    writes nothing."""
    return bool(tx.hot(_DUE, b_now=tx.now))


def claim(tx: Tx, owner: str, *, alone: bool = False) -> list[Command]:
    """Take due commands in order. ``alone``: no other executor lives, so foreign claims ended."""
    now = tx.scalar(select(now_us()))
    ended = v.c.lease_until < now
    if alone:
        ended = or_(ended, v.c.owner != owner)
    e = v.alias("earlier").c
    # a command waits for the earlier ones of its call: put off, or at work on another server node
    earlier = exists().where(
        e.interaction_id == v.c.interaction_id,
        e.position < v.c.position,
        or_(
            and_(e.state == "queued", e.due_at > tx.now),
            and_(e.state == "claimed", e.owner != owner, e.lease_until >= now, literal(not alone)),
        ),
    )
    due = (
        select(v.c.position)
        .where(
            or_(
                and_(v.c.state == "queued", v.c.due_at <= tx.now),
                and_(v.c.state == "claimed", ended),
            ),
            ~earlier,
        )
        .order_by(v.c.position)
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    rows = tx.execute(
        update(v)
        .where(v.c.position.in_(due.scalar_subquery()))
        .values(state="claimed", owner=owner, lease_until=now + _LEASE, tries=v.c.tries + 1)
        .returning(
            v.c.position,
            v.c.op_id,
            v.c.interaction_id,
            v.c.provider,
            v.c.kind,
            v.c.leg_id,
            v.c.data,
            v.c.tries,
        )
    ).all()
    ordered: list[Any] = sorted(rows, key=lambda row: row.position)
    return [Command(*row[1:]) for row in ordered]


async def _nothing(provider: str) -> None:
    """Nobody compares: every report comes."""


class Executor:
    """Runs claimed commands on the adapters; commands of one interaction in order.

    ``sink`` is told the end of a leg that could not be started: no carrier will ever report it.
    ``compare(provider)`` reconciles after a leg of before a restart was found: its reports until
    now may have been lost.
    """

    def __init__(
        self,
        db: Database,
        bus: Bus,
        adapters: Mapping[str, VoiceAdapter],
        owner: str,
        sink: VoiceSink | None = None,
        compare: Callable[[str], Awaitable[None]] = _nothing,
    ) -> None:
        self._sink = sink
        self._compare = compare
        self._db = db
        self._bus = bus
        self._adapters = adapters
        self._owner = owner
        self._chains: dict[UUID, asyncio.Task[bool]] = {}

    async def run(self) -> None:
        """Until cancelled."""
        alone = self._db.store == "sqlite"  # only for what a dead process left: the first claim
        async with self._bus.waiter(VOICE) as waiter, asyncio.TaskGroup() as tasks:
            while True:
                commands = await self._claimed(alone)
                alone = False
                for group in _by_interaction(commands):
                    before = self._chains.get(group[0].interaction_id)
                    task = tasks.create_task(self._in_order(group, before))
                    self._chains[group[0].interaction_id] = task
                if not commands:
                    await waiter.wait(0.25)

    async def _claimed(self, alone: bool) -> list[Command]:
        if not alone and not await self._db.read(is_due):
            return []
        return await self._db.write(partial(claim, owner=self._owner, alone=alone))

    async def _in_order(
        self, commands: Sequence[Command], before: asyncio.Task[bool] | None
    ) -> bool:
        """Whether the call's commands wait: one was put off, and with it what came after it."""
        waits = before is not None and await before
        done = 0
        while done < len(commands) and not waits:
            state, fault, waits = await self._one(commands[done])
            await self._db.write(partial(_settle, commands[done], state, fault, waits))
            done += 1
        if done < len(commands):
            await self._db.write(partial(_put_back, commands[done:]))
        interaction = commands[0].interaction_id
        if self._chains.get(interaction) is asyncio.current_task():
            del self._chains[interaction]
        return waits

    async def _one(self, command: Command) -> tuple[str, str, bool]:
        """``(state, fault, try later)`` after one try."""
        found = await self._db.read(partial(legs.get, leg_id=command.leg_id))
        if found is None or (found.state == "ended" and command.kind != "hangup"):
            return "superseded", "leg_gone", False
        awaited = found.ref.startswith(legs.AWAITED)
        if command.kind == "originate" and not awaited:
            return "done", "", False  # its first report was faster than our answer, or our restart
        if awaited and command.kind != "originate":
            if command.kind == "hangup":  # never started, and now it never will be
                await self._not_started(found, command, "cancelled")
            return "superseded", "leg_gone", False
        state, fault, later = await self._tried(command, found.ref)
        if state == "failed":
            _log.warning("voice_command_failed", op_id=command.op_id, kind=command.kind)
        if command.kind == "originate" and state in ("failed", "superseded"):
            await self._not_started(found, command, "failed")
        return state, fault, later

    async def _tried(self, command: Command, ref: str) -> tuple[str, str, bool]:
        adapter = self._adapters.get(command.provider)
        if adapter is None:
            return "failed", f"no carrier {command.provider}", False
        try:
            await self._perform(adapter, command, ref)
        except Conflict as error:
            return "superseded", error.code, False
        except TransportError as error:
            if error.permanent or command.tries >= _TRIES:
                return "failed", error.message, False
            return "queued", error.message, True
        except ContactCenterError as error:  # this command can not be; the others can
            return "failed", error.message, False
        except Exception as error:  # noqa: BLE001  # foreign code must not stop the others' calls
            _log.exception("voice_command_broke", op_id=command.op_id, kind=command.kind)
            return "failed", type(error).__name__, False
        return "done", "", False

    async def _not_started(self, found: Leg, command: Command, cause: str) -> None:
        if self._sink is not None:
            event = LegEnded(
                provider=found.provider,
                line=found.line,
                event_id=f"{cause}:{command.op_id}",
                leg=found.ref,
                at=self._db.clock.now(),
                cause=cause,
            )
            await self._sink(event)

    async def _perform(self, adapter: VoiceAdapter, c: Command, ref: str) -> None:
        data = dict(c.data)
        steps = [step_from_data(item) for item in data.pop("steps", ())]
        if c.kind == "originate":
            earlier = await self._db.read(partial(_earlier, command=c)) if c.tries > 1 else None
            named = await adapter.legs.originate(c.op_id, steps=steps, earlier=earlier, **data)
            await self._db.write(lambda tx: legs.named(tx, c.provider, c.op_id, named))
            if earlier is not None:  # what it reported meanwhile may have found nobody
                await self._compare(c.provider)
            return
        match c.kind:
            case "run":
                await adapter.legs.run(c.op_id, ref, steps)
            case "hangup":
                await adapter.legs.hangup(c.op_id, ref, data.get("cause", "normal"))
            case "join":
                await adapter.rooms.join(c.op_id, ref, data["room"], data["role"])
            case "leave":
                await adapter.rooms.leave(c.op_id, ref, steps)
            case "hold":
                await adapter.rooms.hold(c.op_id, ref, data["on"])
            case "mute":
                await adapter.rooms.mute(c.op_id, ref, data["on"])
            case _:
                raise Unsupported(f"voice command {c.kind}")


def _earlier(tx: Tx, command: Command) -> Earlier:
    """What is known of the earlier tries: their process may have been killed in the middle."""
    row = tx.first(select(leg.c.started_at).where(leg.c.id == command.leg_id))
    since = row.started_at if row else tx.now
    named = select(leg.c.ref).where(
        leg.c.provider == command.provider,
        leg.c.started_at >= since - _SAME_TIME,
        ~leg.c.ref.startswith(legs.AWAITED),
    )
    return Earlier(since, frozenset(one.ref for one in tx.all(named)))


def _settle(command: Command, state: str, fault: str, later: bool, tx: Tx) -> None:
    values: dict[str, Any] = {"state": state, "owner": None, "fault": fault or None}
    if later:
        values["due_at"] = tx.now + timedelta(seconds=0.2 * 2**command.tries)
    tx.execute(update(v).where(v.c.op_id == command.op_id).values(**values))


def drop_restored(tx: Tx) -> None:
    """After a restore: nobody is called because of a decision of before the backup."""
    waiting = v.c.state.in_(("queued", "claimed"))
    tx.execute(update(v).where(waiting).values(state="superseded", owner=None, fault="restored"))


def _put_back(commands: Sequence[Command], tx: Tx) -> None:
    op_ids = [command.op_id for command in commands]
    tx.execute(
        update(v)
        .where(v.c.op_id.in_(op_ids), v.c.state == "claimed")
        .values(state="queued", owner=None, tries=v.c.tries - 1)
    )


def _by_interaction(commands: Sequence[Command]) -> list[list[Command]]:
    groups: dict[UUID, list[Command]] = {}
    for command in commands:
        groups.setdefault(command.interaction_id, []).append(command)
    return list(groups.values())
