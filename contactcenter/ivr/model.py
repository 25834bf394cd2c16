"""A menu as values: texts, nodes, state, what comes in and what goes out. No I/O.

The engine is pure: ``state + input -> state + outputs``. Outputs are carrier-neutral; ``ivr.voice``
turns them into steps for a leg, ``ivr.text`` into a text message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from contactcenter.core.errors import Invalid
from contactcenter.core.rules import Kind, Rule
from contactcenter.core.templating_values import VariableKind, Variables

FACTS: Mapping[str, VariableKind | Literal["texts", "any"]] = {
    "channel": "text",
    "line": "text",
    "time_zone": "text",
    "open": "bool",
    "emergency": "bool",
    "position": "number",
    "position.*": "number",
    "length": "number",
    "length.*": "number",
    "wait": "any",
    "wait.*": "any",
    "customer.known": "bool",
    "customer.name": "text",
    "customer.language": "text",
    "customer.tags": "texts",
    "customer.attributes.*": "any",
}
"""What a menu may ask about the world; the shell gives the values when the menu starts, those of
queues anew with each turn."""

QUEUE_FACTS = frozenset(["position", "length", "wait"])
"""Of the line's queue, or with ``.NAME`` of any: the place of a newcomer, how many wait, and within
how many minutes a newcomer is answered (0: at once; the text ``unsure`` when that is not known)."""

KEPT = frozenset(["channel", "time_zone"])
"""Facts every state keeps: ``channel`` is voice, sms or email; ``time_zone`` an IANA name."""

How = Literal["digits", "speech", "text"]
LookUpOutcome = Literal["found", "missing", "failed"]
LeaveReason = Literal["solved", "ended", "hung_up", "gave_up"]


@dataclass(frozen=True, slots=True)
class Texts:
    """One text in every language, maybe worded differently for the ear and for the eye.

    Keys are languages; values the source for voice and for text channels.
    """

    by_language: Mapping[str, tuple[str, str]]
    line: int = 0

    def get(self, language: str, channel: str) -> str:
        """The source for a language and channel; the first language when there is no other."""
        pair = self.by_language.get(language) or next(iter(self.by_language.values()), ("", ""))
        return pair[0] if channel == "voice" else pair[1]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a node leads; ``role`` says under which key it was written."""

    node: str
    line: int
    role: str = "next"


class Running(Protocol):
    """The turn in the making, as nodes see it; ``ivr.run.Run`` is the one there is."""

    @property
    def menu(self) -> Menu: ...

    @property
    def state(self) -> MenuState: ...

    @property
    def outputs(self) -> list[Output]: ...

    def rule_facts(self) -> dict[str, object]: ...

    def change(self, **changes: Any) -> None: ...

    def keep(self, values: Mapping[str, object]) -> None: ...

    def offer(self, label: str, key: str) -> str: ...

    def text(self, texts: Texts | None, language: str = "") -> str: ...

    def prompts(self, texts: Texts | None, every_language: bool = False) -> tuple[Prompt, ...]: ...

    def say(self, texts: Texts | None, every_language: bool = False) -> None: ...

    def record(
        self, node: str, kind: str, code: str, content: dict[str, Any] | None = None
    ) -> None: ...

    def enqueue(self, output: Enqueue) -> None: ...

    def leave(self, reason: LeaveReason) -> None: ...


class Node(Protocol):
    """One step of a menu. ``enter`` and ``resume`` give the next node's name, or None when the
    turn is over (something was asked, or the menu was left)."""

    KIND: ClassVar[str]
    SPEAKS: ClassVar[bool]
    """The customer hears or reads something each time the node is entered."""
    WAITS: ClassVar[bool]
    """The node waits for the customer."""

    @property
    def name(self) -> str: ...

    @property
    def line(self) -> int: ...

    def targets(self) -> tuple[Target, ...]: ...

    def texts(self) -> tuple[Texts, ...]: ...

    def enter(self, run: Running) -> str | None: ...

    def resume(self, run: Running, given: Input) -> str | None: ...


@runtime_checkable
class Asks(Protocol):
    """A node that can put what it waits for once more."""

    def ask_again(self, run: Running) -> bool:
        """Put it out; true when that ends the turn."""
        ...


@dataclass(frozen=True, slots=True)
class Menu:
    """A loaded menu. ``fallback`` is the node that takes over whenever nothing else can."""

    name: str
    version: int
    file: str
    languages: tuple[str, ...]
    start: Target
    fallback: Target
    nodes: Mapping[str, Node]
    variables: Variables
    wording: Mapping[str, Texts]
    facts_used: frozenset[str] = frozenset()
    """The facts its rules, texts and look-ups read (and those of ``KEPT``): all a state keeps."""
    visible: Variables = field(default_factory=dict)
    """Everything a text may print: declared variables and facts of a printable kind."""
    max_turns: int = 60


@dataclass(frozen=True, slots=True)
class MenuState:
    """Where one customer stands in a menu; JSON by ``to_data``. It holds what the customer entered
    (``variables``) and facts about them: store it as personal content, never as event data."""

    menu: str
    version: int
    node: str
    language: str
    tries: int = 0
    turns: int = 0
    left: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_data(self) -> dict[str, Any]:
        """As JSON-able data; its variables and facts are the state's own."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> MenuState:
        """From ``to_data``. Raises ``Invalid`` for anything else."""
        try:
            return cls(**data)
        except TypeError as error:
            raise Invalid("not the state of a menu") from error


# What comes in.


@dataclass(frozen=True, slots=True)
class Typed:
    """The customer pressed, spoke or wrote ``value``."""

    value: str
    how: How = "digits"


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing came in time."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The answer to a ``LookUp``: values by the names the menu declares below ``into``."""

    outcome: LookUpOutcome
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HungUp:
    """The customer is gone."""


Input = Typed | Silence | LookedUp | HungUp

# What goes out.


@dataclass(frozen=True, slots=True)
class Prompt:
    """Words for the customer, rendered, in ``language``."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice offered. ``spoken`` is the sentence that offers it by voice, ``label`` the words
    beside the number in a text; both may be empty for a choice not read out."""

    id: str
    key: str
    label: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Wait for the customer. ``free`` tells what is wanted when it is not one of ``options``."""

    node: str
    prompts: tuple[Prompt, ...]
    options: tuple[Option, ...]
    language: str
    free: Literal["", "digits", "words"] = ""
    digits: bool = True
    speech: bool = False
    max_digits: int = 1
    first_timeout_s: float = 5.0
    gap_timeout_s: float = 3.0
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LookUp:
    """Fetch something, then ``step`` with ``LookedUp``; later than ``timeout_s`` it has failed."""

    node: str
    name: str
    args: Mapping[str, object]
    timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class EnqueueStep:
    """For ``for_s`` of waiting the interaction requires this (None: nothing of its own)."""

    requires: Rule | None
    for_s: int


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Hand over to agents. ``requires`` is a skill rule, ``steps`` what is required before it;
    ``priority`` is in minutes of waiting, ``age_s`` moves the place. The ``agent`` of this name has
    it alone for ``hold_s``; then the queue is the backup. With ``message`` a caller
    does not wait, but leaves a message for the agents of the queue."""

    queue: str
    requires: Rule | None = None
    priority: int = 0
    attributes: Mapping[str, str] = field(default_factory=dict)
    agent: str = ""
    hold_s: int = 0
    steps: tuple[EnqueueStep, ...] = ()
    age_s: int = 0
    message: bool = False


@dataclass(frozen=True, slots=True)
class Leave:
    """The menu is over. ``solved``: through a node marked so; ``ended``: the menu hung up;
    ``hung_up``: the customer did; ``gave_up``: too many turns."""

    reason: LeaveReason


Output = Prompt | Ask | LookUp | Enqueue | Leave
FINAL = (Ask, LookUp, Enqueue, Leave)


@dataclass(frozen=True, slots=True)
class MenuEvent:
    """An event for the log: ``menu_entered``, ``menu_step`` or ``menu_left``. ``data`` has ids and
    codes only; ``content`` what the customer entered, to be stored apart."""

    kind: str
    data: Mapping[str, Any]
    content: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """The result of one step: prompts, then exactly one final output, the last."""

    state: MenuState
    outputs: tuple[Output, ...]
    events: tuple[MenuEvent, ...] = ()

    @property
    def final(self) -> Ask | LookUp | Enqueue | Leave:
        """The last output."""
        last = self.outputs[-1]
        if isinstance(last, Prompt):
            raise Invalid("a turn ends in an output that is no prompt")
        return last


def rule_kind(kind: str) -> Kind | Literal["any"]:
    """The kind a rule compares a variable or fact as: money by its amount, a time by its day."""
    same: dict[str, Kind | Literal["any"]] = {
        "money": "number", "time": "date", "text": "text", "number": "number", "bool": "bool",
        "date": "date", "texts": "texts", "any": "any",
    }  # fmt: skip
    return same.get(kind, "text")


def rule_value(value: object) -> object:
    """A stored value as a rule sees it."""
    if isinstance(value, Mapping):
        return value.get("amount")
    return value


def storable(value: object) -> object:
    """A plain value as JSON can hold it; numbers and dates as text."""
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [storable(item) for item in value]
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if isoformat else str(value)
