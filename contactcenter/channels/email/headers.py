"""Reading header fields as they come: folded, 8-bit, half-encoded, broken. Nothing here raises.

Pure functions over bytes and text. Encoded words: RFC 2047; parameters: RFC 2231; addresses:
RFC 5322 3.4 with what mail programs really write. Writing headers: ``compose_headers``.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from contactcenter.channels.email.charsets import decode_bytes

LONGEST_VALUE = 16 * 1024
"""Octets of one field that are read; the rest stays in the raw message only."""
MOST_MAILBOXES = 200
MOST_REFERENCES = 100

_ENCODED_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_PARAMETER = re.compile(r';\s*([^\s=;"]{1,80})\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,900})>")
_ADDRESS_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"?|\((?:[^()\\]|\\.)*\)?|<[^>]*>?|[,;:]|[^"(<,;:]+|.', re.DOTALL
)
"""A quoted string, a comment, an angle address, a separator, or a run of anything else."""
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"?')
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name (may be "") and an address as written, without angle brackets."""

    name: str
    address: str


def decode_value(raw: bytes, charset: str = "") -> str:
    """One field as one line of text. ``charset`` is tried for bare 8-bit octets."""
    unfolded = re.sub(rb"\r?\n[ \t]*|\r", b" ", raw[:LONGEST_VALUE])
    pieces: list[str] = []
    pending: list[bytes] = []  # octets of adjacent words: a character may be cut between them
    pending_charset = ""
    position = 0
    for match in _ENCODED_WORD.finditer(unfolded):
        between = unfolded[position : match.start()]
        name = match[1].split(b"*")[0].decode("ascii", "replace").lower()
        if (between.strip() or name != pending_charset) and pending:
            pieces.append(decode_bytes(b"".join(pending), pending_charset)[0])
            pending.clear()
        if between.strip() or (between and position == 0):
            pieces.append(decode_bytes(between, charset)[0])
        pending.append(_word_octets(match[2], match[3]))
        pending_charset = name
        position = match.end()
    if pending:
        pieces.append(decode_bytes(b"".join(pending), pending_charset)[0])
    pieces.append(decode_bytes(unfolded[position:], charset)[0])
    return _CONTROL.sub(" ", "".join(pieces)).strip()


def _word_octets(how: bytes, payload: bytes) -> bytes:
    if how in b"qQ":
        return binascii.a2b_qp(payload, header=True)
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", payload)
    kept = kept[:-1] if len(kept) % 4 == 1 else kept
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


def parse_parameters(raw: bytes) -> tuple[str, dict[str, str]]:
    """A value with parameters (Content-Type, Content-Disposition) as (value, parameters).

    Names are lower case. Continuations (``name*0``), charsets (``name*=``) and the encoded words
    that some programs put there against RFC 2047 5 are all read.
    """
    text = decode_bytes(re.sub(rb"\r?\n[ \t]*|\r", b" ", raw[:LONGEST_VALUE]), "")[0]
    value = text.split(";", 1)[0].strip().lower()
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAMETER.finditer(text):
        name, content = match[1].lower(), match[2].strip()
        if content.startswith('"'):
            content = re.sub(r"\\(.)", r"\1", content[1:-1] if len(content) > 1 else "")
        base, *marks = name.split("*")
        order = next((int(mark) for mark in marks if mark.isascii() and mark.isdigit()), 0)
        pieces.setdefault(base, []).append((order, name.endswith("*"), content))
    return value, {name: _joined(found) for name, found in pieces.items()}


def _joined(found: list[tuple[int, bool, str]]) -> str:
    ordered = sorted(found, key=lambda piece: piece[0])
    if not any(extended for _, extended, _ in ordered):
        plain = "".join(content for _, _, content in ordered)
        return decode_value(plain.encode("utf-8", "replace")) if "=?" in plain else plain
    octets, charset = b"", ""
    for index, (_, extended, content) in enumerate(ordered):
        if extended and index == 0 and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        encoded = content.encode("utf-8", "replace")
        octets += unquote_to_bytes(encoded) if extended else encoded
    return _CONTROL.sub(" ", decode_bytes(octets, charset)[0])


def parse_mailboxes(raw: bytes, charset: str = "") -> tuple[Mailbox, ...]:
    """The mailboxes of an address field, groups flattened; what has no address is left out.

    Reads the *last* angle address of an entry, and never takes an address out of a display name:
    ``"boss@corp.example" <eve@evil.example>`` is eve.
    """
    text = decode_bytes(re.sub(rb"\r?\n[ \t]*|\r", b" ", raw[:LONGEST_VALUE]), charset)[0]
    found: list[Mailbox] = []
    for entry in _entries(text):
        if len(found) == MOST_MAILBOXES:
            break
        mailbox = _mailbox(entry, charset)
        if mailbox is not None:
            found.append(mailbox)
    return tuple(found)


def _entries(text: str) -> list[str]:
    """``text`` cut at the commas and semicolons outside quotes, comments and angle brackets."""
    entries: list[str] = []
    current: list[str] = []
    for piece in _ADDRESS_TOKEN.findall(text):
        if piece in (",", ";"):
            entries.append("".join(current))
            current.clear()
        elif piece == ":":  # "Undisclosed recipients:" opens a group
            current.clear()
        else:
            current.append(piece)
    entries.append("".join(current))
    return entries


def _mailbox(entry: str, charset: str) -> Mailbox | None:
    start, end = entry.rfind("<"), entry.rfind(">")
    if 0 <= start < end:
        name, address = entry[:start], entry[start + 1 : end]
    else:
        comment = re.search(r"\(([^()]*)\)", entry)
        name = comment[1] if comment else ""
        address = re.sub(r"\([^()]*\)", "", entry)
    address = address.strip().removeprefix("mailto:")
    if "@" not in address or re.search(r"[\s<>]", address):
        return None
    name = _QUOTED.sub(lambda quoted: re.sub(r"\\(.)", r"\1", quoted[1]), name.strip())
    return Mailbox(decode_value(name.encode("utf-8", "replace"), charset), address)


def parse_message_ids(raw: bytes) -> tuple[str, ...]:
    """Message identifiers of a field, without angle brackets, in order, each once."""
    text = decode_bytes(raw[-LONGEST_VALUE:], "")[0]
    found = _MESSAGE_ID.findall(text)
    if not found:  # some programs leave the brackets out
        found = [word for word in text.split() if "@" in word and "<" not in word]
    return tuple(dict.fromkeys(found))[-MOST_REFERENCES:]
