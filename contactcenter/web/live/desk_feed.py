"""What an agent's desk hears: the log of their interactions, their offers, state and customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from contactcenter.core.db import Tx
from contactcenter.crm import customers, interactions
from contactcenter.crm.log import Event
from contactcenter.crm.model import Interaction
from contactcenter.crm.tables import customer
from contactcenter.routing import queries
from contactcenter.web import offers
from contactcenter.web.records import (
    actor_names,
    customer_cards,
    customers_of,
    detail,
    event_infos,
    infos,
)
from contactcenter.web.shapes.desk import AgentState, CustomerCard

_OF_OFFER = frozenset({"offered", "accepted", "rejected", "expired", "withdrawn", "wrapped_up"})
"""Kinds after which a reservation looks different."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame for one agent, still without a number."""

    agent: UUID
    kind: str
    data: Any


def frames_of(tx: Tx, events: Sequence[Event], listening: set[UUID]) -> list[Frame]:
    """The frames of these events for the agents who listen, in the order of the log."""
    states = interactions.by_ids(tx, {event.interaction_id for event in events})
    meant = [
        (event, heard)
        for event in events
        if event.interaction_id in states
        and (heard := _audience(event, states[event.interaction_id]) & listening)
    ]
    if not meant:
        return []
    shown = {event.interaction_id: states[event.interaction_id] for event, _ in meant}
    by_id = dict(zip(shown, infos(tx, list(shown.values())), strict=True))
    names = actor_names(tx, [event for event, _ in meant])
    frames: list[Frame] = []
    for event, heard in meant:
        (entry,) = event_infos([event], names, content=True)
        data = {"interaction": by_id[event.interaction_id], "event": entry}
        frames += [Frame(agent, "event", data) for agent in sorted(heard)]
        frames += _offers(tx, event, heard)
    return frames


def _audience(event: Event, state: Interaction) -> set[UUID]:
    """Who hears an event: the interaction's agent, and the one an offer is about."""
    heard = {state.agent_id} if state.agent_id else set()
    if event.kind in _OF_OFFER and event.data.get("agent"):
        heard.add(UUID(event.data["agent"]))
    return heard


def _offers(tx: Tx, event: Event, heard: Iterable[UUID]) -> list[Frame]:
    if event.kind not in _OF_OFFER or "agent" not in event.data:
        return []
    agent = UUID(event.data["agent"])
    if agent not in heard:
        return []
    wanted = event.data.get("reservation")
    rows = [
        row
        for row in queries.reservations_for(tx, event.interaction_id)
        if row.agent == agent and (wanted is None or str(row.id) == wanted)
    ]
    return [Frame(agent, "offer", offer) for offer in offers.offers(tx, rows[-1:])]


def snapshot(tx: Tx, agent: UUID) -> dict[str, Any]:
    """Everything of the topic ``me``."""
    held = interactions.in_hand(tx, agent)
    return {
        "state": offers.state_of(tx, agent),
        "offers": offers.pending(tx, agent),
        "interactions": [detail(tx, each, content=True) for each in held],
        "at": tx.now,
    }


def agent_states(tx: Tx, listening: set[UUID]) -> dict[UUID, AgentState]:
    """The states of those who listen."""
    if len(listening) <= 8:  # one look-up each is cheaper than reading the whole floor
        return {agent: offers.state_of(tx, agent) for agent in listening}
    return {
        view.id: offers.agent_state(view, tx.now)
        for view in queries.agents(tx)
        if view.id in listening
    }


def card_versions(tx: Tx, listening: set[UUID]) -> dict[tuple[UUID, UUID], int]:
    """(agent, customer) -> version, of the customers whose card lies open at an agent."""
    pairs = {(agent, each) for agent in listening for each in customers_of(tx, agent)}
    ids = {each for _, each in pairs}
    rows = tx.all(select(customer.c.id, customer.c.version).where(customer.c.id.in_(ids)))
    versions: Mapping[UUID, int] = {row.id: row.version for row in rows}
    return {(agent, each): versions[each] for agent, each in pairs if each in versions}


def card(tx: Tx, customer_id: UUID) -> CustomerCard:
    """The card as it is now."""
    return customer_cards(tx, [customers.get(tx, customer_id)])[0]
