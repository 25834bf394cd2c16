"""Interactions: reading them, and what an agent does to their own."""

from __future__ import annotations

from uuid import UUID

from contactcenter.core.db import Tx
from contactcenter.core.errors import Invalid
from contactcenter.crm import log
from contactcenter.web.call import Call
from contactcenter.web.operation import AGENTS, AGENTS_AND_FLOOR, operation
from contactcenter.web.records import actor_names, detail, event_infos, may_read
from contactcenter.web.shapes.base import Done
from contactcenter.web.shapes.desk import (
    DialOut,
    EventPage,
    InteractionDetail,
    MessageOut,
    MessageSent,
    Speech,
    WrapUp,
)
from contactcenter.web.shapes.queries import EventQuery

# ``id`` is the path's own word throughout.
# ruff: noqa: A002


@operation("GET", "/interactions/{id}", roles=AGENTS_AND_FLOOR)
async def get_interaction(call: Call, id: UUID) -> InteractionDetail:
    """One interaction with its customer and its log.

    Words are given as for the timeline; a stranger's interaction is shown without them.
    """
    return await call.services.db.read(lambda tx: _detail(tx, call, id))


def _detail(tx: Tx, call: Call, interaction: UUID) -> InteractionDetail:
    state = log.load(tx, interaction)
    return detail(tx, state, content=may_read(tx, call.who, state))


@operation("GET", "/interactions/{id}/events", roles=AGENTS_AND_FLOOR)
async def get_events(call: Call, id: UUID, query: EventQuery) -> EventPage:
    """The log of an interaction in order; ``next`` is the ``after`` of the following page."""

    def work(tx: Tx) -> EventPage:
        state = log.load(tx, id)
        events = log.events_of(tx, id, after_seq=query.after, limit=query.limit + 1)
        page = events[: query.limit]
        content = may_read(tx, call.who, state)
        return EventPage(
            items=event_infos(page, actor_names(tx, page), content=content),
            next=str(page[-1].seq) if len(events) > query.limit else None,
        )

    return await call.services.db.read(work)


@operation("POST", "/interactions", roles=AGENTS, status=201)
async def dial_out(call: Call, body: DialOut) -> InteractionDetail:
    """Begin a call, a text or a mail of the agent's own.

    403 ``not_allowed`` when the customer must not be reached so for this purpose.
    """
    if body.channel != "voice" and not (body.text or "").strip():
        raise Invalid("body.text: a message needs words", code="malformed_request")
    agent = call.agent
    interaction = await call.services.desk.dial(
        agent,
        to=body.to,
        channel=body.channel,
        line=body.line,
        text=body.text,
        subject=body.subject,
        purpose=body.purpose,
        key=call.command_id("dial"),
    )
    return await call.services.db.read(lambda tx: _detail(tx, call, interaction))


@operation("POST", "/interactions/{id}/messages", roles=AGENTS, status=201)
async def send_message(call: Call, id: UUID, body: MessageOut) -> MessageSent:
    """Reply by SMS or mail to the customer of one's own interaction."""
    message, state = await call.services.desk.send_message(
        id, call.agent, body.text, body.subject, key=call.command_id("message", id)
    )
    return MessageSent(message=str(message), state=state)


@operation("POST", "/interactions/{id}/hold", roles=AGENTS)
async def hold(call: Call, id: UUID) -> Done:
    """Put the customer on hold; ``held`` follows in the log."""
    await call.services.desk.hold(id, call.agent, True)
    return Done()


@operation("POST", "/interactions/{id}/resume", roles=AGENTS)
async def resume(call: Call, id: UUID) -> Done:
    """Take the customer back from hold."""
    await call.services.desk.hold(id, call.agent, False)
    return Done()


@operation("POST", "/interactions/{id}/mute", roles=AGENTS)
async def mute(call: Call, id: UUID) -> Done:
    """Mute the agent's own side."""
    await call.services.desk.mute(id, call.agent, True)
    return Done()


@operation("POST", "/interactions/{id}/unmute", roles=AGENTS)
async def unmute(call: Call, id: UUID) -> Done:
    """Be heard again."""
    await call.services.desk.mute(id, call.agent, False)
    return Done()


@operation("POST", "/interactions/{id}/hang-up", roles=AGENTS)
async def hang_up(call: Call, id: UUID) -> Done:
    """End the call for both sides; wrap-up begins."""
    await call.services.desk.hang_up(id, call.agent)
    return Done()


@operation("POST", "/interactions/{id}/say", roles=AGENTS)
async def say(call: Call, id: UUID, body: Speech) -> Done:
    """Type speech into the room (simulated carrier)."""
    await call.services.desk.say(id, call.agent, body.text)
    return Done()


@operation("POST", "/interactions/{id}/wrap-up", roles=AGENTS)
async def wrap_up(call: Call, id: UUID, body: WrapUp) -> Done:
    """End the agent's work on an interaction with its outcome."""
    known = [code for code, _ in call.services.desk.dispositions]
    if body.disposition not in known:
        raise Invalid(
            f"body.disposition: one of {', '.join(known)}",
            code="malformed_request",
            details={"errors": [{"where": "body.disposition", "what": "unknown"}]},
        )
    await call.services.desk.wrap_up(
        id, call.agent, body.disposition, body.note, key=call.command_id("wrap-up", id)
    )
    return Done()


OPERATIONS = [
    get_interaction,
    get_events,
    dial_out,
    send_message,
    hold,
    resume,
    mute,
    unmute,
    hang_up,
    say,
    wrap_up,
]
