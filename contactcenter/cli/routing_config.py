"""``contactcenter routing config``: the routing configuration as one YAML file; its history."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from contactcenter.cli.routing_replay import add_store

if TYPE_CHECKING:
    from contactcenter.core.db import Tx
    from contactcenter.routing.book import Fault
    from contactcenter.routing.book_changes import Change
    from contactcenter.routing.book_file import Document

T = TypeVar("T")

_ACTOR = "system"


def add(verbs: Any) -> None:
    """The sub-verb, its own verbs and their arguments."""
    config = verbs.add_parser("config", help="queues, agents, skills, hours as one versioned file")
    own = config.add_subparsers(dest="config_verb", metavar="COMMAND", required=True)
    show = own.add_parser("show", help="print the configuration in force, or a version, as YAML")
    show.add_argument("--version", type=int, metavar="N", help="of the history (default: in force)")
    show.set_defaults(run=run_show)
    check = own.add_parser("check", help="tell every fault of a file")
    check.add_argument("file", type=Path, metavar="FILE")
    check.add_argument(
        "--alone", action="store_true", help="by itself, without a database: it must be complete"
    )
    check.set_defaults(run=run_check)
    diff = own.add_parser("diff", help="what a file would change")
    diff.add_argument("file", type=Path, metavar="FILE")
    diff.set_defaults(run=run_diff)
    apply = own.add_parser("apply", help="make a file the configuration: a new version")
    apply.add_argument("file", type=Path, metavar="FILE")
    apply.add_argument("--note", default="", help="why, for the history")
    apply.add_argument("--dry-run", action="store_true", help="check and show, change nothing")
    apply.set_defaults(run=run_apply)
    history = own.add_parser("history", help="who changed it when and why")
    history.add_argument("--limit", type=int, default=20, metavar="N", help="default 20")
    history.set_defaults(run=run_history)
    back = own.add_parser("rollback", help="a new version that equals an old one")
    back.add_argument("version", type=int, metavar="VERSION")
    back.add_argument("--note", default="", help="why, for the history")
    back.set_defaults(run=run_rollback)
    for each in (check, diff, apply):
        each.add_argument(
            "--remove",
            action="store_true",
            help="queues and agents go that the file's sections do not name",
        )
    for each in (show, check, diff, apply, history, back):
        add_store(each)


def run_show(args: argparse.Namespace) -> int:
    """The document on standard output; ``apply`` takes it back."""
    from contactcenter.routing import history
    from contactcenter.routing.book_file import yaml_of

    def work(tx: Tx) -> history.Standing:
        if args.version is None:
            return history.standing(tx)
        return history.Standing(args.version, history.document(tx, args.version))

    found = _read(args, work)
    if args.json:
        print(json.dumps({"version": found.version, **found.book.sections()}, ensure_ascii=False))
    else:
        print(yaml_of(found.book), end="")
    return 0


def run_check(args: argparse.Namespace) -> int:
    """0 when it can be taken, 1 with each fault as ``FILE:LINE: place: message``."""
    from contactcenter.routing import history
    from contactcenter.routing.book import Book
    from contactcenter.routing.check import check

    document = _document(args.file)
    if args.alone:
        faults = check(document.plain, Book())
    else:
        faults = _read(args, lambda tx: history.look(tx, document.plain, remove=args.remove)).faults
    return _tell_faults(document, faults, as_json=args.json)


def run_diff(args: argparse.Namespace) -> int:
    """0; the changes, or 1 with the faults."""
    return _look(args, _document(args.file))


def run_apply(args: argparse.Namespace) -> int:
    """0 when it is the configuration now (or was already), 1 with the faults."""
    from contactcenter.routing import history
    from contactcenter.routing.book import BookInvalid

    document = _document(args.file)
    if args.dry_run:
        return _look(args, document)

    def work(tx: Tx) -> history.Applied:
        whole = history.whole_sections(document.plain, args.remove)
        return history.apply(tx, document.plain, actor=_ACTOR, note=args.note, remove=whole)

    try:
        made = _write(args, work)
    except BookInvalid as error:
        return _tell_faults(document, error.faults, as_json=args.json)
    return _tell_applied(args, made.version, made.changes)


def run_history(args: argparse.Namespace) -> int:
    """The newest first."""
    from contactcenter.routing import history

    for one in _read(args, lambda tx: history.versions(tx, limit=max(1, args.limit))):
        at = one.at.isoformat(timespec="seconds")
        if args.json:
            data = {"version": one.number, "at": at, "by": one.actor}
            print(json.dumps({**data, "action": one.action, "note": one.note}))
        else:
            print(f"{one.number:5}  {at}  {one.action:8}  {one.actor:45}  {one.note}".rstrip())
    return 0


def run_rollback(args: argparse.Namespace) -> int:
    """0; what the new version changed."""
    from contactcenter.routing import history

    def work(tx: Tx) -> history.Applied:
        return history.rollback(tx, args.version, actor=_ACTOR, note=args.note)

    made = _write(args, work)
    return _tell_applied(args, made.version, made.changes)


def _look(args: argparse.Namespace, document: Document) -> int:
    from contactcenter.routing import history

    looked = _read(args, lambda tx: history.look(tx, document.plain, remove=args.remove))
    if looked.after is None:
        return _tell_faults(document, looked.faults, as_json=args.json)
    if not args.json:
        _tell_faults(document, looked.faults, as_json=False)
    _tell_changes(looked.changes, as_json=args.json)
    return 0


def _document(file: Path) -> Document:
    from contactcenter.core.errors import NotFound
    from contactcenter.routing.book_file import read_document

    try:
        source = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"{file}: can not be read", hint="name a YAML file in UTF-8") from error
    return read_document(source, str(file))


def _tell_faults(document: Document, faults: Sequence[Fault], *, as_json: bool) -> int:
    """Each fault, in the order of lines; 1 when one refuses the file."""
    is_refused = any(one.severity == "error" for one in faults)
    for one in sorted(faults, key=document.line_of):
        line = document.line_of(one)
        if as_json:
            data = {"file": document.file, "line": line, "where": one.where}
            data |= {"severity": one.severity, "message": one.message, "hint": one.hint}
            print(json.dumps(data, ensure_ascii=False))
            continue
        word = "" if one.severity == "error" else "warning: "
        print(f"{document.file}:{line}: {word}{one}", file=sys.stderr)
        if one.hint:
            print(f"    {one.hint}", file=sys.stderr)
    return 1 if is_refused else 0


def _tell_applied(args: argparse.Namespace, version: int, changes: Sequence[Change]) -> int:
    if args.json:
        print(json.dumps({"version": version, "changes": [_data(one) for one in changes]}))
        return 0
    _tell_changes(changes, as_json=False)
    if changes:
        print(f"version {version}")
    return 0


def _tell_changes(changes: Sequence[Change], *, as_json: bool) -> None:
    if not changes and not as_json:
        print("nothing differs")
    for one in changes:
        if as_json:
            print(json.dumps(_data(one), ensure_ascii=False))
        elif one.kind == "added":
            print(f"+ {one.where}: {_shown(one.after)}")
        elif one.kind == "removed":
            print(f"- {one.where}: {_shown(one.before)}")
        else:
            print(f"~ {one.where}: {_shown(one.before)} -> {_shown(one.after)}")


def _data(one: Change) -> dict[str, Any]:
    return {"where": one.where, "kind": one.kind, "before": one.before, "after": one.after}


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _read(args: argparse.Namespace, work: Callable[[Tx], T]) -> T:
    return asyncio.run(_run(args.database, work, is_write=False))


def _write(args: argparse.Namespace, work: Callable[[Tx], T]) -> T:
    return asyncio.run(_run(args.database, work, is_write=True))


async def _run(url: str | None, work: Callable[[Tx], T], *, is_write: bool) -> T:
    from contactcenter.migrations.upgrade import open_current

    db = await open_current(url)
    try:
        return await (db.write(work) if is_write else db.read(work))
    finally:
        await db.close()
