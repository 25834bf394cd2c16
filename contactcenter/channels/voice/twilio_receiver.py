"""The gate of Twilio's webhooks: signature, form, kind and line, before any adapter sees them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, urlsplit

from contactcenter.channels.receiver import FORM, WebReply, WebRequest, decoded_form, problem
from contactcenter.channels.voice.twilio_account import Kind, TwilioAccount, path_of
from contactcenter.channels.voice.twilio_signature import HEADER, SETTINGS_HEADER, is_signed
from contactcenter.channels.voice.twilio_twiml import EMPTY
from contactcenter.core.errors import Invalid

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook that passed the gate; of repeated names the first value."""

    kind: str
    line: str
    query: dict[str, str]
    form: dict[str, str]

    def needed(self, name: str) -> str:
        """The form's value. Raises ``Invalid`` (code ``malformed_body``) when it is missing."""
        value = self.form.get(name, "")
        if not value:
            raise Invalid(f"The parameter {name} is missing.", code="malformed_body")
        return value

    def at(self, now: datetime) -> datetime:
        """When it happened: Twilio's ``Timestamp`` (RFC 2822, whole seconds), else ``now``."""
        try:
            stamp = parsedate_to_datetime(self.form.get("Timestamp", ""))
        except ValueError:
            return now
        return stamp if stamp.tzinfo else now


Handler = Callable[[Hook], Awaitable[WebReply]]


class TwilioReceiver:
    """Takes the webhooks of one account. Adapters register what they handle."""

    def __init__(self, account: TwilioAccount) -> None:
        self.account = account
        self._handlers: dict[str, Handler] = {}

    def register(self, kind: Kind, handler: Handler) -> None:
        self._handlers[kind] = handler

    async def handle(self, request: WebRequest) -> WebReply:
        """403 without a valid signature, 400 for what can not be read, 404 for what is not ours.

        An error of the core passes through: the web layer answers 5xx and Twilio asks again or
        takes the fallback document.
        """
        place = path_of(request.target)
        if place is None or place[0] not in self._handlers:
            return problem(404, "not_found", "There is no such webhook.")
        kind, line = place
        if request.method != "POST":
            return problem(405, "method", "Webhooks are posted.")
        try:
            form = self._genuine(request)
            if form is None:
                logger.warning("refused a webhook without a valid signature: %s", kind)
                return problem(403, "signature", "The signature is missing or wrong.")
            if line not in self.account.lines:
                return problem(404, "unknown_line", "This account has no such line.")
            hook = _hook(kind, line, request, form)
            return await self._handlers[kind](hook)
        except Invalid as exc:
            if exc.code not in ("malformed_body", "malformed_query"):
                raise
            return problem(400, exc.code, "The request can not be read.", exc.message)

    def _genuine(self, request: WebRequest) -> tuple[tuple[str, str], ...] | None:
        """The form when its signature is right, else None."""
        given = request.header(HEADER)
        if not given:
            return None
        is_form = bool(request.form) or request.content_type in (FORM, "")
        form = decoded_form(request) if is_form else ()
        right = is_signed(
            self.account.auth_tokens,
            self.account.public_url(request.target),
            form,
            given,
            body=None if is_form else request.body,
            settings=request.header(SETTINGS_HEADER),
        )
        if right and not is_form:
            raise Invalid(f"The body must be {FORM}.", code="malformed_body")
        return form if right else None


def twiml(document: str = EMPTY) -> WebReply:
    """A TwiML reply; without an argument the empty one, which acknowledges and does nothing."""
    return WebReply(200, "text/xml; charset=utf-8", document.encode())


def _hook(kind: str, line: str, request: WebRequest, form: tuple[tuple[str, str], ...]) -> Hook:
    first: dict[str, str] = {}
    for name, value in form:
        first.setdefault(name, value)
    query = dict(parse_qsl(urlsplit(request.target).query, keep_blank_values=True))
    return Hook(kind, line, query, first)
