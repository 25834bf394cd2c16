"""What every SMS adapter must do. Subclass ``SmsContract`` and give a fixture ``rig``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from contactcenter.channels.conformance.refusals import refused
from contactcenter.channels.sms.base import SmsAdapter, SmsEvent, SmsReceived, SmsReported
from contactcenter.core.errors import TransportError

E = TypeVar("E", SmsReceived, SmsReported)


@dataclass(slots=True)
class TextCore:
    """Stands for the core: remembers each event once."""

    events: list[SmsEvent] = field(default_factory=list)
    repeated: int = 0

    async def sink(self, event: SmsEvent) -> None:
        if any(known.event_id == event.event_id for known in self.events):
            self.repeated += 1
        else:
            self.events.append(event)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]


class SmsRig(Protocol):
    """One adapter, started with ``core.sink``, and a customer's phone."""

    adapter: SmsAdapter
    core: TextCore
    line: str
    number: str

    async def text(self, body: str) -> None:
        """The customer texts the line."""
        ...

    @property
    def inbox(self) -> list[str]:
        """The texts the customer got, oldest first."""
        ...

    async def until(self, holds: Callable[[], bool]) -> None: ...


class SmsContract:
    """Texts in and out."""

    async def test_text_comes_in_once_with_both_numbers(self, rig: SmsRig) -> None:
        await rig.text("Wo bleibt mein Techniker? 你好")
        await rig.until(lambda: bool(rig.core.of(SmsReceived)))
        (got,) = rig.core.of(SmsReceived)
        assert (got.from_, got.line) == (rig.number, rig.line)
        assert got.text == "Wo bleibt mein Techniker? 你好"

    async def test_text_goes_out_and_is_reported_delivered(self, rig: SmsRig) -> None:
        handed = await rig.adapter.send("key-1", line=rig.line, to=rig.number, text="Morgen um 9.")
        await rig.until(lambda: any(r.state == "delivered" for r in rig.core.of(SmsReported)))
        delivered = next(r for r in rig.core.of(SmsReported) if r.state == "delivered")
        assert (delivered.message_key, delivered.provider_ref) == ("key-1", handed.provider_ref)
        assert rig.inbox == ["Morgen um 9."]

    async def test_known_key_is_found_and_an_unknown_one_is_not(self, rig: SmsRig) -> None:
        handed = await rig.adapter.send("key-2", line=rig.line, to=rig.number, text="Eins")
        found = await rig.adapter.look_up("key-2")
        assert found is not None
        assert found.provider_ref == handed.provider_ref
        assert await rig.adapter.look_up("key-never") is None

    async def test_bad_number_is_refused_for_good(self, rig: SmsRig) -> None:
        sending = rig.adapter.send("key-3", line=rig.line, to="not a number", text="Zwei")
        error = await refused(TransportError, sending)
        assert error.permanent
        assert not error.unknown
        assert error.reply_code
        assert rig.inbox == []


class OnceContract:
    """For providers that can know our key: the same key twice sends once."""

    async def test_same_key_twice_sends_once(self, rig: SmsRig) -> None:
        first = await rig.adapter.send("key-4", line=rig.line, to=rig.number, text="Drei")
        second = await rig.adapter.send("key-4", line=rig.line, to=rig.number, text="Drei")
        assert first.provider_ref == second.provider_ref
        await rig.until(lambda: bool(rig.core.of(SmsReported)))
        assert rig.inbox == ["Drei"]
