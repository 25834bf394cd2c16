"""When an automatic answer may be sent at all. Pure rules; RFC 3834 section 2 and vendors' fields.

Two automatic systems facing each other exchange at most two messages: ours carries
``Auto-Submitted: auto-replied`` and goes to a sender at most once a day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from contactcenter.channels.email.mime import InboundMail
from contactcenter.channels.email.tags import BOUNCE, without_tag

AUTO_SUBMITTED: Final = "auto-replied"
"""The value of ``Auto-Submitted`` in our automatic answers."""
ONCE_IN = timedelta(days=1)

Reason = Literal[
    "no_sender",
    "auto_submitted",
    "null_return_path",
    "report",
    "list",
    "precedence",
    "suppressed",
    "own_address",
    "machine_address",
    "absence_note",
    "answered_recently",
]

_MACHINES = frozenset(
    {"mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply",
     "daemon", "autoreply", "auto-reply", "listserv", "majordomo", "abuse"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AutoReplyVerdict:
    """``reason`` says why not; None when an automatic answer may go."""

    allowed: bool
    reason: Reason | None = None


def may_auto_reply(
    mail: InboundMail,
    own_addresses: Iterable[str],
    *,
    last_at: datetime | None = None,
    now: datetime | None = None,
) -> AutoReplyVerdict:
    """Whether ``mail`` may get an automatic answer.

    ``own_addresses``: every line and bounce address of ours. ``last_at``: our last automatic
    answer to this sender, aware UTC; with it ``now`` is needed.
    """
    reason = _refusal(mail, own_addresses)
    if reason is None and last_at is not None and now is not None and now - last_at < ONCE_IN:
        reason = "answered_recently"
    return AutoReplyVerdict(reason is None, reason)


def is_automatic(mail: InboundMail) -> bool:
    """Whether a machine wrote ``mail`` (it is logged, but no agent need be woken for it)."""
    return _sign(mail) is not None


def _refusal(mail: InboundMail, own_addresses: Iterable[str]) -> Reason | None:
    if mail.from_ is None:
        return "no_sender"
    sender = without_tag(mail.from_.address)
    local = sender.partition("@")[0]
    if sender in {without_tag(own) for own in own_addresses} or local == BOUNCE:
        return "own_address"
    if local in _MACHINES or local.startswith(("owner-", "bounce-")):
        return "machine_address"
    if local.endswith(("-request", "-owner", "-bounces")):
        return "machine_address"
    return _sign(mail)


def _sign(mail: InboundMail) -> Reason | None:
    signs = mail.auto
    checks: tuple[tuple[bool, Reason], ...] = (
        (signs.auto_submitted not in ("", "no"), "auto_submitted"),
        (signs.null_return_path, "null_return_path"),
        (signs.report, "report"),
        (signs.list_mail, "list"),
        (signs.precedence in ("bulk", "junk", "list", "auto_reply"), "precedence"),
        (signs.suppress not in ("", "none"), "suppressed"),
        (signs.absence_subject, "absence_note"),
    )
    return next((reason for found, reason in checks if found), None)
