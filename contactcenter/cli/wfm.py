"""``contactcenter wfm erlang`` and ``wfm staff``: waiting computed, agents counted.

Exit codes: 0 done, 1 a check speaks against the computed staff, 2 wrong input.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contactcenter.core.errors import ContactCenterError
    from contactcenter.core.measures.staffing import Interval, Staffed, Target
    from contactcenter.routing.staff_check import Checked

MODELS = ("b", "c", "a")


def add(parsers: Any) -> None:
    """Add ``wfm`` and its verbs."""
    wfm = parsers.add_parser("wfm", help="compute waiting times, and the agents a target needs")
    verbs = wfm.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_erlang(verbs.add_parser("erlang", help="waiting, blocking and leaving in steady state"))
    _add_staff(verbs.add_parser("staff", help="the least agents per interval for a target"))


def _add_erlang(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--model",
        choices=MODELS,
        required=True,
        help="b: nobody may wait; c: all wait; a: who waits may leave",
    )
    _add_load(verb, required=True)
    verb.add_argument("--agents", type=_whole(1), required=True, metavar="N")
    verb.add_argument(
        "--within-s", type=_least(0), default=20.0, metavar="T", help="service level in T (20)"
    )
    verb.add_argument("--json", action="store_true", help="one JSON object")
    verb.set_defaults(run=run_erlang)


def _add_load(verb: argparse.ArgumentParser, *, required: bool) -> None:
    verb.add_argument(
        "--per-min", type=_above(), required=required, metavar="L", help="arrivals per minute"
    )
    verb.add_argument(
        "--service-s", type=_above(), required=required, metavar="S", help="mean handle time"
    )
    verb.add_argument(
        "--patience-s", type=_above(), metavar="P", help="mean time until a waiting customer leaves"
    )
    verb.add_argument(
        "--places", type=_whole(0), metavar="K", help="waiting places; absent: unlimited"
    )


def _add_staff(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="CSV: start, per_min, service_s [, patience_s] [, places]",
    )
    _add_load(verb, required=False)
    target = verb.add_argument_group("target: at least one; all given must hold")
    target.add_argument("--service-level", type=_share, metavar="SHARE", help="80%% or 0.8")
    target.add_argument(
        "--within-s", type=_least(0), default=20.0, metavar="T", help="seconds of it (20)"
    )
    target.add_argument("--asa-s", type=_above(), metavar="S", help="longest mean wait")
    target.add_argument("--abandoned", type=_share, metavar="SHARE", help="most who leave")
    target.add_argument("--blocked", type=_share, metavar="SHARE", help="most turned away")
    target.add_argument("--max-occupancy", type=_share, metavar="SHARE", help="a further limit")
    verb.add_argument(
        "--shrinkage",
        type=_share,
        default=0.0,
        metavar="SHARE",
        help="rostered agents who do not serve: breaks, training, illness",
    )
    verb.add_argument("--check", action="store_true", help="play each interval and compare")
    verb.add_argument(
        "--interactions",
        type=_whole(2_000),
        default=20_000,
        metavar="N",
        help="to play in each checked interval (%(default)s)",
    )
    verb.add_argument("--seed", type=_whole(0), default=1, metavar="N", help="of the check (1)")
    verb.add_argument("--json", action="store_true", help="one JSON object")
    verb.set_defaults(run=run_staff)


def _above() -> Any:
    def number(text: str) -> float:
        value = _finite(text)
        if value <= 0:
            raise argparse.ArgumentTypeError(f"{text} is not allowed: a number above 0")
        return value

    return number


def _least(least: float) -> Any:
    def number(text: str) -> float:
        value = _finite(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{text} is not allowed: at least {least:g}")
        return value

    return number


def _whole(least: int) -> Any:
    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not allowed: a whole number of at least {least}"
            )
        return int(text)

    return number


def _share(text: str) -> float:
    value = _finite(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no share: write 0.8 or 80%")
    return value


def _finite(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return value


def run_erlang(args: argparse.Namespace) -> int:
    """0 with the figures, 2 when the input is wrong or has no steady state."""
    from contactcenter.cli import wfm_pages
    from contactcenter.core.errors import Invalid
    from contactcenter.core.measures.erlang import steady

    try:
        found = steady(_station(args))
    except Invalid as error:
        return _refuse(error)
    figures = wfm_pages.erlang_figures(args.model, found, args.within_s)
    wfm_pages.print_json(figures) if args.json else wfm_pages.print_erlang(figures)
    return 0


def _station(args: argparse.Namespace) -> Any:
    from contactcenter.core.errors import Invalid
    from contactcenter.core.measures.erlang import Station

    if args.model == "a" and args.patience_s is None:
        raise Invalid("--model a needs --patience-s", hint="give the mean patience in seconds")
    if args.model != "a" and args.patience_s is not None:
        raise Invalid(
            f"--patience-s has no meaning in --model {args.model}: there nobody leaves",
            hint="take --model a, or leave --patience-s out",
        )
    if args.model == "b" and args.places not in (None, 0):
        raise Invalid(
            "--places has no meaning in --model b: there nobody may wait",
            hint="take --model c or a, or leave --places out",
        )
    places = 0 if args.model == "b" else args.places
    return Station(args.per_min, args.service_s, args.agents, args.patience_s, places)


def run_staff(args: argparse.Namespace) -> int:
    """0 with the agents per interval, 1 when a check speaks against them, 2 for wrong input."""
    from contactcenter.cli import wfm_pages
    from contactcenter.core.errors import ContactCenterError
    from contactcenter.core.measures.staffing import staff

    try:
        target = _target(args)
        staffed = staff(_intervals(args), target, args.shrinkage)
    except ContactCenterError as error:
        return _refuse(error)
    checked = _checked(args, staffed, target)
    figures = wfm_pages.staff_figures(staffed, checked, target, args.shrinkage)
    wfm_pages.print_json(figures) if args.json else wfm_pages.print_staff(figures)
    return 0 if all(each is None or each.holds for each in checked) else 1


def _checked(
    args: argparse.Namespace, staffed: Sequence[Staffed], target: Target
) -> list[Checked | None]:
    """Each interval played, or nothing where nobody comes; all nothing without ``--check``."""
    if not args.check:
        return [None] * len(staffed)
    from contactcenter.routing.staff_check import check

    return [
        check(each.steady.station, target, args.interactions, args.seed + number)
        if each.steady
        else None
        for number, each in enumerate(staffed)
    ]


def _target(args: argparse.Namespace) -> Target:
    from contactcenter.core.measures.staffing import Target

    return Target(
        service_level=args.service_level,
        within_s=args.within_s,
        asa_s=args.asa_s,
        abandoned=args.abandoned,
        blocked=args.blocked,
        max_occupancy=args.max_occupancy,
    )


def _intervals(args: argparse.Namespace) -> list[Interval]:
    from contactcenter.core.errors import Invalid
    from contactcenter.core.measures.intervals_csv import read_intervals
    from contactcenter.core.measures.staffing import Interval

    if args.file is None:
        if args.per_min is None or args.service_s is None:
            raise Invalid("nothing to staff", hint="give a CSV file, or --per-min and --service-s")
        return [Interval("-", args.per_min, args.service_s, args.patience_s, args.places)]
    if args.per_min is not None:
        raise Invalid("--per-min and a file are given: which counts?", hint="leave one of them out")
    defaults = {name: getattr(args, name) for name in ("service_s", "patience_s", "places")}
    try:
        lines = args.file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{args.file}: can not be read", hint="name a CSV file in UTF-8") from error
    return read_intervals(lines, str(args.file), defaults)


def _refuse(error: ContactCenterError) -> int:
    """Every fault on standard error; 2."""
    from contactcenter.core.located_yaml import FileInvalid

    faults = error.faults if isinstance(error, FileInvalid) else ()
    for line in [str(fault) for fault in faults] or [error.message]:
        print(f"contactcenter: {line}", file=sys.stderr)
    if error.hint:
        print(f"hint: {error.hint}", file=sys.stderr)
    return 2
