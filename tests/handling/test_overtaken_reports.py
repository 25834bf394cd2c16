"""Reports that overtake each other: the log is told in the order things happened."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from contactcenter.channels.voice import base as voice
from contactcenter.core.db import Tx
from contactcenter.core.ids import new_id
from contactcenter.handling import legs, outbound
from contactcenter.handling.outbound import Draft
from tests.handling.office import MARY, PLAIN, SMS_PLAIN, Office


async def _take(office: Office, kind: type[Any], leg: str, **more: Any) -> Any:
    return await office.take(kind, leg, line=PLAIN, **more)


async def _of_leg(office: Office, key: UUID, ref: str) -> list[str]:
    leg = await office.db.read(lambda tx: legs.find(tx, "simulated", ref))
    assert leg is not None
    return [e.kind for e in await office.events(key) if e.data.get("leg") == str(leg.id)]


async def _asked(office: Office) -> tuple[UUID, str]:
    """A call whose agent's leg is asked for: (interaction, the command's op_id)."""
    key = await office.assigned_call(await office.agent())
    (asked,) = await office.commands("originate")
    return key, asked.op_id


async def test_who_is_in_a_room_has_rung_and_answered(office: Office) -> None:
    key, op_id = await _asked(office)
    await _take(office, voice.Joined, "leg-a", room=legs.room_of(key), origin=op_id)
    assert await _of_leg(office, key, "leg-a") == [
        "leg_started", "leg_ringing", "leg_answered", "joined",
    ]  # fmt: skip
    assert len(await office.commands("join")) == 1  # the customer is called in at once
    await _take(office, voice.LegAnswered, "leg-a")
    await _take(office, voice.LegRinging, "leg-a")
    assert len(await _of_leg(office, key, "leg-a")) == 4
    assert len(await office.commands("join")) == 1
    await office.assert_sound()


async def test_who_has_left_a_room_has_rung_answered_and_joined(office: Office) -> None:
    key, op_id = await _asked(office)
    gone = {"room": legs.room_of(key), "reason": "ended", "order": 7}
    await _take(office, voice.Left, "leg-a", origin=op_id, **gone)
    assert await _of_leg(office, key, "leg-a") == [
        "leg_started", "leg_ringing", "leg_answered", "joined", "left",
    ]  # fmt: skip
    await office.assert_sound()


@pytest.mark.parametrize(
    ("reached", "between"),
    [("", []), ("ringing", ["leg_ringing"]), ("up", ["leg_ringing", "leg_answered"])],
)
async def test_the_end_tells_how_far_a_leg_had_come(
    reached: str, between: list[str], office: Office
) -> None:
    key, op_id = await _asked(office)
    end = {"cause": "failed", "reached": reached, "origin": op_id}
    await _take(office, voice.LegEnded, "leg-a", **end)
    await _take(office, voice.LegRinging, "leg-a")
    told = await _of_leg(office, key, "leg-a")
    assert told == ["leg_started", *between, "leg_ended"]
    assert not await office.commands("join")  # nobody is called into a room with an ended leg
    await office.assert_sound()


async def test_what_was_reported_already_is_not_told_again_at_the_end(office: Office) -> None:
    key, op_id = await _asked(office)
    await _take(office, voice.LegRinging, "leg-a", origin=op_id)
    await _take(office, voice.LegEnded, "leg-a", cause="no_answer", reached="ringing")
    assert await _of_leg(office, key, "leg-a") == ["leg_started", "leg_ringing", "leg_ended"]


async def _handing_over(office: Office, key: UUID) -> UUID:
    """A text to the customer whose hand-over was committed to and not answered yet."""

    def work(tx: Tx) -> UUID:
        draft = Draft(
            key=new_id(), interaction_id=key, customer_id=new_id(), channel="sms",
            provider="simulated", line=SMS_PLAIN, address=MARY, purpose="service",
            actor="system", text="Hello",
        )  # fmt: skip
        return outbound.queue_message(tx, draft)

    message = await office.db.write(work)
    (claimed,) = await office.db.write(lambda tx: outbound.claim(tx, "me"))
    assert claimed.id == message
    assert await office.db.write(lambda tx: outbound.begin(tx, claimed, "me"))
    return message


@pytest.mark.parametrize("state", ["delivered", "failed", "rejected"])
async def test_a_text_reported_on_before_our_request_was_answered_was_sent(
    state: str, office: Office
) -> None:
    await office.text("hello", line=SMS_PLAIN)
    key = (await office.interactions())[-1].id
    message = await _handing_over(office, key)
    await office.db.write(lambda tx: outbound.report(tx, message, "ref-1", state))
    await office.db.write(lambda tx: outbound.report(tx, message, "ref-1", "sent"))
    states = [e.data["state"] for e in await office.events(key) if e.kind == "message_state"]
    assert states == ["sent", state]
