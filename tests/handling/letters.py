"""Raw mails for the tests: letters, delivery notices, abuse reports."""

from __future__ import annotations

from tests.handling.office import CARE

MARY, EVE = "mary@mail.test", "eve@mail.test"


def letter(
    subject: str = "My bill",
    *,
    from_: str = f"Mary <{MARY}>",
    message_id: str = "m1@mail.test",
    text: str = "Why so much?",
    **fields: str,
) -> str:
    """A plain mail; ``fields`` are further header fields, ``_`` for ``-``."""
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in fields.items())
    return (
        f"From: {from_}\nTo: {CARE}\nSubject: {subject}\nMessage-ID: <{message_id}>\n{more}"
        f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    )


def bounce(
    status: str, diagnosis: str, *, action: str = "failed", named: str = "", to: str = MARY
) -> str:
    """A delivery status notification (RFC 3464); ``named``: Message-ID of the enclosed head."""
    return f"""From: MAILER-DAEMON@mail.test
To: bounce@nordwind.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system. Your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.mail.test

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnosis}

--b
Content-Type: text/rfc822-headers

Message-ID: <{named or "other@nordwind.example"}>
Subject: Your bill

--b--
"""


COMPLAINT = f"""From: abuse@mail.test
To: bounce@nordwind.example
Subject: FW: Your bill
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an email abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: {MARY}

--b
Content-Type: message/rfc822

From: care@nordwind.example
To: {MARY}
Subject: Your bill

Offer!
--b--
"""
