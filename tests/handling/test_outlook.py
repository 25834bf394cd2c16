"""Menus branch on how a queue looks: how many wait, the wait to expect, and not knowing it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import delete, insert

from contactcenter.channels.voice import base as voice
from contactcenter.channels.voice.steps import Say
from contactcenter.core.located_yaml import FileInvalid
from contactcenter.handling import look_ups, outlook
from contactcenter.handling.menus import Menus
from contactcenter.ivr.checker import check
from contactcenter.ivr.loader import load
from contactcenter.routing import actions
from contactcenter.routing.model import QueueState
from contactcenter.routing.tables import queue_state
from tests.handling.office import JOHN, PLAIN, SMS, VOICE, Office, new_office

MENU = """
menu: front
version: 1
languages: [en]
start: how
fallback: shut
nodes:
  how:
    branch:
      - when: {field: wait, equals: unsure}
        next: unsure
      - when: {field: wait, equals: 0}
        next: at_once
      - when: {field: wait, greater: 10}
        next: long
      - else: short
  unsure: {hang_up: "Unsure."}
  at_once: {hang_up: "At once."}
  long: {hang_up: "Long."}
  short: {hang_up: "Short."}
  shut: {hang_up: "Shut."}
"""
ASKS = """
menu: front
version: 1
languages: [en]
start: ask
fallback: shut
nodes:
  ask:
    collect: "{{ length }} wait."
    choices:
      - {id: go, key: 1, label: go, next: how}
    otherwise: shut
  how:
    branch:
      - when: {field: length.sales, greater: 0}
        next: many
      - when: {field: position.help, equals: 1}
        next: first
      - else: shut
  many: {hang_up: "Many."}
  first: {hang_up: "First."}
  shut: {hang_up: "Shut."}
"""


def _office(office: Office, menu: str = MENU) -> Office:
    return new_office(office.site, Menus({"front": load(menu, "front.yaml")}, look_ups.STANDARD))


async def _heard(office: Office, leg: str) -> list[str]:
    steps = await office.call(JOHN, line=VOICE, leg=leg) or ()
    await office.turn()
    return [step.text for step in steps if isinstance(step, Say)]


async def _handled(office: Office, seconds: float, count: int = 40) -> None:
    """The queue's handle times of the last minutes, as the router keeps them."""
    now = office.clock.now().timestamp()
    recent = tuple((now - 10.0 * n, seconds * (0.8 + 0.01 * n)) for n in range(count, 0, -1))
    state = QueueState("sales", recent=recent)

    def work(tx: Any) -> None:
        tx.execute(delete(queue_state).where(queue_state.c.name == "sales"))
        tx.execute(insert(queue_state).values(name="sales", state=msgspec.to_builtins(state)))

    await office.db.write(work)


async def _busy(office: Office) -> tuple[UUID, UUID]:
    """One agent in a call; the agent and the call."""
    agent = await office.agent()
    return agent, await office.connected_call(agent)


async def test_somebody_free_is_no_wait(office: Office) -> None:
    office = _office(office)
    await office.agent()
    assert await _heard(office, "a") == ["At once."]


async def test_nobody_there_or_too_little_known_is_unsure(office: Office) -> None:
    office = _office(office)
    assert await _heard(office, "a") == ["Unsure."]
    await _busy(office)
    await office.clock.advance(6)
    assert await _heard(office, "b") == ["Unsure."]


@pytest.mark.parametrize(("seconds", "words"), [(60.0, "Short."), (3600.0, "Long.")])
async def test_the_wait_follows_from_recent_handle_times(
    office: Office, seconds: float, words: str
) -> None:
    office = _office(office)
    await _busy(office)
    await _handled(office, seconds)
    assert await _heard(office, "a") == [words]


async def test_an_estimate_is_kept_for_a_moment_and_no_longer(office: Office) -> None:
    office = _office(office)
    agent, call = await _busy(office)
    await _handled(office, 3600.0)
    assert await _heard(office, "a") == ["Long."]
    await office.take(voice.LegEnded, line=PLAIN, cause="normal")
    await office.turn()
    await office.site.do(actions.Complete(call, agent, "solved"))
    await office.turn()
    assert await _heard(office, "b") == ["Long."]
    await office.clock.advance(outlook.KEPT.total_seconds())
    assert await _heard(office, "c") == ["At once."]


async def test_length_and_place_of_any_queue_anew_each_turn(office: Office) -> None:
    await office.site.queue("help")
    office = _office(office, ASKS)
    await office.text("hello", line=SMS)
    assert (await office.messages())[-1].text.startswith("0 wait.")
    await office.call(JOHN, line=PLAIN, leg="waits")
    await office.turn()
    await office.text("1", line=SMS)
    assert (await office.messages())[-1].text == "Many."
    await office.text("again", "+447700900009", line=SMS)
    assert "1 wait." in (await office.messages())[-1].text
    await office.take(voice.LegEnded, "waits", line=PLAIN, cause="normal")
    await office.turn()
    await office.text("1", "+447700900009", line=SMS)
    assert (await office.messages())[-1].text == "First."


async def test_the_situation_is_that_of_those_who_may_serve(office: Office) -> None:
    from contactcenter.handling.preferred import queue_of

    await office.site.queue(requires={"skill": "tax"})
    await office.agent("Ann", skills={"tax": 3})
    await office.agent("Bob", skills={})
    away = await office.agent("Cid", skills={"tax": 3})
    await office.site.do(actions.SetState(away, "away", "lunch"))
    await office.turn()
    queue = await office.read(lambda tx: queue_of(tx, "sales"))
    assert queue is not None
    found = await office.read(lambda tx: outlook.situation(tx, queue, "voice", 1))
    assert (found.free, list(found.serving_s)) == (1, [])
    await office.connected_call(await office.read(_ann))
    await office.clock.advance(30)
    found = await office.read(lambda tx: outlook.situation(tx, queue, "voice", 1))
    assert found.free == 0
    assert [timedelta(seconds=one) for one in found.serving_s] == [timedelta(seconds=30)]


def _ann(tx: Any) -> UUID:
    from contactcenter.routing import queries

    return next(one.id for one in queries.agents(tx) if one.name == "Ann")


def test_a_queue_that_does_not_exist_is_named() -> None:
    menu = load(ASKS, "front.yaml")
    assert check(menu, queues={"sales", "help"}) == ()
    (fault,) = check(menu, queues={"sales"})
    assert "unknown queue 'help' in position.help" in fault.message


@pytest.mark.parametrize("name", ["wait", "length.sales", "wait.mine"])
def test_a_variable_may_not_take_the_name_of_a_fact(name: str) -> None:
    named = MENU.replace("start: how", f"variables: {{{name}: number}}\nstart: how")
    with pytest.raises(FileInvalid, match="a fact's"):
        load(named, "front.yaml")
