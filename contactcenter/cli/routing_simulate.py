"""``contactcenter routing simulate``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def add(verbs: Any) -> None:
    """The sub-verb and its arguments."""
    verb = verbs.add_parser("simulate", help="play a scenario on the production floor")
    verb.add_argument("scenario", type=Path, metavar="SCENARIO", help="a YAML file")
    verb.add_argument("--seed", type=_whole, metavar="N", help="instead of the scenario's")
    verb.add_argument("--runs", type=_whole, default=1, metavar="N", help="independent runs")
    verb.add_argument("--json", action="store_true", help="JSON")
    verb.set_defaults(run=run)


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("a whole number, 0 or more")
    return number


def run(args: argparse.Namespace) -> int:
    """0 when it was played, 1 when the scenario is faulty (every fault with its line), 2 when there
    is none."""
    from contactcenter.core.errors import NotFound
    from contactcenter.core.located_yaml import FileInvalid
    from contactcenter.routing.simulator.loader import load_scenario
    from contactcenter.routing.simulator.pages import page
    from contactcenter.routing.simulator.simulate import simulate

    try:
        scenario = load_scenario(args.scenario)
    except FileInvalid as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
            if fault.hint:
                print(f"  hint: {fault.hint}", file=sys.stderr)
        return 1
    except NotFound as error:
        print(error.message, file=sys.stderr)
        return 2
    result = simulate(scenario, seed=args.seed, runs=max(1, args.runs))
    print(json.dumps(result.to_data()) if args.json else page(result))
    return 0
