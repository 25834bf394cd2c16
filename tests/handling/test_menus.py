"""Menus by phone and by text: one engine, look-ups, queue, language, the way out."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from contactcenter.channels.voice import base as voice
from contactcenter.channels.voice.steps import Collect, Hangup, Park, Say, Step
from contactcenter.core.db import Tx
from contactcenter.crm import customers
from contactcenter.crm.model import Interaction
from contactcenter.handling.menus import Menus
from contactcenter.handling.tables import menu_run
from contactcenter.ivr.loader import load
from contactcenter.ivr.model import LookedUp
from tests.handling.office import MARY, SMS, VOICE, Office

BALANCE = {"balance": {"amount": "12.50", "currency": "EUR"}}


class Caller:
    """One caller in the menu: presses, and hears the next steps."""

    def __init__(self, office: Office, leg: str = "leg-1") -> None:
        self.office = office
        self.leg = leg
        self.op = ""
        self.steps: list[Step] = []

    async def _take(self, kind: type[Any], **more: Any) -> list[Step]:
        event = self.office.event(kind, self.leg, **more)
        self.steps = list(await self.office.calls.receive(event) or [])
        self.op = event.event_id
        return self.steps

    async def calls(self, line: str = VOICE, from_: str = MARY) -> list[Step]:
        return await self._take(voice.LegOffered, line=line, from_=from_, to=line)

    async def presses(self, value: str) -> list[Step]:
        return await self._take(voice.Collected, op_id=self.op, value=value, how="digits")

    async def says(self, words: str) -> list[Step]:
        return await self._take(voice.Collected, op_id=self.op, value=words, how="speech")

    async def keeps_silent(self) -> list[Step]:
        return await self._take(voice.NoInput, op_id=self.op)

    async def has_heard_all(self) -> list[Step]:
        return await self._take(voice.StepDone, op_id=self.op)

    def last(self) -> type[Step]:
        """The kind of the step the caller is left in."""
        return type(self.steps[-1])

    def heard(self) -> str:
        said = []
        for step in self.steps:
            inner = step.prompts if isinstance(step, Collect) else (step,)
            said += [one.text for one in inner if isinstance(one, Say)]
        return " ".join(said)


@pytest.fixture
def caller(office: Office) -> Caller:
    return Caller(office)


async def _known(office: Office, **changes: Any) -> None:
    await office.db.write(lambda tx: customers.create_or_find(tx, "phone", MARY, MARY))
    known = await office.customer()
    await office.db.write(lambda tx: customers.edit(tx, known.id, {"language": "en", **changes}))


async def test_a_new_customers_language_is_kept(office: Office, caller: Caller) -> None:
    await caller.calls()
    await caller.presses("2")
    assert "请问" in caller.heard()
    kept = await office.customer()
    assert (kept.language, kept.is_new) == ("zh-CN", False)


async def test_a_language_we_have_on_record_is_not_overruled(
    office: Office, caller: Caller
) -> None:
    await caller.calls()
    known = await office.customer()
    await office.db.write(lambda tx: customers.edit(tx, known.id, {"name": "Mary"}))
    await caller.presses("2")
    assert (await office.customer()).language == "en"


async def test_silence_is_asked_again_then_led_to_a_person(office: Office, caller: Caller) -> None:
    await _known(office)
    await caller.calls()
    await caller.keeps_silent()
    assert caller.last() is Collect
    await caller.keeps_silent()
    assert caller.last() is Park
    state = await office.only()
    assert (state.state, state.queue) == ("waiting", "sales")
    left = await office.last("menu_left")
    assert left.actor == "menu"


async def test_a_look_up_answers_without_an_agent(office: Office, caller: Caller) -> None:
    await _known(office, attributes={"balance": BALANCE})
    await caller.calls()
    await caller.presses("1")
    assert "12.50" in caller.heard()
    assert isinstance(caller.steps[-1], Hangup)
    left = await office.last("menu_left")
    assert left.data["solved"] is True
    assert "12.50" not in str([one.data for one in await office.events()])
    await office.take(voice.LegEnded, cause="normal")
    assert (await office.only()).state == "closed"


async def test_a_look_up_without_an_answer_leads_to_a_person(
    office: Office, caller: Caller
) -> None:
    await _known(office)
    await caller.calls()
    await caller.presses("1")
    assert isinstance(caller.steps[-1], Park)


async def test_speech_counts_like_a_key(office: Office, caller: Caller) -> None:
    await _known(office)
    await caller.calls()
    await caller.says("a person please")
    assert isinstance(caller.steps[-1], Park)
    assert "A colleague comes." in caller.heard()
    words = [one.content for one in await office.events() if one.content]
    assert any("a person please" in str(one) for one in words)


async def test_the_waiting_caller_hears_words_while_waiting(office: Office, caller: Caller) -> None:
    await _known(office)
    await caller.calls()
    await caller.presses("2")
    assert [type(one) for one in caller.steps] == [Say, Park]
    park = caller.steps[-1]
    assert isinstance(park, Park)
    assert park.announcements, "silence is not an option"


async def test_steps_that_ended_without_a_question_go_on_by_themselves(
    office: Office, caller: Caller
) -> None:
    await _known(office)
    await caller.calls()
    asked = caller.heard()
    await caller.has_heard_all()
    assert caller.heard() == asked
    assert (await office.kinds()).count("menu_entered") == 1


async def test_what_was_entered_is_content_not_data(office: Office, caller: Caller) -> None:
    await caller.calls()
    await caller.presses("1")
    steps = [one for one in await office.events() if one.kind == "menu_step"]
    assert any("english" in one.data["code"] for one in steps)
    assert not any("value" in one.data for one in steps)
    await office.assert_sound()


async def test_a_menu_under_way_that_the_shelf_has_lost_is_not_asked_again(
    office: Office, caller: Caller
) -> None:
    await caller.calls()
    await office.db.write(lambda tx: tx.execute(update(menu_run).values(menu="gone")))
    assert await caller.presses("1") == []


# -- look-ups ------------------------------------------------------------------------------------


LOOPED = """
menu: front
languages: [en]
start: one
fallback: queue
nodes:
  one: {look_up: again, next: one, missing: queue, failed: queue}
  queue:
    say: {en: "A colleague comes."}
    next: enter
  enter: {enqueue: sales}
"""


async def test_look_ups_without_end_let_the_carrier_take_a_breath(office: Office) -> None:
    asked = []

    def again(tx: Tx, state: Interaction, args: object) -> LookedUp:
        asked.append(1)
        return LookedUp("missing" if len(asked) > 12 else "found")

    menus = Menus({"front": load(LOOPED, "looped.yaml")}, {"again": again})
    office.calls._menus = menus
    caller = Caller(office)
    await caller.calls()
    assert caller.steps, "the caller asks again in a moment"
    await caller.has_heard_all()
    assert isinstance(caller.steps[-1], Park)
    assert (await office.only()).queue == "sales"


async def test_a_look_up_nobody_offers_is_a_failed_one(office: Office) -> None:
    office.calls._menus = Menus({"front": load(LOOPED, "looped.yaml")}, {})
    caller = Caller(office)
    await caller.calls()
    assert isinstance(caller.steps[-1], Park)


# -- by text -------------------------------------------------------------------------------------


async def test_a_menu_by_text_asks_with_numbers_and_queues(office: Office) -> None:
    await _known(office)
    await office.text("hello", line=SMS)
    (asked,) = await office.messages()
    assert "What can we do?" in asked.text
    assert "2 a person" in asked.text
    assert (await office.only()).state == "in_menu"
    await office.text("2", line=SMS)
    state = await office.only()
    assert (state.state, state.queue) == ("waiting", "sales")
    texts = [one.text for one in await office.messages()]
    assert "A colleague comes." in texts[-1]
    assert all(one.row.purpose == "service" for one in await office.messages())


async def test_a_menu_by_text_that_solves_it_closes_it_and_the_next_text_begins_anew(
    office: Office,
) -> None:
    await _known(office, attributes={"balance": BALANCE})
    await office.text("hello", line=SMS)
    await office.text("1", line=SMS)
    state = await office.only()
    assert (state.state, state.close_reason) == ("closed", "solved")
    assert "12.50" in [one.text for one in await office.messages()][-1]
    await office.text("hello again", line=SMS)
    first, second = await office.interactions()
    assert first.id == state.id
    assert second.state == "in_menu"


async def test_a_text_in_the_language_of_a_new_customer(office: Office) -> None:
    await office.text("hi", line=SMS)
    await office.text("2", line=SMS)
    assert (await office.customer()).language == "zh-CN"
    assert "请问" in [one.text for one in await office.messages()][-1]


async def test_what_a_run_holds_is_one_row_and_done_at_the_end(
    office: Office, caller: Caller
) -> None:
    await caller.calls()
    await caller.presses("1")
    rows = await office.read(lambda tx: tx.all(select(menu_run.c.done)))
    assert [row.done for row in rows] == [0]
    await office.take(voice.LegEnded, cause="normal")
    rows = await office.read(lambda tx: tx.all(select(menu_run.c.done)))
    assert [row.done for row in rows] == [1]
