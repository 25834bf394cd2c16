"""Rows of the system of record as the API's shapes; and who may see an interaction's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from contactcenter.core.access.accounts import names_of
from contactcenter.core.access.model import Principal
from contactcenter.core.db import Tx
from contactcenter.crm import customers, interactions, log, permission
from contactcenter.crm.customers import CustomerRow
from contactcenter.crm.log import Event
from contactcenter.crm.model import Interaction
from contactcenter.crm.timeline import Entry
from contactcenter.routing import queries
from contactcenter.web.shapes.desk import (
    AddressInfo,
    CustomerCard,
    EventInfo,
    InteractionDetail,
    InteractionInfo,
    TimelineItem,
)

_AGENT = "agent:"
_READERS = frozenset({"supervisor", "administrator"})
DETAIL_EVENTS = 500


def may_read(tx: Tx, who: Principal, state: Interaction) -> bool:
    """Whether the words of this interaction are for ``who``: supervisors and administrators, its
    agent, and an agent who works with its customer now, or is offered to."""
    return state.agent_id == who.id or _knows(tx, who, state.customer_id)


def _knows(tx: Tx, who: Principal, customer_id: UUID) -> bool:
    return who.role in _READERS or (who.role == "agent" and customer_id in customers_of(tx, who.id))


def customers_of(tx: Tx, agent: UUID) -> set[UUID]:
    """The customers an agent works with now: in hand, in wrap-up, or offered."""
    held = {each.interaction for each in queries.reservations_of(tx, agent)}
    states = [*interactions.by_ids(tx, held).values(), *interactions.in_hand(tx, agent)]
    return {each.customer_id for each in states}


def customer_cards(tx: Tx, rows: Sequence[CustomerRow]) -> list[CustomerCard]:
    """Customers with their addresses and what those may not be used for."""
    values = [address.value for row in rows for address in row.addresses]
    refused = permission.refusals(tx, values)
    return [_card(row, refused) for row in rows]


def _card(row: CustomerRow, refused: Mapping[str, list[str]]) -> CustomerCard:
    return CustomerCard(
        id=str(row.id),
        external_id=row.external_id,
        name=row.name,
        language=row.language,
        time_zone=row.time_zone,
        is_new=row.is_new,
        tags=list(row.tags),
        attributes=dict(row.attributes),
        addresses=[
            AddressInfo(
                id=str(each.id),
                kind="email" if each.kind == "email" else "phone",
                value=each.value,
                raw=each.raw,
                suppressed=refused.get(each.value, []),
            )
            for each in row.addresses
        ],
        created_at=row.created_at,
    )


def infos(tx: Tx, states: Sequence[Interaction]) -> list[InteractionInfo]:
    """Projections with address, agent's name and subject: three look-ups for all of them."""
    addresses = interactions.addresses(tx, states)
    subjects = interactions.subjects(tx, states)
    names = names_of(tx, {each.agent_id for each in states if each.agent_id is not None})
    return [_info(each, addresses, subjects, names) for each in states]


def _info(
    state: Interaction,
    addresses: Mapping[UUID, str],
    subjects: Mapping[UUID, str],
    names: Mapping[UUID, str],
) -> InteractionInfo:
    return InteractionInfo.model_validate(
        {
            "id": str(state.id),
            "customer": str(state.customer_id),
            "thread": str(state.thread_id),
            "channel": state.channel,
            "direction": state.direction,
            "line": state.line,
            "address": addresses.get(state.address_id, "") if state.address_id else "",
            "state": state.state,
            "queue": state.queue,
            "agent": str(state.agent_id) if state.agent_id else None,
            "agent_name": names.get(state.agent_id) if state.agent_id else None,
            "subject": subjects.get(state.id),
            "disposition": state.disposition,
            "opened_at": state.opened_at,
            "answered_at": state.answered_at,
            "closed_at": state.closed_at,
            "on_hold": state.on_hold,
            "muted": state.muted,
            "connected": state.connected,
        }
    )


def actor_names(tx: Tx, events: Iterable[Event]) -> dict[UUID, str]:
    """Names of the agents among the actors."""
    actors = {event.actor for event in events if event.actor.startswith(_AGENT)}
    return names_of(tx, {UUID(actor.removeprefix(_AGENT)) for actor in actors})


def event_infos(
    events: Sequence[Event], names: Mapping[UUID, str], *, content: bool
) -> list[EventInfo]:
    """Events of the log, with their content only where ``content`` says so."""
    return [
        EventInfo(
            id=str(event.position),
            interaction=str(event.interaction_id),
            seq=event.seq,
            kind=event.kind,
            at=event.at,
            actor=event.actor,
            actor_name=_name(event.actor, names),
            data=dict(event.data),
            content=dict(event.content) if content and event.content is not None else None,
        )
        for event in events
    ]


def _name(actor: str, names: Mapping[UUID, str]) -> str | None:
    return names.get(UUID(actor.removeprefix(_AGENT))) if actor.startswith(_AGENT) else None


def detail(tx: Tx, state: Interaction, *, content: bool) -> InteractionDetail:
    """One interaction with its customer and its log."""
    events = log.events_of(tx, state.id, limit=DETAIL_EVENTS)
    (info,) = infos(tx, [state])
    (card,) = customer_cards(tx, [customers.get(tx, state.customer_id)])
    return InteractionDetail(
        **info.model_dump(),
        customer_card=card,
        events=event_infos(events, actor_names(tx, events), content=content),
    )


def timeline_items(tx: Tx, who: Principal, entries: Sequence[Entry]) -> list[TimelineItem]:
    """A page of a timeline; without words where they are not for ``who``."""
    states = infos(tx, [entry.interaction for entry in entries])
    names = actor_names(tx, [event for entry in entries for event in entry.events])
    knows = bool(entries) and _knows(tx, who, entries[0].interaction.customer_id)
    items: list[TimelineItem] = []
    for entry, info in zip(entries, states, strict=True):
        content = knows or entry.interaction.agent_id == who.id
        items.append(
            TimelineItem(
                interaction=info,
                summary=entry.summary if content else "",
                messages=event_infos(entry.events, names, content=content),
            )
        )
    return items
