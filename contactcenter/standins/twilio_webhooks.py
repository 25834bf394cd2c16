"""The stand-in's webhooks: signed, repeated, late, out of order, as Twilio's are.

Signatures are made by the official library, so that the product's own check is tested against it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import yarl
from twilio.request_validator import RequestValidator

from contactcenter.core.clock import Clock
from contactcenter.standins.twilio_model import new_sid

LIMIT_S = 15.0
"""Twilio's hard limit for an answer."""
Params = Mapping[str, str]


@dataclass(slots=True)
class Weather:
    """What goes wrong on the way. All off by default.

    ``duplicate_documents`` and ``duplicate_reports``: each request is sent twice.
    ``reorder_reports``: reports are held back up to that many at a time and leave shuffled.
    ``late_s``: each report, and each repetition, takes its own time on the way, up to that long.
    ``slow_s``: each request is this late. ``lose_replies``: that many next answers get lost, and
    Twilio asks again with the same idempotency token. ``seed`` makes it repeatable.
    """

    duplicate_documents: bool = False
    duplicate_reports: bool = False
    reorder_reports: int = 0
    late_s: float = 0.0
    slow_s: float = 0.0
    lose_replies: int = 0
    retries: int = 2
    seed: int = 1


class HookFailed(Exception):
    """A webhook got no usable answer (Twilio error 11200 and its like)."""


@dataclass(slots=True)
class Sent:
    """One webhook that was sent, for tests to look at."""

    url: str
    params: dict[str, str]
    status: int
    token: str
    reply: str


@dataclass(slots=True)
class Webhooks:
    """Sends to the server under test."""

    token: str
    clock: Clock
    weather: Weather
    log: list[Sent] = field(default_factory=list)
    mismatches: list[str] = field(default_factory=list)
    _session: aiohttp.ClientSession | None = None
    _held: list[tuple[str, Params]] = field(default_factory=list)
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    _dice: random.Random = field(default_factory=random.Random)
    _order: asyncio.Lock = field(default_factory=asyncio.Lock)
    """In fair weather reports arrive in order; the lock is first come, first served."""

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=LIMIT_S))
        self.reseed(self.weather.seed)

    def reseed(self, seed: int) -> None:
        """The same chances again."""
        self._dice.seed(seed)

    async def stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def document(self, url: str, params: Params) -> str:
        """Ask for TwiML. Raises ``HookFailed`` when no attempt is answered with 2xx."""
        reply = await self._ask(url, params)
        if self.weather.duplicate_documents:
            again = await self._ask(url, params)
            if again != reply:
                self.mismatches.append(f"{urlsplit(url).path}: {reply!r} then {again!r}")
            reply = again
        return reply

    def report(self, url: str, params: Params) -> None:
        """Send a status callback; nobody waits for its answer."""
        if not url:
            return
        self._held.append((url, params))
        if len(self._held) >= max(1, self.weather.reorder_reports):
            self.flush()
        else:
            self._spawn(self._flush_later())

    def flush(self) -> None:
        """Let go of the reports held back."""
        held, self._held = self._held, []
        if self.weather.duplicate_reports:
            held += held
        if self.weather.reorder_reports > 1:
            self._dice.shuffle(held)
        if self.weather.late_s:
            for url, params in held:
                self._spawn(self._late(url, params, self._dice.uniform(0, self.weather.late_s)))
        elif held:
            self._spawn(self._in_turn(held))

    async def settled(self) -> None:
        """Wait until every webhook has been sent and answered."""
        self.flush()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self.flush()

    def later(self, url: str, params: Params) -> None:
        """Ask for a document whose answer is thrown away (see ``twilio_player``)."""
        if url:
            self._spawn(self._thrown_away(url, params))

    async def _thrown_away(self, url: str, params: Params) -> None:
        try:
            await self.document(url, params)
        except HookFailed as exc:
            self.mismatches.append(f"unanswered: {exc}")

    async def _flush_later(self) -> None:
        await asyncio.sleep(0.05)
        self.flush()

    async def _late(self, url: str, params: Params, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        await self._thrown_away_report(url, params)

    async def _in_turn(self, held: list[tuple[str, Params]]) -> None:
        async with self._order:
            for url, params in held:
                await self._thrown_away_report(url, params)

    async def _thrown_away_report(self, url: str, params: Params) -> None:
        try:
            await self._ask(url, params)
        except HookFailed:
            return  # Twilio gives a report up after its retries; the log holds each attempt

    async def _ask(self, url: str, params: Params) -> str:
        """One request with its retries, all under one idempotency token."""
        token = new_sid("IT")
        reason = "not sent"
        for attempt in range(self.weather.retries + 1):
            if attempt:
                await asyncio.sleep(0.02 * 2**attempt)
            status, reply = await self._post(url, params, token)
            if 200 <= status < 300:
                if self.weather.lose_replies <= 0:
                    return reply
                self.weather.lose_replies -= 1
                reason = "the answer got lost"
                continue
            reason = f"status {status}"
            if 0 < status < 500:
                break
        raise HookFailed(f"{url}: {reason}")

    async def _post(self, url: str, params: Params, token: str) -> tuple[int, str]:
        if self._session is None:
            raise HookFailed("the stand-in is not running")
        if self.weather.slow_s:
            await asyncio.sleep(self.weather.slow_s)
        signed = RequestValidator(self.token).compute_signature(url, dict(params))
        headers = {
            "X-Twilio-Signature": signed,
            "I-Twilio-Idempotency-Token": token,
            "User-Agent": "TwilioProxy/1.1",
        }
        exact = yarl.URL(url, encoded=True)  # requoting would change what was signed
        try:
            async with self._session.post(exact, data=dict(params), headers=headers) as reply:
                status, text = reply.status, await reply.text()
        except (aiohttp.ClientError, TimeoutError) as exc:
            status, text = 0, type(exc).__name__
        self.log.append(Sent(url, dict(params), status, token, text))
        return status, text

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
