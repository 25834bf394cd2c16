"""Query parameters and the small requests that are not a desk's own."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, Field

from contactcenter.web.shapes.base import Channel, Reply, Request, Role, ShortText


class Page(Request):
    """Cursor pagination: ``after`` is the ``next`` of the page before."""

    after: str | None = Field(default=None, max_length=500)
    limit: int = Field(default=20, ge=1, le=200)


class CustomerQuery(Page):
    """By ``address`` (a phone number in any form, or e-mail) or by the beginning of name, external
    id or address (``q``); with neither, all."""

    address: str | None = Field(default=None, min_length=1, max_length=320)
    q: str | None = Field(default=None, max_length=200)
    region: str | None = Field(default=None, pattern="^[A-Z]{2}$")
    """The country in which a number without country code is read."""


class EventQuery(Request):
    """Events whose ``seq`` is above ``after``."""

    after: int = Field(default=0, ge=0, le=2_147_483_647)
    limit: int = Field(default=200, ge=1, le=500)


class CustomerChange(Request):
    """The fields to change; absent ones stay. ``attributes`` replaces all attributes."""

    name: str | None = Field(default=None, max_length=200)
    language: str | None = Field(default=None, pattern="^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$")
    time_zone: str | None = Field(default=None, max_length=64)
    tags: list[ShortText] | None = Field(default=None, max_length=100)
    attributes: dict[str, Any] | None = None


class Rejection(Request):
    """Why an offer is refused: a code, since the log's data holds no free text."""

    reason: str | None = Field(default=None, pattern="^[a-z_]{1,40}$")


class AccountInfo(Reply):
    """An account as administrators see it."""

    id: str
    name: str
    display_name: str
    role: Role
    language: str
    active: bool
    created_at: AwareDatetime


class AccountPage(Reply):
    items: list[AccountInfo]
    next: str | None = None


class AccountIn(Request):
    """A new account. ``password`` has 10 to 200 characters."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[\w.@+-]+$")
    display_name: ShortText
    role: Role
    language: str = "en"
    password: str = Field(min_length=10, max_length=200)


class AccountChange(Request):
    """The fields to change; a new role or password, or ``active`` false, ends its sign-ins."""

    display_name: ShortText | None = None
    role: Role | None = None
    language: str | None = None
    active: bool | None = None
    password: str | None = Field(default=None, min_length=10, max_length=200)


class QueueInfo(Reply):
    """A queue as configured."""

    name: str
    offer_s: dict[Channel, float]
    """How long an offer stands, by channel."""
    wrap_up: str
    wrap_up_s: float
    target_s: float
    target_percent: float
    """The service level aimed at: this share answered within ``target_s``."""


class QueueList(Reply):
    items: list[QueueInfo]
