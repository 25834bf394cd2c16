"""Writing header fields: folded, encoded, and without a way to smuggle in another field.

Encoded words: RFC 2047; folding and line length: RFC 5322 2.1.1 and 2.2.3.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from contactcenter.core.errors import Invalid

_LINE = 76
_LONGEST = 998 - 80
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_FIELD_NAME = re.compile(r"[!-9;-~]{1,76}")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_ADDRESS = re.compile(r"[!-;=?A-~]+@[!-;=?A-~]+")
_MESSAGE_ID = re.compile(r"[!-;=?-~]{1,900}")
_WORD_OCTETS = 45
"""Octets in one encoded word: 60 characters of base64 and 12 of frame stay under 75."""


def safe(value: str, field: str) -> str:
    """``value`` if it can stand in a header. Raises ``Invalid`` naming the field, for a line break
    or another control character: that is how headers are injected."""
    if _CONTROL.search(value):
        raise Invalid(
            f"{field} holds a line break or control character",
            code="header_injection",
            hint="a header is one line of printable text",
            details={"field": field},
        )
    return value


def text_field(name: str, value: str) -> str:
    """An unstructured field (Subject), ready to send, with its line end."""
    if not _FIELD_NAME.fullmatch(name):
        raise Invalid(
            "not a header field name", code="invalid_header", details={"field": name[:40]}
        )
    value = safe(value, name)
    if value.isascii() and "=?" not in value and value == value.strip():
        if len(name) + 2 + len(value) <= _LINE:
            return f"{name}: {value}\r\n"
        words = value.split(" ")
        if all(0 < len(word) <= _LONGEST for word in words):
            return _folded(name, words)
    return f"{name}: " + "\r\n ".join(_encoded_words(value, len(name) + 2)) + "\r\n"


def mailbox_field(name: str, display: str, address: str) -> str:
    """``Name: display <address>``. ``address`` is ASCII (see ``core.addresses``)."""
    if not _ADDRESS.fullmatch(address) or len(address) > 320:
        raise Invalid(
            "not an address that can stand in a header",
            code="invalid_address",
            hint="allowed: local@domain in printable ASCII",
            details={"field": name},
        )
    display = safe(display, name).strip()
    if not display:
        return f"{name}: {address}\r\n"
    if not display.isascii() or "=?" in display:
        phrase = "\r\n ".join(_encoded_words(display, len(name) + 2))
    elif _ATOMS.fullmatch(display):
        phrase = display
    else:
        phrase = '"' + display.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if len(phrase) > _LONGEST:
        raise Invalid(
            "the display name is too long", code="invalid_header", details={"field": name}
        )
    gap = " " if len(name) + len(phrase) + len(address) < _LINE - 6 else "\r\n "
    return f"{name}: {phrase}{gap}<{address}>\r\n"


def message_ids_field(name: str, ids: tuple[str, ...]) -> str:
    """``Name: <id> <id>``; "" when none is left. An identifier that is not printable ASCII is left
    out: a customer's odd program must not stop an answer."""
    for one in ids:
        safe(one, name)
    kept = [f"<{one}>" for one in ids if _MESSAGE_ID.fullmatch(one)]
    return _folded(name, kept) if kept else ""


def _folded(name: str, words: list[str]) -> str:
    lines: list[str] = []
    line = f"{name}:"
    for word in words:
        if len(line) + 1 + len(word) > _LINE and line.strip() and not line.endswith(":"):
            lines.append(line)
            line = ""
        line += " " + word
    lines.append(line)
    return "\r\n".join(lines) + "\r\n"


def _encoded_words(value: str, used: int) -> Iterator[str]:
    """``value`` as encoded words, cut between characters (RFC 2047 5: never inside one)."""
    room = max(12, _WORD_OCTETS - (used * 3 // 4 if used > 12 else 0))
    chunk = b""
    for char in value:
        octets = char.encode("utf-8", "replace")
        if len(chunk) + len(octets) > room:
            yield _word(chunk)
            chunk, room = b"", _WORD_OCTETS
        chunk += octets
    yield _word(chunk)


def _word(octets: bytes) -> str:
    return f"=?utf-8?b?{base64.b64encode(octets).decode('ascii')}?="
