"""Values and rules of campaigns: states, outcomes, the split by shares, the holdout. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from typing import Any
from uuid import UUID

from contactcenter.core.errors import Invalid
from contactcenter.core.ids import derived_id

STATES = ("draft", "scheduled", "running", "paused", "cancelled", "finished")
OPEN_OUTCOMES = ("queued", "waiting_until", "deferred")
"""Deliveries that something will still happen to; all other outcomes are terminal (``in_doubt``
among them: it is listed, and evidence may still settle it)."""

STEP = "1"
"""The only step of a campaign that is no journey."""

FIRST_RUN = "1"
"""The run of a one-off campaign."""

PERSONAL = frozenset({"service", "transactional"})
"""Purposes for messages the customer waits for: only these may ignore quiet hours."""


@dataclass(frozen=True, slots=True)
class Way:
    """One channel of a campaign: what is sent over which line to which part of the audience.

    ``provider`` and ``version`` are empty until a run freezes them.
    """

    channel: str
    template: UUID
    line: str
    share: float
    provider: str = ""
    version: int = 0

    def to_data(self) -> dict[str, Any]:
        return {
            "channel": self.channel,
            "template": str(self.template),
            "line": self.line,
            "share": self.share,
            "provider": self.provider,
            "version": self.version,
        }


def way_from_data(data: Mapping[str, Any]) -> Way:
    """The inverse of ``Way.to_data``; frozen parts may be absent."""
    return Way(
        channel=data["channel"],
        template=UUID(str(data["template"])),
        line=data["line"],
        share=data["share"],
        provider=data.get("provider", ""),
        version=data.get("version", 0),
    )


def check_ways(ways: Sequence[Way]) -> None:
    """``Invalid`` unless channels differ and the shares add up to 1 (within a thousandth)."""
    channels = [way.channel for way in ways]
    if not ways:
        raise Invalid("a campaign needs a channel: sms, email or both", code="no_channel")
    if len(set(channels)) != len(channels):
        raise Invalid("a channel stands twice; each may stand once", code="channel_twice")
    if abs(sum(way.share for way in ways) - 1) > 0.001:
        raise Invalid("the shares must add up to 1", code="shares")


@dataclass(slots=True)
class Split:
    """Deals customers to ways, each time to the one furthest below its share.

    Deterministic, needs no total in advance, and never more than one customer off any share;
    of equals the later way wins, so 1,869 customers at a half each are 934 and 935.
    """

    shares: Sequence[Fraction]
    counts: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, ways: Sequence[Way], counts: Sequence[int] | None = None) -> Split:
        shares = [Fraction(str(way.share)) for way in ways]
        return cls(shares, list(counts or [0] * len(shares)))

    def deal(self) -> int:
        """The index of the next customer's way."""
        total = sum(self.counts) + 1
        lacks = [share * total - n for share, n in zip(self.shares, self.counts, strict=True)]
        chosen = max(range(len(lacks)), key=lambda index: (lacks[index], index))
        self.counts[chosen] += 1
        return chosen


def is_held_out(campaign: UUID, customer: UUID, share: float) -> bool:
    """Whether the customer belongs to the campaign's holdout; the same answer at every run."""
    if share <= 0:
        return False
    digest = sha256(b"holdout" + campaign.bytes + customer.bytes).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def message_key(campaign: UUID, run: str, step: str, customer: UUID, channel: str) -> UUID:
    """The identity of a delivery's message, for ever: the same parts are the same message."""
    return derived_id("delivery", campaign, run, step, customer, channel)
