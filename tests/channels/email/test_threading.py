"""Threads by evidence: token, In-Reply-To, References right to left; never by subject."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from contactcenter.channels.email.headers import Mailbox
from contactcenter.channels.email.mime import InboundMail
from contactcenter.channels.email.tags import AddressTags
from contactcenter.channels.email.threading import (
    Known,
    ThreadHit,
    base_subject,
    reply_subject,
    resolve,
    sender_belongs,
    subject_changed,
)

TAGS = AddressTags([b"k" * 32])
FIRST, SECOND, THIRD = uuid4(), uuid4(), uuid4()
LOG = {"one@x.example": FIRST, "two@x.example": SECOND, "three@x.example": THIRD}


def known(*threads: UUID) -> Known:
    return Known(lambda thread: thread in (threads or (FIRST, SECOND, THIRD)), LOG.get)


def mail(**changes: object) -> InboundMail:
    plain = InboundMail(from_=Mailbox("", "Anna@Customer.example"), subject="Re: Bill")
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_the_token_wins_over_everything() -> None:
    address = TAGS.reply_address("support@x.example", THIRD)
    found = resolve(mail(in_reply_to=("one@x.example",)), [address], TAGS, known())
    assert found == ThreadHit(THIRD, "token")


def test_a_token_in_the_header_counts_when_the_envelope_was_rewritten() -> None:
    address = TAGS.reply_address("support@x.example", THIRD)
    found = resolve(mail(to=(Mailbox("", address),)), ["support@x.example"], TAGS, known())
    assert found == ThreadHit(THIRD, "token")


def test_a_token_of_an_erased_thread_gives_way() -> None:
    address = TAGS.reply_address("support@x.example", uuid4())
    found = resolve(mail(in_reply_to=("one@x.example",)), [address], TAGS, known())
    assert found == ThreadHit(FIRST, "in_reply_to", "one@x.example")


def test_a_forged_token_is_no_evidence() -> None:
    forged = AddressTags([b"e" * 32]).reply_address("support@x.example", THIRD)
    assert resolve(mail(), [forged], TAGS, known()) is None


def test_in_reply_to_wins_over_references() -> None:
    both = mail(in_reply_to=("two@x.example",), references=("one@x.example", "three@x.example"))
    assert resolve(both, [], TAGS, known()) == ThreadHit(SECOND, "in_reply_to", "two@x.example")


def test_references_are_read_from_right_to_left() -> None:
    found = resolve(
        mail(
            in_reply_to=("lost@x.example",),
            references=("one@x.example", "two@x.example", "lost@x.example"),
        ),
        [],
        TAGS,
        known(),
    )
    assert found == ThreadHit(SECOND, "references", "two@x.example")


def test_a_subject_is_no_evidence() -> None:
    assert resolve(mail(subject="Re: Bill"), ["support@x.example"], TAGS, known()) is None


def test_a_stranger_does_not_belong() -> None:
    assert sender_belongs(mail(), ["anna@customer.example"])
    assert not sender_belongs(mail(), ["bob@customer.example"])
    assert not sender_belongs(mail(from_=None), ["anna@customer.example"])
    named = mail(
        from_=Mailbox("", "eve@evil.example"), reply_to=(Mailbox("", "anna@customer.example"),)
    )
    assert not sender_belongs(named, ["anna@customer.example"])


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("Bill", "Bill"),
        ("Re: Bill", "Bill"),
        ("RE: Re: Fwd: Bill", "Bill"),
        ("AW: WG: Rechnung", "Rechnung"),
        ("Re[2]: Bill", "Bill"),
        ("回复：账单", "账单"),
        ("答复: 回复：账单", "账单"),
        ("Regarding: Bill", "Regarding: Bill"),
        ("", ""),
    ],
)
def test_subjects(subject: str, base: str) -> None:
    assert base_subject(subject) == base
    assert reply_subject(subject) == f"Re: {base}".strip()
    assert not subject_changed(base, subject)


def test_a_changed_subject_is_seen() -> None:
    assert subject_changed("Bill", "Re: My new address")
