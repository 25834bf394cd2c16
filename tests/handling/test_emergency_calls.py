"""An emergency that begins or ends while customers are in a menu or wait: they hear it at once."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from contactcenter.handling import emergencies, look_ups
from contactcenter.handling.emergencies import Emergency
from contactcenter.handling.menus import Menus
from contactcenter.ivr.loader import load
from contactcenter.ivr.model import Menu
from contactcenter.routing.actions import SetState
from tests.handling.office import JOHN, MARY, PLAIN, SMS, VOICE, Office, new_office
from tests.handling.stage import Stage

FRONT = """
menu: front
version: 1
languages: [en, zh-CN]
start: main
fallback: agents
nodes:
  main:
    collect: {en: "What can we do?", zh-CN: "请问您需要什么？"}
    choices:
      - {id: news, key: 1, label: {en: news, zh-CN: 新闻}, next: news}
      - {id: agent, key: 2, label: {en: a person, zh-CN: 人工}, next: agents}
    first_timeout_s: 60
    otherwise: agents
  news:
    branch:
      - when: {field: emergency, equals: true}
        next: alarm
      - else: calm
  alarm: {hang_up: {en: "The news are bad.", zh-CN: "坏消息。"}}
  calm: {hang_up: {en: "The news are good.", zh-CN: "好消息。"}}
  agents: {enqueue: sales}
"""
STORM = """
menu: storm
version: 1
languages: [en, zh-CN]
start: main
fallback: agents
nodes:
  main:
    collect: {en: "Are you safe?", zh-CN: "您安全吗？"}
    choices:
      - {id: safe, key: 1, label: {en: yes, zh-CN: 安全}, next: agents}
    first_timeout_s: 60
    otherwise: agents
  agents: {enqueue: sales}
"""
WORDS = {"en": "There is a storm.", "zh-CN": "有风暴。"}


def _shelf() -> dict[str, Menu]:
    return {"front": load(FRONT, "front.yaml"), "storm": load(STORM, "storm.yaml")}


def _menus() -> Menus:
    return Menus(_shelf(), look_ups.STANDARD)


async def _on(office: Office, line: str = VOICE, channel: str = "voice", **more: Any) -> int:
    def work(tx: Any) -> int:
        emergencies.set_flag(tx, Emergency(line, channel, "storm", **more))
        return emergencies.tell_those_on(tx, channel, line, on=True)

    return await office.db.write(work)


async def _off(office: Office, line: str = VOICE, channel: str = "voice") -> None:
    def work(tx: Any) -> None:
        emergencies.clear_flag(tx, channel, line)
        emergencies.tell_those_on(tx, channel, line, on=False)

    await office.db.write(work)


async def _in_menu(stage: Stage) -> None:
    """Mary stands in the line's own menu."""
    shelf = stage.office.calls._menus._shelf
    assert isinstance(shelf, dict)
    shelf.update(_shelf())
    await stage.office.site.do(SetState(stage.agent, "away", "lunch"))
    stage.world.phones.call(MARY, VOICE)
    await stage.hears("What can we do?")


async def test_the_words_come_before_the_question_again(stage: Stage) -> None:
    await _in_menu(stage)
    await _on(stage.office, prompt=WORDS)
    await stage.hears("There is a storm.")
    said = stage.prompts()

    async def asked_again() -> bool:
        return sum("What can we do?" in one for one in stage.prompts()) == 2

    await stage.until(asked_again, "the question again")
    assert "有风暴。" not in said, "the language of the menu is known"
    stage.world.phones.press(MARY, "1")
    await stage.hears("The news are bad.")
    await stage.nobody_lives()
    await stage.office.assert_sound()


async def test_another_menu_takes_over_and_gives_back(stage: Stage) -> None:
    await _in_menu(stage)
    await _on(stage.office, menu="storm", prompt=WORDS)
    await stage.hears("There is a storm.")
    await stage.hears("Are you safe?")
    await _off(stage.office)

    async def back() -> bool:
        return sum("What can we do?" in one for one in stage.prompts()) == 2

    await stage.until(back, "the line's own menu")
    stage.world.phones.press(MARY, "1")
    await stage.hears("The news are good.")
    await stage.nobody_lives()
    key = (await stage.office.only()).id
    left = [one.data for one in await stage.office.events(key) if one.kind == "menu_left"]
    assert [one["reason"] for one in left] == ["emergency", "emergency", "ended"]
    await stage.office.assert_sound()


async def test_who_waits_hears_the_words_and_keeps_the_place(stage: Stage) -> None:
    office = stage.office
    await office.site.do(SetState(stage.agent, "away", "lunch"))
    stage.world.phones.call(MARY, PLAIN)
    key = await stage.seen("queued")
    await stage.hears("stay on the line")
    stage.world.phones.call(JOHN, VOICE)
    await stage.hears("What can we do?", JOHN)
    assert await _on(office, line=PLAIN, prompt=WORDS) == 1
    await stage.hears("There is a storm.")
    assert (await office.state(key)).state == "waiting"
    assert "There is a storm." not in stage.prompts(JOHN), "on the lines chosen alone"
    before = len(stage.prompts())
    await _off(office, line=PLAIN)
    await stage.clock.advance(5)
    assert len(stage.prompts()) == before, "there is nothing to say"
    assert "emergency_over" in await office.kinds(key)


async def test_who_is_asked_in_the_queue_is_asked_again(stage: Stage) -> None:
    office = stage.office
    rule = {"measure": "own_wait_s", "above": 20, "then": {"callback": True}}
    await office.site.queue(wrap_up_s=30, overflow=[rule])
    await office.site.do(SetState(stage.agent, "away", "lunch"))
    stage.world.phones.call(MARY, PLAIN)
    await stage.hears("stay on the line")
    await stage.clock.advance(20)
    await stage.hears("Press 1 to be called back")
    await _on(office, line=PLAIN, prompt=WORDS)
    await stage.hears("There is a storm.")

    async def asked_again() -> bool:
        return sum("Press 1 to be called back" in one for one in stage.prompts()) == 2

    await stage.until(asked_again, "the offer again")
    stage.world.phones.press(MARY, "1")
    await stage.seen("callback_planned")


async def test_a_server_killed_after_the_switch_tells_them_all_the_same(stage: Stage) -> None:
    await _in_menu(stage)
    await stage.kill()
    await _on(stage.office, menu="storm", prompt=WORDS)
    await stage.start()
    await stage.hears("There is a storm.")
    await stage.hears("Are you safe?")
    assert [one for one in stage.prompts() if one == "There is a storm."] == ["There is a storm."]


async def test_a_flag_switched_off_before_anybody_was_told_says_nothing(office: Office) -> None:
    office = new_office(office.site, _menus())
    await office.call(line=VOICE)
    await _on(office, prompt=WORDS)
    await _off(office)
    await office.turn()
    assert await office.commands("run") == []


async def test_who_talks_with_an_agent_is_left_alone(office: Office) -> None:
    key = await office.connected_call(await office.agent())
    assert await _on(office, line=PLAIN, prompt=WORDS) == 0
    await office.turn()
    assert await office.commands("run") == []
    assert (await office.state(key)).connected


@pytest.mark.parametrize("menu", ["", "storm"])
async def test_a_texter_in_a_menu_is_told_with_the_next_text(office: Office, menu: str) -> None:
    office = new_office(office.site, _menus())
    told = partial(_on, office, SMS, "sms", menu=menu, prompt=WORDS)
    await office.text("hello", line=SMS)
    assert await told() == 0
    await office.text("1", line=SMS)
    sent = [one.text for one in await office.messages()]
    assert sent[1] == "There is a storm."
    assert sent[2].startswith("Are you safe?" if menu else "The news")
    if menu:
        await _off(office, SMS, "sms")
        await office.text("anything", line=SMS)
        assert (await office.messages())[-1].text.startswith("What can we do?")
    await office.assert_sound()
