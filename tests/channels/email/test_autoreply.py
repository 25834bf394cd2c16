"""No automatic answer to machines, lists, ourselves, or twice a day; and no loop of two."""

from datetime import UTC, datetime, timedelta

import pytest

from contactcenter.channels.email import mime
from contactcenter.channels.email.autoreply import AUTO_SUBMITTED, is_automatic, may_auto_reply
from contactcenter.channels.email.compose import Letter

OWN = ["support@shop.example", "bounce@shop.example"]
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def mail(
    *fields: str, sender: str = "anna@customer.example", mail_from: str | None = None
) -> mime.InboundMail:
    head = "\r\n".join([f"From: Anna <{sender}>", "To: support@shop.example", *fields])
    return mime.parse(f"{head}\r\n\r\nHello\r\n".encode(), mail_from=mail_from)


def test_a_person_gets_an_answer() -> None:
    verdict = may_auto_reply(mail("Subject: My bill", "Auto-Submitted: no"), OWN)
    assert (verdict.allowed, verdict.reason) == (True, None)
    assert not is_automatic(mail("Subject: My bill"))


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("Auto-Submitted: auto-replied", "auto_submitted"),
        ("Auto-Submitted: auto-generated; x=y", "auto_submitted"),
        ("auto-submitted: Auto-Notified", "auto_submitted"),
        ("Return-Path: <>", "null_return_path"),
        ("Content-Type: multipart/report; report-type=delivery-status; boundary=b", "report"),
        ("List-Id: <news.example>", "list"),
        ("List-Unsubscribe: <mailto:x@y.example>", "list"),
        ("Precedence: bulk", "precedence"),
        ("Precedence: JUNK", "precedence"),
        ("Precedence: list", "precedence"),
        ("X-Auto-Response-Suppress: All", "suppressed"),
        ("X-Auto-Response-Suppress: DR, OOF, AutoReply", "suppressed"),
        ("X-Autoreply: yes", "absence_note"),
        ("Subject: Out of office: back on Monday", "absence_note"),
        ("Subject: Automatic reply: My bill", "absence_note"),
        ("Subject: =?utf-8?b?6Ieq5Yqo5Zue5aSN?=: x", "absence_note"),
        ("Subject: Abwesenheitsnotiz", "absence_note"),
    ],
)
def test_machines_get_none(field: str, reason: str) -> None:
    verdict = may_auto_reply(mail(field), OWN)
    assert (verdict.allowed, verdict.reason) == (False, reason)
    assert is_automatic(mail(field))


def test_the_null_return_path_of_the_envelope_counts() -> None:
    assert may_auto_reply(mail(mail_from=""), OWN).reason == "null_return_path"
    assert may_auto_reply(mail(mail_from="anna@customer.example"), OWN).allowed


@pytest.mark.parametrize(
    ("sender", "reason"),
    [
        ("Support@Shop.example", "own_address"),
        ("support+token@shop.example", "own_address"),
        ("bounce+key.sig@other.example", "own_address"),
        ("MAILER-DAEMON@x.example", "machine_address"),
        ("no-reply@x.example", "machine_address"),
        ("news-request@x.example", "machine_address"),
        ("owner-news@x.example", "machine_address"),
    ],
)
def test_some_senders_get_none(sender: str, reason: str) -> None:
    assert may_auto_reply(mail(sender=sender), OWN).reason == reason


def test_mail_without_sender_gets_none() -> None:
    assert may_auto_reply(mime.parse(b"Subject: x\r\n\r\nx"), OWN).reason == "no_sender"


def test_one_a_day() -> None:
    recent = may_auto_reply(mail(), OWN, last_at=NOW - timedelta(hours=23), now=NOW)
    assert recent.reason == "answered_recently"
    assert may_auto_reply(mail(), OWN, last_at=NOW - timedelta(hours=24), now=NOW).allowed


def test_two_of_us_facing_each_other_exchange_two_messages_at_most() -> None:
    """A writes by hand, B answers automatically, A's automat must stay silent."""
    answer = Letter(
        from_addr="help@other.example",
        to="support@shop.example",
        subject="Re: Hello",
        text="We have got your message.",
        message_id="k@other.example",
        date=NOW,
        auto_submitted=AUTO_SUBMITTED,
    ).to_bytes()
    assert may_auto_reply(mime.parse(answer), OWN).reason == "auto_submitted"
