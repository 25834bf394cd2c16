"""Mail out by SMTP: a relay, kept connections, and honest outcomes.

Each message is one transaction with one recipient. What the relay says becomes a
``TransportError``; a connection lost after the last octet of DATA was written and before the reply
is ``unknown`` and never tried again here. RFC 5321; replies: RFC 5321 4.2, RFC 3463.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from contactcenter.channels.email.base import MailHanded
from contactcenter.core.errors import Invalid, TransportError

if TYPE_CHECKING:
    from aiosmtplib import SMTP

TlsMode = Literal["require", "implicit", "opportunistic", "none"]
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")

_QUEUED = re.compile(
    r"(?:queued(?: mail)?(?: for delivery)?(?: as)?|id|stored)[ =:]+<?([\w.@-]{4,200})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpRelay:
    """The relay. ``tls``: ``require`` (STARTTLS with a checked certificate; ``implicit`` on port
    465), ``opportunistic`` (STARTTLS when offered, unchecked), ``none`` (loopback only)."""

    host: str
    port: int = 587
    username: str = ""
    password: str = ""
    tls: TlsMode = "require"
    ca_file: str | None = None
    local_hostname: str = "localhost"
    connections: int = 10
    messages_per_connection: int = 100
    idle_s: float = 30.0
    connect_timeout_s: float = 15.0
    command_timeout_s: float = 60.0
    data_timeout_s: float = 600.0
    """RFC 5321 4.5.3.2.6: ten minutes for the reply to the end of DATA."""

    @property
    def is_implicit(self) -> bool:
        """TLS from the first octet: port 465 is nothing else (RFC 8314 3.3)."""
        return self.tls == "implicit" or (self.tls == "require" and self.port == 465)

    @property
    def start_tls(self) -> bool | None:
        """As aiosmtplib wants it: True demands STARTTLS, None uses it when offered."""
        if self.tls == "opportunistic":
            return None
        return self.tls == "require" and not self.is_implicit

    def checked(self) -> SmtpRelay:
        """Itself, or ``Invalid`` with what is wrong."""
        if not self.host:
            raise Invalid("the SMTP relay has no host", code="invalid_setting")
        if self.tls == "none" and self.host not in _LOOPBACK:
            raise Invalid(
                "mail may go out unencrypted to this machine only",
                code="invalid_setting",
                hint="set tls to require, implicit or opportunistic",
            )
        if self.username and self.tls in ("opportunistic", "none") and self.host not in _LOOPBACK:
            raise Invalid(
                "a password may not be sent over a connection that may be unencrypted",
                code="invalid_setting",
                hint="set tls to require or implicit",
            )
        if self.connections < 1:
            raise Invalid("the pool needs at least one connection", code="invalid_setting")
        return self


class _Lost(Exception):
    """The connection broke before the relay could have taken the message."""


@dataclass(slots=True)
class _Kept:
    """A connection and how often and when it was used (loop time)."""

    client: SMTP
    sent: int = 0
    used_at: float = 0.0


class SmtpPool:
    """``MailOut`` over at most ``relay.connections`` connections, opened when needed."""

    provider = "smtp"

    def __init__(self, relay: SmtpRelay) -> None:
        self._relay = relay.checked()
        self._free = asyncio.Semaphore(relay.connections)
        self._idle: deque[_Kept] = deque()
        self._tls = _tls_context(self._relay)
        self._stopped = False

    async def send(
        self, message_key: str, *, mail_from: str, rcpt_to: str, raw: bytes
    ) -> MailHanded:
        """Hand one message over, once. Waits while all connections are busy.

        A kept connection may have been closed by the relay meanwhile: the loss of one before the
        message was written is made good once on a fresh connection.
        """
        if self._stopped:
            raise TransportError("the mail pool is stopped", permanent=False)
        async with self._free:
            kept = await self._idle_connection()
            if kept is not None:
                try:
                    return await self._hand_over(kept, mail_from, rcpt_to, raw)
                except _Lost:
                    pass
            fresh = _Kept(await self._connect())
            try:
                return await self._hand_over(fresh, mail_from, rcpt_to, raw)
            except _Lost as lost:
                raise TransportError(str(lost), permanent=False) from lost

    async def stop(self) -> None:
        """Close the idle connections; busy ones close when their message is done."""
        self._stopped = True
        while self._idle:
            await self._quit(self._idle.pop())

    async def _idle_connection(self) -> _Kept | None:
        """The most recently used idle connection that is still fit."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            kept = self._idle.pop()
            if kept.client.is_connected and now - kept.used_at <= self._relay.idle_s:
                return kept
            kept.client.close()
        return None

    async def _connect(self) -> SMTP:
        import aiosmtplib

        relay = self._relay
        client = aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            username=relay.username or None,
            password=relay.password or None,
            local_hostname=relay.local_hostname,
            timeout=relay.connect_timeout_s,
            use_tls=relay.is_implicit,
            start_tls=relay.start_tls,
            tls_context=self._tls,
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:  # now, to know whether SIZE is understood
                await client.ehlo()
        except aiosmtplib.SMTPResponseException as error:
            # A refused greeting, EHLO, STARTTLS or sign-in says nothing about the message.
            client.close()
            raise _refused(f"the relay refused the connection ({error.code})", error) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            what = f"no connection to the relay: {type(error).__name__}"
            raise TransportError(what, permanent=False) from error
        return client

    async def _hand_over(self, kept: _Kept, mail_from: str, rcpt_to: str, raw: bytes) -> MailHanded:
        """One transaction; afterwards the connection is idle again or closed."""
        keep = False
        try:
            reply = await _transaction(kept.client, self._relay, mail_from, rcpt_to, raw)
            keep = True
        except TransportError as error:
            # 421 announces the end of the connection (RFC 5321 3.8); else it can be cleared.
            keep = error.reply_code[:3] not in ("", "421") and await _reset(kept.client)
            raise
        finally:
            kept.sent += 1
            kept.used_at = asyncio.get_running_loop().time()
            if keep and not self._stopped and kept.sent < self._relay.messages_per_connection:
                self._idle.append(kept)
            elif keep:
                await self._quit(kept)
            else:
                kept.client.close()
        return MailHanded(provider_ref=_queue_id(reply), reply=f"250 {reply}"[:500])

    async def _quit(self, kept: _Kept) -> None:
        import aiosmtplib

        try:
            await kept.client.quit(timeout=2.0)
        except (aiosmtplib.SMTPException, OSError, ValueError):
            kept.client.close()


async def _transaction(
    client: SMTP, relay: SmtpRelay, mail_from: str, rcpt_to: str, raw: bytes
) -> str:
    """MAIL, RCPT, DATA; the text of the final 250. Raises ``_Lost`` or ``TransportError``."""
    import aiosmtplib

    timeout = relay.command_timeout_s
    options = [f"SIZE={len(raw)}"] if client.supports_extension("size") else []
    try:
        await client.mail(mail_from, options=options, timeout=timeout)
        await client.rcpt(rcpt_to, timeout=timeout)
        # By hand instead of client.data(): only so is it known whether the message was written.
        started = await client.execute_command(b"DATA", timeout=timeout)
    except aiosmtplib.SMTPSenderRefused as error:
        if error.code == 421:
            raise _Lost("the relay closed the connection (421)") from error
        raise _refused("the relay refused the sender", error, final=True) from error
    except aiosmtplib.SMTPResponseException as error:
        if error.code == 421:
            raise _Lost("the relay closed the connection (421)") from error
        raise _refused("the relay refused the recipient", error, final=True) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _Lost(f"connection lost before DATA: {type(error).__name__}") from error
    except (ValueError, UnicodeEncodeError) as error:
        raise TransportError("the envelope can not be sent", permanent=True) from error
    if started.code == 421:
        raise _Lost("the relay closed the connection (421)")
    if started.code != 354:
        response = aiosmtplib.SMTPResponseException(started.code, started.message)
        raise _refused("the relay refused DATA", response, final=True)
    return await _write_message(client, relay, raw)


async def _write_message(client: SMTP, relay: SmtpRelay, raw: bytes) -> str:
    import aiosmtplib

    protocol = client.protocol
    if protocol is None:
        raise _Lost("connection lost before the message was written")
    try:
        protocol.write(_stuffed(raw))
        reply = await protocol.read_response(timeout=relay.data_timeout_s)
    except (aiosmtplib.SMTPException, OSError) as error:
        raise TransportError(
            "the connection was lost after the message was written", permanent=False, unknown=True
        ) from error
    if reply.code != 250:
        response = aiosmtplib.SMTPResponseException(reply.code, reply.message)
        raise _refused("the relay refused the message", response, final=True)
    return reply.message


def _stuffed(raw: bytes) -> bytes:
    """``raw`` with CRLF line ends, dots doubled and the final dot (RFC 5321 4.5.2)."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", raw)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    if lines.startswith(b"."):
        lines = b"." + lines
    return lines.replace(b"\r\n.", b"\r\n..") + b".\r\n"


async def _reset(client: SMTP) -> bool:
    """Clear a refused transaction; False when the connection is of no more use."""
    import aiosmtplib

    try:
        await client.rset(timeout=5.0)
    except (aiosmtplib.SMTPException, OSError):
        return False
    return True


def _refused(what: str, error: object, *, final: bool = False) -> TransportError:
    """A reply as our error. ``final``: the reply is about this message, so 5xx is permanent.

    The text of a reply often repeats the address, so only codes travel in the error; the text
    stands in ``details["reply"]`` for classification, not for logs.
    """
    code = int(getattr(error, "code", 0))
    text = str(getattr(error, "message", ""))
    enhanced = _ENHANCED.search(text)
    reply_code = f"{code} {enhanced[1]}" if enhanced else str(code)
    failure = TransportError(
        f"{what} ({reply_code})", permanent=final and 500 <= code <= 599, reply_code=reply_code
    )
    failure.details["reply"] = text[:1000]
    return failure


def _queue_id(reply: str) -> str:
    """The relay's own name for the message, where it tells one (``queued as ABC123``)."""
    found = re.search(
        r"(?:queued(?: mail)?(?: for delivery)?(?: as)?|id)[ =:]+<?([\w.@-]{4,200})", reply
    )
    return found[1] if found else ""


def _tls_context(relay: SmtpRelay) -> ssl.SSLContext | None:
    if relay.tls == "none":
        return None
    context = ssl.create_default_context(cafile=relay.ca_file)
    if relay.tls == "opportunistic":
        # Unauthenticated encryption is better than none (RFC 7435).
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
