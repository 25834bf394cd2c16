"""Roles and the one who asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from contactcenter.core.errors import Denied, Invalid

Role = Literal["agent", "supervisor", "marketer", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)

LANGUAGES = ("en", "zh-CN")
"""The languages of the desks."""

MIN_PASSWORD = 10
"""Characters (NIST SP 800-63B asks for length, not for character classes)."""

MAX_PASSWORD = 200


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: an account signed in, or a program with a token of its own.

    ``id`` is the account's id; for a program without an account it is the token's.
    """

    id: UUID
    name: str
    display_name: str
    role: Role
    language: str
    token: UUID
    ends_at: datetime | None
    is_program: bool = False

    @property
    def actor(self) -> str:
        """The actor of log events: ``agent:<id>``."""
        return f"agent:{self.id}"

    def need(self, roles: frozenset[Role]) -> None:
        """``Denied`` unless the role is one of ``roles``."""
        if self.role not in roles:
            wanted = " or ".join(sorted(roles))
            raise Denied(f"this needs the role {wanted}, yours is {self.role}")


def role_named(name: str) -> Role:
    """The role of that name; ``Invalid`` naming those there are."""
    for role in ROLES:
        if role == name:
            return role
    raise Invalid(f"no role {name}; roles: {', '.join(ROLES)}", code="unknown_role")


def checked_password(password: str) -> str:
    """Itself, or ``Invalid`` saying what is asked of a password."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise Invalid(
            f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters", code="weak_password"
        )
    return password
