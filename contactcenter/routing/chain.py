"""The hash chain of commands and decisions: a changed or missing record breaks all later ones."""

from __future__ import annotations

import hashlib

import msgspec

START = b""


def link(previous: bytes, record: object) -> bytes:
    """The hash of ``record`` (JSON-able) after ``previous``: SHA-256 over both."""
    return hashlib.sha256(previous + msgspec.json.encode(record, order="sorted")).digest()
