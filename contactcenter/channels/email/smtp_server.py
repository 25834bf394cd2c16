"""SMTP as a server on the running event loop: protocol, limits, and one question per recipient.

aiosmtpd speaks the commands; what is our own: DATA read in blocks (no limit on line length, for
real mail has lines of 100 kB; no more than the size limit in memory), caps on connections, and
250 only after the receiver has stored the mail. RFC 5321; SIZE: RFC 1870. Who the receiver is,
product or mail drop, is not known here.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from dataclasses import dataclass
from typing import Any, Protocol

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

_log = logging.getLogger(__name__)

MIB = 1024 * 1024
_END = b"\r\n.\r\n"
_MOST_HOPS = 50
_ALL = 1 << 30
"""More than the stream ever buffers (a few hundred kB: it pauses the sender above that)."""


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """``size`` in octets. ``messages_per_minute`` counts per peer address; 0 switches it off."""

    size: int = 25 * MIB
    connections: int = 200
    connections_per_peer: int = 50
    recipients: int = 100
    messages_per_minute: int = 600
    timeout_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Received:
    """One mail, whole. ``mail_from`` is "" for the null return path."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    raw: bytes
    peer: str


class MailReceiver(Protocol):
    """Whom the server works for."""

    def refusal(self, address: str) -> str | None:
        """Why ``address`` is not taken (``550 5.1.1 ...``), None when it is."""
        ...

    async def take(self, mail: Received) -> str | None:
        """Store ``mail``; only then 250 is said. A reply other than None is said instead. An
        exception is answered with 451: the sender keeps the mail and comes again."""
        ...


class SmtpServer:
    """A listening socket and its connections."""

    def __init__(
        self,
        receiver: MailReceiver,
        *,
        limits: ServerLimits | None = None,
        hostname: str = "localhost",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.receiver = receiver
        self.limits = limits or ServerLimits()
        self.hostname = hostname
        self.tls = tls
        self.port = 0
        self.sessions: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self._storing: set[asyncio.Task[str | None]] = set()
        self._minute = 0
        self._in_minute: Counter[str] = Counter()

    async def start(self, host: str, port: int = 0) -> None:
        """Listen; ``port`` 0 takes a free one, told by ``self.port``."""
        # aiosmtpd logs addresses of customers at INFO.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self, loop), host, port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening, finish what is being stored, close what is open."""
        if self._server is None:
            return
        self._server.close()
        if self._storing:
            await asyncio.wait(self._storing)
        tasks = [task for session in list(self.sessions) if (task := session.abort())]
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    def admits(self, peer: str) -> bool:
        """Whether one more connection from ``peer`` is within the caps."""
        same = sum(1 for session in self.sessions if session.peer == peer)
        within = len(self.sessions) < self.limits.connections
        return within and same < self.limits.connections_per_peer

    def over_rate(self, peer: str) -> bool:
        """Count one more mail of ``peer`` in this minute."""
        minute = int(asyncio.get_running_loop().time() // 60)
        if minute != self._minute:
            self._minute = minute
            self._in_minute.clear()
        self._in_minute[peer] += 1
        return 0 < self.limits.messages_per_minute < self._in_minute[peer]

    async def store(self, mail: Received) -> str | None:
        """Hand ``mail`` to the receiver. A sender who hangs up does not interrupt the storing."""
        task = asyncio.ensure_future(self.receiver.take(mail))
        self._storing.add(task)
        task.add_done_callback(self._stored)
        return await asyncio.shield(task)

    def _stored(self, task: asyncio.Task[str | None]) -> None:
        self._storing.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("an inbound mail was not stored", exc_info=task.exception())


class _Hooks:
    """What aiosmtpd asks about one connection."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def handle_MAIL(  # noqa: N802 - the names are aiosmtpd's
        self, smtp: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._server.over_rate(_host(session.peer)):
            return "451 4.7.1 too many messages, slow down"
        envelope.mail_from = address  # "<>" for the null path: "" would read as "no MAIL yet"
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, smtp: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= self._server.limits.recipients:
            return "452 4.5.3 too many recipients"
        refusal = self._server.receiver.refusal(address)
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        """Nothing was promised yet, so the sender keeps the mail."""
        _log.error("SMTP session failed: %s", type(error).__name__)
        return "451 4.3.0 not stored, try again later"


class _Connection(SMTP):
    """One connection."""

    def __init__(self, server: SmtpServer, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            _Hooks(server),
            data_size_limit=server.limits.size,
            enable_SMTPUTF8=True,
            hostname=server.hostname,
            ident="contactcenter",
            tls_context=server.tls,
            timeout=server.limits.timeout_s,
            loop=loop,
        )
        self._owner = server
        self._turned_away = False
        self.peer = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._original_transport is None:  # not the second call, after STARTTLS
            self.peer = _host(transport.get_extra_info("peername"))
            if not self._owner.admits(self.peer):
                self._turned_away = True
                if isinstance(transport, asyncio.WriteTransport):
                    transport.write(b"421 4.7.0 too many connections, come again later\r\n")
                transport.close()
                return
            self._owner.sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._owner.sessions.discard(self)
        if not self._turned_away:
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        return False if self._turned_away else super().eof_received()

    def abort(self) -> asyncio.Task[None] | None:
        """Close at once; the task that served the connection, to be awaited."""
        # Under TLS the raw one: aborting a closed TLS transport fails before Python 3.11.4
        transport = self._original_transport or self.transport
        if isinstance(transport, asyncio.Transport):
            transport.abort()
        task: asyncio.Task[None] | None = self._handler_coroutine
        if task is not None:
            task.cancel()
        return task

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        envelope = self.envelope
        if envelope is None or not envelope.rcpt_tos:
            await self.push("503 5.5.1 RCPT first")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        try:
            await self.push(await self._taken(envelope))
        finally:
            self.envelope = self._create_envelope()

    async def _taken(self, envelope: Envelope) -> str:
        """Read the mail, hand it over, and say the reply."""
        raw = await self._read_data()
        if raw is None:
            return "552 5.3.4 message larger than the fixed maximum message size"
        if raw[: 64 * 1024].lower().count(b"\nreceived:") > _MOST_HOPS:
            return "554 5.4.6 mail loop: too many hops"
        sender = envelope.mail_from or ""
        mail = Received("" if sender == "<>" else sender, tuple(envelope.rcpt_tos), raw, self.peer)
        return await self._owner.store(mail) or "250 2.0.0 stored"

    async def _read_data(self) -> bytes | None:
        """The mail without its dots (RFC 5321 4.5.2), None when it is larger than the limit. What
        is too large is read to its end, for the reply counts only there, but not kept."""
        reader = self._reader
        blocks: list[bytes] = []
        size = 0
        tail = b"\r\n"  # the line end of DATA counts for a dot on the first line
        while True:
            self._reset_timeout()
            block = await reader.read(_ALL)
            if not block:
                raise ConnectionResetError("the sender hung up during DATA")
            window = tail + block
            end = window.find(_END)
            if end >= 0:
                blocks.append(window[: end + 2])
                if rest := window[end + len(_END) :]:
                    # Commands sent behind the mail: the buffer is empty, so they are in front.
                    reader.feed_data(rest)
                break
            # Keep back what may be the beginning of the end.
            keep = len(_END) - 1
            blocks.append(window[:-keep])
            tail = window[-keep:]
            size += len(block)
            if size > self._owner.limits.size:
                blocks.clear()
            if size > 8 * self._owner.limits.size and self.transport is not None:
                await self.push("552 5.3.4 far too large, goodbye")
                self.transport.close()
                raise ConnectionResetError("endless DATA")
        whole = b"".join(blocks)
        if size > self._owner.limits.size or len(whole) - 2 > self._owner.limits.size:
            return None
        return whole.replace(b"\r\n.", b"\r\n")[2:]


def _host(peer: object) -> str:
    return str(peer[0]) if isinstance(peer, tuple) and peer else "local"
