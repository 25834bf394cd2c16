"""What a menu knows of hours and of an emergency, and what an emergency swaps at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contactcenter.channels.voice.steps import Collect, Hangup, Say
from contactcenter.handling import emergencies, look_ups
from contactcenter.handling.emergencies import Emergency
from contactcenter.handling.menus import Menus
from contactcenter.handling.opening import is_open
from contactcenter.ivr.loader import load
from contactcenter.routing.actions import CloseQueue
from tests.handling.office import PLAIN, SMS, SMS_PLAIN, VOICE, Office, new_office

MENU = """
menu: front
version: 1
languages: [en, zh-CN]
start: hours
fallback: shut
nodes:
  hours:
    branch:
      - when: {field: emergency, equals: true}
        next: alarm
      - when: {field: open, equals: false}
        next: shut
      - when: {field: position, greater: 1}
        next: busy
      - else: fine
  alarm: {hang_up: {en: "Alarm.", zh-CN: "警报。"}}
  shut: {hang_up: {en: "Shut.", zh-CN: "关。"}}
  busy: {hang_up: {en: "Busy.", zh-CN: "忙。"}}
  fine: {hang_up: {en: "Open.", zh-CN: "开。"}}
"""
STORM = """
menu: storm
version: 1
languages: [en]
start: bye
fallback: bye
nodes:
  bye: {hang_up: "Storm."}
"""
WEEK = {"zone": "Europe/London", "weekly": {"mon-fri": ["09:00-17:00"]}}


def _office(office: Office) -> Office:
    shelf = {"front": load(MENU, "front.yaml"), "storm": load(STORM, "storm.yaml")}
    return new_office(office.site, Menus(shelf, look_ups.STANDARD))


async def _heard(office: Office, leg: str, line: str = VOICE) -> list[str]:
    steps = await office.call(line=line, leg=leg) or ()
    await office.turn()
    return [step.text for step in steps if isinstance(step, Say)]


async def _to(office: Office, hour: int) -> None:
    now = office.clock.now()
    wanted = datetime(now.year, now.month, now.day, hour, tzinfo=UTC)
    await office.clock.advance((wanted - now).total_seconds())
    await office.turn()


async def test_open_follows_the_hours_of_the_lines_queue(office: Office) -> None:
    office = _office(office)  # it is a Monday, nine o'clock
    await office.site.queue(hours=WEEK)
    await office.turn()
    assert await _heard(office, "a") == ["Open."]
    await _to(office, 16)
    assert await _heard(office, "b") == ["Open."]
    await _to(office, 17)
    assert await _heard(office, "c") == ["Shut."]


async def test_a_queue_a_supervisor_closed_is_not_open(office: Office) -> None:
    office = _office(office)
    assert await _heard(office, "a") == ["Open."]
    await office.site.do(CloseQueue("sales", True, "drill"))
    await office.turn()
    assert await _heard(office, "b") == ["Shut."]
    assert not await office.read(lambda tx: is_open(tx, "sales"))
    assert not await office.read(lambda tx: is_open(tx, "no such queue"))
    await office.site.do(CloseQueue("sales", False))
    await office.turn()
    assert await _heard(office, "c") == ["Open."]


async def test_the_place_a_newcomer_would_have(office: Office) -> None:
    office = _office(office)
    await office.call(line=PLAIN, leg="waits")
    await office.turn()
    assert await _heard(office, "a") == ["Busy."]


async def _flag(office: Office, line: str, channel: str = "voice", **more: object) -> None:
    flag = Emergency(line, channel, "storm", **more)  # type: ignore[arg-type]  # by name
    await office.db.write(lambda tx: emergencies.set_flag(tx, flag))


async def test_an_emergency_is_a_fact_its_words_come_first_and_it_ends(office: Office) -> None:
    office = _office(office)
    await _flag(office, VOICE, prompt={"en": "There is a storm.", "zh-CN": "有风暴。"})
    assert await _heard(office, "a") == ["There is a storm.", "有风暴。", "Alarm."]
    assert await office.db.write(lambda tx: emergencies.clear_flag(tx, "voice", VOICE))
    assert not await office.db.write(lambda tx: emergencies.clear_flag(tx, "voice", VOICE))
    assert await _heard(office, "b") == ["Open."]


async def test_an_emergency_swaps_the_menu_of_its_line_alone(office: Office) -> None:
    office = _office(office)
    await _flag(office, VOICE, menu="storm")
    assert await _heard(office, "a") == ["Storm."]
    assert await _heard(office, "b", line=PLAIN) == []
    await office.text("hello", line=SMS)
    assert [one.text for one in await office.messages()][-1] == "Busy."


async def test_a_menu_that_is_gone_does_not_silence_the_line(office: Office) -> None:
    office = _office(office)
    await _flag(office, VOICE, menu="gone", prompt={"en": "Storm!"})
    assert await _heard(office, "a") == ["Storm!", "Alarm."]


@pytest.mark.parametrize("line", [SMS, SMS_PLAIN])
async def test_a_text_is_warned_too(office: Office, line: str) -> None:
    office = _office(office)
    await _flag(office, line, "sms", prompt={"en": "There is a storm."})
    await office.text("hello", line=line)
    sent = [one.text for one in await office.messages()]
    assert sent == ["There is a storm.", "Alarm."] if line == SMS else ["There is a storm."]


async def test_words_come_before_the_queues_own_on_a_line_without_a_menu(office: Office) -> None:
    await _flag(office, PLAIN, prompt={"en": "There is a storm."})
    steps = await office.call(line=PLAIN)
    assert steps is not None
    assert [type(step).__name__ for step in steps] == ["Say", "Park"]
    assert not any(isinstance(step, Collect | Hangup) for step in steps)
