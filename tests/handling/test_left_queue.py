"""The queue gives customers back: the menu goes on by the reason, else they are told why."""

from __future__ import annotations

from typing import Any

import pytest

from contactcenter.channels.voice import base as voice
from contactcenter.handling import look_ups
from contactcenter.handling.menus import Menus
from contactcenter.ivr.loader import load
from tests.handling.office import JOHN, MARY, SMS, VOICE, Office, new_office
from tests.routing.sites import Site

MENU = """
menu: front
version: 1
languages: [en, zh-CN]
start: agents
fallback: agents
nodes:
  agents:
    enqueue: sales
    on: {queue_full: busy, voicemail: leave_word}
    otherwise: sorry
  busy: {hang_up: {en: "Full house.", zh-CN: "已满。"}}
  leave_word: {hang_up: {en: "Write to us.", zh-CN: "请来信。"}}
  sorry:
    collect: {en: "Nobody. Again?", zh-CN: "没有人。再试？"}
    choices:
      - {id: again, key: 1, label: {en: again, zh-CN: 再试}, next: agents}
    otherwise: busy
"""


async def _office(office: Office, **queue: Any) -> Office:
    await office.site.queue(**queue)
    menus = Menus({"front": load(MENU, "front.yaml")}, look_ups.STANDARD)
    return new_office(office.site, menus)


async def _said(office: Office) -> list[str]:
    found = await office.commands("run")
    steps = [step for one in found for step in one.data["steps"]]
    inner = [each for step in steps for each in step.get("prompts", ())]
    return [str(step["text"]) for step in (*steps, *inner) if "text" in step]


async def test_a_full_queue_is_told_by_the_menu(office: Office) -> None:
    office = await _office(office, limits={"max_length": 1})
    await office.call(line=VOICE)
    await office.turn()
    await office.call(JOHN, line=VOICE, leg="leg-2")
    await office.turn()
    assert await _said(office) == ["Full house."]
    second = (await office.interactions())[1]
    kinds = await office.kinds(second.id)
    assert kinds[kinds.index("dequeued") :] == [
        "dequeued", "menu_entered", "menu_step", "menu_step", "menu_left",
    ]  # fmt: skip
    await office.take(voice.LegEnded, "leg-2", line=VOICE, cause="normal")
    await office.turn()
    assert (await office.state(second.id)).state == "closed"
    await office.assert_sound()


async def test_a_reason_without_a_branch_goes_otherwise_and_may_come_back(office: Office) -> None:
    office = await _office(office, limits={"nobody_then": {"leave": "nobody"}})
    await office.call(line=VOICE)
    await office.turn()
    assert (await _said(office))[0] == "Nobody. Again?"
    (asked,) = await office.commands("run")
    await office.agent()
    steps = await office.take(
        voice.Collected, line=VOICE, op_id=asked.op_id, value="1", how="digits"
    )
    assert steps is not None
    assert type(steps[-1]).__name__ == "Park"
    await office.turn()
    assert (await office.only()).state == "offered"


async def test_a_text_goes_on_in_the_menu_too(office: Office) -> None:
    office = await _office(office, overflow=[
        {"measure": "own_wait_s", "above": 5, "then": {"leave": "voicemail"}}
    ])  # fmt: skip
    await office.text("hello", line=SMS)
    await office.turn()
    await office.clock.advance(6)
    await office.turn()
    assert [one.text for one in await office.messages()] == ["Write to us."]
    assert (await office.only()).state == "closed"


@pytest.mark.parametrize(
    ("queue", "words"),
    [
        ({"hours": {"zone": "UTC", "weekly": {"sun": ["01:00-02:00"]}}}, "business hours"),
        ({"limits": {"max_length": 0}}, "so many are waiting"),
        ({"limits": {"nobody_then": {"leave": "nobody"}}}, "still busy"),
        ({"limits": {"nobody_then": {"leave": "voicemail"}}}, "leave a message"),
    ],
)
async def test_without_a_menu_the_customer_hears_why(
    office: Office, queue: dict[str, Any], words: str
) -> None:
    await office.site.queue(**queue)
    await office.call()
    await office.text("hello")
    await office.turn()
    said = await _said(office)
    assert words in said[0]
    (run,) = await office.commands("run")
    assert run.data["steps"][-1]["step"] == "Hangup"
    call, text = await office.interactions()
    assert (call.state, text.state) == ("open", "closed"), "the call ends when it was said"
    (written,) = await office.messages()
    assert written.text.startswith("Nordwind: we have your message")
    await office.take(voice.LegEnded, line=call.line, cause="normal")
    await office.turn()
    assert (await office.state(call.id)).state == "closed"
    await office.assert_sound()


async def test_a_full_queue_may_offer_a_callback_and_takes_it(office: Office) -> None:
    await office.site.queue(limits={"max_length": 0, "full_then": {"callback": True}})
    await office.call()
    await office.turn()
    assert "Press 1 to be called back" in (await _said(office))[0]
    (asked,) = await office.commands("run")
    line = (await office.only()).line
    steps = await office.take(
        voice.Collected, line=line, op_id=asked.op_id, value="1", how="digits"
    )
    assert steps is not None
    assert "You keep your place" in steps[0].text
    await office.turn()
    assert (await office.kinds())[-1] == "callback_planned"
    await office.take(voice.LegEnded, line=line, cause="normal")
    await office.turn()
    assert (await office.only()).state == "waiting"
    await office.agent()
    (dialled,) = await office.commands("originate")
    assert dialled.data["to"] == MARY


async def test_a_full_queue_whose_callback_is_not_wanted(office: Office) -> None:
    await office.site.queue(limits={"max_length": 0, "full_then": {"callback": True}})
    await office.call()
    await office.turn()
    (asked,) = await office.commands("run")
    line = (await office.only()).line
    steps = await office.take(voice.NoInput, line=line, op_id=asked.op_id)
    assert steps is not None
    assert type(steps[-1]).__name__ == "Hangup"


async def test_a_menu_that_goes_round_for_ever_ends(office: Office) -> None:
    site: Site = office.site
    await site.queue(limits={"max_length": 0})
    looping = MENU.replace("queue_full: busy", "queue_full: agents")
    menus = Menus({"front": load(looping, "front.yaml")}, look_ups.STANDARD)
    office = new_office(site, menus)
    await office.call(line=VOICE)
    await office.turn()
    assert "so many are waiting" in (await _said(office))[-1]
