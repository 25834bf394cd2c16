"""The errors every layer raises; mapped to HTTP problems and to exit codes in one place each.

An error carries a stable ``code`` (what programs test), one sentence for people, and details
that name the place and what would be allowed. It never carries a personal value or a secret.
"""

from __future__ import annotations

from collections.abc import Mapping


class ContactCenterError(Exception):
    """Base of all expected faults. ``code`` is stable, ``hint`` says what to do next."""

    code = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        hint: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.hint = hint
        self.details = dict(details or {})


class Invalid(ContactCenterError):
    """Input that can not be taken as it is: says what, where, and what is allowed."""

    code = "invalid"


class NotFound(ContactCenterError):
    """The thing named does not exist, or not for this account."""

    code = "not_found"


class Conflict(ContactCenterError):
    """The state has moved on; a lost race for a reservation carries code ``superseded``."""

    code = "conflict"


class Denied(ContactCenterError):
    """The account may not do this."""

    code = "denied"


class NotSignedIn(ContactCenterError):
    """No valid token, or its end has passed."""

    code = "not_signed_in"


class Unsupported(ContactCenterError):
    """The adapter does not declare this capability."""

    code = "unsupported"


class TransportError(ContactCenterError):
    """A provider did not take a hand-over.

    ``permanent``: trying again with the same content can not succeed.
    ``unknown``: the request may have been taken; the outcome becomes ``in_doubt``, never a retry.
    ``reply_code``: the provider's own code (SMTP reply, Twilio error number), text, may be empty.
    """

    code = "transport"

    def __init__(
        self, message: str, *, permanent: bool, unknown: bool = False, reply_code: str = ""
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.unknown = unknown
        self.reply_code = reply_code
