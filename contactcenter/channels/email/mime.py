"""Raw octets of a mail to what an agent reads. Never raises; time and memory are bounded.

Whatever could not be read as its sender meant is said in ``InboundMail.notes``; nothing is
dropped silently, for the raw message is kept by the caller. Pure: no clock, no I/O.
"""

from __future__ import annotations

import html as stdlib_html
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from contactcenter.channels.email import markup, reply_text
from contactcenter.channels.email.charsets import decode_bytes
from contactcenter.channels.email.headers import (
    Mailbox,
    decode_value,
    parse_mailboxes,
    parse_message_ids,
)
from contactcenter.channels.email.parts import Part, decode_transfer, read_parts

MOST_TEXT = 1_000_000
"""Characters of text that are kept for reading."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not the letter itself; ``content`` takes it out of the raw message."""

    filename: str
    content_type: str
    size: int
    content_id: str
    inline: bool
    start: int
    end: int
    encoding: bytes

    def content(self, raw: bytes) -> bytes:
        return decode_transfer(raw[self.start : self.end], self.encoding)


@dataclass(frozen=True, slots=True)
class AutoSigns:
    """What tells a machine's mail from a person's (RFC 3834; vendors' fields), as written."""

    auto_submitted: str = ""
    precedence: str = ""
    suppress: str = ""
    list_mail: bool = False
    null_return_path: bool = False
    absence_subject: bool = False
    report: bool = False


@dataclass(frozen=True, slots=True)
class InboundMail:
    """One mail, read. Identifiers stand without angle brackets; ``from_`` is None when the mail
    names no sender. ``text`` is the whole letter, ``new_text`` what its author has just written.
    ``html`` is the sender's source, ``html_sanitised`` may be shown (in a sandboxed frame)."""

    message_id: str = ""
    from_: Mailbox | None = None
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    subject: str = ""
    text: str = ""
    new_text: str = ""
    html: str = ""
    html_sanitised: str = ""
    attachments: tuple[Attachment, ...] = ()
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sent_at: datetime | None = None
    auto: AutoSigns = field(default_factory=AutoSigns)
    language: str | None = None
    notes: tuple[str, ...] = ()


def parse(raw: bytes, *, mail_from: str | None = None) -> InboundMail:
    """Read ``raw``. ``mail_from`` is the envelope sender, "" for the null return path."""
    if b"\n" not in raw[:65536] and b"\r" in raw[:65536]:
        raw = raw.replace(b"\r", b"\n")  # same length: attachments keep their places
    root, notes = read_parts(raw)
    charset = root.parameters.get("charset", "")
    body = _Body(raw, notes)
    body.take(root, top=True)
    text = body.text()
    source = "\n".join(body.html) if body.has_html else ""

    def line(name: str) -> str:
        return decode_value(root.first(name), charset)

    def boxes(name: str) -> tuple[Mailbox, ...]:
        return parse_mailboxes(b", ".join(root.all(name)), charset)

    senders = boxes("from") or boxes("sender")
    if not senders:
        notes.append("no sender in the header")
        senders = (Mailbox("", mail_from),) if mail_from else ()
    message_ids = parse_message_ids(root.first("message-id"))
    subject = line("subject")
    return InboundMail(
        message_id=message_ids[0] if message_ids else "",
        from_=senders[0] if senders else None,
        to=boxes("to"),
        cc=boxes("cc"),
        reply_to=boxes("reply-to"),
        subject=subject,
        text=text,
        new_text=reply_text.new_part(text),
        html=source,
        html_sanitised=markup.sanitise(source) if source else "",
        attachments=tuple(body.attachments),
        in_reply_to=parse_message_ids(root.first("in-reply-to")),
        references=parse_message_ids(root.first("references")),
        sent_at=_sent_at(line("date")),
        auto=_auto_signs(root, subject, mail_from),
        language=_language(text, line("content-language")),
        notes=tuple(dict.fromkeys(notes)),
    )


class _Body:
    """Gathers letter and attachments from the tree."""

    def __init__(self, raw: bytes, notes: list[str]) -> None:
        self.raw = raw
        self.notes = notes
        self.plain: list[str] = []
        self.html: list[str] = []
        self.has_html = False
        self.attachments: list[Attachment] = []
        self.room = MOST_TEXT
        self.html_room = markup.MOST_HTML

    def text(self) -> str:
        return "\n\n".join(part for part in self.plain if part.strip()).strip()

    def take(self, part: Part, *, top: bool = False) -> None:
        if part.content_type == "multipart/alternative" and part.children:
            self._take_alternative(part)
        elif part.content_type.startswith("multipart/"):
            for child in part.children:
                self.take(child)
        elif _is_letter(part, top):
            self._take_letter(part)
        else:
            self._take_attachment(part)

    def _take_alternative(self, part: Part) -> None:
        """One text in several dresses: the last of each kind is the sender's best (RFC 2046
        5.1.4). The HTML is shown, the plain text searched and quoted."""
        inside = _Body(self.raw, self.notes)
        inside.room, inside.html_room = self.room, self.html_room
        plain: list[str] = []
        html: list[str] = []
        for child in part.children:
            inside.plain, inside.html, inside.has_html = [], [], False
            inside.take(child)
            if inside.has_html:
                html, self.has_html = inside.html, True
                plain = plain or inside.plain
            elif inside.text():
                plain = inside.plain
        self.plain += plain
        self.html += html or [_as_html(text) for text in plain]
        self.attachments += inside.attachments
        self.room, self.html_room = inside.room, inside.html_room

    def _take_letter(self, part: Part) -> None:
        octets = part.content(self.raw)
        if len(octets) > 4 * MOST_TEXT:  # cut between lines, so between characters
            octets = octets[: octets.rfind(b"\n", 0, 4 * MOST_TEXT) + 1 or 4 * MOST_TEXT]
            self.notes.append(f"text longer than {MOST_TEXT} characters, cut")
        text, note = decode_bytes(octets, part.parameters.get("charset", ""))
        if note:
            self.notes.append(note)
        if len(text) > self.room:
            self.notes.append(f"text longer than {MOST_TEXT} characters, cut")
            text = text[: self.room]
        self.room -= len(text)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if part.content_type == "text/html":
            if len(text) > self.html_room or markup.too_costly(text):
                self.notes.append("HTML too long or nested too deeply, cut")
            text = text[: self.html_room]
            self.html_room -= len(text)
            self.html.append(text)
            self.has_html = True
            self.plain.append(markup.text_of(text))
        else:
            self.plain.append(text)
            self.html.append(_as_html(text))

    def _take_attachment(self, part: Part) -> None:
        encoding = part.first("content-transfer-encoding")
        content_ids = parse_message_ids(part.first("content-id"))
        self.attachments.append(
            Attachment(
                filename=_safe_name(part.filename) or _default_name(part.content_type),
                content_type=part.content_type,
                size=len(part.content(self.raw)),
                content_id=content_ids[0] if content_ids else "",
                inline=part.disposition == "inline" or bool(content_ids),
                start=part.start,
                end=part.end,
                encoding=encoding,
            )
        )


def _is_letter(part: Part, top: bool) -> bool:
    if part.content_type not in ("text/plain", "text/html", "text/enriched", "text/richtext"):
        # An unknown text subtype standing alone is still the letter (RFC 2046 4.1.4).
        return top and part.content_type.startswith("text/") and not part.filename
    return part.disposition != "attachment" and not part.filename


def _as_html(text: str) -> str:
    return f"<pre>{stdlib_html.escape(text, quote=False)}</pre>"


def _safe_name(name: str) -> str:
    """A file name without path, control characters and leading dots, at most 150 characters."""
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(char for char in last if char.isprintable() and char not in '<>:"|?*')
    kept = kept.strip().lstrip(".")
    if len(kept) <= 150:
        return kept
    stem, dot, ending = kept.rpartition(".")
    return stem[: 149 - len(ending)] + dot + ending if dot and len(ending) <= 10 else kept[:150]


def _default_name(content_type: str) -> str:
    if content_type in ("message/rfc822", "message/global"):
        return "message.eml"
    return "part"


def _sent_at(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


_ABSENCE = re.compile(
    r"^\s*(?:(?:auto(?:matic|mated)?[ -]?(?:reply|response|answer)|autoreply|out of (?:the )?office"
    r"|ooo\b|away from (?:the |my )?(?:office|desk)|on (?:annual )?leave|vacation (?:reply|notice)"
    r"|abwesenheit|automatische antwort|réponse automatique|absence du bureau|respuesta automática"
    r"|risposta automatica|automatisch antwoord|automatyczna odpowied)"
    r"|自动回复|自動回覆|自动答复|自動答覆|外出|休假(?:通知|中)|不在办公室|不在辦公室)",
    re.IGNORECASE,
)


def _auto_signs(root: Part, subject: str, mail_from: str | None) -> AutoSigns:
    def word(name: str) -> str:
        return decode_value(root.first(name)).lower()

    names = {name for name, _ in root.fields}
    path = root.first("return-path").strip()
    null_path = mail_from == "" if mail_from is not None else path == b"<>"
    return AutoSigns(
        # The value may carry parameters (RFC 3834 5.2).
        auto_submitted=word("auto-submitted").split(";")[0].strip(),
        precedence=word("precedence"),
        suppress=word("x-auto-response-suppress"),
        list_mail=any(name.startswith("list-") for name in names),
        null_return_path=null_path,
        report=word("content-type").startswith("multipart/report"),
        absence_subject=bool(_ABSENCE.search(subject))
        or bool(names & {"x-autoreply", "x-autorespond", "x-autoresponder"}),
    )


_HAN = re.compile(r"[\u4e00-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")


def _language(text: str, declared: str) -> str | None:
    """BCP 47 tag by script, else as declared; None rather than a guess among Latin languages."""
    sample = text[:2000]
    letters = sum(1 for char in sample if char.isalpha()) or 1
    for pattern, tag in ((_KANA, "ja"), (_HANGUL, "ko"), (_HAN, "zh")):
        if len(pattern.findall(sample)) > letters * 0.15:
            return tag
    first = declared.split(",", maxsplit=1)[0].strip()
    return first if re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", first) else None
