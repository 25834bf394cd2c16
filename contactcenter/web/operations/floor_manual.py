"""The floor by hand: what a supervisor moves, gives, switches and closes; each noted with who."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from contactcenter.core.access.audit import note
from contactcenter.core.db import Tx
from contactcenter.core.errors import Conflict, Invalid
from contactcenter.routing import actions, commands, history, queries
from contactcenter.routing.model import Waiting
from contactcenter.web import offers
from contactcenter.web.call import Call
from contactcenter.web.floor_commands import PATIENCE_S
from contactcenter.web.operation import AGENTS, FLOOR, operation
from contactcenter.web.routing_records import agent_config
from contactcenter.web.shapes.base import Accepted, Done
from contactcenter.web.shapes.desk import AgentState
from contactcenter.web.shapes.floor_manual import (
    AgentChoice,
    FloorMove,
    MoreTime,
    QueueChoice,
    QueueClosing,
    SkillChanges,
    SkillLevel,
    SkillStand,
    StateOrder,
)

# ``id`` is the path's own word.
# ruff: noqa: A002


@operation("POST", "/floor/interactions/{id}/move", roles=FLOOR, tag="floor")
async def move_waiting(call: Call, id: UUID, body: QueueChoice) -> FloorMove | Accepted:
    """Move what waits to another queue, past its limits; it keeps its place by waiting time."""
    before = ""

    def make(tx: Tx) -> actions.Command:
        nonlocal before
        item = _waiting(tx, id)
        before = item.queue
        if item.queue == body.queue:
            raise Conflict(f"it waits in {body.queue} already", code="superseded")
        return actions.Enqueue(
            interaction=item.interaction,
            queue=body.queue,
            channel=item.channel,
            customer=item.customer,
            requires=item.requires,
            priority=item.priority,
            attributes=item.attributes,
            direction=item.direction,
            steps=item.steps,
            manual=True,
        )

    late = await _carry_out(call, "floor.move", f"interaction:{id}", make, queue=body.queue)
    return late or FloorMove(interaction=str(id), queue=body.queue, before=before)


@operation("POST", "/floor/interactions/{id}/give", roles=FLOOR, tag="floor")
async def give_waiting(call: Call, id: UUID, body: AgentChoice) -> Done | Accepted:
    """Give what waits to a named agent, out of turn; theirs at once if they have capacity left."""

    def make(tx: Tx) -> actions.Command:
        return actions.Pull(_waiting(tx, id).interaction, body.agent)

    thing = f"interaction:{id}"
    return await _carry_out(call, "floor.give", thing, make, agent=str(body.agent)) or Done()


@operation("PUT", "/floor/agents/{id}/state", roles=FLOOR, tag="floor")
async def set_agent_state(call: Call, id: UUID, body: StateOrder) -> AgentState | Accepted:
    """Change an agent's state. With work in hand it is taken once that ends."""
    known = [code for code, _ in call.services.settings.away_reasons]
    if body.state == "away" and body.reason not in known:
        raise Invalid(
            f"body.reason: away needs one of {', '.join(known)}",
            code="malformed_request",
            details={"errors": [{"where": "body.reason", "what": "unknown or missing"}]},
        )

    def make(tx: Tx) -> actions.Command:
        queries.agent_state_of(tx, id)
        if body.state == "offline":
            return actions.SignOut(id)
        return actions.SetState(id, body.state, body.reason)

    late = await _carry_out(call, "floor.state", f"agent:{id}", make, state=body.state)
    if late is not None:
        return late
    return await call.services.db.read(lambda tx: offers.state_of(tx, id))


@operation("PATCH", "/floor/agents/{id}/skills", roles=FLOOR, tag="floor")
async def change_agent_skills(call: Call, id: UUID, body: SkillChanges) -> SkillStand:
    """Switch an agent's skills on or off, or change their levels: at once, and a new version of
    the routing configuration."""

    def work(tx: Tx) -> None:
        found, version = agent_config(tx, id)
        skills = _changed(queries.agent_state_of(tx, id).skills, body)
        config = {**found.config, "skills": skills}
        actor = f"account:{call.who.id}"
        words = ", ".join(sorted(body.skills))[:400]
        history.edit_agent(
            tx, id, config, actor=actor, note=f"on the floor: {words}", version=version
        )

    await call.services.db.write(work)
    now = await call.services.db.read(lambda tx: queries.agent_state_of(tx, id))
    return SkillStand(
        agent=str(id),
        skills={
            name: SkillLevel(level=one.level, active=one.active) for name, one in now.skills.items()
        },
    )


@operation("POST", "/floor/queues/{name}/close", roles=FLOOR, tag="floor")
async def close_queue(call: Call, name: str, body: QueueClosing) -> Done | Accepted:
    """Close a queue for newcomers; who waits in it is still served."""
    command = actions.CloseQueue(name, True, body.reason)
    thing = f"queue:{name}"
    return await _carry_out(call, "floor.close_queue", thing, lambda tx: command) or Done()


@operation("POST", "/floor/queues/{name}/open", roles=FLOOR, tag="floor")
async def open_queue(call: Call, name: str) -> Done | Accepted:
    """Open a queue again that a supervisor closed; its hours still hold."""
    command = actions.CloseQueue(name, False)
    thing = f"queue:{name}"
    return await _carry_out(call, "floor.open_queue", thing, lambda tx: command) or Done()


@operation("POST", "/interactions/{id}/more-time", roles=AGENTS, tag="interactions")
async def ask_more_time(call: Call, id: UUID, body: MoreTime) -> Done | Accepted:
    """More time for one's own wrap-up that has a limit."""
    command = actions.ExtendWrapUp(id, call.agent, body.seconds)
    thing = f"interaction:{id}"
    data = {"seconds": body.seconds}
    return await _carry_out(call, "wrap_up.more_time", thing, lambda tx: command, **data) or Done()


async def _carry_out(
    call: Call, action: str, thing: str, make: Callable[[Tx], actions.Command], **data: Any
) -> Accepted | None:
    """Submit what ``make`` gives, with its audit entry, and wait as ``floor_commands`` does. The
    entry names the command: whether the floor refused it stands with that."""
    services = call.services
    key = call.command_id(action, thing)

    def work(tx: Tx) -> None:
        if commands.is_known(tx, key):
            return
        commands.submit(tx, make(tx), command_id=key)
        note(tx, f"account:{call.who.id}", action, thing, command=str(key), **data)

    await services.db.write(work)
    done = await commands.result(services.db, services.bus, key, PATIENCE_S)
    return None if done is not None else Accepted(command=str(key))


def _waiting(tx: Tx, interaction: UUID) -> Waiting:
    """What waits or is being offered; a lost race is ``superseded``."""
    found = queries.waiting_one(tx, interaction)
    if found is None or found.state == "assigned":
        raise Conflict(
            "the interaction does not wait", code="superseded", hint="look again at the floor"
        )
    return found


def _changed(skills: Any, body: SkillChanges) -> dict[str, Any]:
    new = {name: {"level": one.level, "active": one.active} for name, one in skills.items()}
    for name, change in body.skills.items():
        given = change.model_dump(exclude_none=True)
        if name not in new and "level" not in given:
            raise Invalid(
                f"body.skills.{name}: the agent does not have it yet: give a level",
                code="malformed_request",
            )
        new[name] = {**new.get(name, {"active": True}), **given}
    return new


OPERATIONS = [
    move_waiting,
    give_waiting,
    set_agent_state,
    change_agent_skills,
    close_queue,
    open_queue,
    ask_more_time,
]
