"""``contactcenter handset``: a customer in the terminal, in conversation with the demo."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import AsyncIterator
from typing import Any


def add(parsers: Any) -> None:
    """The verb and its arguments."""
    verb = parsers.add_parser(
        "handset",
        help="be a customer: call, press keys, text and mail from the terminal",
        description="Commands on standard input, events on standard output, one a line.",
        epilog="Commands: call NUMBER, press DIGITS, say TEXT, wait SECONDS, hangup, answer, "
        "sms NUMBER TEXT, mail ADDRESS SUBJECT | BODY, inbox",
    )
    verb.add_argument("--url", required=True, help="the server, http://127.0.0.1:8080")
    verb.add_argument(
        "--from", dest="address", required=True, help="E.164 number or e-mail address to be"
    )
    verb.add_argument("--mail", default="", help="e-mail address held besides the number")
    verb.add_argument("--json", action="store_true", help="events as JSON")
    verb.add_argument(
        "--patience",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="how long to go without a connection (default 60)",
    )
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 at the end of input, 1 without a server, 2 for a line or an address that is none."""
    import asyncio

    from contactcenter.core.errors import Invalid
    from contactcenter.standins.handset_client import HandsetClient

    def show(event: dict[str, Any]) -> None:
        line = json.dumps(event, ensure_ascii=False) if args.json else plain(event)
        print(line, flush=True)

    async def converse() -> int:
        client = HandsetClient(
            args.url, args.address, mail=args.mail, show=show, patience_s=args.patience
        )
        return await client.run(_lines())

    try:
        return asyncio.run(converse())
    except Invalid as error:
        hint = f"\nhint: {error.hint}" if error.hint else ""
        print(f"contactcenter: {error.message}{hint}", file=sys.stderr)
        return 2


def plain(event: dict[str, Any]) -> str:
    """An event for people: its name, then what it says."""
    values = {name: value for name, value in event.items() if name not in ("event", "n", "html")}
    name = str(event["event"])
    match name:
        case "prompt":
            return f"prompt [{values['language']}] {values['text']}"
        case "held":
            return "held" if values["on"] else "held no more"
        case "sms" | "caption":
            return f"{name} from {values['from']}: {values['text']}"
        case "mail":
            return f"mail from {values['from']}: {values['subject']} | {values['text']}"
        case "inbox":
            return "\n".join(["inbox", *map(_entry, values["sms"] + values["mail"])])
    return " ".join([name, *(f"{key} {value}" for key, value in values.items())])


def _entry(item: dict[str, Any]) -> str:
    subject = f"{item['subject']} | " if "subject" in item else ""
    return f"  {item['at']} {item['from']} -> {item['to']}: {subject}{item['text']}"


async def _lines() -> AsyncIterator[str]:
    """Standard input by a thread: a pipe, a file and a terminal can all be read so."""
    import asyncio
    import threading

    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(waiting.put_nowait, line)
        loop.call_soon_threadsafe(waiting.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    while (line := await waiting.get()) is not None:
        yield line
