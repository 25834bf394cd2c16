"""One API call: what its handler sees of the request."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from contactcenter.analytics.floor import FloorFollower
from contactcenter.core.access.model import Principal
from contactcenter.core.errors import Conflict, Denied, Invalid, NotSignedIn
from contactcenter.core.ids import derived_id, new_id
from contactcenter.web.comparisons import Comparisons
from contactcenter.web.guard import Limits
from contactcenter.web.ports import Services
from contactcenter.web.problems import VersionChanged


@dataclass(slots=True)
class Call:
    """The caller, the parts, and what the reply's headers will say."""

    services: Services
    limits: Limits
    follower: FloorFollower
    comparisons: Comparisons
    request_id: str
    principal: Principal | None
    if_match: int | None = None
    idempotency_key: str | None = None
    csrf: str = ""
    remote: str = ""
    is_secure: bool = False
    etag: int | None = None
    """Set by the handler: the version of what is returned."""
    cookies: dict[str, str | None] = field(default_factory=dict)
    """Set by the handler: cookies to give, None to take away."""
    status: int | None = None
    """Set by the handler where it may differ from the operation's."""

    @property
    def who(self) -> Principal:
        """The one who asks; ``NotSignedIn`` on an operation open to all."""
        if self.principal is None:
            raise NotSignedIn("the sign-in is missing or has ended", hint="sign in")
        return self.principal

    @property
    def agent(self) -> UUID:
        """The agent who asks; ``Denied`` for a program that stands for no account."""
        if self.who.is_program and self.who.id == self.who.token:
            raise Denied(
                "this token stands for no account, so it has no agent",
                code="no_agent",
                hint="make a token with --account NAME",
            )
        return self.who.id

    def command_id(self, *parts: object) -> UUID:
        """The id of a command: the same for the same ``Idempotency-Key``, else fresh."""
        if self.idempotency_key is None:
            return new_id()
        return derived_id(self.who.id, self.idempotency_key, *parts)

    def changed_meanwhile(self, conflict: Conflict) -> Exception:
        """A refused edit: 412 when the caller named a version, else the conflict as it is."""
        if self.if_match is None:
            return conflict
        return VersionChanged(conflict.message, hint=conflict.hint)


def parse_if_match(value: str | None) -> int | None:
    """The version in an ``If-Match`` header (ours are quoted integers; ``*`` asks for nothing)."""
    if value is None or value.strip() == "*":
        return None
    text = value.strip().removeprefix("W/").strip('"')
    if not text.isdecimal() or len(text) > 12:
        raise Invalid(
            'If-Match: expected the ETag of the last reply, such as "3"',
            code="malformed_request",
            details={"errors": [{"where": "header.If-Match", "what": "not one of our ETags"}]},
        )
    return int(text)


def etag_of(version: int) -> str:
    return f'"{version}"'


def cursor_of(**parts: Any) -> str:
    """An opaque cursor carrying ``parts`` (JSON values)."""
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).rstrip(b"=").decode()


def read_cursor(cursor: str | None) -> dict[str, Any]:
    """The parts of ``cursor_of``; empty for None; ``Invalid`` for anything else."""
    if cursor is None:
        return {}
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (ValueError, msgspec.DecodeError) as error:
        raise Invalid(
            "cursor: not one of ours; start again without it", code="bad_cursor"
        ) from error
