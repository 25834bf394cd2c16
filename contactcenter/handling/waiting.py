"""Into the queue, out of it, and to the end: what handling asks of the router, in its own
transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from contactcenter.channels.voice.steps import Park, Say, Step
from contactcenter.core.db import Tx
from contactcenter.core.errors import Conflict, Denied
from contactcenter.core.rules import ALWAYS, Rule
from contactcenter.core.rules import to_data as rule_data
from contactcenter.crm import log
from contactcenter.crm.model import Interaction, NewEvent
from contactcenter.routing import actions, commands

_PLEASE_HOLD = {
    "en": "Please hold. The next free agent is yours.",
    "zh": "请稍候，我们将为您转接下一位空闲坐席。",
}
_REPEAT_S = 30.0


def enqueue(
    tx: Tx,
    state: Interaction,
    queue: str,
    *,
    actor: str,
    requires: Rule | None = None,
    priority: int = 0,
    attributes: Mapping[str, str] | None = None,
) -> None:
    """Log ``queued`` and tell the router, in one transaction."""
    needed = None if requires is None or requires == ALWAYS else rule_data(requires)
    data = {"queue": queue, "priority": priority}
    if needed is not None:
        data["requires"] = needed
    log.append(tx, state.id, NewEvent("queued", actor, data))
    command = actions.Enqueue(
        interaction=state.id,
        queue=queue,
        channel=state.channel,  # type: ignore[arg-type]  # the row's text is one of the three
        customer=state.customer_id,
        requires=needed,
        priority=priority,
        attributes=attributes or {},
    )
    commands.submit(tx, command)


def park(queue: str, language: str) -> Sequence[Step]:
    """The steps of a waiting caller; the words are spoken now and again."""
    words = _PLEASE_HOLD["zh" if language.startswith("zh") else "en"]
    return [Park(queue, (Say(words, language),), _REPEAT_S)]


def customer_left(tx: Tx, state: Interaction) -> None:
    """The customer's side is over: wherever the interaction stands, it comes to its end."""
    if state.closed_at is not None:
        return
    if state.state in ("waiting", "offered"):
        commands.submit(tx, actions.Leave(state.id))
    elif state.state in ("assigned", "wrap_up"):
        commands.submit(tx, actions.Ended(state.id))
    else:
        reason = "left_in_menu" if state.state == "in_menu" else "ended"
        log.append(tx, state.id, NewEvent("closed", "customer", {"reason": reason}))


def connected(tx: Tx, interaction: UUID) -> None:
    """Both sides are in one room."""
    commands.submit(tx, actions.MediaUp(interaction))


def complete(tx: Tx, *, interaction: UUID, agent: UUID, disposition: str, note: str) -> UUID:
    """The agent's work is done; returns the command to wait for."""
    state = log.lock(tx, interaction)
    if state.agent_id != agent:
        raise Denied("this interaction is not yours")
    if state.closed_at is not None:
        raise Conflict("the interaction is closed")
    if state.channel == "voice" and state.state == "assigned":
        raise Conflict("the call goes on", hint="hang up first")
    if note:
        event = NewEvent("note_added", f"agent:{agent}", {"agent": str(agent)}, {"text": note})
        log.append(tx, interaction, event)
    return commands.submit(tx, actions.Complete(interaction, agent, disposition))
