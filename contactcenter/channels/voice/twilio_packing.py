"""Steps carried inside an address, so that any server node can answer, also after a restart.

Twilio asks again for two things no core event belongs to: what a parked caller hears, and what
follows a voicemail. Both travel in the query of our own address, which Twilio's signature covers.
"""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from contactcenter.channels.voice.steps import Step, step_from_data, step_to_data
from contactcenter.core.errors import Invalid

MAX_PACKED = 3000
"""Characters. Keeps an address well under the 4,000 Twilio takes."""


def packed(steps: Sequence[Step]) -> str:
    """``steps`` as one query value ("" for none); the last are left out over ``MAX_PACKED``.

    Losing the tail of a wait announcement is better than losing the caller.
    """
    kept = list(steps)
    while kept:
        plain = json.dumps([step_to_data(step) for step in kept], ensure_ascii=False)
        value = urlsafe_b64encode(zlib.compress(plain.encode(), 9)).decode().rstrip("=")
        if len(value) <= MAX_PACKED:
            return value
        kept.pop()
    return ""


def unpacked(value: str) -> tuple[Step, ...]:
    """The inverse of ``packed``. Raises ``Invalid`` for anything ``packed`` did not make."""
    if not value:
        return ()
    try:
        raw = urlsafe_b64decode(value + "=" * (-len(value) % 4))
        box = zlib.decompressobj()
        plain = box.decompress(raw, 64 * 1024)
        if not box.eof:
            raise ValueError("cut short")
        return tuple(step_from_data(item) for item in json.loads(plain))
    except (ValueError, TypeError, KeyError, AttributeError, zlib.error) as exc:
        raise Invalid("The steps in the address are damaged.", code="malformed_query") from exc
