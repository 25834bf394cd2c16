"""The agent's own state and offers."""

from __future__ import annotations

from uuid import UUID

from contactcenter.core.db import Tx
from contactcenter.core.errors import Invalid, NotFound
from contactcenter.routing import actions, queries
from contactcenter.web import offers
from contactcenter.web.call import Call
from contactcenter.web.floor_commands import carry_out
from contactcenter.web.operation import AGENTS, operation
from contactcenter.web.shapes.base import Accepted
from contactcenter.web.shapes.desk import AgentState, Offer, OfferList, StateChange
from contactcenter.web.shapes.queries import Rejection

# ``id`` is the path's own word.
# ruff: noqa: A002


@operation("GET", "/agents/me", roles=AGENTS)
async def get_own_state(call: Call) -> AgentState:
    """The agent's own state, capacity and load."""
    agent = call.agent
    return await call.services.db.read(lambda tx: offers.state_of(tx, agent))


@operation("PUT", "/agents/me/state", roles=AGENTS)
async def set_own_state(call: Call, body: StateChange) -> AgentState | Accepted:
    """Choose a state. With work in hand it becomes ``next_state`` and is taken once that ends."""
    agent = call.agent
    known = [code for code, _ in call.services.settings.away_reasons]
    if body.state == "away" and body.reason not in known:
        raise Invalid(
            f"body.reason: away needs one of {', '.join(known)}",
            code="malformed_request",
            details={"errors": [{"where": "body.reason", "what": "unknown or missing"}]},
        )
    command: actions.Command = actions.SignOut(agent)
    if body.state != "offline":
        command = actions.SetState(agent, body.state, body.reason)
    return await carry_out(call, command) or await get_own_state.handler(call)


@operation("GET", "/agents/me/reservations", roles=AGENTS)
async def get_own_offers(call: Call) -> OfferList:
    """The offers the agent has to answer, oldest first."""
    agent = call.agent
    return OfferList(items=await call.services.db.read(lambda tx: offers.pending(tx, agent)))


@operation("POST", "/reservations/{id}/accept", roles=AGENTS)
async def accept(call: Call, id: UUID) -> Offer | Accepted:
    """Take an offer. 409 ``superseded`` when somebody was faster or it has ended."""
    agent = call.agent
    return await carry_out(call, actions.Accept(id, agent)) or await _offer(call, id)


@operation("POST", "/reservations/{id}/reject", roles=AGENTS)
async def reject(call: Call, id: UUID, body: Rejection | None = None) -> Offer | Accepted:
    """Refuse an offer; it goes back to its place and is not offered to this agent for a while."""
    reason = (body.reason if body else None) or ""
    command = actions.Reject(id, call.agent, reason)
    return await carry_out(call, command) or await _offer(call, id)


async def _offer(call: Call, reservation: UUID) -> Offer:
    def work(tx: Tx) -> Offer:
        row = queries.reservation(tx, reservation)
        if row.agent != call.agent:
            raise NotFound(f"no reservation {reservation}")
        return offers.offers(tx, [row])[0]

    return await call.services.db.read(work)


OPERATIONS = [get_own_state, set_own_state, get_own_offers, accept, reject]
