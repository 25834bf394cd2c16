"""Which thread a mail belongs to, by evidence in the order of its strength.

Our signed reply token, then a Message-ID in In-Reply-To, then References from right to left
(RFC 5322 3.6.4). A subject is never evidence. Whether the sender may join the thread is a second
question (``sender_belongs``): when not, the mail opens a *linked* interaction, for strangers must
not be merged into a customer's history. Pure; look-ups come in as callables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from contactcenter.channels.email.mime import InboundMail
from contactcenter.channels.email.tags import AddressTags

Evidence = Literal["token", "in_reply_to", "references"]


@dataclass(frozen=True, slots=True)
class Clue:
    """One thing that may name a thread: ``thread`` is set for a token, else ``message_id``."""

    by: Evidence
    thread: UUID | None = None
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class ThreadHit:
    """The thread found and what proved it."""

    thread: UUID
    by: Evidence
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the log knows. ``thread_exists`` guards against tokens of erased threads;
    ``thread_of_message`` looks a Message-ID up, sent or received by us, without brackets."""

    thread_exists: Callable[[UUID], bool]
    thread_of_message: Callable[[str], UUID | None]


def clues(mail: InboundMail, rcpt_to: Iterable[str], tags: AddressTags) -> Iterator[Clue]:
    """The clues of ``mail``, strongest first. For look-ups that can not be plain callables."""
    headed = (box.address for box in (*mail.to, *mail.cc))
    for address in dict.fromkeys([*rcpt_to, *headed]):
        thread = tags.thread_of(address)
        if thread is not None:
            yield Clue("token", thread=thread)
    for message_id in mail.in_reply_to:
        yield Clue("in_reply_to", message_id=message_id)
    for message_id in reversed(mail.references):
        if message_id not in mail.in_reply_to:
            yield Clue("references", message_id=message_id)


def resolve(
    mail: InboundMail, rcpt_to: Iterable[str], tags: AddressTags, known: Known
) -> ThreadHit | None:
    """The thread ``mail`` belongs to, None for a new one."""
    for clue in clues(mail, rcpt_to, tags):
        if clue.thread is not None:
            if known.thread_exists(clue.thread):
                return ThreadHit(clue.thread, clue.by)
            continue
        thread = known.thread_of_message(clue.message_id)
        if thread is not None:
            return ThreadHit(thread, clue.by, clue.message_id)
    return None


def sender_belongs(mail: InboundMail, addresses: Iterable[str]) -> bool:
    """Whether the author is one of the thread's customer's ``addresses``. Reply-To does not count:
    anybody may name anybody there."""
    if mail.from_ is None:
        return False
    return mail.from_.address.lower() in {address.lower() for address in addresses}


_PREFIX = re.compile(
    r"^\s*(?:(?:re|fwd?|aw|wg|sv|vs|tr|rv|antw|odp|回复|回覆|答复|答覆|转发|轉寄)\s?"
    r"(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：]\s*)+",
    re.IGNORECASE,
)


def base_subject(subject: str) -> str:
    """``subject`` without "Re:", "Fwd:", "回复：" and the like."""
    return _PREFIX.sub("", subject).strip()


def reply_subject(subject: str) -> str:
    """The subject of an answer: one "Re:", whatever has piled up before it."""
    return f"Re: {base_subject(subject)}".strip()


def subject_changed(before: str, now: str) -> bool:
    """Whether the author gave the thread another subject (shown and answered as changed)."""
    return base_subject(before).casefold() != base_subject(now).casefold()
