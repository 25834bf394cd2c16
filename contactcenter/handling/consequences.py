"""What a carrier's or a mailbox's word on one message means for its address.

Only evidence about the address itself counts: a carrier that says who opted out or can not be
reached, a bounce that is hard by its enhanced code (``channels.email.bounce_rules``), a complaint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from contactcenter.core.db import Tx
from contactcenter.crm import log, permission
from contactcenter.crm.model import NewEvent

OPTED_OUT = "21610"
"""The carrier keeps a list of its own: the number has written STOP there."""
UNREACHABLE: Mapping[str, str] = {"30005": "unreachable", "30006": "landline"}
"""Twilio's codes, spoken by its dialect's other hosts too. A landline keeps voice."""


class About(Protocol):
    """The message in question."""

    @property
    def id(self) -> UUID: ...
    @property
    def interaction_id(self) -> UUID: ...
    @property
    def channel(self) -> str: ...
    @property
    def address(self) -> str: ...


def follow(tx: Tx, message: About, state: str, code: str) -> None:
    """Act on a message's new state and the provider's code with it."""
    if not code:
        return
    if message.channel == "sms":
        if code == OPTED_OUT:
            _opted_out(tx, message, "provider", "all")
        elif code in UNREACHABLE:
            _suppress(tx, message, UNREACHABLE[code])
    elif state in ("rejected", "bounced") and _is_hard(code):
        _suppress(tx, message, "hard_bounce")


def _is_hard(code: str) -> bool:
    """``code`` as ``letters`` and ``mails`` write it: "550 5.1.1 userunknown"."""
    from contactcenter.channels.email.bounce_rules import is_hard  # compiles many patterns

    numbers, _, reason = code.rpartition(" ")
    return is_hard(reason, numbers.rpartition(" ")[2])


def complaint(tx: Tx, message: About) -> None:
    """The recipient called it unwanted: no marketing any more, at once."""
    _opted_out(tx, message, "complaint", "marketing")


def _suppress(tx: Tx, message: About, reason: str) -> None:
    permission.suppress(
        tx, channel=message.channel, address=message.address, reason=reason, proof=str(message.id)
    )


def _opted_out(tx: Tx, message: About, source: str, scope: permission.Scope) -> None:
    permission.opt_out(
        tx,
        channel=message.channel,
        address=message.address,
        source=source,
        scope=scope,
        proof=str(message.id),
    )
    data = {"channel": message.channel, "scope": scope, "how": source}
    log.append(tx, message.interaction_id, NewEvent("opted_out", "carrier", data))
