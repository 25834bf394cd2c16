"""Expecting an error without a test library in the imports."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

E = TypeVar("E", bound=Exception)


async def refused(kind: type[E], work: Awaitable[object]) -> E:
    """The error of ``kind`` that ``work`` must end in."""
    try:
        await work
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was expected, and nothing was refused")
