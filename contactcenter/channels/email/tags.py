"""Signed parts of our own addresses: which thread a reply belongs to, which message bounced.

``support+<token>@`` carries a thread, ``bounce+<message key>.<mac>@`` a message (VERP). The mac is
64 bits of HMAC-SHA-256, in lower-case base32: mail systems may change the case of a local part,
and a local part holds 64 octets (RFC 5321 4.5.3.1.1). Pure; the key comes in as an argument.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from uuid import UUID

from contactcenter.core.errors import Invalid

_MAC_OCTETS = 8
_TOKEN_LENGTH = 39  # base32 of 16 + 8 octets, unpadded
LONGEST_LINE = 64 - 1 - _TOKEN_LENGTH
"""Octets the local part of a line's address may have, so that a reply token fits behind it."""
BOUNCE = "bounce"
_KEY = re.compile(r"[a-z0-9][a-z0-9._=-]{0,43}")


class AddressTags:
    """Makes and reads signed addresses. The first key signs, all are accepted (rotation)."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) < 16 for key in keys):
            raise Invalid("address tags need a key of at least 16 octets", code="weak_key")
        self._keys = tuple(keys)

    def reply_address(self, line: str, thread: UUID) -> str:
        """``line`` ("support@example.com") with a token naming ``thread``."""
        local, domain = _split(line)
        if len(local) > LONGEST_LINE:
            raise Invalid(
                "the local part of the line is too long to carry a reply token",
                code="line_too_long",
                details={"allowed": f"at most {LONGEST_LINE} characters before the @"},
            )
        token = _base32(thread.bytes + self._mac(self._keys[0], b"reply", thread.bytes))
        return f"{local}+{token}@{domain}"

    def thread_of(self, address: str) -> UUID | None:
        """The thread named in ``address``, None without a token or with a forged one."""
        token = _tag_of(address)
        if len(token) != _TOKEN_LENGTH:
            return None
        octets = _from_base32(token)
        if octets is None:
            return None
        thread, mac = octets[:16], octets[16:]
        return UUID(bytes=thread) if self._signed(b"reply", thread, mac) else None

    def return_path(self, message_key: str, domain: str) -> str:
        """The envelope sender of one message, so that a bounce names it."""
        if not _KEY.fullmatch(message_key):
            raise Invalid(
                "the message key does not fit into an address",
                code="invalid_message_key",
                details={"allowed": "1-44 of a-z 0-9 . _ = -"},
            )
        mac = self._mac(self._keys[0], b"bounce", message_key.encode())
        return f"{BOUNCE}+{message_key}.{_base32(mac)}@{domain}"

    def message_key_of(self, address: str) -> str | None:
        """The message named in a return path of ours, None in any other address."""
        local = address.partition("@")[0].lower()
        if not local.startswith(BOUNCE + "+"):
            return None
        key, _, mac_text = _tag_of(address).rpartition(".")
        mac = _from_base32(mac_text)
        if not key or mac is None or not self._signed(b"bounce", key.encode(), mac):
            return None
        return key

    def _signed(self, purpose: bytes, content: bytes, mac: bytes) -> bool:
        return any(hmac.compare_digest(self._mac(key, purpose, content), mac) for key in self._keys)

    @staticmethod
    def _mac(key: bytes, purpose: bytes, content: bytes) -> bytes:
        return hmac.new(key, purpose + b"\x00" + content, hashlib.sha256).digest()[:_MAC_OCTETS]


def without_tag(address: str) -> str:
    """``address`` in lower case without its ``+tag``: the line it belongs to."""
    local, at, domain = address.lower().rpartition("@")
    return local.partition("+")[0] + at + domain if at else address.lower()


def message_id_of(message_key: str, domain: str) -> str:
    """Our Message-ID (no angle brackets) for ``message_key``: a resend carries the same."""
    return f"{message_key}@{domain}"


def _split(address: str) -> tuple[str, str]:
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain:
        raise Invalid("a line's address has the form local@domain", code="invalid_address")
    return local, domain


def _tag_of(address: str) -> str:
    local = address.rpartition("@")[0]
    return local.partition("+")[2].lower()


def _base32(octets: bytes) -> str:
    return base64.b32encode(octets).decode("ascii").rstrip("=").lower()


def _from_base32(text: str) -> bytes | None:
    padded = text.upper() + "=" * (-len(text) % 8)
    try:
        octets = base64.b32decode(padded)
    except ValueError:
        return None
    # One spelling per value: loose last bits would give a token several valid forms.
    return octets if _base32(octets) == text else None
