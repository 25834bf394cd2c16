"""What the web layer is given: explicit parts, no globals. ``app`` fills them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Literal, Protocol
from uuid import UUID

from aiohttp import web

from contactcenter.analytics.floor import FloorFollower
from contactcenter.core.access.accounts import Access
from contactcenter.core.bus import Bus
from contactcenter.core.clock import Clock
from contactcenter.core.db import Database
from contactcenter.core.secrets import Secrets
from contactcenter.web.comparisons import Comparisons


class Desk(Protocol):
    """What an agent does to an interaction (``handling.desk.Desk``).

    All raise ``NotFound``, ``Denied`` (not this agent's), ``Conflict`` (the state has moved on).
    """

    @property
    def dispositions(self) -> Sequence[tuple[str, Mapping[str, str]]]:
        """Outcome codes with their texts by language."""
        ...

    async def hold(self, interaction: UUID, agent: UUID, on: bool) -> None: ...

    async def mute(self, interaction: UUID, agent: UUID, on: bool) -> None: ...

    async def hang_up(self, interaction: UUID, agent: UUID) -> None: ...

    async def say(self, interaction: UUID, agent: UUID, text: str) -> None: ...

    async def send_message(
        self,
        interaction: UUID,
        agent: UUID,
        text: str,
        subject: str | None = None,
        *,
        key: UUID | None = None,
    ) -> tuple[UUID, str]:
        """The message's id and its state. The same ``key`` again is the same message."""
        ...

    async def wrap_up(
        self,
        interaction: UUID,
        agent: UUID,
        disposition: str,
        note: str,
        *,
        key: UUID | None = None,
    ) -> None:
        """The same ``key`` again is the same note and outcome."""
        ...

    async def dial(
        self,
        agent: UUID,
        *,
        to: str,
        channel: str,
        line: str | None,
        text: str | None,
        subject: str | None,
        purpose: str = "service",
        key: UUID | None = None,
    ) -> UUID:
        """The new outbound interaction; the same ``key`` again is the same one."""
        ...

    async def callback(
        self,
        interaction: UUID,
        *,
        address: str | None = None,
        at: datetime | None = None,
        first: Literal["customer", "agent"] | None = None,
        actor: str,
        key: UUID | None = None,
    ) -> UUID:
        """Plan a callback for a call that waits; the command's id. The same ``key`` again is the
        same one."""
        ...


@dataclass(frozen=True, slots=True)
class LineEntry:
    """One configured number or mailbox, as the desks list it."""

    address: str
    channel: str
    provider: str
    name: str


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What is configured about the web layer. Durations in seconds, limits per minute."""

    public_url: str | None = None
    """Scheme, host and port under which browsers reach us; None: what the request says."""
    trusted_proxies: Sequence[IPv4Network | IPv6Network] = ()
    """Proxies whose word on the caller's address is taken."""
    time_zone: str = "UTC"
    """The site's zone: "today" on the floor begins at its midnight."""
    handset: bool = False
    """Serve the handset page (demo only)."""
    built: Path | None = None
    """The folder of the built desks; None: the one packaged."""
    presence_grace_s: float = 10.0
    """A lost browser is gone after this long."""
    ping_s: float = 5.0
    """How often a live socket is pinged; a ping unanswered for half of it closes the socket."""
    sign_in_per_min: int = 10
    """Failed sign-ins per name and address."""
    api_per_min: int = 1200
    """Requests per account or program."""
    max_body: int = 1_048_576
    """Bytes of an API request."""
    away_reasons: Sequence[tuple[str, Mapping[str, str]]] = (
        ("break", {"en": "Break", "zh-CN": "小休"}),
        ("meal", {"en": "Meal", "zh-CN": "用餐"}),
        ("training", {"en": "Training", "zh-CN": "培训"}),
        ("meeting", {"en": "Meeting", "zh-CN": "会议"}),
        ("other", {"en": "Other work", "zh-CN": "其他工作"}),
    )


@dataclass(frozen=True)
class Services:
    """Everything a handler may use."""

    db: Database
    bus: Bus
    clock: Clock
    access: Access
    secrets: Secrets
    desk: Desk
    settings: WebSettings = field(default_factory=WebSettings)
    lines: Sequence[LineEntry] = ()
    site_name: str = "contactcenter"
    extras: Mapping[str, Any] = field(default_factory=dict)
    """Parts of topics written elsewhere (``campaigns``), by name."""


COMPARISONS = web.AppKey("comparisons", Comparisons)
FOLLOWER = web.AppKey("follower", FloorFollower)
SERVICES = web.AppKey("services", Services)
