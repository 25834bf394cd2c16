"""What a mail to our return path is: a bounce, a complaint, an automatic reply, or a message.

Delivery status notifications by RFC 3464, complaints by RFC 5965 (ARF), everything else by the
words people and programs use. Never raises. Which of *our* messages it is about is told by the
signed return path (``tags``), not here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from contactcenter.channels.email.bounce_rules import REPLY, STATUS, is_hard, reason_of
from contactcenter.channels.email.bounce_text import human_part, stories
from contactcenter.channels.email.headers import decode_value
from contactcenter.channels.email.mime import InboundMail, parse
from contactcenter.channels.email.parts import Part, read_parts

Kind = Literal["bounce", "complaint", "auto_reply", "message"]


@dataclass(frozen=True, slots=True)
class Bounce:
    """One recipient's fate. ``status`` is the enhanced code (RFC 3463), ``reply_code`` the SMTP
    reply, both "" when unknown; ``action`` as in RFC 3464 2.3.3."""

    recipient: str
    status: str
    reply_code: str
    reason: str
    hard: bool
    action: str = "failed"


@dataclass(frozen=True, slots=True)
class Classified:
    """``bounces`` is empty for ``auto_reply`` and ``message``."""

    kind: Kind
    bounces: tuple[Bounce, ...] = ()


@dataclass(frozen=True, slots=True)
class BounceVerdict:
    """What the bounce of one of our messages (one recipient) means for it: the message's
    ``state``, and ``code`` for its row ("5.1.1 userunknown")."""

    state: Literal["bounced", "deferred", "delivered"]
    code: str
    reason: str
    hard: bool
    complaint: bool = False


def verdict_of(raw: bytes) -> BounceVerdict | None:
    """The verdict on a mail to a return path of ours; None when it is no bounce or complaint."""
    found = classify_mail(raw)
    if not found.bounces:
        return None
    first = found.bounces[0]
    code = f"{first.status or first.reply_code} {first.reason}".strip()
    if found.kind == "complaint":
        return BounceVerdict("delivered", code, first.reason, hard=False, complaint=True)
    states = {"delayed": "deferred", "delivered": "delivered", "relayed": "delivered"}
    state = states.get(first.action, "bounced")
    return BounceVerdict(state, code, first.reason, first.hard)  # type: ignore[arg-type]


def classify(raw: bytes) -> list[Bounce]:
    """The recipients a bounce or complaint is about; empty for anything else."""
    return list(classify_mail(raw).bounces)


def classify_mail(raw: bytes) -> Classified:
    """Kind and recipients of one mail."""
    root, _ = read_parts(raw)
    parts = list(_own_parts(root))
    mail = parse(raw)
    complaint = _complaint(raw, root, parts, mail)
    if complaint:
        return Classified("complaint", complaint)
    if reports := [part for part in parts if part.content_type in _STATUS_TYPES]:
        letter = human_part(mail.text)
        texts = [part.content(raw).decode("utf-8", "replace") for part in reports]
        if found := [bounce for text in texts for bounce in _report(text, letter)]:
            return Classified("bounce", tuple(found))
    if notice := _notification(mail):
        return Classified("bounce", notice)
    if _is_bounce(mail, root):
        return Classified("bounce", tuple(_written(root, mail)))
    signs = mail.auto
    if signs.absence_subject or signs.auto_submitted not in ("", "no") or signs.null_return_path:
        return Classified("auto_reply")
    if signs.precedence in ("auto_reply", "junk") or signs.suppress == "all":
        return Classified("auto_reply")
    return Classified("message")


_MOST_REPORT = 200_000
_FRAME = "5.1.0 - Unknown address error"
_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_DAEMON = re.compile(
    r"mailer-?daemon|post_?master|mail\.?delivery|delivery subsystem", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"undeliver|delivery (?:status|failure|has failed|failed|incomplete)|failure notice"
    r"|returned mail|mail (?:delivery )?(?:failed|failure|system error)"
    r"|returning (?:message )?to sender"
    r"|could not be delivered|delivery of [^\n]* failed|error sending your mail|non remis"
    r"|unzustellbar|不达|退信|配信できません|не доставлено|not member|permanent delivery",
    re.IGNORECASE,
)
_UNDELIVERED = re.compile(
    r"(?:not|un)[^\n]{0,20}deliver|delivery|mailbox is full|not a member of this mailing list",
    re.IGNORECASE,
)


def _own_parts(part: Part) -> Iterator[Part]:
    """The parts of the mail itself and the head of what it encloses, but not what stands inside:
    the message that came back may be a bounce too."""
    yield part
    for child in part.children:
        if part.content_type in ("message/rfc822", "message/global"):
            yield Part(child.fields, child.start, child.end, "message/rfc822-head")
        else:
            yield from _own_parts(child)


def _complaint(raw: bytes, root: Part, parts: list[Part], mail: InboundMail) -> tuple[Bounce, ...]:
    for part in parts:
        if part.content_type == "message/feedback-report":
            fields = _fields(part.content(raw).decode("utf-8", "replace"))
            named = fields.get("original-rcpt-to", []) + fields.get("removal-recipient", [])
            return _complained(list(dict.fromkeys(_address(one) for one in named)), parts)
    if re.search(r"^complaint about message from", mail.subject, re.IGNORECASE):
        return _complained([], parts)  # a big provider's form, without the report part
    if re.search(r"sent this email to unsubscribe", mail.text[:300]):
        return _complained([mail.from_.address.lower() if mail.from_ else ""], parts)
    if root.first("x-loop").strip().lower() == b"scomp":
        return _complained([], parts)
    return ()


def _complained(recipients: list[str], parts: list[Part]) -> tuple[Bounce, ...]:
    """``recipients``, else those of the enclosed message, else one without a name."""
    if not recipients:
        for part in parts[1:]:
            if part.fields and (to := part.first("to")):
                recipients = [_address(decode_value(to))]
    return tuple(Bounce(one, "", "", "feedback", hard=False) for one in recipients or [""])


def _report(text: str, letter: str) -> list[Bounce]:
    """The per-recipient groups of a delivery status (RFC 3464 2.3); ``letter`` tells what a group
    leaves out."""
    text = text[:_MOST_REPORT].replace("\r\n", "\n")
    found: list[Bounce] = []
    for group in re.split(r"\n\s*\n", text)[:200]:
        fields = _fields(group)
        named = fields.get("final-recipient") or fields.get("original-recipient")
        if not named and "diagnostic-code" not in fields and "status" not in fields:
            continue
        diagnosis = " ".join(fields.get("diagnostic-code", []))
        action = fields.get("action", ["failed"])[0].lower().split()[0:1]
        recipient = _address(named[0] if named else "")
        story = diagnosis if _says_something(diagnosis) else f"{diagnosis}\n{letter}"
        declared = STATUS.search(fields.get("status", [""])[0])
        found.append(
            _bounce(recipient, story, declared[1] if declared else "", (action or ["failed"])[0])
        )
    return found


def _says_something(diagnosis: str) -> bool:
    words = re.sub(r"^\s*[\w-]+\s*;", "", diagnosis)
    words = re.sub(r"[\d.\s<>:;-]+", " ", words).strip()
    return len(words) >= 4


def _bounce(recipient: str, story: str, declared: str, action: str) -> Bounce:
    said = [one for one in STATUS.findall(story.replace(_FRAME, "")) if one[0] in "45"]
    specific = next((one for one in said if not one.endswith(".0.0")), "")
    reply = REPLY.search(story)
    status = declared
    if specific and (not declared or declared.endswith(".0.0") or specific != declared):
        status = specific
    reason = reason_of(story, status)
    if reason == "undefined" and not (status or reply):
        reason = "onhold"
    if not status and reply:
        status = f"{reply[1][0]}.0.0"
    return Bounce(
        recipient=recipient,
        status=status,
        reply_code=reply[1] if reply else "",
        reason=reason,
        hard=is_hard(reason, status, action),
        action=action,
    )


def _is_bounce(mail: InboundMail, root: Part) -> bool:
    sender = decode_value(root.first("from"))
    daemon = bool(_DAEMON.search(sender)) or mail.auto.null_return_path or sender == "<>"
    told = bool(_SUBJECT.search(mail.subject)) or bool(root.first("x-failed-recipients"))
    said = bool(REPLY.search(mail.text[:4000])) or bool(_UNDELIVERED.search(mail.text[:2000]))
    returned = any(part.content_type == "message/rfc822" for part in root.children)
    return (daemon and (told or said)) or (told and said) or (returned and said and daemon)


def _written(root: Part, mail: InboundMail) -> list[Bounce]:
    """A bounce in prose."""
    text = human_part(mail.text)
    if re.search(r"^Final-Recipient:", mail.text, re.IGNORECASE | re.MULTILINE):
        # A report whose MIME frame was lost on its way.
        found = [one for one in _report(mail.text[:50_000], text) if one.recipient]
        if found:
            return found
    header = decode_value(root.first("x-failed-recipients"))
    named = [one.strip().lower() for one in header.split(",") if "@" in one]
    sender = mail.to[0].address if mail.to else ""
    delayed = re.search(r"\(delay\)|delayed \d+ hours|warning", mail.subject, re.IGNORECASE)
    action = "delayed" if delayed else "failed"
    return [_bounce(one, story, "", action) for one, story in stories(text, named, sender)]


def _notification(mail: InboundMail) -> tuple[Bounce, ...]:
    """A provider's notification as JSON in the letter (Amazon SES over SNS)."""
    start, end = mail.text.find("{"), mail.text.rfind("}")
    if "notificationType" not in mail.text or not 0 <= start < end < 200_000:
        return ()
    try:
        told = json.loads(mail.text[start : end + 1].replace("\n", ""))
        if isinstance(told, dict) and isinstance(told.get("Message"), str):
            told = json.loads(told["Message"])  # the topic's envelope
    except (ValueError, RecursionError):
        return ()
    if not isinstance(told, dict):
        return ()
    bounce = told.get("bounce")
    if isinstance(bounce, dict) and isinstance(bounce.get("bouncedRecipients"), list):
        return tuple(
            _bounce(
                str(one.get("emailAddress", "")).lower(),
                str(one.get("diagnosticCode", "")),
                str(one.get("status", "")),
                str(one.get("action", "failed")),
            )
            for one in bounce["bouncedRecipients"]
            if isinstance(one, dict)
        )
    delivery = told.get("delivery")
    if isinstance(delivery, dict) and isinstance(delivery.get("recipients"), list):
        said = str(delivery.get("smtpResponse", ""))
        status = STATUS.search(said)
        return tuple(
            Bounce(
                str(one).lower(),
                status[1] if status else "",
                said[:3],
                "delivered",
                False,
                "delivered",
            )
            for one in delivery["recipients"]
        )
    return ()


def _fields(group: str) -> dict[str, list[str]]:
    """Fields of a machine-readable part, unfolded; names in lower case."""
    found: dict[str, list[str]] = {}
    unfolded = re.sub(r"\n[ \t]+", " ", group.replace("\r\n", "\n"))
    for line in unfolded.split("\n")[:200]:
        name, colon, value = line.partition(":")
        if colon and re.fullmatch(r"[!-9;-~]{1,80}", name.strip()):
            found.setdefault(name.strip().lower(), []).append(value.strip())
    return found


def _address(value: str) -> str:
    """The address of ``rfc822; <anna@x.example>``, in lower case."""
    bare = value.partition(";")[2] if ";" in value.split("@", maxsplit=1)[0] else value
    inside = re.search(r"<([^<>]*)>", bare)
    return (inside[1] if inside else bare).strip().lower()
