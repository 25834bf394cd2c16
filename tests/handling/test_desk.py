"""An agent's commands: only on their own interactions, and each refusal says what to do."""

from __future__ import annotations

from typing import Any

import pytest

from contactcenter.channels.voice import base as voice
from contactcenter.core.errors import Conflict, Denied, Invalid, NotFound
from contactcenter.core.ids import new_id
from contactcenter.crm import permission
from contactcenter.handling import legs
from tests.handling.office import CARE, JOHN, MARY, PLAIN, SMS_PLAIN, Office, eventually

MAIL = """From: Mary <mary@mail.test>
To: care@nordwind.example
Subject: My bill
Message-ID: <m1@mail.test>
Content-Type: text/plain; charset=utf-8

Why so much?
"""


# -- calls ---------------------------------------------------------------------------------------


async def test_hold_and_mute_address_the_right_leg_once(office: Office) -> None:
    agent = await office.agent()
    key = await office.connected_call(agent)
    for _ in range(2):  # a nervous finger
        await office.desk.hold(key, agent, True)
        await office.desk.mute(key, agent, True)
    hold, mute = await office.commands("hold", "mute")
    assert (hold.leg.party, hold.data) == ("customer", {"on": True})
    assert (mute.leg.party, mute.data) == ("agent", {"on": True})
    await office.take(voice.HoldChanged, "leg-1", line=PLAIN, on=True)
    await office.desk.hold(key, agent, True)  # it is so already
    assert len(await office.commands("hold")) == 1
    await office.desk.hold(key, agent, False)
    assert [one.data["on"] for one in await office.commands("hold")] == [True, False]
    await office.take(voice.HoldChanged, "leg-1", line=PLAIN, on=False)
    await office.desk.hold(key, agent, True)  # a second time in the same call
    assert [one.data["on"] for one in await office.commands("hold")] == [True, False, True]


async def test_controls_before_both_are_in_are_refused(office: Office) -> None:
    agent = await office.agent()
    key = await office.assigned_call(agent)
    for command in (office.desk.hold, office.desk.mute):
        with pytest.raises(Conflict, match="not connected"):
            await command(key, agent, True)
    with pytest.raises(Conflict, match="not connected"):
        await office.desk.say(key, agent, "hello")


async def test_nobody_touches_anothers_interaction(office: Office) -> None:
    ann = await office.agent("Ann")
    key = await office.connected_call(ann)
    bob = await office.agent("Bob")
    attempts = [
        office.desk.hold(key, bob, True),
        office.desk.mute(key, bob, True),
        office.desk.hang_up(key, bob),
        office.desk.say(key, bob, "x"),
        office.desk.send_message(key, bob, "x"),
        office.desk.wrap_up(key, bob, "solved", ""),
    ]
    for attempt in attempts:
        with pytest.raises(Denied, match="not yours"):
            await attempt
    with pytest.raises(NotFound):
        await office.desk.hold(new_id(), ann, True)
    assert await office.commands("hold", "mute", "hangup") == []


async def test_hanging_up_ends_both_legs_and_is_logged(office: Office) -> None:
    agent = await office.agent()
    key = await office.connected_call(agent)
    await office.desk.hang_up(key, agent)
    asked = await office.last("hang_up_asked", key)
    assert asked.actor == f"agent:{agent}"
    assert {one.leg.ref for one in await office.commands("hangup")} == {"leg-1", "leg-a"}
    await office.desk.hang_up(key, agent)
    assert len(await office.commands("hangup")) == 2


async def test_hanging_up_a_call_whose_legs_are_gone_ends_it_all_the_same(office: Office) -> None:
    agent = await office.agent()
    key = await office.connected_call(agent)
    for leg in (await office.legs(key)).values():
        await office.db.write(lambda tx, one=leg.id: legs.change(tx, one, state="ended"))  # type: ignore[misc]  # bound now
    await office.desk.hang_up(key, agent)
    await office.turn()
    assert (await office.state(key)).state == "wrap_up"


async def test_controls_after_the_end_are_refused(office: Office) -> None:
    agent = await office.agent()
    key = await office.connected_call(agent)
    await office.take(voice.LegEnded, "leg-1", line=PLAIN, cause="normal")
    await office.turn()
    with pytest.raises(Conflict, match="has ended"):
        await office.desk.hold(key, agent, True)


class _Speaker:
    """The agent's side of a carrier with captions."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.agent_side = self

    async def speak(self, op_id: str, leg: str, text: str, language: str = "") -> None:
        self.said.append((leg, text))


async def test_typed_speech_goes_to_the_agents_leg(office: Office) -> None:
    speaker = _Speaker()
    office.adapters["simulated"] = speaker
    agent = await office.agent()
    key = await office.connected_call(agent)
    await office.desk.say(key, agent, "Good morning")
    assert speaker.said == [("leg-a", "Good morning")]


# -- wrap-up ---------------------------------------------------------------------------------------


async def test_wrapping_up_notes_and_frees_the_agent(office: Office) -> None:
    agent = await office.agent()
    key = await office.connected_call(agent)
    await office.take(voice.LegEnded, "leg-1", line=PLAIN, cause="normal")
    await office.turn()
    async with office.open():
        await office.desk.wrap_up(key, agent, "solved", "Explained the bill.")
    state = await office.state(key)
    assert (state.state, state.disposition) == ("closed", "solved")
    note = await office.last("note_added", key)
    assert note.content == {"text": "Explained the bill."}
    assert await office.agent_state(agent) == ("available", None)
    async with office.open():
        with pytest.raises(Conflict, match="closed"):
            await office.desk.wrap_up(key, agent, "solved", "")
    await office.assert_sound()


async def test_wrapping_up_too_early_or_with_a_wrong_code_is_refused(office: Office) -> None:
    agent = await office.agent()
    key = await office.connected_call(agent)
    with pytest.raises(Invalid, match="allowed are solved"):
        await office.desk.wrap_up(key, agent, "happy", "")
    with pytest.raises(Conflict, match="the call goes on"):
        await office.desk.wrap_up(key, agent, "solved", "too early")
    assert "note_added" not in await office.kinds(key)


# -- messages ------------------------------------------------------------------------------------


async def test_a_reply_by_text_and_the_end_of_it(office: Office) -> None:
    agent = await office.agent()
    await office.text("I have a question")
    key = await office.accepted(agent)
    message, state = await office.desk.send_message(key, agent, "Ask away.")
    assert state == "queued"
    (sent,) = await office.messages()
    assert (sent.row.id, sent.row.address, sent.row.line) == (message, MARY, SMS_PLAIN)
    assert (sent.text, sent.row.purpose) == ("Ask away.", "service")
    assert (await office.state(key)).answered_at is not None
    async with office.open():
        await office.desk.wrap_up(key, agent, "solved", "")
    assert (await office.state(key)).state == "closed"
    with pytest.raises(Conflict, match="closed"):
        await office.desk.send_message(key, agent, "One more thing")


async def test_the_same_message_twice_is_one(office: Office) -> None:
    agent = await office.agent()
    await office.text("I have a question")
    key = await office.accepted(agent)
    once = new_id()
    for _ in range(2):
        assert (await office.desk.send_message(key, agent, "Yes.", key=once))[0] == once
    assert len(await office.messages()) == 1


async def test_a_reply_by_mail_stays_in_the_thread(office: Office) -> None:
    agent = await office.agent()
    await office.mail(MAIL)
    key = await office.accepted(agent)
    await office.desk.send_message(key, agent, "Because of roaming.")
    await office.desk.send_message(key, agent, "And so on.", "Another subject")
    first, second = await office.messages()
    assert (first.content["subject"], second.content["subject"]) == (
        "Re: My bill", "Another subject",
    )  # fmt: skip
    assert first.row.extra["in_reply_to"] == "m1@mail.test"
    assert first.row.extra["thread"] == str((await office.state(key)).thread_id)
    assert (first.row.address, first.row.line) == ("mary@mail.test", CARE)


async def test_a_customer_who_said_stop_gets_no_reply_and_the_agent_the_reason(
    office: Office,
) -> None:
    agent = await office.agent()
    await office.text("I have a question")
    key = await office.accepted(agent)
    await office.text("STOP")
    with pytest.raises(Denied, match="opted_out") as refused:
        await office.desk.send_message(key, agent, "But listen")
    assert refused.value.code == "not_allowed"
    assert "START" in str(refused.value.hint)
    await office.text("START")
    await office.desk.send_message(key, agent, "Welcome back")
    assert [one.text for one in await office.messages()][-1] == "Welcome back"


async def test_a_suppressed_address_is_refused_by_its_own_reason(office: Office) -> None:
    def suppress(tx: Any) -> None:
        permission.suppress(tx, channel="email", address="mary@mail.test", reason="hard_bounce")

    agent = await office.agent()
    await office.mail(MAIL)
    key = await office.accepted(agent)
    await office.db.write(suppress)
    with pytest.raises(Denied, match="must not be used: hard_bounce"):
        await office.desk.send_message(key, agent, "Hello")


@pytest.mark.parametrize("words", ["", "  \n "])
async def test_a_message_needs_words(office: Office, words: str) -> None:
    agent = await office.agent()
    await office.text("I have a question")
    key = await office.accepted(agent)
    with pytest.raises(Invalid, match="words"):
        await office.desk.send_message(key, agent, words)


async def test_a_call_is_not_answered_by_message_and_a_nameless_sender_not_at_all(
    office: Office,
) -> None:
    ann = await office.agent("Ann")
    key = await office.connected_call(ann)
    with pytest.raises(Invalid, match="a call has no messages"):
        await office.desk.send_message(key, ann, "x")
    bob = await office.agent("Bob")
    await office.text("your parcel", from_="PARCELS")
    key = await office.accepted(bob)
    with pytest.raises(Invalid, match="no address"):
        await office.desk.send_message(key, bob, "thanks")


# -- of the agent's own ----------------------------------------------------------------------------


async def test_dialling_assigns_the_call_and_rings_the_agent(office: Office) -> None:
    agent = await office.agent()
    async with office.open():
        key = await office.desk.dial(
            agent, to="07700 900002", channel="voice", line=PLAIN, text=None, subject=None
        )

        async def rung() -> bool:
            return bool(await office.commands("originate"))

        await eventually(rung, "the agent's leg")
    state = await office.state(key)
    assert (state.state, state.direction, state.agent_id) == ("assigned", "outbound", agent)
    assert (await office.customer(JOHN)).id == state.customer_id
    assert await office.agent_state(agent) == ("busy", None)


async def test_dialling_over_capacity_is_refused_and_leaves_nothing_open(office: Office) -> None:
    agent = await office.agent()
    await office.connected_call(agent)
    async with office.open():
        with pytest.raises(Conflict):
            await office.desk.dial(
                agent, to=JOHN, channel="voice", line=None, text=None, subject=None
            )
    closed = (await office.interactions())[-1]
    assert (closed.state, closed.close_reason) == ("closed", "at_capacity")
    assert len(await office.commands("originate")) == 1


async def test_an_own_text_or_mail_is_sent_and_done(office: Office) -> None:
    agent = await office.agent()
    text = await office.desk.dial(
        agent, to=JOHN, channel="sms", line=SMS_PLAIN, text="Your papers", subject=None
    )
    mail = await office.desk.dial(
        agent, to="John@Mail.test", channel="email", line=None, text="See below", subject="Papers"
    )
    assert [(await office.state(key)).state for key in (text, mail)] == ["closed", "closed"]
    by_line = {one.row.line: one for one in await office.messages()}
    assert by_line[SMS_PLAIN].row.address == JOHN
    assert by_line[CARE].content["subject"] == "Papers"
    assert by_line[CARE].row.extra["thread"] == str(mail)


@pytest.mark.parametrize("channel", ["voice", "sms"])
async def test_a_customer_who_said_no_is_not_dialled(office: Office, channel: str) -> None:
    agent = await office.agent()
    await office.db.write(
        lambda tx: permission.opt_out(tx, channel=channel, address=JOHN, source="agent")
    )
    with pytest.raises(Denied, match="opted_out"):
        await office.desk.dial(
            agent, to=JOHN, channel=channel, line=None, text="hello", subject=None
        )
    assert await office.interactions() == []


@pytest.mark.parametrize("channel", ["voice", "email"])
async def test_who_refused_marketing_is_reached_for_service_alone(
    office: Office, channel: str
) -> None:
    agent = await office.agent()
    to = JOHN if channel == "voice" else "mary@mail.test"
    await office.db.write(
        lambda tx: permission.opt_out(
            tx, channel=channel, address=to, source="page", scope="marketing"
        )
    )
    given: dict[str, Any] = {"to": to, "channel": channel, "line": None, "text": "hello"}
    async with office.open():
        with pytest.raises(Denied, match="opted_out") as refused:
            await office.desk.dial(agent, subject="Offer", purpose="marketing", **given)
        assert refused.value.code == "not_allowed"
        assert await office.interactions() == []
        key = await office.desk.dial(agent, subject="Your question", **given)
    assert (await office.only()).id == key
    sent = await office.messages()
    assert [one.row.purpose for one in sent] == ([] if channel == "voice" else ["service"])


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"to": "nobody", "channel": "voice"}, "nobody"),
        ({"to": JOHN, "channel": "sms", "text": ""}, "words"),
        ({"to": JOHN, "channel": "fax"}, "no line for fax"),
        ({"to": JOHN, "channel": "sms", "line": "+1"}, "no sms line"),
    ],
)
async def test_what_can_not_be_begun_is_said_precisely(
    office: Office, more: dict[str, Any], told: str
) -> None:
    agent = await office.agent()
    given = {"line": None, "text": "hello", "subject": None, **more}
    with pytest.raises(Invalid) as refused:
        await office.desk.dial(agent, **given)
    assert told in refused.value.message or told == "nobody"
    assert await office.interactions() == []
