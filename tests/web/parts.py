"""What the web tests share: the recording desk, signing in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from aiohttp.test_utils import TestClient

from contactcenter.core.errors import Conflict
from contactcenter.core.ids import new_id

PASSWORD = "correct horse battery"
API = "/api/v1"

Client = TestClient[Any, Any]


@dataclass(frozen=True)
class People:
    """Ids of the accounts by sign-in name."""

    ids: Mapping[str, UUID]

    def __getitem__(self, name: str) -> UUID:
        return self.ids[name]


@dataclass
class RecordingDesk:
    """Keeps what was asked of it, in order; ``refuse`` makes the next call a conflict."""

    calls: list[tuple[Any, ...]] = field(default_factory=list)
    keys: list[UUID | None] = field(default_factory=list)
    """The identities given to what must not happen twice."""
    refuse: str | None = None

    @property
    def dispositions(self) -> Sequence[tuple[str, Mapping[str, str]]]:
        return [("solved", {"en": "Solved", "zh-CN": "已解决"}), ("other", {"en": "Other"})]

    def _note(self, *call: Any) -> None:
        if self.refuse is not None:
            code, self.refuse = self.refuse, None
            raise Conflict("the state has moved on", code=code)
        self.calls.append(call)

    async def hold(self, interaction: UUID, agent: UUID, on: bool) -> None:
        self._note("hold", interaction, agent, on)

    async def mute(self, interaction: UUID, agent: UUID, on: bool) -> None:
        self._note("mute", interaction, agent, on)

    async def hang_up(self, interaction: UUID, agent: UUID) -> None:
        self._note("hang_up", interaction, agent)

    async def say(self, interaction: UUID, agent: UUID, text: str) -> None:
        self._note("say", interaction, agent, text)

    async def send_message(
        self,
        interaction: UUID,
        agent: UUID,
        text: str,
        subject: str | None = None,
        *,
        key: UUID | None = None,
    ) -> tuple[UUID, str]:
        self._note("send_message", interaction, agent, text, subject)
        return new_id(), "queued"

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
        self._note("callback", interaction, address, at, first, actor)
        return key or new_id()

    async def wrap_up(
        self,
        interaction: UUID,
        agent: UUID,
        disposition: str,
        note: str,
        *,
        key: UUID | None = None,
    ) -> None:
        self._note("wrap_up", interaction, agent, disposition, note)

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
        self._note("dial", agent, to, channel, line, text, subject, purpose)
        return new_id()


async def token_for(client: Client, name: str) -> str:
    """Sign in; the token."""
    reply = await client.post(f"{API}/session", json={"name": name, "password": PASSWORD})
    assert reply.status == 200, await reply.text()
    client.session.cookie_jar.clear()
    token: str = (await reply.json())["token"]
    return token


async def bearer(client: Client, name: str) -> dict[str, str]:
    """The headers of a program signed in as ``name``."""
    return {"Authorization": f"Bearer {await token_for(client, name)}"}


async def problem(reply: Any, status: int, code: str) -> dict[str, Any]:
    """The problem details of a reply, which must have this status and code."""
    body: dict[str, Any] = await reply.json(content_type="application/problem+json")
    assert (reply.status, body["code"]) == (status, code), body
    assert body["status"] == status
    assert body["request_id"] == reply.headers["X-Request-Id"]
    return body
