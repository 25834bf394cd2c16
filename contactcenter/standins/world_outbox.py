"""What the world has to tell the server: kept until acknowledged, repeated after a reconnect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from contactcenter.channels.voice.world import (
    AnyEvent,
    DialEnded,
    Digit,
    Kind,
    PromptDone,
    Speech,
    TextReceived,
    TextState,
)
from contactcenter.channels.voice.world_port import Receive


def kind_of(event: AnyEvent) -> Kind:
    return "sms" if isinstance(event, TextReceived | TextState) else "voice"


class Outbox:
    """Kept events by kind, in the order they happened, and who takes them now."""

    def __init__(self) -> None:
        self._kept: dict[Kind, dict[str, AnyEvent]] = {"voice": {}, "sms": {}}
        self._receivers: dict[Kind, Receive] = {}
        self._lines: dict[Kind, tuple[str, ...]] = {"voice": (), "sms": ()}
        self.on_change: Callable[[], None] = lambda: None

    @property
    def is_attached(self) -> bool:
        """Whether any server takes events now."""
        return bool(self._receivers)

    def lines(self, kind: Kind) -> tuple[str, ...]:
        """The numbers a server has taken on itself; they stay while it is away."""
        return self._lines[kind]

    def attach(self, kind: Kind, lines: Sequence[str], receive: Receive) -> Callable[[], None]:
        self._lines[kind] = tuple(lines)
        self._receivers[kind] = receive
        for event in tuple(self._kept[kind].values()):
            receive(event)
        self.on_change()

        def detach() -> None:
            if self._receivers.get(kind) is receive:
                del self._receivers[kind]
                self.on_change()

        return detach

    def put(self, event: AnyEvent) -> None:
        """Keep ``event`` and deliver it if somebody takes its kind."""
        kind = kind_of(event)
        self._kept[kind][event.id] = event
        receive = self._receivers.get(kind)
        if receive is not None:
            receive(event)

    def ack(self, ids: Iterable[str]) -> None:
        for event_id in ids:
            for kept in self._kept.values():
                kept.pop(event_id, None)

    def forget_input(self, leg: str) -> None:
        """The leg has ended: keys and prompts of it can lead to nothing any more."""
        kept = self._kept["voice"]
        passing = (Digit, Speech, PromptDone, DialEnded)
        for event in tuple(kept.values()):
            if event.leg == leg and isinstance(event, passing):
                del kept[event.id]

    def kept(self, kind: Kind) -> list[AnyEvent]:
        """The events not acknowledged yet, oldest first."""
        return list(self._kept[kind].values())
