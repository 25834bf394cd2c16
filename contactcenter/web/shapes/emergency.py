"""Emergencies of lines, and callbacks asked for by hand."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from contactcenter.web.shapes.base import Channel, Reply, Request, ShortText


class LineEmergency(Reply):
    """A line on which an emergency is in force."""

    line: str
    channel: Channel
    reason: str
    menu: str | None = None
    """The menu that answers instead of the line's own."""
    prompt: dict[str, str] = {}
    """Words spoken or written first, by language."""
    since: AwareDatetime
    by: str = ""
    """Who switched it on; empty for a program."""


class EmergencyList(Reply):
    """Emergencies in force, and the menus that may answer in one."""

    items: list[LineEmergency]
    menus: list[str] = []


class EmergencyOrder(Request):
    """``on`` with a reason, and a menu or words; or off."""

    on: bool
    reason: ShortText | None = None
    menu: ShortText | None = None
    prompt: Annotated[
        dict[
            Annotated[str, Field(min_length=2, max_length=20)],
            Annotated[str, Field(min_length=1, max_length=1000)],
        ],
        Field(max_length=20),
    ] = {}
    """Language (BCP 47) -> words."""


class CallbackOrder(Request):
    """``address`` left out: the number the customer called from."""

    address: Annotated[str, Field(min_length=3, max_length=40)] | None = None
    at: AwareDatetime | None = None
    """An agreed time; left out: when the turn comes."""
    first: Literal["customer", "agent"] | None = None
    """Who is called first; left out: as the queue says."""


class CallbackPlanned(Reply):
    """The floor's command that planned it."""

    command: str
