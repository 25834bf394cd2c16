"""Emergencies of lines: switched on and off by a supervisor, in force at once."""

from __future__ import annotations

from contactcenter.core.access.audit import note
from contactcenter.core.db import Tx
from contactcenter.core.errors import Invalid, NotFound
from contactcenter.handling import emergencies
from contactcenter.handling.emergencies import Emergency
from contactcenter.web.call import Call
from contactcenter.web.floor_records import emergency_info
from contactcenter.web.operation import FLOOR, operation
from contactcenter.web.shapes.emergency import EmergencyList, EmergencyOrder


@operation("GET", "/lines/emergencies", roles=FLOOR, tag="floor")
async def list_emergencies(call: Call) -> EmergencyList:
    """The lines on which an emergency is in force."""
    return await call.services.db.read(lambda tx: _all(tx, call))


@operation("PUT", "/lines/{line}/emergency", roles=FLOOR, tag="floor")
async def set_emergency(call: Call, line: str, body: EmergencyOrder) -> EmergencyList:
    """Put a line into an emergency or end it, on every channel it serves; what is in force now.

    The menu answers instead of the line's own, and the words come before everything else: from the
    next call or text on, and at once for those who are in a menu or (the words) in a queue.
    """
    channels = [each.channel for each in call.services.lines if each.address == line]
    if not channels:
        raise NotFound(f"no line {line}", code="unknown_line")
    if body.on:
        _check(call, body)

    def work(tx: Tx) -> EmergencyList:
        for channel in channels:
            if body.on:
                flag = Emergency(
                    line, channel, body.reason or "", body.menu or "", body.prompt, by=call.who.id
                )
                emergencies.set_flag(tx, flag)
            else:
                emergencies.clear_flag(tx, channel, line)
            emergencies.tell_those_on(tx, channel, line, on=body.on)
        action = "line.emergency" if body.on else "line.emergency_over"
        more = {"menu": body.menu} if body.menu else {}
        note(tx, f"account:{call.who.id}", action, f"line:{line}", **more)
        return _all(tx, call)

    return await call.services.db.write(work)


def _check(call: Call, body: EmergencyOrder) -> None:
    if not body.reason:
        raise Invalid("body.reason: an emergency needs one", code="malformed_request")
    if not body.menu and not body.prompt:
        raise Invalid("body: an emergency needs a menu or words", code="malformed_request")
    menus = call.services.extras.get("menus")
    if body.menu and menus is not None and body.menu not in menus:
        known = ", ".join(sorted(menus)) or "none"
        raise NotFound(f"no menu {body.menu}; menus: {known}", code="unknown_menu")


def _all(tx: Tx, call: Call) -> EmergencyList:
    items = [emergency_info(each) for each in emergencies.in_force(tx)]
    return EmergencyList(items=items, menus=sorted(call.services.extras.get("menus", ())))


OPERATIONS = [list_emergencies, set_emergency]
