"""Mail in by SMTP: what a relay or MX hands to us becomes ``MailTaken``, stored before 250."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Sequence

from contactcenter.channels.email.base import MailSink, MailTaken
from contactcenter.channels.email.smtp_server import Received, ServerLimits, SmtpServer
from contactcenter.channels.email.tags import BOUNCE, without_tag
from contactcenter.core.clock import Clock


class SmtpListener:
    """Takes mail for ``addresses`` (our lines), with or without a ``+tag``, and for the bounce
    address of their domains. Anybody else is ``550 5.1.1``: we are no open relay."""

    provider = "smtp"

    def __init__(
        self,
        addresses: Sequence[str],
        *,
        clock: Clock,
        host: str = "127.0.0.1",
        port: int = 25,
        hostname: str = "localhost",
        tls: ssl.SSLContext | None = None,
        limits: ServerLimits | None = None,
    ) -> None:
        self.addresses = tuple(address.lower() for address in addresses)
        self._bounces = {f"{BOUNCE}@{address.rpartition('@')[2]}" for address in self.addresses}
        self._clock = clock
        self._host = host
        self._port = port
        self._sink: MailSink | None = None
        self._server = SmtpServer(self, limits=limits, hostname=hostname, tls=tls)

    @property
    def port(self) -> int:
        """The port listened on, once started."""
        return self._server.port

    async def start(self, sink: MailSink) -> None:
        self._sink = sink
        await self._server.start(self._host, self._port)

    async def stop(self) -> None:
        await self._server.stop()

    def refusal(self, address: str) -> str | None:
        base = without_tag(address)
        if base in self.addresses or base in self._bounces:
            return None
        return "550 5.1.1 no such mailbox here"

    async def take(self, mail: Received) -> str | None:
        if self._sink is None:
            return "451 4.3.0 not started"
        await self._sink(
            MailTaken(
                provider=self.provider,
                line=self._line(mail.rcpt_to),
                event_id=_event_id(mail),
                mail_from=mail.mail_from,
                rcpt_to=mail.rcpt_to,
                raw=mail.raw,
                at=self._clock.now(),
            )
        )
        return None

    def _line(self, rcpt_to: Sequence[str]) -> str:
        """The first of our lines among the recipients; a bounce belongs to the first line of its
        domain."""
        bases = [without_tag(address) for address in rcpt_to]
        for base in bases:
            if base in self.addresses:
                return base
        domain = bases[0].rpartition("@")[2]
        return next(line for line in self.addresses if line.endswith(f"@{domain}"))


def _event_id(mail: Received) -> str:
    """The same for the same mail handed over again, as relays do after a lost 250."""
    digest = hashlib.sha256()
    for part in (mail.mail_from, *sorted(mail.rcpt_to)):
        digest.update(part.encode("utf-8", "surrogateescape") + b"\x00")
    digest.update(mail.raw)
    return digest.hexdigest()[:40]
