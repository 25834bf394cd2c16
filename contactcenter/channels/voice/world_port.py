"""The carrier world as both transports see it, and the framing of its messages on a socket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from contactcenter.channels.voice.world import AnyCommand, AnyEvent, CaughtUp, Kind, Reply

Receive = Callable[[AnyEvent], None]


class CarrierWorld(Protocol):
    """The world as both transports see it. Calls return at once; events go to ``receive``."""

    world_id: str

    def attach(self, kind: Kind, lines: Sequence[str], receive: Receive) -> Callable[[], None]:
        """Repeat the kept events of ``kind`` to ``receive``, then deliver new ones until the
        returned function is called or another attaches for the same kind."""
        ...

    def handle(self, command: AnyCommand) -> object:
        """Carry out ``command``; raises ``ContactCenterError``."""
        ...

    def ack(self, ids: Sequence[str]) -> None: ...


encode = msgspec.json.Encoder().encode
decode_command: Callable[[bytes], AnyCommand] = msgspec.json.Decoder(AnyCommand).decode
decode_message: Callable[[bytes], AnyEvent | Reply | CaughtUp] = msgspec.json.Decoder(
    AnyEvent | Reply | CaughtUp
).decode
