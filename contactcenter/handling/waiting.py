"""Into the queue, out of it, and to the end: what handling asks of the router, in its own
transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from contactcenter.channels.voice.steps import Park, Step
from contactcenter.core.db import Tx
from contactcenter.core.errors import Conflict, Denied
from contactcenter.core.rules import ALWAYS, Rule
from contactcenter.core.rules import to_data as rule_data
from contactcenter.crm import log
from contactcenter.crm.model import Interaction, NewEvent
from contactcenter.handling.preferred import preferred
from contactcenter.handling.words import PLEASE_HOLD, Words
from contactcenter.routing import actions, commands
from contactcenter.routing.model import Direction
from contactcenter.routing.model import Step as RoutingStep

Steps = Sequence[Step]
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
    direction: Direction = "inbound",
    steps: Sequence[RoutingStep] = (),
    agents: Sequence[UUID] = (),
    hold_s: int = 0,
    age_s: int = 0,
    manual: bool = False,
) -> None:
    """Log ``queued`` and tell the router, in one transaction.

    ``agents`` have it to themselves for ``hold_s``; without them those whom the queue's sticky
    policy prefers. ``steps``, ``age_s``, ``manual``: as in ``actions.Enqueue``.
    """
    needed = None if requires is None or requires == ALWAYS else rule_data(requires)
    data = {"queue": queue, "priority": priority}
    if needed is not None:
        data["requires"] = needed
    log.append(tx, state.id, NewEvent("queued", actor, data))
    chosen = tuple(agents)
    if not chosen:
        chosen, hold_s = preferred(tx, state, queue)
    command = actions.Enqueue(
        interaction=state.id,
        queue=queue,
        channel=state.channel,  # type: ignore[arg-type]  # the row's text is one of the three
        customer=state.customer_id,
        requires=needed,
        priority=priority,
        attributes=attributes or {},
        direction=direction,
        steps=tuple(steps),
        preferred=chosen,
        hold_s=hold_s,
        age_s=age_s,
        manual=manual,
    )
    commands.submit(tx, command)


def park(words: Words, queue: str, language: str, *, music_only: bool = False) -> Sequence[Step]:
    """The steps of a waiting caller; the words are spoken now and again. ``music_only``: the queue
    itself tells how it goes."""
    said = () if music_only else (words.say(PLEASE_HOLD, language),)
    return [Park(queue, said, _REPEAT_S)]


def customer_left(tx: Tx, state: Interaction, reason: str = "abandoned") -> None:
    """The customer's side is over: wherever the interaction stands, it comes to its end.
    ``reason``: for the log, when no agent was heard."""
    if state.closed_at is not None:
        return
    if state.state in ("waiting", "offered"):
        commands.submit(tx, actions.Leave(state.id, reason))
    elif state.state in ("assigned", "wrap_up"):
        commands.submit(tx, actions.Ended(state.id, reason))
    else:
        reason = "left_in_menu" if state.state == "in_menu" else "ended"
        log.append(tx, state.id, NewEvent("closed", "customer", {"reason": reason}))


def connected(tx: Tx, interaction: UUID) -> None:
    """Both sides are in one room."""
    commands.submit(tx, actions.MediaUp(interaction))


def complete(
    tx: Tx, *, interaction: UUID, agent: UUID, disposition: str, note: str, command: UUID
) -> UUID:
    """The agent's work is done; ``command``, the one to wait for, is submitted once."""
    if commands.is_known(tx, command):
        return command
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
    work_done = actions.Complete(interaction, agent, disposition)
    return commands.submit(tx, work_done, command_id=command)
