"""Provider webhooks as plain values: a request in, a reply out. No web framework here.

The web layer turns its request into a ``WebRequest``, hands it to a ``Receiver`` and writes the
``WebReply`` back. An adapter's receiver checks the signature, translates the request into events,
waits for the core (the reply leaves after the commit) and renders the core's steps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from contactcenter.core.errors import Invalid

FORM = "application/x-www-form-urlencoded"
MAX_BODY = 256 * 1024
"""Bytes. A provider's form is a few KiB; more is refused before it is parsed."""


@dataclass(frozen=True, slots=True)
class WebRequest:
    """One HTTP request.

    ``url`` is the raw request target (path and query as sent, still percent-encoded); scheme and
    host, where present, are ignored, because a proxy may have changed them. ``headers`` is looked
    up without regard to case. ``form`` keeps every pair in order: repeated names matter to
    signatures.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    form: Sequence[tuple[str, str]] = ()

    def header(self, name: str) -> str:
        """The header's value, or "" when it is missing."""
        wanted = name.lower()
        return next((v for k, v in self.headers.items() if k.lower() == wanted), "")

    @property
    def target(self) -> str:
        """Path and query as sent, without scheme and host."""
        if self.url.startswith("/"):
            return self.url
        parts = urlsplit(self.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters."""
        return self.header("content-type").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class WebReply:
    """One HTTP reply."""

    status: int
    content_type: str = "text/plain"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Receiver(Protocol):
    """What the web layer mounts for a provider."""

    async def handle(self, request: WebRequest) -> WebReply: ...


def problem(status: int, code: str, title: str, detail: str = "") -> WebReply:
    """A problem reply (RFC 9457) with our stable ``code``."""
    fields: dict[str, object] = {"type": "about:blank", "title": title, "status": status}
    fields["code"] = code
    if detail:
        fields["detail"] = detail
    return WebReply(status, "application/problem+json", json.dumps(fields).encode())


def decoded_form(request: WebRequest) -> tuple[tuple[str, str], ...]:
    """The form's pairs, from ``form`` or else from the body.

    Raises ``Invalid`` (code ``malformed_body``) for another media type, a body over ``MAX_BODY``,
    bytes that are not UTF-8 or pairs without ``=``.
    """
    if request.form:
        return tuple(request.form)
    if len(request.body) > MAX_BODY:
        raise Invalid("The body is too long.", code="malformed_body", details={"max": MAX_BODY})
    if request.content_type != FORM:
        raise Invalid(f"The body must be {FORM}.", code="malformed_body")
    try:
        text = request.body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict")
    except ValueError as exc:
        raise Invalid("The body is not a well-formed form.", code="malformed_body") from exc
    return tuple(pairs)
