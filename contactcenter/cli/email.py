"""``contactcenter email classify``: what bounces say, one line a message."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def add(parsers: Any) -> None:
    """The verb and its arguments."""
    verb = parsers.add_parser("email", help="look into mail")
    verbs = verb.add_subparsers(dest="email_verb", metavar="COMMAND", required=True)
    classify = verbs.add_parser(
        "classify", help="say of each mail: bounce, complaint, auto_reply or message"
    )
    classify.add_argument("path", nargs="+", type=Path, help="raw mails, or folders of them")
    classify.add_argument("--json", action="store_true", help="one JSON object a line")
    classify.set_defaults(run=run_classify)


def run_classify(args: argparse.Namespace) -> int:
    """0 when every file was read."""
    for path in _files(args.path):
        line = describe(path)
        if args.json:
            print(json.dumps(line, ensure_ascii=False))
        else:
            shown = (line[name] for name in ("file", "kind", "recipient", "status", "reply_code"))
            hard = "hard" if line["hard"] else ("soft" if line["kind"] == "bounce" else "")
            print("\t".join([*map(str, shown), str(line["reason"]), hard]))
    return 0


def describe(path: Path) -> dict[str, Any]:
    """One message. Its first recipient stands in the line; all of several in ``recipients``."""
    from contactcenter.channels.email.bounces import Bounce, classify_mail

    found = classify_mail(path.read_bytes())
    no_reason = "vacation" if found.kind == "auto_reply" else ""
    first = found.bounces[0] if found.bounces else Bounce("", "", "", no_reason, hard=False)
    line = {"file": path.name, "kind": found.kind, **_fields(first)}
    if len(found.bounces) > 1:
        line["recipients"] = [_fields(one) for one in found.bounces]
    return line


def _fields(one: Any) -> dict[str, Any]:
    return {
        "recipient": one.recipient,
        "status": one.status,
        "reply_code": one.reply_code,
        "reason": one.reason,
        "hard": one.hard,
    }


def _files(paths: list[Path]) -> Iterator[Path]:
    from contactcenter.core.errors import NotFound

    missing = [path for path in paths if not path.exists()]
    if missing:
        raise NotFound(f"no such file: {missing[0]}", hint="give raw mails (.eml) or folders")
    for path in paths:
        if path.is_dir():
            yield from sorted(one for one in path.iterdir() if one.is_file())
        else:
            yield path
