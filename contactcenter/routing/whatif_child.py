"""A process of its own for a comparison: the server's loop and its router go on undisturbed.

``python -m contactcenter.routing.whatif_child`` reads one line of JSON (``Order``) and writes
lines: ``{"share": 0.4}`` now and then, at the end ``{"result": ...}`` or ``{"refused": ...}``.
The store's address comes by standard input, since arguments are seen by everybody.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from typing import Any

import msgspec

from contactcenter.core.db import Database
from contactcenter.core.errors import ContactCenterError
from contactcenter.routing.whatif import whatif
from contactcenter.routing.whatif_pages import data_of


class Order(msgspec.Struct):
    """What is to be compared."""

    url: str
    rules: Any
    start: datetime
    end: datetime
    remove: bool


class Refused(msgspec.Struct):
    """Why it was not. ``code``: of ``core.errors``."""

    code: str
    message: str
    hint: str | None


def main() -> None:
    """Serve one order."""
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    asyncio.run(_serve(order))


async def _serve(order: Order) -> None:
    told = -1

    def tell(share: float) -> None:
        nonlocal told
        if int(100 * share) > told:
            told = int(100 * share)
            _say({"share": told / 100})

    db = await Database.open(order.url)
    try:
        found = await whatif(
            db, order.rules, order.start, order.end, remove=order.remove, progress=tell
        )
        _say({"result": data_of(found)})
    except ContactCenterError as error:
        _say({"refused": Refused(error.code, error.message, error.hint)})
    finally:
        await db.close()


def _say(line: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
