"""Work that we begin: the one way an outbound interaction is opened, by an agent's hand as by a
campaign, and the floor's follow-ups, previews and campaign calls, which wait for an agent as
inbound interactions do and yield to them as their queue's blending says.

An accepted call brings the agent into the room and then calls the customer into it; if the
customer is not reached, the interaction ends with the carrier's cause as its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from contactcenter.core.db import Tx
from contactcenter.core.errors import Denied, Invalid
from contactcenter.core.rules import Rule
from contactcenter.crm import log, permission
from contactcenter.crm.interactions import by_ids
from contactcenter.crm.model import Interaction
from contactcenter.handling import conversations, waiting
from contactcenter.handling.lines import Line


def begin(
    tx: Tx,
    interaction: UUID,
    *,
    line: Line,
    customer: UUID,
    address: UUID,
    actor: str,
    purpose: str = "service",
    campaign: UUID | None = None,
    thread: UUID | None = None,
) -> tuple[Interaction, str]:
    """Open an outbound interaction; it and the customer's address.

    ``Denied`` (``not_allowed``) when this address must not be used for ``purpose`` now;
    ``Invalid`` for one that can not be reached.
    """
    state = conversations.open_outbound(
        tx,
        interaction,
        customer_id=customer,
        address_id=address,
        line=line,
        actor=actor,
        campaign=campaign,
        thread=thread,
        purpose=purpose,
    )
    value = reachable(conversations.address_of(tx, state))
    check_allowed(tx, line.channel, value, purpose)
    return state, value


def reachable(address: str) -> str:
    """The address itself; ``Invalid`` for one that we made up for the log."""
    if not conversations.is_writable(address):
        raise Invalid("this customer left no address that can be called or written to")
    return address


def check_allowed(tx: Tx, channel: str, address: str, purpose: str = "service") -> None:
    """``Denied`` with the reason when we may not use this address for ``purpose`` now."""
    refused = permission.may_contact(tx, channel=channel, address=address, purpose=purpose)
    if refused is None:
        return
    if refused.reason == "opted_out":
        raise Denied(
            "the customer does not want this: opted_out",
            code="not_allowed",
            hint="they may write to us, or allow it again with START",
        )
    raise Denied(f"this address must not be used: {refused.reason}", code="not_allowed")


def may_still_be_called(tx: Tx, state: Interaction, address: str) -> bool:
    """Whether the customer may be called now, when an agent is there for them: they may have
    said no while it waited."""
    opened, *_ = log.events_of(tx, state.id, limit=1)
    purpose = str(opened.data.get("purpose", "service"))
    refused = permission.may_contact(tx, channel=state.channel, address=address, purpose=purpose)
    return refused is None


def enqueue(
    tx: Tx,
    interaction: UUID,
    *,
    queue: str,
    line: Line,
    customer: UUID,
    address: UUID,
    actor: str,
    purpose: str = "service",
    requires: Rule | None = None,
    priority: int = 0,
    attributes: Mapping[str, str] | None = None,
    agents: tuple[UUID, ...] = (),
    hold_s: int = 0,
    campaign: UUID | None = None,
    thread: UUID | None = None,
) -> Interaction:
    """Open the outbound interaction ``interaction`` (the same id again is the same one) and put it
    into ``queue``. ``agents`` have it to themselves for ``hold_s``: the owner of a follow-up.

    ``Denied`` when this customer must not be called for ``purpose`` now; ``Invalid`` for an
    address that can not be reached; ``NotFound`` for no such queue.
    """
    if interaction in by_ids(tx, {interaction}):
        return log.load(tx, interaction)
    state, _ = begin(
        tx,
        interaction,
        line=line,
        customer=customer,
        address=address,
        actor=actor,
        purpose=purpose,
        campaign=campaign,
        thread=thread,
    )
    waiting.enqueue(
        tx,
        state,
        queue,
        actor=actor,
        requires=requires,
        priority=priority,
        attributes=attributes,
        direction="outbound",
        agents=agents,
        hold_s=hold_s,
    )
    return log.load(tx, interaction)
