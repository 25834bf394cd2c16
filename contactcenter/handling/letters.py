"""Mail going out: the letter around the words that were logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from contactcenter.channels.email.base import MailOut
from contactcenter.channels.email.compose import Letter, Unsubscribe
from contactcenter.channels.email.tags import AddressTags, message_id_of
from contactcenter.channels.email.threading import reply_subject
from contactcenter.core.clock import Clock
from contactcenter.core.db import Tx
from contactcenter.core.errors import TransportError
from contactcenter.core.secrets import Secrets
from contactcenter.crm.model import Interaction
from contactcenter.crm.tables import event_content, interaction, interaction_event
from contactcenter.handling import unsubscribe
from contactcenter.handling.lines import Lines
from contactcenter.handling.outbound import Message
from contactcenter.handling.pump import HandedOver


@dataclass(frozen=True, slots=True)
class Post:
    """What every letter of this site needs."""

    lines: Lines
    tags: AddressTags
    secrets: Secrets
    url: str


class MailSender:
    """Mail through one relay."""

    def __init__(self, relay: MailOut, post: Post, clock: Clock) -> None:
        self._relay = relay
        self._post = post
        self._clock = clock

    async def send(self, message: Message, content: Mapping[str, Any]) -> str:
        key = str(message.id)
        try:
            handed = await self._relay.send(
                key,
                mail_from=self._post.tags.return_path(key, _domain(message.line)),
                rcpt_to=message.address,
                raw=self.letter(message, content).to_bytes(),
            )
        except TransportError as error:
            if not error.permanent:
                raise
            raise _with_reason(error) from error
        return handed.provider_ref

    async def look_up(self, key: UUID, handed: HandedOver) -> str | None:
        return None  # SMTP can not be asked; a bounce, a reply or a click is the evidence

    def letter(self, message: Message, content: Mapping[str, Any]) -> Letter:
        """The letter of a logged message."""
        line = self._post.lines.get("email", message.line)
        extra = message.extra
        thread = UUID(extra["thread"]) if extra.get("thread") else message.interaction_id
        is_marketing = message.purpose == "marketing"
        link = unsubscribe.link(self._post.secrets, self._post.url, message.id)
        return Letter(
            from_addr=line.address,
            from_name=line.from_name,
            to=message.address,
            subject=content.get("subject", ""),
            text=content["text"],
            html=content.get("html") or None,
            message_id=message_id_of(str(message.id), _domain(line.address)),
            date=self._clock.now(),
            reply_to=self._post.tags.reply_address(line.address, thread),
            in_reply_to=extra.get("in_reply_to", ""),
            references=tuple(extra.get("references", ())),
            auto_submitted=extra.get("auto_submitted", ""),
            list_unsubscribe=Unsubscribe(link, line.address) if is_marketing else None,
        )


def reply_head(tx: Tx, state: Interaction, subject: str | None) -> tuple[str, Mapping[str, Any]]:
    """Subject and reference fields for an answer in this interaction's thread."""
    last = last_received(tx, state.thread_id)
    extra: dict[str, Any] = {"thread": str(state.thread_id)}
    if last is not None and last.get("message_id"):
        extra["in_reply_to"] = last["message_id"]
        extra["references"] = list(last.get("references", ()))
    return subject or reply_subject(str((last or {}).get("subject", ""))), extra


def last_received(tx: Tx, thread: UUID) -> Mapping[str, Any] | None:
    """The content of the newest message of the customer in a thread."""
    e, c = interaction_event.c, event_content.c
    found: Mapping[str, Any] | None = tx.scalar(
        select(c.content)
        .join(
            interaction_event,
            (e.interaction_id == c.interaction_id) & (e.seq == c.seq),
        )
        .join(interaction, interaction.c.id == e.interaction_id)
        .where(
            interaction.c.thread_id == thread,
            interaction.c.channel == "email",
            e.kind == "message_received",
        )
        .order_by(e.interaction_id.desc(), e.seq.desc())
        .limit(1)
    )
    return found


def _with_reason(error: TransportError) -> TransportError:
    """A refusal with the name of its reason behind the codes: "550 5.1.1 userunknown"."""
    from contactcenter.channels.email.bounce_rules import reason_of  # compiles many patterns

    status = error.reply_code.partition(" ")[2]
    reason = reason_of(str(error.details.get("reply", "")), status)
    code = f"{error.reply_code} {reason}".strip()
    return TransportError(error.message, permanent=True, reply_code=code)


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
