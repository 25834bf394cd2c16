"""What ``contactcenter wfm`` prints: the JSON of ``docs/reference/wfm.md``, and tables."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from contactcenter.core.measures.erlang import Steady
from contactcenter.core.measures.staffing import Staffed, Target

if TYPE_CHECKING:
    from contactcenter.routing.staff_check import Checked

PERCENTILES = (50, 80, 90, 95, 99)


def print_json(figures: Mapping[str, Any]) -> None:
    """One object on one line: no number in it is infinite or not a number."""
    print(json.dumps(figures, allow_nan=False))


def erlang_figures(model: str, found: Steady, within_s: float) -> dict[str, Any]:
    """The keys of ``wfm erlang --json``."""
    station = found.station
    waits = {str(share): found.wait_percentile_s(share / 100) for share in PERCENTILES}
    return {
        "model": model,
        **asdict(station),
        "erlangs": station.erlangs,
        **_steady_figures(found, within_s),
        "wait_percentiles_s": waits,
    }


def _steady_figures(found: Steady, within_s: float) -> dict[str, Any]:
    return {
        "within_s": within_s,
        "service_level": found.service_level(within_s),
        "p_delayed": found.p_delayed,
        "asa_s": found.asa_s,
        "wait_s": found.asa_s,
        "answered_wait_s": _finite(found.answered_wait_s),
        "wait_if_delayed_s": found.wait_if_delayed_s,
        "abandoned": found.abandoned,
        "blocked": found.blocked,
        "occupancy": found.occupancy,
        "queue_length": found.queue_length,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def staff_figures(
    staffed: Sequence[Staffed],
    checked: Sequence[Checked | None],
    target: Target,
    shrinkage: float,
) -> dict[str, Any]:
    """The keys of ``wfm staff --json``."""
    pairs = zip(staffed, checked, strict=True)
    return {
        "target": asdict(target),
        "shrinkage": shrinkage,
        "intervals": [_interval_figures(each, check, target) for each, check in pairs],
        "peak_agents": max(each.agents for each in staffed),
        "peak_rostered": max(each.rostered for each in staffed),
    }


def _interval_figures(each: Staffed, check: Checked | None, target: Target) -> dict[str, Any]:
    interval = each.interval
    figures: dict[str, Any] = {
        **asdict(interval),
        "erlangs": interval.per_min / 60 * interval.service_s,
        "agents": each.agents,
        "rostered": each.rostered,
    }
    if each.steady:
        figures |= _steady_figures(each.steady, target.within_s)
    if check:
        figures["check"] = {
            "interactions": check.interactions,
            "seed": check.seed,
            **{name: asdict(value) for name, value in check.measured.items()},
            "holds": check.holds,
        }
    return figures


def print_erlang(figures: Mapping[str, Any]) -> None:
    """A page for people."""
    patience = f", patience {figures['patience_s']:g} s" if figures["patience_s"] else ""
    places = "" if figures["places"] is None else f", {figures['places']} waiting places"
    print(
        f"Erlang {figures['model'].upper()}: {figures['per_min']:g} per minute,"
        f" {figures['service_s']:g} s each, {figures['agents']} agents{patience}{places}"
    )
    delayed = figures["wait_if_delayed_s"]
    rows = [
        ("offered load", f"{figures['erlangs']:.2f} erlangs"),
        ("occupancy", _percent(figures["occupancy"])),
        ("blocked", _percent(figures["blocked"])),
        ("wait at all", _percent(figures["p_delayed"])),
        ("mean wait (ASA)", _seconds(figures["asa_s"])),
        ("mean wait of the answered", _seconds(figures["answered_wait_s"])),
        ("mean wait of those who wait", _seconds(delayed)),
        (f"answered in {figures['within_s']:g} s", _percent(figures["service_level"])),
        ("abandoned", _percent(figures["abandoned"])),
        ("waiting, on average", f"{figures['queue_length']:.2f}"),
        *(
            (f"{share}% wait no longer than", _seconds(wait))
            for share, wait in figures["wait_percentiles_s"].items()
        ),
    ]
    for name, value in rows:
        print(f"  {name:<28}{value:>16}")


def print_staff(figures: Mapping[str, Any]) -> None:
    """One line an interval."""
    rows = figures["intervals"]
    within = f"in {figures['target']['within_s']:g} s"
    wide = max(8, *(len(row["start"]) for row in rows))
    checks = any("check" in row for row in rows)
    head = f"{'start':<{wide}}{'per min':>9}{'agents':>8}{'roster':>8}"
    head += f"{within:>10}{'ASA':>10}{'left':>9}{'blocked':>9}{'busy':>9}"
    print(head + ("  played" if checks else ""))
    for row in rows:
        line = f"{row['start']:<{wide}}{row['per_min']:>9g}{row['agents']:>8}{row['rostered']:>8}"
        if "asa_s" in row:
            line += f"{_percent(row['service_level']):>10}{_seconds(row['asa_s']):>10}"
            line += "".join(
                f"{_percent(row[name]):>9}" for name in ("abandoned", "blocked", "occupancy")
            )
        print(line + (f"  {_played(row['check'])}" if "check" in row else ""))
    print(f"peak: {figures['peak_agents']} serving, {figures['peak_rostered']} rostered")


def _played(check: Mapping[str, Any]) -> str:
    level, asa = check["service_level"], check["asa_s"]
    verdict = "holds" if check["holds"] else "MISSED"
    return (
        f"{verdict}: {_percent(level['value'])} ± {100 * level['ci95']:.1f},"
        f" ASA {asa['value']:.1f} ± {asa['ci95']:.1f} s"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"
