"""Sign-in, agents, customers, interactions, reservations, floor."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from contactcenter.web.shapes.base import Channel, Reply, Request, Role, ShortText, Text
from contactcenter.web.shapes.emergency import LineEmergency

AgentStateName = Literal["offline", "available", "reserved", "busy", "wrap_up", "away"]


class SignIn(Request):
    """Name and password of an account."""

    name: ShortText
    password: ShortText


class Account(Reply):
    """Who is signed in."""

    id: str
    name: str
    display_name: str
    role: Role
    language: str


class SignedIn(Reply):
    """The token is for programs; browsers get it as an HttpOnly cookie and send ``csrf`` back in
    the header ``X-CSRF-Token`` on every unsafe request."""

    token: str
    csrf: str
    account: Account


class Session(Reply):
    """``GET /session``: the account behind the cookie or token, and what its desk needs."""

    account: Account
    csrf: str
    dispositions: list[CodeText]
    away_reasons: list[CodeText]
    lines: list[LineInfo]


class CodeText(Reply):
    """A code and its text in the account's language."""

    code: str
    text: str


class LineInfo(Reply):
    """One configured number or mailbox."""

    address: str
    channel: Channel
    provider: str
    name: str


class AddressInfo(Reply):
    """A reachable point of a customer. ``suppressed`` lists the purposes that may not use it."""

    id: str
    kind: Literal["phone", "email"]
    value: str
    raw: str
    suppressed: list[str] = []


class CustomerCard(Reply):
    """A customer as the desk shows it."""

    id: str
    external_id: str | None
    name: str
    language: str
    time_zone: str | None
    is_new: bool
    """Created by this first contact; the agent is asked to fill in the name."""
    tags: list[str]
    attributes: dict[str, Any]
    addresses: list[AddressInfo]
    created_at: AwareDatetime


class CustomerPage(Reply):
    items: list[CustomerCard]
    next: str | None = None


class EventInfo(Reply):
    """One immutable entry of the log; ``content`` is absent after erasure or for want of rights."""

    id: str
    interaction: str
    seq: int
    kind: str
    at: AwareDatetime
    actor: str
    """``customer``, ``menu``, ``router``, ``system``, ``carrier`` or ``agent:<id>``."""
    actor_name: str | None = None
    data: dict[str, Any]
    content: dict[str, Any] | None = None


class EventPage(Reply):
    items: list[EventInfo]
    next: str | None = None


class InteractionInfo(Reply):
    """The projection of an interaction."""

    id: str
    customer: str
    thread: str
    channel: Channel
    direction: Literal["inbound", "outbound"]
    line: str
    address: str
    state: Literal["open", "in_menu", "waiting", "offered", "assigned", "wrap_up", "closed"]
    queue: str | None
    agent: str | None
    agent_name: str | None = None
    subject: str | None = None
    disposition: str | None
    opened_at: AwareDatetime
    answered_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    on_hold: bool = False
    muted: bool = False
    connected: bool = False


class InteractionDetail(InteractionInfo):
    """With its customer and the part of the log a desk shows."""

    customer_card: CustomerCard
    events: list[EventInfo]


class TimelineItem(Reply):
    """One interaction in a customer's history, newest first, with a line of what was said."""

    interaction: InteractionInfo
    summary: str
    messages: list[EventInfo]


class TimelinePage(Reply):
    items: list[TimelineItem]
    next: str | None = None


class StateChange(Request):
    """``reason`` is required for away, one of the session's ``away_reasons``."""

    state: Literal["available", "away", "offline"]
    reason: str | None = None


class AgentState(Reply):
    """The agent's own state; ``next_state`` is taken once the work in hand ends."""

    agent: str
    name: str
    state: AgentStateName
    reason: str | None = None
    since: AwareDatetime
    next_state: str | None = None
    capacity: dict[str, int]
    load: dict[str, int]


class Offer(Reply):
    """A pending reservation as the agent sees it; ``expires_at`` is on the server's clock."""

    id: str
    interaction: InteractionDetail
    queue: str
    offered_at: AwareDatetime
    expires_at: AwareDatetime
    waited_s: float
    state: Literal["pending", "accepted", "rejected", "expired", "withdrawn", "completed"]
    callback: bool = False
    """The customer asked to be called back."""


class OfferList(Reply):
    items: list[Offer]


class MessageOut(Request):
    """A reply by SMS or e-mail; ``subject`` only for e-mail (default: Re: the thread's)."""

    text: Text
    subject: ShortText | None = None


class MessageSent(Reply):
    """The outbound message; its state follows in the log."""

    message: str
    state: str


class Speech(Request):
    """Typed speech of the agent into the room (simulated carrier)."""

    text: ShortText


class WrapUp(Request):
    """Ends the agent's work on an interaction."""

    disposition: ShortText
    note: str = Field(default="", max_length=5000)


class DialOut(Request):
    """An agent's own call, text or mail to a customer's address."""

    to: ShortText
    channel: Channel
    line: str | None = None
    text: str | None = None
    subject: str | None = None
    purpose: Literal["service", "marketing", "survey", "collection"] = "service"
    """What it is for: what the customer has refused for it is not done."""


class QueueRow(Reply):
    """One queue on the live floor."""

    name: str
    waiting: int
    longest_wait_s: float
    offered: int
    moved_in: int
    """Of the offered, how many came from another queue: not to be counted again in a total."""
    answered: int
    abandoned: int
    service_level: float | None
    """Share answered within the target since midnight (site's zone); None before the first."""
    target_s: float
    agents_available: int
    closed: bool = False
    """A supervisor closed it for newcomers."""
    closed_reason: str | None = None


class WaitingRow(Reply):
    """One waiting interaction."""

    interaction: str
    queue: str
    channel: Channel
    customer: str
    customer_name: str
    waited_s: float
    state: str
    """waiting, offered; of a callback also calling (the customer's phone rings) or later."""
    callback: bool = False
    """The customer has hung up and is called when the turn comes."""
    due_at: AwareDatetime | None = None
    """The agreed time of a callback, or that of the next try."""


class FloorInfo(Reply):
    """``GET /floor``: the floor now."""

    at: AwareDatetime
    queues: list[QueueRow]
    agents: list[AgentState]
    waiting: list[WaitingRow]
    emergencies: list[LineEmergency] = []
    calls_in_menu: int
