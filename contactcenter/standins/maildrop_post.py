"""A customer's mail program: builds a plain letter and hands it over by SMTP."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime

from contactcenter.channels.email.compose import Letter
from contactcenter.channels.email.mime import InboundMail
from contactcenter.core.addresses import parse_address
from contactcenter.core.errors import ContactCenterError
from contactcenter.core.ids import new_id

_AGAIN_S = 0.2


class MailRefused(ContactCenterError):
    """The server did not take the mail; the message says its reply."""

    code = "mail_refused"

    def __init__(self, message: str, *, is_final: bool) -> None:
        super().__init__(message)
        self.is_final = is_final


async def post(
    server: tuple[str, int],
    *,
    sender: str,
    recipient: str,
    subject: str,
    body: str,
    date: datetime,
    answered: InboundMail | None = None,
    patience_s: float = 30.0,
) -> str:
    """Send and return the Message-ID. Raises ``MailRefused`` with the server's reply.

    As customers' mail servers do, the same mail is tried again for ``patience_s`` while nobody
    answers or a temporary reply comes (RFC 5321, 4.5.4.1).
    """
    sender = parse_address(sender).value
    to = answered.reply_to[0].address if answered and answered.reply_to else recipient
    letter = Letter(
        from_addr=sender,
        to=to,
        subject=subject,
        text=body if answered is None else f"{body}\n\n{_quoted(answered)}",
        message_id=f"{new_id()}@{sender.rpartition('@')[2]}",
        date=date,
        in_reply_to=answered.message_id if answered else "",
        references=answered.references if answered else (),
    )
    until = time.monotonic() + patience_s
    while True:
        try:
            await _hand_over(server, sender, to, letter.to_bytes())
        except MailRefused as refused:
            if refused.is_final or time.monotonic() > until:
                raise
            await asyncio.sleep(_AGAIN_S)
        else:
            return letter.message_id


async def _hand_over(server: tuple[str, int], sender: str, to: str, raw: bytes) -> None:
    import aiosmtplib

    host, port = server
    try:
        async with aiosmtplib.SMTP(
            hostname=host, port=port, start_tls=False, local_hostname="customer", timeout=30
        ) as client:
            await client.sendmail(sender, [to], raw)
    except aiosmtplib.SMTPRecipientsRefused as error:
        first = error.recipients[0]
        raise MailRefused(
            f"the server refused the mail: {first.code} {first.message}", is_final=first.code >= 500
        ) from error
    except aiosmtplib.SMTPResponseException as error:
        raise MailRefused(
            f"the server refused the mail: {error.code} {error.message}", is_final=error.code >= 500
        ) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise MailRefused("the server's mail listener does not answer", is_final=False) from error


def _quoted(answered: InboundMail) -> str:
    """The letter answered, below the answer, as mail programs quote it."""
    who = answered.from_.address if answered.from_ else "you"
    when = f"{answered.sent_at:%Y-%m-%d %H:%M} " if answered.sent_at else ""
    return f"On {when}<{who}> wrote:\n" + "\n".join(
        f"> {line}" for line in answered.text.split("\n")
    )
