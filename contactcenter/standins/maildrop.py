"""The mail drop: an SMTP listener that takes mail for everybody, and the mailboxes of customers.

The product's relay in demos and tests. A mail is in the drop's own file before 250 is said, so
what is counted here is what was handed over, whatever process was killed meanwhile. Customers
write from here too, by real SMTP to the product's listener.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

from contactcenter.channels.email import mime
from contactcenter.channels.email.smtp_server import Received, ServerLimits, SmtpServer
from contactcenter.core.clock import Clock, SystemClock
from contactcenter.core.errors import Unsupported
from contactcenter.standins.handset import Mail
from contactcenter.standins.maildrop_post import post
from contactcenter.standins.maildrop_store import Dropped, MaildropStore

UNLIMITED = ServerLimits(connections_per_peer=200, messages_per_minute=0)
"""Everything comes from this machine here; the caps of a public listener would slow a campaign."""


class MailDrop:
    """Mailboxes for any address.

    ``refuse`` maps an address to the SMTP reply it gets (``550 5.1.1 unknown``), to play customers
    that have gone. ``on_mail`` is called with each recipient after the mail is stored.
    ``server`` is where customers' mail goes: host and port of the product's listener.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        clock: Clock | None = None,
        server: tuple[str, int] | None = None,
        refuse: Mapping[str, str] | None = None,
        on_mail: Callable[[str], None] | None = None,
        limits: ServerLimits = UNLIMITED,
    ) -> None:
        self.store = MaildropStore(path)
        self.server = server
        self.refuse = {address.lower(): reply for address, reply in (refuse or {}).items()}
        self.on_mail = on_mail
        self.patience_s = 30.0
        """How long a customer's mail is tried again while the server is away."""
        self._clock = clock or SystemClock()
        self._smtp = SmtpServer(self, limits=limits, hostname="maildrop")
        # One thread: SQLite has one writer anyway, and the loop never waits for the disk.
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="maildrop")

    @property
    def port(self) -> int:
        """The SMTP port, once started."""
        return self._smtp.port

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        await self._smtp.start(host, port)

    async def stop(self) -> None:
        await self._smtp.stop()
        self._writer.shutdown()
        self.store.close()

    def refusal(self, address: str) -> str | None:
        return self.refuse.get(address.lower())

    async def take(self, mail: Received) -> str | None:
        loop = asyncio.get_running_loop()
        message_id = mime.parse(mail.raw[: 64 * 1024]).message_id
        await loop.run_in_executor(
            self._writer,
            self.store.add,
            mail.rcpt_to,
            mail.mail_from,
            message_id,
            mail.raw,
            self._clock.now(),
        )
        if self.on_mail is not None:
            for recipient in mail.rcpt_to:
                self.on_mail(recipient.lower())
        return None

    def mailbox(self, address: str) -> Sequence[Mail]:
        """The mails delivered to ``address``, oldest first."""
        return [shown(dropped) for dropped in self.store.mailbox(address)]

    def count(self, message_key: str) -> int:
        """How many copies of the message with our key are here, whatever its domain."""
        return sum(
            count
            for message_id, count in self.store.counts().items()
            if message_id.partition("@")[0] == message_key
        )

    def doubled(self) -> dict[str, int]:
        """Message-IDs that are here more than once: must be empty."""
        return {key: count for key, count in self.store.counts().items() if count > 1}

    async def send(self, *, sender: str, recipient: str, subject: str, body: str) -> None:
        """A customer writes. An answer ("Re: ...") goes to the Reply-To of the letter it answers
        and names it, as mail programs do."""
        if self.server is None:
            raise Unsupported(
                "the mail drop does not know the server's SMTP listener",
                hint="start it with the listener's host and port",
            )
        answered = self._answered(sender, recipient, subject)
        await post(
            self.server,
            sender=sender,
            recipient=recipient,
            subject=subject,
            body=body,
            date=self._clock.now(),
            answered=answered,
            patience_s=self.patience_s,
        )

    def _answered(self, sender: str, recipient: str, subject: str) -> mime.InboundMail | None:
        if not subject.lower().startswith("re:"):
            return None
        base = subject[3:].strip().casefold()
        for dropped in reversed(self.store.mailbox(sender)):
            mail = _parsed(dropped.raw)
            wrote = {box.address.lower() for box in (*mail.reply_to, mail.from_) if box}
            same = mail.subject.casefold().removeprefix("re:").strip() == base
            if same and recipient.lower() in wrote:
                return mail
        return None


@lru_cache(maxsize=512)
def _parsed(raw: bytes) -> mime.InboundMail:
    return mime.parse(raw)


def shown(dropped: Dropped) -> Mail:
    """A stored mail as the handset shows it."""
    mail = _parsed(dropped.raw)
    return Mail(
        id=str(dropped.id),
        sender=mail.from_.address if mail.from_ else dropped.mail_from,
        recipient=dropped.recipient,
        subject=mail.subject,
        text=mail.text,
        html=mail.html_sanitised,
        at=dropped.at.isoformat(),
    )
