"""Text messages on the wire: encoding, segments, and characters that make a message dearer.

Pure functions. GSM 7-bit alphabet and extension table: 3GPP TS 23.038 6.2.1; segment sizes with
a user data header of six octets: 3GPP TS 23.040 9.2.3.24. Stop words live in
``channels.sms.text``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
"""Each costs two septets: an escape and the character."""

_SIZES: dict[Encoding, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}
"""Units in a message of one segment, and in each segment of a longer one."""

SUBSTITUTES: dict[str, str] = {
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'", "`": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u2033": '"',
    "\u00ab": '"', "\u00bb": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
    "\u2026": "...", "\u2022": "-", "\u00b7": ".",
    # A no-break space pasted from a word processor turns the text into UCS-2 and doubles its price.
    "\u00a0": " ", "\u202f": " ", "\u2007": " ", "\u2009": " ", "\u3000": " ", "\t": " ",
    "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\ufeff": "", "\u00ad": "",
}  # fmt: skip
"""What the composer offers instead. Only look-alikes: no letter loses its accent."""


@dataclass(frozen=True, slots=True)
class Offender:
    """A character outside GSM-7: where it stands and what could stand there (None: nothing)."""

    index: int
    char: str
    instead: str | None


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text costs. ``units`` are septets (GSM-7) or 16-bit units (UCS-2); ``room`` is how
    many more fit into the last segment."""

    encoding: Encoding
    units: int
    count: int
    room: int
    offenders: tuple[Offender, ...] = ()


def encoding_of(text: str) -> Encoding:
    """GSM-7 when every character is in the alphabet, else UCS-2."""
    return "GSM-7" if all(c in GSM_BASIC or c in GSM_EXTENSION for c in text) else "UCS-2"


def segments(text: str) -> Segments:
    """Encoding, units and segments of ``text``. The empty text has no segment."""
    encoding = encoding_of(text)
    parts = list(_packed(text, encoding))
    units = sum(size for _, size in parts)
    single, many = _SIZES[encoding]
    limit = single if len(parts) <= 1 else many
    room = limit - parts[-1][1] if parts else single
    return Segments(encoding, units, len(parts), room, tuple(_offenders(text, encoding)))


def split(text: str) -> list[str]:
    """The text of each segment, in order; joined they are ``text``."""
    return [part for part, _ in _packed(text, encoding_of(text))]


def substitute(text: str) -> str:
    """``text`` with look-alikes put in, if that makes it shorter on the wire; else unchanged."""
    offered = "".join(
        char if char in GSM_BASIC or char in GSM_EXTENSION else SUBSTITUTES.get(char, char)
        for char in text
    )
    # Inside a UCS-2 text nothing is gained, and an emoji sequence would lose its joiner.
    return offered if encoding_of(offered) == "GSM-7" else text


def _units(char: str, encoding: Encoding) -> int:
    if encoding == "GSM-7":
        return 2 if char in GSM_EXTENSION else 1
    return 2 if ord(char) > 0xFFFF else 1


def _packed(text: str, encoding: Encoding) -> Iterator[tuple[str, int]]:
    """Segments as (text, units). A two-unit character never straddles a boundary."""
    single, many = _SIZES[encoding]
    sizes = [_units(char, encoding) for char in text]
    total = sum(sizes)
    if total <= single:
        if text:
            yield text, total
        return
    start = used = 0
    for index, size in enumerate(sizes):
        if used + size > many:
            yield text[start:index], used
            start, used = index, 0
        used += size
    yield text[start:], used


def _offenders(text: str, encoding: Encoding) -> Iterator[Offender]:
    if encoding == "GSM-7":
        return
    for index, char in enumerate(text):
        if char not in GSM_BASIC and char not in GSM_EXTENSION:
            yield Offender(index, char, SUBSTITUTES.get(char))
