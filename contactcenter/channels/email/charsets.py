"""Octets to text for mail from anywhere: declared charset, else evidence, never an exception.

Text that leaves here can be stored anywhere: no NUL (PostgreSQL refuses it), no lone surrogate
(UTF-8 refuses it).
"""

from __future__ import annotations

import re

_WIDER = {
    # What senders mean by the narrow name is its superset (as in the WHATWG encoding table).
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030",
    "cp936": "gb18030", "chinese": "gb18030", "big5": "big5hkscs", "big5-hkscs": "big5hkscs",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "iso8859-1": "cp1252", "windows-1252": "cp1252",
    "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "ksc5601": "cp949", "shift_jis": "cp932",
    "sjis": "cp932", "x-sjis": "cp932", "unicode-1-1-utf-7": "utf-7", "utf8mb4": "utf-8",
    "x-unknown": "", "unknown-8bit": "", "default": "", "us-ascii": "", "ascii": "",
    "ansi_x3.4-1968": "", "x-user-defined": "",
}  # fmt: skip

_NEVER = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined"})
"""Codecs of Python that are no charset of mail: the first is quadratic, the others run escapes."""

_GB2312_LIKE = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xf7][\xa1-\xfe])*")


def decode_bytes(octets: bytes, charset: str) -> tuple[str, str]:
    """``octets`` as (text, note). The note is "" when they were what the sender said they were."""
    name = charset.strip().strip("\"'").lower()
    known = _WIDER.get(name, name)
    note = ""
    if known and known.replace("-", "_") not in _NEVER:
        try:
            return storable(octets.decode(known)), ""
        except UnicodeDecodeError:
            note = f"octets are not {name[:40]}"
        except (LookupError, ValueError):
            note = f"unknown charset {re.sub('[^a-z0-9_.-]', '?', name[:40])}"
    try:
        return storable(octets.decode("utf-8")), note
    except UnicodeDecodeError:
        pass
    if _GB2312_LIKE.fullmatch(octets):
        return storable(octets.decode("gb18030", "replace")), note or "charset guessed: gb18030"
    return storable(octets.decode("cp1252", "replace")), note or "charset guessed: cp1252"


def storable(text: str) -> str:
    """``text`` without NUL and lone surrogates."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")
