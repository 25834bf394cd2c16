"""``contactcenter campaign list|show|schedule|pause|resume|cancel|why``."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from contactcenter.campaigns.lifecycle import CampaignRow
    from contactcenter.campaigns.results import Progress
    from contactcenter.core.db import Tx

T = TypeVar("T")
_BY = "system"


def add(parsers: Any) -> None:
    """The verb and its arguments."""
    verb = parsers.add_parser("campaign", help="campaigns: watch, schedule, hold, explain")
    verbs = verb.add_subparsers(dest="campaign_verb", metavar="COMMAND", required=True)
    listed = verbs.add_parser("list", help="all campaigns with their counts, newest first")
    listed.set_defaults(run=run_list)
    show = verbs.add_parser("show", help="one campaign: state, counts, reasons")
    schedule = verbs.add_parser("schedule", help="start a draft at a time, or now")
    why = verbs.add_parser("why", help="why a customer got, or did not get, something")
    held = [
        verbs.add_parser("pause", help="no further message leaves until it is resumed"),
        verbs.add_parser("resume", help="go on with a paused one"),
        verbs.add_parser("cancel", help="end it; who has no message yet is skipped"),
    ]
    for each in (show, schedule, why, *held):
        each.add_argument("campaign", metavar="NAME_OR_ID")
    for each in held:
        each.set_defaults(run=run_change)
    show.set_defaults(run=run_show)
    schedule.add_argument("--at", type=_time, help="with offset: 2026-03-02T09:00+01:00")
    schedule.set_defaults(run=run_schedule)
    why.add_argument("customer", metavar="CUSTOMER", help="id, external id, address or name")
    why.set_defaults(run=run_why)
    for each in (listed, show, schedule, why, *held):
        each.add_argument("--database", help="sqlite:///FILE or postgresql://... (else settings)")
        each.add_argument("--json", action="store_true", help="JSON, one line each")


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError("a time needs its offset, such as +01:00 or Z")
    return at


def run_list(args: argparse.Namespace) -> int:
    """State, how many rows and of what outcome, name."""
    from contactcenter.campaigns import lifecycle, results

    def work(tx: Tx) -> list[tuple[CampaignRow, Progress]]:
        rows = lifecycle.page(tx, limit=1000)
        found = results.progress(tx, rows)
        return [(row, found[row.id]) for row in rows]

    for row, progress in _read(args, work):
        if args.json:
            print(json.dumps(_data(row, progress)))
        else:
            print(f"{row.id}  {_state(row):12}  {progress.total:>7}  {row.name}")
    return 0


def run_show(args: argparse.Namespace) -> int:
    """The counts are counts over rows, now."""
    from contactcenter.campaigns import lifecycle, results

    def work(tx: Tx) -> tuple[CampaignRow, Progress]:
        row = lifecycle.find(tx, args.campaign)
        return row, results.progress(tx, [row])[row.id]

    _print(args, *_read(args, work))
    return 0


def run_schedule(args: argparse.Namespace) -> int:
    """The server's scheduler starts it; the lines are checked then."""
    from contactcenter.campaigns import lifecycle

    def work(tx: Tx) -> CampaignRow:
        row = lifecycle.find(tx, args.campaign)
        return lifecycle.schedule(tx, row.id, args.at, None, _BY)

    return _changed(args, work)


def run_change(args: argparse.Namespace) -> int:
    """pause, resume, cancel."""
    from contactcenter.campaigns import lifecycle

    acts = {"pause": lifecycle.pause, "resume": lifecycle.resume, "cancel": lifecycle.cancel}

    def work(tx: Tx) -> CampaignRow:
        row = lifecycle.find(tx, args.campaign)
        return acts[args.campaign_verb](tx, row.id, _BY)

    return _changed(args, work)


def run_why(args: argparse.Namespace) -> int:
    """One sentence, and with ``--json`` the rows behind it."""
    from contactcenter.campaigns import lifecycle, why

    found = _read(args, lambda tx: why.why(tx, lifecycle.find(tx, args.campaign), args.customer))
    if not args.json:
        print(found.sentence)
        return 0
    deliveries = [
        {
            "id": str(row.id),
            "channel": row.channel,
            "outcome": row.outcome,
            "reason": row.reason,
            "until": row.until.isoformat() if row.until else None,
            "message": str(row.message_id) if row.message_id else None,
        }
        for row in found.deliveries
    ]
    about = {
        "customer": str(found.customer.id),
        "in_segment": found.in_segment,
        "sentence": found.sentence,
        "clause": found.clause,
        "deliveries": deliveries,
    }
    print(json.dumps(about, ensure_ascii=False))
    return 0


def _changed(args: argparse.Namespace, work: Callable[[Tx], CampaignRow]) -> int:
    row = _run(args, work, is_write=True)
    print(json.dumps({"id": str(row.id), "state": row.state}) if args.json else _state(row))
    return 0


def _print(args: argparse.Namespace, row: CampaignRow, progress: Progress) -> None:
    if args.json:
        print(json.dumps(_data(row, progress)))
        return
    print(f"{row.name}: {_state(row)}, {progress.total} deliveries")
    for outcome, count in sorted(progress.counts.items()):
        print(f"{count:>9}  {outcome}")
    for reason, count in sorted(progress.reasons.items()):
        print(f"{count:>9}  because of {reason}")


def _state(row: CampaignRow) -> str:
    return f"{row.state} (overdue: answer send, skip or cancel)" if row.needs_answer else row.state


def _data(row: CampaignRow, progress: Progress) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "state": row.state,
        "needs_answer": row.needs_answer,
        "starts_at": row.starts_at.isoformat() if row.starts_at else None,
        "started_at": row.started_at.isoformat() if row.started_at else None,
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
        "total": progress.total,
        "counts": progress.counts,
        "reasons": progress.reasons,
    }


def _read(args: argparse.Namespace, work: Callable[[Tx], T]) -> T:
    return _run(args, work, is_write=False)


def _run(args: argparse.Namespace, work: Callable[[Tx], T], *, is_write: bool) -> T:
    return asyncio.run(_on_store(args.database, work, is_write))


async def _on_store(url: str | None, work: Callable[[Tx], T], is_write: bool) -> T:
    from contactcenter.migrations.upgrade import open_current

    db = await open_current(url)
    try:
        return await (db.write(work) if is_write else db.read(work))
    finally:
        await db.close()
