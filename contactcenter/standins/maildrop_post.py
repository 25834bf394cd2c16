"""A customer's mail program: builds a plain letter and hands it over by SMTP."""

from __future__ import annotations

from datetime import datetime

from contactcenter.channels.email.compose import Letter
from contactcenter.channels.email.mime import InboundMail
from contactcenter.core.addresses import parse_address
from contactcenter.core.errors import ContactCenterError
from contactcenter.core.ids import new_id


class MailRefused(ContactCenterError):
    """The server did not take the mail; the message says its reply."""

    code = "mail_refused"


async def post(
    server: tuple[str, int],
    *,
    sender: str,
    recipient: str,
    subject: str,
    body: str,
    date: datetime,
    answered: InboundMail | None = None,
) -> str:
    """Send and return the Message-ID. Raises ``MailRefused`` with the server's reply."""
    import aiosmtplib

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
    host, port = server
    try:
        async with aiosmtplib.SMTP(
            hostname=host, port=port, start_tls=False, local_hostname="customer", timeout=30
        ) as client:
            await client.sendmail(sender, [to], letter.to_bytes())
    except aiosmtplib.SMTPRecipientsRefused as error:
        first = error.recipients[0]
        raise MailRefused(f"the server refused the mail: {first.code} {first.message}") from error
    except aiosmtplib.SMTPResponseException as error:
        raise MailRefused(f"the server refused the mail: {error.code} {error.message}") from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise MailRefused("the server's mail listener does not answer") from error
    return letter.message_id


def _quoted(answered: InboundMail) -> str:
    """The letter answered, below the answer, as mail programs quote it."""
    who = answered.from_.address if answered.from_ else "you"
    when = f"{answered.sent_at:%Y-%m-%d %H:%M} " if answered.sent_at else ""
    return f"On {when}<{who}> wrote:\n" + "\n".join(
        f"> {line}" for line in answered.text.split("\n")
    )
