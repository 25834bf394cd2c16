"""What an agent does to an interaction of theirs: call controls, replies, wrap-up, own calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select

from contactcenter.channels.voice.base import VoiceAdapter
from contactcenter.core.access.audit import note
from contactcenter.core.addresses import parse_address
from contactcenter.core.bus import Bus
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Conflict, ContactCenterError, Denied, Invalid
from contactcenter.core.ids import derived_id, new_id
from contactcenter.crm import customers, log
from contactcenter.crm.model import Interaction, NewEvent
from contactcenter.handling import (
    callbacks,
    conversations,
    legs,
    letters,
    outbound,
    outbound_work,
    waiting,
)
from contactcenter.handling.lines import Line, Lines
from contactcenter.handling.tables import outbound_message
from contactcenter.handling.voice_commands import queue_command
from contactcenter.routing import actions, commands
from contactcenter.routing.tables import floor_command

DISPOSITIONS: Sequence[tuple[str, Mapping[str, str]]] = (
    ("solved", {"en": "Solved", "zh-CN": "已解决"}),
    ("follow_up", {"en": "Needs follow-up", "zh-CN": "需跟进"}),
    ("sold", {"en": "Sold", "zh-CN": "已成交"}),
    ("retained", {"en": "Customer retained", "zh-CN": "已挽留"}),
    ("complaint", {"en": "Complaint taken", "zh-CN": "已受理投诉"}),
    ("not_interested", {"en": "Not interested", "zh-CN": "无意向"}),
    ("wrong_number", {"en": "Wrong number", "zh-CN": "打错电话"}),
    ("no_answer", {"en": "Nobody there", "zh-CN": "无人应答"}),
)
"""Codes an agent may choose; ``wrap_up_timeout`` is the system's own."""


class Desk:
    """Every command checks that the interaction is this agent's, and says what to do if not."""

    dispositions = DISPOSITIONS

    def __init__(
        self, db: Database, bus: Bus, lines: Lines, adapters: Mapping[str, VoiceAdapter]
    ) -> None:
        self._db = db
        self._bus = bus
        self._lines = lines
        self._adapters = adapters

    async def hold(self, interaction: UUID, agent: UUID, on: bool) -> None:
        """Put the customer on hold or take them back; ``held`` follows in the log."""
        await self._control(interaction, agent, "hold", on)

    async def mute(self, interaction: UUID, agent: UUID, on: bool) -> None:
        """Mute or unmute the agent's own leg."""
        await self._control(interaction, agent, "mute", on)

    async def _control(self, interaction: UUID, agent: UUID, kind: str, on: bool) -> None:
        def work(tx: Tx) -> None:
            state = _own_call(tx, interaction, agent)
            if (state.on_hold if kind == "hold" else state.muted) == on:
                return
            leg = (
                legs.customer_leg(tx, interaction)
                if kind == "hold"
                else legs.agent_leg(tx, interaction, agent)
            )
            if leg is None or not state.connected:
                raise Conflict("the call is not connected", hint="wait until both sides are in")
            # the event count makes each press its own command, and a repeated press the same one
            op_id = derived_id(kind, leg.id, on, state.last_seq)
            queue_command(tx, op_id, kind, leg, on=on)

        await self._db.write(work)

    async def hang_up(self, interaction: UUID, agent: UUID) -> None:
        """End the call for both sides."""

        def work(tx: Tx) -> None:
            state = _own_call(tx, interaction, agent)
            log.append(
                tx,
                interaction,
                NewEvent("hang_up_asked", f"agent:{agent}", {"agent": str(agent)}),
            )
            living = legs.living(tx, interaction)
            if not callbacks.given_up_by_agent(tx, state) and not living:
                # nothing that could report its end
                commands.submit(tx, actions.Ended(interaction))
            for leg in living:
                queue_command(
                    tx, derived_id("hangup", leg.id, "agent"), "hangup", leg, cause="agent"
                )

        await self._db.write(work)

    async def say(self, interaction: UUID, agent: UUID, text: str) -> None:
        """Typed speech into the room (a carrier with captions)."""

        def work(tx: Tx) -> tuple[str, str]:
            _own_call(tx, interaction, agent)
            leg = legs.agent_leg(tx, interaction, agent)
            if leg is None or leg.state != "up":
                raise Conflict("your side of the call is not connected")
            return leg.provider, leg.ref

        provider, ref = await self._db.write(work)
        await self._adapters[provider].agent_side.speak(str(new_id()), ref, text)

    async def send_message(
        self,
        interaction: UUID,
        agent: UUID,
        text: str,
        subject: str | None = None,
        *,
        key: UUID | None = None,
    ) -> tuple[UUID, str]:
        """Reply by text or mail; ``(message id, state)``. The same ``key`` is the same message."""
        message = key or new_id()

        def work(tx: Tx) -> tuple[UUID, str]:
            state = _own(tx, interaction, agent)
            if state.channel == "voice":
                raise Invalid("a call has no messages", hint="text or mail the customer instead")
            _worded(text)
            address = outbound_work.reachable(conversations.address_of(tx, state))
            outbound_work.check_allowed(tx, state.channel, address)
            line = self._lines.get(state.channel, state.line)
            draft = _draft(tx, state, line, agent, address, text, subject, message)
            return outbound.queue_message(tx, draft), "queued"

        return await self._db.write(work)

    async def wrap_up(
        self,
        interaction: UUID,
        agent: UUID,
        disposition: str,
        note: str,
        *,
        key: UUID | None = None,
    ) -> None:
        """End the agent's work with an outcome and a note; frees the agent."""
        codes = [code for code, _ in DISPOSITIONS]
        if disposition not in codes:
            raise Invalid(f"disposition {disposition}: allowed are {', '.join(codes)}")
        command = await self._db.write(
            partial(
                waiting.complete,
                interaction=interaction,
                agent=agent,
                disposition=disposition,
                note=note,
                command=key or new_id(),
            )
        )
        await commands.result(self._db, self._bus, command)

    async def dial(
        self,
        agent: UUID,
        *,
        to: str,
        channel: str,
        line: str | None,
        text: str | None,
        subject: str | None,
        purpose: str = "service",
        key: UUID | None = None,
    ) -> UUID:
        """Begin a call, text or mail of the agent's own; the new interaction's id. The same
        ``key`` again is the same one. ``Denied`` when the customer must not be reached so for
        ``purpose``."""
        key = key or new_id()
        used = self._lines.get(channel, line) if line else self._lines.first(channel)
        if used is None:
            raise Invalid(f"no line for {channel}")
        begun = Begun(used, agent, to, purpose)
        if channel == "voice":
            return await self._call(begun, key)
        text = _worded(text)
        return await self._db.write(
            partial(_begin, begun=begun, text=text, subject=subject, key=key)
        )

    async def callback(
        self,
        interaction: UUID,
        *,
        address: str | None = None,
        at: datetime | None = None,
        first: Literal["customer", "agent"] | None = None,
        actor: str,
        key: UUID | None = None,
    ) -> UUID:
        """Plan a callback for a call that waits, now or ``at`` an agreed time; the command's id.

        ``Conflict`` for what does not wait, ``Invalid`` for no number. Audited as ``actor``'s.
        """
        key = key or new_id()

        def work(tx: Tx) -> UUID:
            if not commands.is_known(tx, key):
                note(tx, actor, "callback.ask", f"interaction:{interaction}", command=str(key))
            return callbacks.ask(
                tx,
                interaction,
                lines=self._lines,
                address=address,
                at=at,
                first=first,
                command=key,
            )

        await self._db.write(work)
        await commands.result(self._db, self._bus, key)
        return key

    async def _call(self, begun: Begun, key: UUID) -> UUID:
        """The agent's own call: assigned to them at once, then both sides are called."""
        interaction = await self._db.write(partial(begin_call, begun=begun, key=key))
        try:
            await commands.result(self._db, self._bus, key)
        except ContactCenterError as refused:
            await self._db.write(partial(_refused, interaction=interaction, reason=refused.code))
            raise
        return interaction


def begin_call(tx: Tx, *, begun: Begun, key: UUID) -> UUID:
    """Open it and have the floor give it to its agent. ``key`` is the id of the floor's command."""
    known = tx.scalar(select(floor_command.c.data).where(floor_command.c.id == key))
    if known is not None:
        return UUID(known["interaction"])
    state, _ = begun.open(tx)
    command = actions.Assign(state.id, begun.agent, "voice", state.customer_id)
    commands.submit(tx, command, command_id=key)
    return state.id


def _refused(tx: Tx, interaction: UUID, reason: str) -> None:
    if log.lock(tx, interaction).closed_at is None:
        log.append(tx, interaction, NewEvent("closed", "router", {"reason": reason}))


@dataclass(frozen=True, slots=True)
class Begun:
    """What an agent begins: from which line, to which address as written, for what purpose."""

    line: Line
    agent: UUID
    to: str
    purpose: str

    def open(self, tx: Tx) -> tuple[Interaction, str]:
        """The new interaction and the address it goes to, as ``outbound_work.begin`` allows."""
        address = parse_address(self.to, self.line.region)
        customer, address_id, _ = customers.create_or_find(
            tx, address.kind, address.value, self.to, language=self.line.languages[0]
        )
        return outbound_work.begin(
            tx,
            new_id(),
            line=self.line,
            customer=customer,
            address=address_id,
            actor=f"agent:{self.agent}",
            purpose=self.purpose,
        )


def _begin(tx: Tx, *, begun: Begun, text: str, subject: str | None, key: UUID) -> UUID:
    """``key`` is the message's."""
    m = outbound_message.c
    known: UUID | None = tx.scalar(select(m.interaction_id).where(m.id == key))
    if known is not None:
        return known
    state, address = begun.open(tx)
    draft = _draft(tx, state, begun.line, begun.agent, address, text, subject, key)
    outbound.queue_message(tx, replace(draft, purpose=begun.purpose))
    log.append(tx, state.id, NewEvent("closed", f"agent:{begun.agent}", {"reason": "outbound"}))
    return state.id


def _draft(
    tx: Tx,
    state: Interaction,
    line: Line,
    agent: UUID,
    address: str,
    text: str,
    subject: str | None,
    key: UUID,
) -> outbound.Draft:
    extra: Mapping[str, Any] = {}
    if state.channel == "email":
        subject, extra = letters.reply_head(tx, state, subject)
    return outbound.Draft(
        key=key,
        interaction_id=state.id,
        customer_id=state.customer_id,
        channel=state.channel,
        provider=line.provider,
        line=line.address,
        address=address,
        purpose="service",
        actor=f"agent:{agent}",
        text=text,
        subject=subject or "",
        extra=extra,
    )


def _own(tx: Tx, interaction: UUID, agent: UUID) -> Interaction:
    state = log.lock(tx, interaction)
    if state.agent_id != agent:
        raise Denied("this interaction is not yours", hint="accept it first")
    if state.closed_at is not None:
        raise Conflict("the interaction is closed")
    return state


def _own_call(tx: Tx, interaction: UUID, agent: UUID) -> Interaction:
    state = _own(tx, interaction, agent)
    if state.channel != "voice":
        raise Invalid("call controls work on calls only")
    if state.state != "assigned":
        raise Conflict("the call has ended")
    return state


def _worded(text: str | None) -> str:
    if not text or not text.strip():
        raise Invalid("text: a message needs words")
    return text
