"""``contactcenter routing explain`` and ``why-idle``."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from contactcenter.cli.routing_replay import add_store

if TYPE_CHECKING:
    from contactcenter.core.db import Database

T = TypeVar("T")


def add(verbs: Any) -> None:
    """The sub-verbs and their arguments."""
    explain = verbs.add_parser("explain", help="why an interaction went where it went, or waits")
    explain.add_argument("interaction", type=UUID, metavar="INTERACTION")
    explain.set_defaults(run=run_explain)
    idle = verbs.add_parser("why-idle", help="why an agent has nothing to do")
    idle.add_argument("agent", metavar="AGENT", help="name or id")
    idle.set_defaults(run=run_why_idle)
    for verb in (explain, idle):
        verb.add_argument("--lang", choices=("en", "zh-CN"), default="en")
        add_store(verb)


def run_explain(args: argparse.Namespace) -> int:
    """0 when it could be explained, 1 when the recomputation is not what was recorded."""
    from contactcenter.routing.explain import explain
    from contactcenter.routing.explain_data import explanation_data
    from contactcenter.routing.explain_words import Words

    told = _on_store(args, lambda db: explain(db, args.interaction))
    _print(args, explanation_data(told, Words(args.lang)), Words(args.lang).explanation(told))
    return 0 if all(one.is_as_recorded for one in told.decisions) else 1


def run_why_idle(args: argparse.Namespace) -> int:
    """0 when the agent is known."""
    from contactcenter.routing.explain_data import idle_data
    from contactcenter.routing.explain_words import Words
    from contactcenter.routing.idle import why_idle

    async def work(db: Database) -> Any:
        return await why_idle(db, await _agent_of(db, args.agent))

    told = _on_store(args, work)
    _print(args, idle_data(told, Words(args.lang)), Words(args.lang).idle(told))
    return 0


async def _agent_of(db: Database, text: str) -> UUID:
    from contactcenter.core.errors import NotFound
    from contactcenter.routing.queries import agents

    found = [one for one in await db.read(agents) if text in (one.name, str(one.id))]
    if len(found) != 1:
        what = "several agents have" if found else "no agent has"
        raise NotFound(f"{what} the name or id {text}", hint="give the id")
    return found[0].id


def _print(args: argparse.Namespace, data: dict[str, Any], lines: list[str]) -> None:
    import msgspec

    print(msgspec.json.encode(data).decode() if args.json else "\n".join(lines))


def _on_store(args: argparse.Namespace, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    async def run() -> T:
        from contactcenter.migrations.upgrade import open_current

        db = await open_current(args.database)
        try:
            return await work(db)
        finally:
            await db.close()

    return asyncio.run(run())
