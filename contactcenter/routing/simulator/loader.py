"""A scenario from its file. Every fault is told with its line; unknown keys are faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

from contactcenter.core.errors import Invalid, NotFound
from contactcenter.core.located_reader import Reader, suggestion
from contactcenter.core.located_yaml import FileInvalid, Located, read_yaml
from contactcenter.core.rules import RuleInvalid
from contactcenter.routing.config import agent_from, queue_from
from contactcenter.routing.model import CHANNELS, Channel, Direction, Queue
from contactcenter.routing.simulator.distributions import Distribution
from contactcenter.routing.simulator.reading import LONGEST_S, Source
from contactcenter.routing.simulator.scenario import (
    AT_ONCE,
    THREE_MINUTES,
    AgentGroup,
    Arrivals,
    Length,
    QueueLoad,
    Scenario,
    ServesFirst,
    Shift,
    TraceArrivals,
)
from contactcenter.routing.simulator.traces import Trace

_MOST = 10**9
_QUEUE_KEYS = ("name", "arrivals", "service", "patience", "channel", "direction", "answers_in",
               "wraps_up_in", "service_level_s")  # fmt: skip
_AGENT_KEYS = ("name", "count", "primary", "serves_first", "shifts", "answers_in", "no_answer",
               "returns_after_s")  # fmt: skip


def load_scenario(path: Path) -> Scenario:
    """The scenario of a file. Raises ``FileInvalid`` with every fault, ``NotFound`` without one."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"{path}: can not be read", hint="name a scenario in YAML") from error
    return scenario_of(text, str(path), path.parent)


def scenario_of(text: str, file: str = "scenario", folder: Path = Path()) -> Scenario:
    """The scenario written in ``text``; CSV files stand in ``folder``. Raises ``FileInvalid``."""
    source = Source(file, folder)
    scenario = _Loader(source).scenario(read_yaml(text, file))
    if source.faults:
        raise FileInvalid(source.faults)
    return scenario


@dataclass(slots=True)
class _Defaults:
    service: Distribution = THREE_MINUTES
    patience: Distribution | None = None
    answer: Distribution = AT_ONCE
    wrap_up: Distribution = AT_ONCE
    service_level_s: float | None = None


class _Loader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.defaults = _Defaults()
        self.agent_order: Any = None
        self.queues: dict[str, Queue] = {}

    def scenario(self, located: Located) -> Scenario:
        """The whole file."""
        top = self.source.reader(located, "scenario")
        starts = top.take("starts_at")
        if starts is not None:
            self.source.starts_at_s = self.source.time(starts, "starts_at")
        name, seed = top.text("name"), top.integer("seed", 1, 0, 2**63)
        places = top.integer("places", -1, 0, _MOST)
        order = top.take("agent_order")
        self.agent_order = order and _plain(order)
        self._read_defaults(top)
        trace = self._whole_trace(top)
        loads = tuple(self._queue(each, trace) for each in top.items("queues", required=True))
        groups = tuple(self._group(each) for each in top.items("agents", required=True))
        for queue in set(trace) - {load.name for load in loads}:
            top.fault(f"the trace names a queue {queue!r}", top.line_of("arrivals"))
        length = self._length(top, loads)
        top.finish()
        self._check(top, loads, groups)
        return Scenario(loads, groups, length, seed, None if places < 0 else places, name)

    def _check(
        self, top: Reader, loads: tuple[QueueLoad, ...], groups: tuple[AgentGroup, ...]
    ) -> None:
        if len({load.name for load in loads}) < len(loads):
            top.fault("two queues have one name", top.line_of("queues"))
        if not any(load.arrivals for load in loads):
            top.fault("no queue has arrivals", top.line_of("queues"))
        if len({group.name for group in groups}) < len(groups):
            top.fault("two groups of agents have one name", top.line_of("agents"))

    def _read_defaults(self, top: Reader) -> None:
        found = top.take("defaults")
        if found is None:
            return
        reader, own = self.source.reader(found, "defaults"), self.defaults
        own.service = self._law(reader, "service", own.service)
        own.patience = self._patience(reader, own.patience)
        own.answer = self._law(reader, "offer_s", own.answer)
        own.wrap_up = self._law(reader, "wrap_up_s", own.wrap_up)
        if reader.take("service_level_s") is not None:
            own.service_level_s = self.source.optional(reader, "service_level_s", 0.0)
        reader.finish()

    def _law(self, reader: Reader, key: str, default: Distribution) -> Distribution:
        found = reader.take(key)
        return default if found is None else self.source.law(found, f"{reader.what}: {key}")

    def _patience(self, reader: Reader, default: Distribution | None) -> Distribution | None:
        found = reader.take("patience")
        if found is None:
            return default
        return None if found.data == "none" else self.source.law(found, f"{reader.what}: patience")

    def _whole_trace(self, top: Reader) -> Trace:
        found = top.take("arrivals")
        if found is None:
            return {}
        reader = self.source.reader(found, "arrivals")
        csv = reader.take("csv", required=True)
        reader.finish()
        trace = {} if csv is None else self.source.trace(csv, "arrivals")
        if "" in trace:
            top.fault("arrivals: this trace has no column queue", found.line)
            del trace[""]
        return trace

    def _length(self, top: Reader, loads: tuple[QueueLoad, ...]) -> Length:
        found = top.take("length")
        traced = [load.arrivals for load in loads if isinstance(load.arrivals, TraceArrivals)]
        if found is None:
            if len(traced) < sum(load.arrivals is not None for load in loads):
                top.fault("length is missing", hint="length: {interactions: N} or {time_s: S}")
            last = max((one.arrivings[-1].at_s for one in traced if one.arrivings), default=0.0)
            return Length(time_s=last + 1.0)
        reader = self.source.reader(found, "length")
        count = reader.integer("interactions", 0, 1, _MOST)
        time_s = self.source.optional(reader, "time_s", 0.0, 1.0)
        warm_up = self.source.optional(reader, "warm_up", 0.0)
        reader.finish()
        if bool(count) == bool(time_s):
            reader.fault("length: either interactions or time_s")
        elif warm_up >= (count or time_s):
            reader.fault("length: warm_up leaves nothing to measure", reader.line_of("warm_up"))
        return Length(count or None, time_s or None, warm_up)

    # -- queues ------------------------------------------------------------------------------

    def _queue(self, located: Located, trace: Trace) -> QueueLoad:
        reader = self.source.reader(located, "queue")
        name = reader.text("name", required=True)
        reader.what = f"queue {name}"
        config = self._rest(reader, _QUEUE_KEYS)
        arrivals = reader.take("arrivals")
        comes: Arrivals | None = None
        if arrivals is not None:
            comes = self.source.arrivals(arrivals, f"{reader.what}: arrivals")
        if name in trace:
            if comes is not None:
                reader.fault(f"{reader.what}: arrivals here and in the scenario's trace")
            comes = TraceArrivals(tuple(trace[name]))
        wrap_up = self._law(reader, "wraps_up_in", self.defaults.wrap_up)
        channel: Channel = reader.one_of("channel", CHANNELS, "voice")  # type: ignore[assignment]  # one of them
        ways = get_args(Direction)
        direction: Direction = reader.one_of("direction", ways[:2], ways[0])  # type: ignore[assignment]  # one of them
        if self.agent_order is not None:
            config.setdefault("agent_order", self.agent_order)
        # Who is not said to wrap up is free at once; who is, works until done.
        config.setdefault("wrap_up", "none" if wrap_up == AT_ONCE else "mandatory")
        queue = self._known_queue(reader, name, config)
        target = self.defaults.service_level_s
        target = float(queue.target_s) if target is None or "target_s" in config else target
        return QueueLoad(
            name=name,
            config=config,
            arrivals=comes,
            service=self._law(reader, "service", self.defaults.service),
            patience=self._patience(reader, self.defaults.patience),
            channel=channel,
            direction=direction,
            answer=self._law(reader, "answers_in", self.defaults.answer),
            wrap_up=wrap_up,
            service_level_s=self.source.optional(reader, "service_level_s", target),
        )

    def _known_queue(self, reader: Reader, name: str, config: Mapping[str, Any]) -> Queue:
        queue = Queue(name)
        try:
            queue = queue_from(name, 1, config)
        except Invalid as error:
            self._product_fault(reader, error, _QUEUE_KEYS)
        self.queues[name] = queue
        return queue

    # -- agents ------------------------------------------------------------------------------

    def _group(self, located: Located) -> AgentGroup:
        reader = self.source.reader(located, "agents")
        count = reader.integer("count", 1, 1, 1_000_000)
        primary = reader.text("primary") or None
        name = reader.text("name") or f"agents of line {located.line}"
        reader.what = name
        config = self._rest(reader, _AGENT_KEYS)
        try:
            agent = agent_from(UUID(int=1), 1, name, config)
        except Invalid as error:
            self._product_fault(reader, error, _AGENT_KEYS)
        else:
            self._check_names(reader, primary, agent.levels(), set(agent.queues))
        answers_in = reader.take("answers_in")
        first: ServesFirst = reader.one_of(  # type: ignore[assignment]  # one of them
            "serves_first", ("primary", "longest_waiting"), "longest_waiting"
        )
        return AgentGroup(
            name=name,
            count=count,
            config=config,
            primary=primary,
            serves_first=first,
            shifts=tuple(self._shift(each, name) for each in reader.items("shifts")),
            answer=self.source.law(answers_in, f"{name}: answers_in") if answers_in else None,
            no_answer=self.source.optional(reader, "no_answer", 0.0, 0.0, 1.0),
            returns_after_s=self.source.optional(reader, "returns_after_s", 60.0),
        )

    def _check_names(
        self, reader: Reader, primary: str | None, levels: Mapping[str, int], queues: set[str]
    ) -> None:
        if primary is not None and primary not in levels:
            hint = suggestion(primary, sorted(levels))
            reader.fault(f"{reader.what}: primary {primary!r} is none of the skills", hint=hint)
        for queue in sorted(queues - set(self.queues)):
            hint = suggestion(queue, sorted(self.queues))
            reader.fault(f"{reader.what}: no queue {queue!r}", reader.line_of("queues"), hint)

    def _shift(self, located: Located, name: str) -> Shift:
        start_s, end_s, breaks = self._span(located, f"{name}: shift", ("breaks",))
        spans = sorted(self._span(each, f"{name}: break")[:2] for each in breaks)
        for before, after in zip(
            [(0.0, start_s), *spans], [*spans, (end_s, LONGEST_S)], strict=True
        ):
            if before[1] > after[0]:
                self.source.fault(located.line, f"{name}: breaks overlap, or leave the shift")
        return Shift(start_s, end_s, tuple(spans))

    def _span(
        self, located: Located, what: str, more: tuple[str, ...] = ()
    ) -> tuple[float, float, list[Located]]:
        reader = self.source.reader(located, what)
        start, end = reader.take("start", required=True), reader.take("end", required=True)
        rest = [each for key in more for each in reader.items(key)]
        reader.finish()
        start_s = self.source.time(start, f"{what} start") if start else 0.0
        end_s = self.source.time(end, f"{what} end") if end else LONGEST_S
        if end_s <= start_s:
            self.source.fault(located.line, f"{what}: ends before it starts")
        return start_s, end_s, rest

    # -- the product's own form --------------------------------------------------------------

    @staticmethod
    def _rest(reader: Reader, own: tuple[str, ...]) -> dict[str, Any]:
        """Whatever is not the simulator's, for the product to judge."""
        return {key: _plain(part) for key, part in reader.data.items() if key not in own}

    def _product_fault(self, reader: Reader, error: Invalid, own: tuple[str, ...]) -> None:
        """What the product refused, at the line of the key it speaks of."""
        said = error.message
        line = reader.line
        for key in reader.data:
            if f".{key}" in said or f"{key!r}" in said:
                line = reader.line_of(key)
                break
        else:
            if isinstance(error, RuleInvalid):
                line = reader.line_of("requires")
        if "unexpected" in said:
            said = f"{said}; of the simulator: {', '.join(own)}"
        reader.fault(said, line, error.hint or "")


def _plain(located: Located) -> Any:
    """As a JSON document would give it: numbers are int or float."""
    if isinstance(located.data, dict):
        return {key: _plain(part) for key, part in located.data.items()}
    if isinstance(located.data, list):
        return [_plain(part) for part in located.data]
    return float(located.data) if isinstance(located.data, Decimal) else located.data
