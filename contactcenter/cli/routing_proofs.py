"""``contactcenter routing prove``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contactcenter.trials.proofs.model import Check


def add(verbs: Any) -> None:
    """The sub-verb and its arguments."""
    verb = verbs.add_parser("prove", help="hold the production floor against known results")
    verb.add_argument("names", nargs="*", metavar="NAME", help="only these proofs")
    verb.add_argument("--full", action="store_true", help="full size: about a minute each")
    verb.add_argument("--list", action="store_true", help="name the proofs and stop")
    verb.add_argument("--jobs", type=int, metavar="N", help="at once (default: one a processor)")
    verb.add_argument("--json", action="store_true", help="JSON")
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when all hold, 1 when one does not, 2 for an unknown name."""
    from contactcenter.trials.proofs.proofs import PROOFS

    if args.list:
        for name, proof in PROOFS.items():
            print(f"{name:12}  {' '.join((proof.__doc__ or '').split())}")
        return 0
    unknown = [name for name in args.names if name not in PROOFS]
    if unknown:
        print(f"no proof {unknown[0]}; allowed: {', '.join(PROOFS)}", file=sys.stderr)
        return 2
    proved: dict[str, dict[str, Any]] = {}
    names = args.names or list(PROOFS)
    for name, seconds, checks in _played(names, args.full, args.jobs or os.cpu_count() or 1):
        proved[name] = {"seconds": round(seconds, 1), "checks": [one.to_data() for one in checks]}
        if not args.json:
            print(f"{name}: {seconds:.0f} s")
            for check in checks:
                print(_line(check))
    if args.json:
        print(json.dumps(proved))
    return 0 if all(one["holds"] for each in proved.values() for one in each["checks"]) else 1


def _played(
    names: Sequence[str], full: bool, jobs: int
) -> Iterator[tuple[str, float, Sequence[Check]]]:
    """Each proof with its seconds and checks, in their order; several at once in processes."""
    if jobs <= 1 or len(names) == 1:
        yield from map(_proved, names, repeat(full))
        return
    with ProcessPoolExecutor(min(jobs, len(names))) as pool:
        yield from pool.map(_proved, names, repeat(full))


def _proved(name: str, full: bool) -> tuple[str, float, Sequence[Check]]:
    from contactcenter.trials.proofs.proofs import PROOFS

    started = time.perf_counter()
    checks = PROOFS[name](full, partial(print, " ", file=sys.stderr, flush=True))
    return name, time.perf_counter() - started, checks


def _line(check: Check) -> str:
    state = "holds" if check.holds else "FAILS"
    return (
        f"  {state}  {check.name}: {check.measured:.5g}, known {check.known:.5g} "
        f"± {check.within:.2g}{f' ({check.how})' if check.how else ''}"
    )
