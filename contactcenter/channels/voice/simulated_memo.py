"""Steps as text: they wait in the world with a leg that rings, so a restart does not lose them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from contactcenter.channels.voice.steps import (
    TERMINAL,
    Collect,
    Pause,
    Play,
    Record,
    Say,
    Step,
)

_KINDS = {kind.__name__: kind for kind in (*TERMINAL, Say, Play, Pause, Record)}


def write_memo(op_id: str, steps: Sequence[Step]) -> str:
    """``steps`` and the operation they belong to, as JSON."""
    return json.dumps({"op_id": op_id, "steps": [_plain(step) for step in steps]})


def read_memo(memo: str) -> tuple[str, tuple[Step, ...]]:
    """What ``write_memo`` wrote: operation and steps."""
    content = json.loads(memo)
    return str(content["op_id"]), tuple(_step(each) for each in content["steps"])


def _plain(step: Any) -> list[object]:
    values = {field.name: getattr(step, field.name) for field in fields(step)}
    nested = ("prompts", "announcements")
    for name in nested:
        if name in values:
            values[name] = [_plain(each) for each in values[name]]
    return [type(step).__name__, values]


def _step(plain: Any) -> Any:
    name, values = plain
    for nested in ("prompts", "announcements"):
        if nested in values:
            values[nested] = tuple(_step(each) for each in values[nested])
    if _KINDS[name] is Collect:
        values["hints"] = tuple(values["hints"])
    return _KINDS[name](**values)
