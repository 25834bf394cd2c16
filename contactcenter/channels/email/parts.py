"""A MIME message as a tree of slices of the raw octets, in bounded time and memory.

Own reader instead of the standard library's: that one tests every line against every open
boundary and recurses per level, so a hostile message costs quadratic time or a RecursionError.
Here a level is one search over its slice; depth, parts and header size are capped. Structure:
RFC 2045, RFC 2046 5.1.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from contactcenter.channels.email.headers import parse_parameters

DEEPEST = 20
MOST_PARTS = 200
MOST_HEADER_OCTETS = 256 * 1024
MOST_FIELDS = 500
_MOST_BOUNDARY_TRIES = 5_000

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*(.*)", re.DOTALL)
_NOT_BASE64 = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
)


@dataclass(slots=True)
class Part:
    """One entity: its header fields, and its body as ``raw[start:end]``, still encoded."""

    fields: list[tuple[str, bytes]]
    start: int
    end: int
    content_type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    filename: str = ""
    children: list[Part] = field(default_factory=list)

    def first(self, name: str) -> bytes:
        """The first field called ``name`` (lower case), b"" when there is none."""
        return next((value for found, value in self.fields if found == name), b"")

    def all(self, name: str) -> list[bytes]:
        return [value for found, value in self.fields if found == name]

    def walk(self) -> Iterator[Part]:
        yield self
        for child in self.children:
            yield from child.walk()

    def content(self, raw: bytes) -> bytes:
        """The decoded octets of this entity."""
        return decode_transfer(raw[self.start : self.end], self.first("content-transfer-encoding"))


class _Reading:
    """Budget and notes of one message."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.parts = 0
        self.tries = 0
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def read_parts(raw: bytes) -> tuple[Part, list[str]]:
    """The tree of ``raw`` and what was wrong with it. Never raises."""
    reading = _Reading(raw)
    return _read_entity(reading, 0, len(raw), 0, "text/plain"), reading.notes


def _read_entity(reading: _Reading, start: int, end: int, depth: int, default: str) -> Part:
    reading.parts += 1
    fields, body = _read_fields(reading, start, end)
    part = Part(fields, body, end, default)
    if raw_type := part.first("content-type"):
        value, part.parameters = parse_parameters(raw_type)
        # RFC 2045 5.2: what can not be read is plain text.
        part.content_type = value if re.fullmatch(r"[^\s/]+/[^\s/]+", value) else "text/plain"
    part.disposition, parameters = parse_parameters(part.first("content-disposition"))
    part.filename = parameters.get("filename") or part.parameters.get("name", "")
    if part.content_type.startswith("multipart/"):
        _read_multipart(reading, part, depth)
    elif part.content_type in ("message/rfc822", "message/global"):
        _read_enclosed(reading, part, depth)
    return part


def _read_enclosed(reading: _Reading, part: Part, depth: int) -> None:
    encoding = part.first("content-transfer-encoding").strip().lower()
    if depth >= DEEPEST or reading.parts >= MOST_PARTS:
        reading.note(f"not opened beyond {DEEPEST} levels or {MOST_PARTS} parts")
    elif encoding in (b"", b"7bit", b"8bit", b"binary"):
        part.children.append(_read_entity(reading, part.start, part.end, depth + 1, "text/plain"))


def _read_multipart(reading: _Reading, part: Part, depth: int) -> None:
    boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
    default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    if depth >= DEEPEST:
        reading.note(f"not opened beyond {DEEPEST} levels")
    elif not boundary or len(boundary) > 200:
        reading.note("multipart without a boundary, shown as text")
    else:
        for start, end in _slices(reading, part, boundary):
            if reading.parts >= MOST_PARTS:
                reading.note(f"only the first {MOST_PARTS} parts were read")
                return
            part.children.append(_read_entity(reading, start, end, depth + 1, default))
        if part.children:
            return
        reading.note("multipart without any part, shown as text")
    if not part.children:
        part.content_type = "text/plain"


def _slices(reading: _Reading, part: Part, boundary: bytes) -> Iterator[tuple[int, int]]:
    """The bodies between delimiter lines; a missing close delimiter ends at the end."""
    raw, mark = reading.raw, b"--" + boundary
    open_at: int | None = None
    position = part.start
    while True:
        found = raw.find(mark, position, part.end)
        if found < 0:
            if open_at is not None:
                reading.note("multipart is not closed")
                yield open_at, part.end
            return
        reading.tries += 1
        if reading.tries > _MOST_BOUNDARY_TRIES:
            reading.note("too many boundary lines, the rest is one part")
            if open_at is not None:
                yield open_at, part.end
            return
        after = found + len(mark)
        eol = raw.find(b"\n", after, part.end)
        eol = part.end if eol < 0 else eol
        tail = raw[after : min(eol, after + 100)].strip()
        at_line_start = found == part.start or raw[found - 1 : found] == b"\n"
        position = min(eol + 1, part.end)
        if not at_line_start or tail not in (b"", b"--"):
            position = after
            continue
        if open_at is not None:
            yield open_at, max(open_at, _before_newline(raw, found))
        if tail == b"--":
            return
        open_at = position


def _before_newline(raw: bytes, position: int) -> int:
    """The line end before a delimiter belongs to the delimiter (RFC 2046 5.1.1)."""
    if raw[position - 2 : position] == b"\r\n":
        return position - 2
    return position - 1


def _read_fields(reading: _Reading, start: int, end: int) -> tuple[list[tuple[str, bytes]], int]:
    """Header fields and the place where the body begins."""
    raw = reading.raw
    if raw[start : start + 1] == b"\n":
        return [], start + 1
    if raw[start : start + 2] == b"\r\n":
        return [], start + 2
    limit = min(end, start + MOST_HEADER_OCTETS)
    blank = _BLANK_LINE.search(raw, start, limit)
    head_end, body = (blank.start(), blank.end()) if blank else (limit, limit)
    if not blank and limit < end:
        reading.note(f"header longer than {MOST_HEADER_OCTETS} octets")
    fields: list[tuple[str, bytes]] = []
    position = start
    for line in raw[start:head_end].split(b"\n"):
        if line[:1] in (b" ", b"\t") and fields:
            name, value = fields[-1]
            if len(value) < MOST_HEADER_OCTETS // 8:
                fields[-1] = (name, value + b"\n" + line)
        elif match := _FIELD.match(line):
            if len(fields) < MOST_FIELDS:
                fields.append((match[1].decode("ascii").lower(), match[2].rstrip(b"\r")))
            else:
                reading.note(f"only the first {MOST_FIELDS} header fields were read")
        elif not line.startswith((b"From ", b">From ")) and line.strip():
            # Not a field: the text has begun without its blank line.
            reading.note("header ends without a blank line")
            return fields, position
        position += len(line) + 1
    return fields, body


def decode_transfer(octets: bytes, encoding: bytes) -> bytes:
    """Undo a Content-Transfer-Encoding (RFC 2045 6), taking what can be taken of broken ones."""
    name = encoding.split(b";")[0].strip().strip(b"\"'").lower()
    if name == b"base64":
        kept = octets.translate(None, _NOT_BASE64)
        kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
        return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
    if name == b"quoted-printable":
        return binascii.a2b_qp(octets)
    if name in (b"x-uuencode", b"uuencode", b"x-uue", b"uue"):
        return _decode_uu(octets)
    return octets


def _decode_uu(octets: bytes) -> bytes:
    begin = re.search(rb"^begin [0-7]{3,4} [^\n]*\n", octets, re.MULTILINE)
    if not begin:
        return octets
    decoded: list[bytes] = []
    for line in octets[begin.end() :].splitlines():
        if line.strip() in (b"end", b"`", b""):
            break
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:
            continue
    return b"".join(decoded)
