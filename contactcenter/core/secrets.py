"""One secret key, one derived key per purpose (HKDF, RFC 5869), two keys accepted in a rotation.

Nothing else of the product makes keys. The key itself is never logged, stored or sent.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path

from contactcenter.core.errors import Invalid

MIN_LENGTH = 32
"""Characters a configured key must have at least."""

KEY_FILE = "secret.key"
"""The embedded server's key, in its data folder, readable by its owner alone."""

_MAC_LENGTH = 16


class Secrets:
    """The keys in force; the first one signs, all of them are accepted."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise Invalid("secret key: none is set", hint="set CC_SECRET_KEY or CC_SECRET_KEY_FILE")
        for key in keys:
            if len(key) < MIN_LENGTH:
                raise Invalid(
                    f"secret key: {len(key)} characters are too few, at least {MIN_LENGTH}",
                    hint="make one with: openssl rand -hex 32",
                )
        self._keys = tuple(key.encode() for key in keys)

    def __repr__(self) -> str:
        return f"<Secrets: {len(self._keys)} keys>"

    def key(self, purpose: str) -> bytes:
        """The 32-byte key of a purpose, derived from the first key."""
        return _hkdf(self._keys[0], purpose)

    def keys(self, purpose: str) -> tuple[bytes, ...]:
        """The keys of a purpose, the one in force first."""
        return tuple(_hkdf(key, purpose) for key in self._keys)

    def mac(self, purpose: str, data: bytes) -> bytes:
        """HMAC-SHA256 of ``data`` under the key in force."""
        return hmac.digest(self.key(purpose), data, "sha256")

    def is_mac(self, purpose: str, data: bytes, given: bytes) -> bool:
        """Whether ``given`` is the MAC under any key in force; takes the same time either way."""
        good = [
            hmac.compare_digest(hmac.digest(key, data, "sha256")[: len(given)], given)
            for key in self.keys(purpose)
        ]
        return len(given) >= _MAC_LENGTH and any(good)

    def sign(self, purpose: str, payload: str) -> str:
        """A short text for addresses and links that ``unsign`` gives back: payload and MAC."""
        body = payload.encode()
        return _text(self.mac(purpose, body)[:_MAC_LENGTH] + body)

    def unsign(self, purpose: str, signed: str) -> str:
        """The payload of ``sign``; ``Invalid`` (code ``bad_signature``) for anything else."""
        try:
            raw = base64.urlsafe_b64decode(signed + "=" * (-len(signed) % 4))
            given, body = raw[:_MAC_LENGTH], raw[_MAC_LENGTH:]
            payload = body.decode()
        except ValueError:
            given, body, payload = b"", b"", ""
        if not self.is_mac(purpose, body, given):
            raise Invalid("this link is not one of ours", code="bad_signature")
        return payload


def load(key: str | None, previous: str | None = None, folder: Path | None = None) -> Secrets:
    """The configured keys; without one, the embedded server's own from ``folder``."""
    if key is None and folder is not None:
        key = _embedded(folder / KEY_FILE)
    return Secrets([each.strip() for each in (key, previous) if each])


def _embedded(file: Path) -> str:
    """The key in ``file``, made on first use; refused when others could read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        mode = stat.S_IMODE(file.stat().st_mode)
        if os.name == "posix" and mode & 0o077:
            raise Invalid(
                f"secret key: {file} can be read by others (mode {mode:o})",
                hint=f"chmod 600 {file}",
            ) from None
        return file.read_text()
    with os.fdopen(handle, "w") as out:
        out.write(made := secrets.token_hex(32))
        out.flush()
        os.fsync(out.fileno())
    return made


def _hkdf(key: bytes, purpose: str) -> bytes:
    """HKDF-SHA256 (RFC 5869) of one block: no salt, ``info`` = product and purpose, 32 bytes."""
    extracted = hmac.digest(b"\0" * hashlib.sha256().digest_size, key, "sha256")
    return hmac.digest(extracted, b"contactcenter:" + purpose.encode() + b"\x01", "sha256")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
