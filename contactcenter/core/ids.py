"""Identifiers: UUIDv7, so that rows taken in id order are rows taken in time order."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid5

import uuid_utils.compat

IdSource = Callable[[], UUID]

NAMESPACE = UUID("6f1c2f1e-4a86-5c0e-9d0c-1d7a52f4be11")
"""Namespace of every derived id of this product (RFC 9562 version 5)."""


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562), monotonic within this process."""
    return uuid_utils.compat.uuid7()


def derived_id(*parts: object) -> UUID:
    """The same id for the same parts, always: keys for idempotent commands and messages."""
    return uuid5(NAMESPACE, "\x1f".join(str(part) for part in parts))
