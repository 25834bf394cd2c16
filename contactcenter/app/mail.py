"""Mail's two adapters: the relay out and the listener in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack

from contactcenter.channels.email.base import MailIn
from contactcenter.core.clock import Clock
from contactcenter.core.settings import Settings
from contactcenter.handling.letters import MailSender, Post
from contactcenter.handling.lines import Lines
from contactcenter.handling.mails import Mails
from contactcenter.handling.pump import Sender


def senders(
    settings: Settings, post: Post, clock: Clock, stack: AsyncExitStack
) -> Iterator[tuple[tuple[str, str], Sender]]:
    """The relay, when one is configured; closed with ``stack``."""
    if not settings.smtp.host:
        return
    from contactcenter.channels.email.smtp import SmtpPool, SmtpRelay

    relay = SmtpPool(
        SmtpRelay(
            host=settings.smtp.host,
            port=settings.smtp.port,
            username=settings.smtp.username,
            password=settings.smtp.password.get_secret_value(),
            tls=settings.smtp.tls,
        )
    )
    stack.push_async_callback(relay.stop)
    yield ("email", "smtp"), MailSender(relay, post, clock)


async def listen(
    settings: Settings, lines: Lines, clock: Clock, mails: Mails, stack: AsyncExitStack
) -> MailIn | None:
    """The listener, when one is configured; stopped with ``stack``."""
    if settings.smtp.listen_port is None:
        return None
    from contactcenter.channels.email.listener import SmtpListener

    addresses = [line.address for line in lines.all if line.channel == "email"]
    listener = SmtpListener(
        addresses=addresses,
        host=settings.smtp.listen_host,
        port=settings.smtp.listen_port,
        clock=clock,
    )
    await listener.start(mails.receive)
    stack.push_async_callback(listener.stop)
    return listener
