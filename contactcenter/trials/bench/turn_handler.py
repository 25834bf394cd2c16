"""The reference of the menu turn: a handler that knows by heart what has to be committed.

Its statements are learned from two turns of ours: what differs between them is the caller's own
(ids, the event's key) or the time, and is put in anew for each request.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiohttp import web

from contactcenter.core.errors import ContactCenterError
from contactcenter.core.ids import derived_id
from contactcenter.trials.bench.reference import Reference
from contactcenter.trials.bench.statements import Call

Facts = Mapping[str, Any]
Fill = Callable[[Facts, datetime], Any]
Known = tuple[Facts, Sequence[Call], str]
_NEAR_S = 600
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Turn:
    """What a turn commits and answers. ``fills``: for each statement how its arguments are made."""

    def __init__(self, calls: Sequence[Call], fills: Sequence[Any], answer: str) -> None:
        self._calls = calls
        self._fills = fills
        self._answer = answer

    def calls(self, facts: Facts) -> list[Call]:
        now = datetime.now(UTC)
        return [
            Call(call.sql, _filled(fill, facts, now), call.is_many)
            for call, fill in zip(self._calls, self._fills, strict=True)
        ]

    def answer(self, facts: Facts) -> str:
        return self._answer.replace("{event}", str(facts["event"]))


def _filled(fill: Any, facts: Facts, now: datetime) -> Any:
    if isinstance(fill, tuple):
        return tuple(_filled(each, facts, now) for each in fill)
    return fill(facts, now)


def learned(one: Known, other: Known) -> Turn:
    """From two turns that differ in their callers only."""
    (facts, calls, answer), (others, again, _) = one, other
    if [call.sql for call in calls] != [call.sql for call in again]:
        raise ContactCenterError("menu-turn: two equal turns ran different statements")
    fills = [
        _fill(mine.arguments, theirs.arguments, facts, others, mine.sql)
        for mine, theirs in zip(calls, again, strict=True)
    ]
    return Turn(calls, fills, answer.replace(str(facts["event"]), "{event}"))


def _fill(mine: Any, theirs: Any, facts: Facts, others: Facts, sql: str) -> Any:
    if isinstance(mine, tuple | list):
        return tuple(
            _fill(one, other, facts, others, sql) for one, other in zip(mine, theirs, strict=True)
        )
    for name in facts:
        for shape in _SHAPES:
            if mine == shape(facts[name]) and theirs == shape(others[name]):
                return _caller_s(name, shape)
    if isinstance(mine, datetime):
        return lambda facts, now: now
    if isinstance(mine, int) and abs(mine - _micros(datetime.now(UTC))) < _NEAR_S * 1e6:
        return lambda facts, now: _micros(now)
    if isinstance(mine, str) and mine != theirs:
        return _text(mine, theirs, facts, others, sql)
    if mine != theirs:
        raise ContactCenterError(f"menu-turn: whence {mine!r} in {sql}?")
    return lambda facts, now: mine


def _caller_s(name: str, shape: Callable[[Any], Any]) -> Fill:
    return lambda facts, now: shape(facts[name])


def _text(mine: str, theirs: str, facts: Facts, others: Facts, sql: str) -> Fill:
    """JSON with something of the caller's in it."""
    inside = [name for name in facts if str(facts[name]) in mine]
    was = {name: str(facts[name]) for name in inside}

    def made(own: Facts) -> str:
        text = mine
        for name in inside:
            text = text.replace(was[name], str(own[name]))
        return text

    if made(others) != theirs:
        raise ContactCenterError(f"menu-turn: {mine} is not made of the caller's facts, in {sql}")
    return lambda own, now: made(own)


def _bytes(value: Any) -> Any:
    return value.bytes if isinstance(value, UUID) else None


def _same(value: Any) -> Any:
    return value


_SHAPES: Sequence[Callable[[Any], Any]] = (_same, _bytes, str)


def _micros(at: datetime) -> int:
    return int((at - _EPOCH).total_seconds() * 1e6)


class Turns:
    """The handler: signature, form, statements in one transaction, document."""

    def __init__(
        self,
        reference: Reference,
        signed: Callable[[str, Iterable[tuple[str, str]]], str],
        turn: Turn,
        public: str = "https://bench.test",
    ) -> None:
        self._reference = reference
        self._signed = signed
        self._turn = turn
        self._public = public
        self.callers: dict[str, Facts] = {}

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/webhooks/twilio/voice/{line}", self.handle)]

    async def handle(self, request: web.Request) -> web.Response:
        form = await request.post()
        pairs = [(name, str(value)) for name, value in form.items()]
        wanted = self._signed(self._public + request.raw_path, pairs)
        if not hmac.compare_digest(wanted, request.headers.get("X-Twilio-Signature", "")):
            return web.Response(status=403)
        known = self.callers[str(form["CallSid"])]
        event = derived_id("twilio", known["sid"], "collected", request.query["op"])
        facts = {**known, "event": str(event)}
        await self._reference.commit(self._turn.calls(facts))
        return web.Response(text=self._turn.answer(facts), content_type="text/xml")
