"""Who had better serve: the queue's sticky policy, a customer's owner, an agent the menu names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from contactcenter.channels.voice import base as voice
from contactcenter.core.ids import new_id
from contactcenter.crm import customers
from contactcenter.handling import look_ups
from contactcenter.handling.menus import Menus
from contactcenter.ivr.loader import load
from contactcenter.routing import queries
from contactcenter.routing.actions import Complete, SetState
from contactcenter.routing.model import Waiting
from tests.handling.office import PLAIN, SMS, VOICE, Office, new_office

STICKY: dict[str, Any] = {"sticky": {"days": 2, "hold_s": 45, "owner": True}}


async def _waiting(office: Office) -> Waiting:
    key = (await office.interactions())[-1].id
    found = await office.read(lambda tx: queries.waiting_one(tx, key))
    assert found is not None
    return found


async def _served(office: Office, agent: UUID) -> None:
    key = await office.connected_call(agent)
    await office.take(voice.LegEnded, "leg-1", line=PLAIN, cause="normal")
    await office.turn()
    await office.site.do(Complete(key, agent, "solved"))
    await office.site.do(SetState(agent, "away", "lunch"))
    await office.turn()


async def test_the_agent_who_served_last_has_it_to_themselves(office: Office) -> None:
    await office.site.queue(**STICKY)
    agent = await office.agent()
    await _served(office, agent)
    other = await office.agent("Bob")
    await office.call(leg="leg-9")
    await office.turn()
    item = await _waiting(office)
    assert item.preferred == (agent,)
    assert item.preferred_until == office.clock.now() + timedelta(seconds=45)
    assert await office.read(lambda tx: queries.reservations_of(tx, other)) == []
    await office.clock.advance(46)
    await office.turn()
    assert len(await office.read(lambda tx: queries.reservations_of(tx, other))) == 1


async def test_after_the_days_of_the_policy_everybody_may(office: Office) -> None:
    await office.site.queue(**STICKY)
    await _served(office, await office.agent())
    await office.clock.advance(2 * 86400 + 1)
    await office.call(leg="leg-9")
    await office.turn()
    assert (await _waiting(office)).preferred == ()


async def test_a_queue_without_the_policy_prefers_nobody(office: Office) -> None:
    await _served(office, await office.agent())
    await office.call(leg="leg-9")
    await office.turn()
    assert (await _waiting(office)).preferred == ()


@pytest.mark.parametrize(("owner", "wanted"), [(True, 1), (False, 0)])
async def test_a_key_account_goes_to_its_owner_first(
    office: Office, owner: bool, wanted: int
) -> None:
    await office.site.queue(sticky={"owner": owner})
    await office.text("hello")
    await office.turn()
    customer = (await office.only()).customer_id
    eve = new_id()
    from contactcenter.routing.setup import save_agent

    await office.db.write(lambda tx: save_agent(tx, eve, "Eve", {"queues": ["sales"]}))
    await office.db.write(lambda tx: customers.edit(tx, customer, {"attributes": {"owner": "Eve"}}))
    await office.call()
    await office.turn()
    assert (await _waiting(office)).preferred == ((eve,) if wanted else ())


MENU = """
menu: front
version: 1
languages: [en]
start: agents
fallback: agents
nodes:
  agents:
    enqueue: sales
    agent: Bob
    hold_s: 20
    age_s: 90
    steps:
      - {requires: {skill: gold, level: {at_least: 4}}, for_s: 30}
      - {requires: {skill: gold}, for_s: 60}
"""


@pytest.mark.parametrize("line", [VOICE, SMS])
async def test_the_menu_names_an_agent_steps_and_an_age(office: Office, line: str) -> None:
    menus = Menus({"front": load(MENU, "front.yaml")}, look_ups.STANDARD)
    office = new_office(office.site, menus)
    bob = await office.site.agent("Bob")
    await office.site.do(SetState(bob, "away", "lunch"))
    await office.turn()
    if line == VOICE:
        await office.call(line=line)
    else:
        await office.text("hi", line=line)
    await office.turn()
    item = await _waiting(office)
    assert item.preferred == (bob,)
    assert item.preferred_until == item.entered_first + timedelta(seconds=20)
    assert item.age_s == 90
    assert [step.for_s for step in item.steps] == [30, 60]
    assert item.steps[0].requires
    ann = await office.agent("Ann", skills={"gold": 4})
    assert await office.read(lambda tx: queries.reservations_of(tx, ann)) == []
    await office.clock.advance(21)
    await office.turn()
    assert len(await office.read(lambda tx: queries.reservations_of(tx, ann))) == 1


async def test_an_agent_the_menu_names_and_nobody_knows_is_no_hindrance(office: Office) -> None:
    text = MENU.replace("Bob", "Nobody").split("    steps:")[0]
    office = new_office(office.site, Menus({"front": load(text, "front.yaml")}, look_ups.STANDARD))
    await office.agent("Ann")
    await office.call(line=VOICE)
    await office.turn()
    assert (await office.only()).state == "offered"
