"""Mail that comes in: bounces and complaints to their message, the rest to its thread."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert, select

from contactcenter.channels.email import mime
from contactcenter.channels.email.autoreply import is_automatic, may_auto_reply
from contactcenter.channels.email.base import MailTaken
from contactcenter.channels.email.mime import InboundMail
from contactcenter.channels.email.tags import AddressTags, without_tag
from contactcenter.channels.email.threading import Known, resolve, sender_belongs
from contactcenter.core.addresses import parse_address
from contactcenter.core.blobs import Blobs
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Invalid
from contactcenter.crm import customers, log
from contactcenter.crm.model import Interaction, NewEvent
from contactcenter.crm.tables import interaction
from contactcenter.handling import (
    automatic_mail,
    conversations,
    mail_callbacks,
    receipts,
    waiting,
)
from contactcenter.handling.consequences import complaint
from contactcenter.handling.lines import Line, Lines
from contactcenter.handling.outbound import Message, find, report
from contactcenter.handling.tables import mail_reference, outbound_message
from contactcenter.handling.words import Words

if TYPE_CHECKING:
    from contactcenter.channels.email.bounces import BounceVerdict

_MOST_TEXT = 100_000
"""Characters of a letter kept in the log; the raw mail is kept whole."""


_NAMED = re.compile(rb"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@")
_MOST_NAMED = 10
"""Message-IDs in a report that are looked up as ours."""


@dataclass(frozen=True, slots=True)
class _Read:
    """One mail, read outside of the transaction. ``keys``: our messages it may be about; the one
    of a signed return path alone, when there is one."""

    mail: InboundMail
    verdict: BounceVerdict | None = None
    keys: tuple[UUID, ...] = ()


class Mails:
    """The sink of every inbound mail adapter."""

    def __init__(
        self,
        db: Database,
        lines: Lines,
        tags: AddressTags,
        blobs: Blobs,
        words: Words | None = None,
    ) -> None:
        self._db = db
        self._lines = lines
        self._tags = tags
        self._blobs = blobs
        self._words = words or Words()

    async def receive(self, event: MailTaken) -> None:
        """Take one mail, durably and once: the raw bytes first, then the rows that name them."""
        blob = await self._blobs.put(event.raw)
        read = await asyncio.to_thread(_read, event, self._tags)
        take = partial(self._take, event=event, read=read, blob=blob)
        await receipts.once(self._db, take)

    def _take(self, tx: Tx, event: MailTaken, read: _Read, blob: str) -> None:
        seen, _ = receipts.found(tx, event.provider, event.line, event.event_id)
        if seen:
            return
        receipts.keep(tx, event.provider, event.line, event.event_id)
        about = _about(tx, read)
        if about is not None and read.verdict is not None:
            _returned(tx, about, read.verdict, blob)
            return
        line = self._line_of(event)
        if line is not None:
            self._letter(tx, event, read.mail, blob, line, about)

    def _line_of(self, event: MailTaken) -> Line | None:
        for address in event.rcpt_to:
            line = self._lines.find("email", without_tag(address))
            if line is not None:
                return line
        return self._lines.first("email")

    def _letter(
        self,
        tx: Tx,
        event: MailTaken,
        mail: InboundMail,
        blob: str,
        line: Line,
        about: Message | None,
    ) -> None:
        sender = mail.from_.address if mail.from_ else event.mail_from
        try:
            address = parse_address(sender)
            kind, value = address.kind, address.value
        except Invalid:  # no sender that can be answered: a customer of this mail alone
            kind, value = "email", f"unknown:{event.event_id}"
        customer_id, address_id, created = customers.create_or_find(
            tx, kind, value, sender, language=mail.language or line.languages[0]
        )
        if created and mail.from_ and mail.from_.name:
            customers.edit(tx, customer_id, {"name": mail.from_.name[:200]})
        state, is_new = self._thread(tx, event, mail, line, customer_id, address_id, about)
        content = _content(mail, sender, blob)
        verdict = may_auto_reply(mail, [one.address for one in self._lines.all])
        if verdict.reason:
            content[automatic_mail.REFUSED] = verdict.reason
        conversations.received(tx, state, event.event_id, content, event.at)
        if mail.message_id:
            _remember(tx, mail.message_id, state.id)
        if state.state == "open":
            _look_after(tx, state.id, line, is_new=is_new, automatic=is_automatic(mail))
        elif verdict.allowed:
            mail_callbacks.taken(tx, state, mail, self._lines, self._words, event.event_id)

    def _thread(
        self,
        tx: Tx,
        event: MailTaken,
        mail: InboundMail,
        line: Line,
        customer_id: UUID,
        address_id: UUID,
        about: Message | None,
    ) -> tuple[Interaction, bool]:
        """The open interaction of the mail's thread, else a new one in it, else a new thread."""
        known = Known(partial(_thread_exists, tx), partial(_thread_of_message, tx))
        hit = resolve(mail, event.rcpt_to, self._tags, known)
        thread, reason = (hit.thread, str(hit.by)) if hit else (None, "")
        if thread is None and about is not None:  # written to the return path of our letter
            thread, reason = log.load(tx, about.interaction_id).thread_id, "return_path"
        if thread is not None:
            last = _last_of_thread(tx, thread)
            theirs = [row.value for row in customers.get(tx, last.customer_id).addresses]
            if last.customer_id != customer_id and not sender_belongs(mail, theirs):
                reason = "linked"  # a stranger wrote into it: joined in name, never merged
            elif last.closed_at is None:
                return last, False
        state = conversations.open_inbound(
            tx,
            customer_id=customer_id,
            address_id=address_id,
            line=line,
            at=event.at,
            thread=thread if reason != "linked" else None,
            reason=reason,
        )
        return state, True


def _read(event: MailTaken, tags: AddressTags) -> _Read:
    """Pure, and slow for a big mail: runs in a thread."""
    mail = mime.parse(event.raw, mail_from=event.mail_from)
    signed = [key for one in event.rcpt_to if (key := tags.message_key_of(one)) is not None]
    if not signed and not is_automatic(mail):
        return _Read(mail)
    from contactcenter.channels.email.bounces import verdict_of  # compiles many patterns

    verdict = verdict_of(event.raw)
    if signed:
        return _Read(mail, verdict, (UUID(signed[0]),))
    named = dict.fromkeys(_NAMED.findall(event.raw)) if verdict else {}
    return _Read(mail, verdict, tuple(UUID(one.decode()) for one in list(named)[:_MOST_NAMED]))


def _about(tx: Tx, read: _Read) -> Message | None:
    """Our message a mail is about; a key that only stands in its text needs a verdict besides."""
    for key in read.keys:
        found = find(tx, key)
        if found is not None and found.channel == "email":
            return found
    return None


def _returned(tx: Tx, about: Message, verdict: BounceVerdict, blob: str) -> None:
    """A bounce, a delay or a complaint about a message of ours; the mail is its evidence."""
    report(tx, about.id, "", verdict.state, verdict.code, {"raw": blob})
    if verdict.complaint:
        complaint(tx, about)


def _look_after(tx: Tx, key: UUID, line: Line, *, is_new: bool, automatic: bool) -> None:
    """To the line's queue; what a machine wrote, or nobody looks after, ends in the timeline."""
    if not automatic and line.queue:
        waiting.enqueue(tx, log.load(tx, key), line.queue, actor="system")
    elif is_new:
        reason = "automatic" if automatic else "unattended"
        log.append(tx, key, NewEvent("closed", "system", {"reason": reason}))


def _content(mail: InboundMail, sender: str, blob: str) -> dict[str, Any]:
    content: dict[str, Any] = {
        "from": sender,
        "to": [box.address for box in mail.to],
        "cc": [box.address for box in mail.cc],
        "subject": mail.subject,
        "text": mail.text[:_MOST_TEXT],
        "new_text": mail.new_text[:_MOST_TEXT],
        "message_id": mail.message_id,
        "references": list(mail.references),
        "raw": blob,
    }
    if mail.html_sanitised:
        content["html"] = mail.html_sanitised[: _MOST_TEXT * 4]
    if mail.attachments:
        content["attachments"] = [
            {"filename": one.filename, "type": one.content_type, "size": one.size}
            for one in mail.attachments
        ]
    if mail.notes:
        content["notes"] = list(mail.notes)
    return content


def _remember(tx: Tx, message_id: str, interaction_id: UUID) -> None:
    r = mail_reference
    if tx.scalar(select(r.c.message_id).where(r.c.message_id == message_id)) is None:
        tx.execute(insert(r).values(message_id=message_id, interaction_id=interaction_id))


def _thread_exists(tx: Tx, thread: UUID) -> bool:
    i = interaction.c
    return tx.scalar(select(i.id).where(i.thread_id == thread).limit(1)) is not None


def _thread_of_message(tx: Tx, message_id: str) -> UUID | None:
    i = interaction.c
    key = message_id.partition("@")[0]
    try:
        sent = outbound_message.c.id == UUID(key)
    except ValueError:
        sent = None
    if sent is not None:
        join = interaction.join(outbound_message, outbound_message.c.interaction_id == i.id)
        found: UUID | None = tx.scalar(select(i.thread_id).select_from(join).where(sent))
        if found is not None:
            return found
    join = interaction.join(mail_reference, mail_reference.c.interaction_id == i.id)
    statement = select(i.thread_id).select_from(join)
    thread: UUID | None = tx.scalar(statement.where(mail_reference.c.message_id == message_id))
    return thread


def _last_of_thread(tx: Tx, thread: UUID) -> Interaction:
    i = interaction.c
    newest = select(i.id).where(i.thread_id == thread).order_by(i.id.desc()).limit(1)
    return log.lock(tx, tx.scalar(newest))
