"""One webhook turn of a menu: signature, flow step, durable log, reply; against a bare handler.

A caller has called in and heard the greeting of the demo's own menu; what is measured is the
webhook that brings the key. Both sides are aiohttp servers in this process, asked over one kept
connection by the same bare client, one request at a time. Ours is the product's middleware,
receiver, handling and database, without its background followers. The reference checks the
signature, reads the form and commits the very statements ours commits, with the caller's own
values put in, through the same driver; of the menu it knows the answer only.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

from contactcenter.core.db import Database
from contactcenter.core.errors import ContactCenterError
from contactcenter.trials.bench.menu_site import Caller, Site, open_site
from contactcenter.trials.bench.model import Bound, Figure, Row, compared, percentile
from contactcenter.trials.bench.place import Place
from contactcenter.trials.bench.reference import opened
from contactcenter.trials.bench.statements import recording
from contactcenter.trials.bench.turn_handler import Turns, learned

GOAL = Bound(">=", 0.6)
_ANSWER = Bound("<=", 300.0)
"""ms. What voice.md promises a carrier that waits 15 s at most."""


async def measure(place: Place) -> Sequence[Row]:
    """One row: turns a second."""
    rounds, turns = (1, 3) if place.is_short else (9, 60)
    async with AsyncExitStack() as stack:
        db = await Database.open(place.url)
        stack.push_async_callback(db.close)
        site = await stack.enter_async_context(open_site(db, place.folder))
        first, second = await site.call_in(2)
        known = []
        for caller in (first, second):
            with recording(db) as calls:
                answer = await site.press(caller)
            known.append((await site.facts(caller), list(calls), answer))
        reference = await stack.enter_async_context(opened(place.url))
        handler = Turns(reference, site.signed, learned(*known))
        bare = await stack.enter_async_context(site.beside(handler.routes()))
        pairs: list[tuple[float, float]] = []
        times: list[float] = []
        for _ in range(rounds):
            own = await site.call_in(turns)
            others = await site.call_in(turns)
            for caller in others:
                handler.callers[caller.sid] = await site.facts(caller)
            ours = await _rate(site, own, site.port, times)
            pairs.append((ours, await _rate(site, others, bare, [])))
            await _check(site, own, others)
    milliseconds = [each * 1000 for each in times]
    figures = [
        Figure("p50", percentile(milliseconds, 0.5), "ms"),
        Figure("p99", percentile(milliseconds, 0.99), "ms", _ANSWER),
        Figure("statements", len(known[0][1]), "a turn"),
    ]
    return [compared("menu-turn", place.store, "turns/s", pairs, GOAL, figures)]


async def _rate(site: Site, callers: Sequence[Caller], port: int, times: list[float]) -> float:
    began = time.perf_counter()
    for caller in callers:
        before = time.perf_counter()
        await site.press(caller, port)
        times.append(time.perf_counter() - before)
    return len(callers) / (time.perf_counter() - began)


async def _check(site: Site, own: Sequence[Caller], others: Sequence[Caller]) -> None:
    """Both left the same in the log, else the comparison is none."""
    one, other = await site.log_of(own[0]), await site.log_of(others[-1])
    if one != other:
        raise ContactCenterError(f"menu-turn: the reference wrote {other}, ours {one}")
