"""Explanations: who got it, why, and the first reason for everybody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args
from uuid import UUID

import pytest
from sqlalchemy import update

from contactcenter.core.errors import NotFound
from contactcenter.core.ids import new_id
from contactcenter.crm import log
from contactcenter.routing import actions as do
from contactcenter.routing import queries, store
from contactcenter.routing.explain import Explanation, explain
from contactcenter.routing.explain_data import explanation_data, idle_data
from contactcenter.routing.explain_words import Words, duration
from contactcenter.routing.idle import why_idle
from contactcenter.routing.model import WaitingState
from contactcenter.routing.reasons import (
    CODES,
    KEYS,
    OUTCOMES,
    REASONS,
    SENTENCES,
    STATES,
    WOKEN,
    text_of,
)
from contactcenter.routing.tables import decision
from contactcenter.web.shapes.routing import RoutingExplanation
from tests.routing.sites import Site, offer_of, settle

SKILLED = {"and": [{"skill": "loans", "level": 3}, {"not": "trainee"}]}


async def away(site: Site, agent: UUID, reason: str = "meal") -> None:
    await site.do(do.SetState(agent, "away", reason))


@pytest.fixture
async def staffed(site: Site) -> Site:
    """A queue that wants loans at 3, and an agent for each reason not to get a call."""
    await site.queue("loans", requires=SKILLED, exclude_s=60, wrap_up="none")
    loans = {"queues": ["loans"], "skills": {"loans": 4}}
    await site.agent("Free", **loans)
    await site.clock.advance(1)
    await site.agent("Free too", **loans)
    await site.agent("Low", queues=["loans"], skills={"loans": 2})
    await site.agent("Other", queues=["loans"], skills={"cards": 5})
    await site.agent("Trainee", queues=["loans"], skills={"loans": 5, "trainee": 1})
    await site.agent("Late", queues={"loans": {"delay_s": 30}}, skills={"loans": 3})
    await away(site, await site.agent("Away", **loans))
    await site.do(do.SignOut(await site.agent("Out", **loans)))
    await site.agent("Elsewhere", queues=["sales"], skills={"loans": 5})
    on_call = await site.agent("On call", queues=["loans", "sales"], skills={"loans": 3})
    await site.agent("Full", queues=["loans"], skills={"loans": 3}, capacity={"voice": 0})
    router = site.router()
    await settle(router)
    for agent in await site.db.read(queries.agents):
        if agent.name == "Elsewhere":
            await away(site, agent.id)
    await site.enqueue(queue="sales")
    await settle(router)
    await site.do(do.Accept(await offer_of(site, on_call), on_call))
    await settle(router)
    return site


def reasons(told: Explanation, n: int = 0) -> dict[str, str]:
    return {one.name: one.verdict.reason for one in told.decisions[n].refused}


async def test_the_decision_names_its_cause_and_the_first_reason_of_each(staffed: Site) -> None:
    call = await staffed.enqueue(queue="loans")
    await settle(staffed.routers[0])
    told = await explain(staffed.db, call)
    (story,) = told.decisions
    assert (story.agent_name, story.cause, story.woken.kind) == ("Free", "interaction", "enqueue")
    assert story.is_as_recorded
    assert reasons(told) == {
        "Free too": "lower_order",
        "Low": "level_too_low",
        "Other": "skill_missing",
        "Trainee": "skill_missing",
        "Late": "delay_over",
        "Away": "away",
        "Out": "not_signed_in",
        "On call": "at_capacity",
        "Full": "at_capacity",
    }
    assert told.state == "offered"
    assert told.waiting is None
    counts = {one.verdict.reason for one in story.refused}
    assert set(story.counts) == counts
    assert story.counts["at_capacity"] == 2


async def test_each_offer_of_an_interaction_is_told_with_its_outcome(staffed: Site) -> None:
    router = staffed.routers[0]
    call = await staffed.enqueue(queue="loans")
    await settle(router)
    agents = {one.name: one.id for one in await staffed.db.read(queries.agents)}
    offer = await offer_of(staffed, agents["Free"])
    await staffed.do(do.Reject(offer, agents["Free"], "busy"))
    await settle(router)
    await staffed.clock.advance(25)
    await settle(router)
    await staffed.clock.advance(10)
    await settle(router)
    told = await explain(staffed.db, call)
    who = [(one.agent_name, one.woken.kind, one.outcome) for one in told.decisions]
    assert who == [
        ("Free", "enqueue", "rejected"),
        ("Free too", "reject", "expired"),
        ("Late", "tick", "pending"),
    ]
    assert told.decisions[1].woken.by == "Free"
    assert reasons(told, 1)["Free"] == "excluded"
    last = {one.name: one.verdict for one in told.decisions[2].refused}
    assert last["Free"].reason == "excluded"
    assert last["Free too"].detail["reason"] == "no_answer"
    lines = Words().explanation(told)
    assert any("refused (busy)" in line for line in lines)
    assert any("because an offer was refused (Free)" in line for line in lines)


async def test_an_agent_who_takes_work_passes_over_what_scores_lower(site: Site) -> None:
    router = site.router()
    first = await site.enqueue()
    await settle(router)
    await site.clock.advance(60)
    second = await site.enqueue()
    await settle(router)
    await site.agent("Ann")
    await settle(router)
    story = (await explain(site.db, first)).decisions[0]
    assert (story.cause, story.passed_over, story.woken.kind) == ("agent", 1, "set_state")
    assert story.waited_s == 60
    assert story.key["score_minutes"] == 1
    waits = (await explain(site.db, second)).waiting
    assert waits is not None
    assert waits.counts == {"at_capacity": 1}
    assert waits.ahead == 0


async def test_agents_asked_together_are_told_so(site: Site) -> None:
    router = site.router()
    await site.queue("loans", offer_to=2)
    for name in ("Ann", "Bo", "Cy"):
        await site.agent(name, queues=["loans"])
        await settle(router)
        await site.clock.advance(1)
    call = await site.enqueue(queue="loans")
    await settle(router)
    told = await explain(site.db, call)
    assert [one.agent_name for one in told.decisions] == ["Ann", "Bo"]
    assert all(one.is_as_recorded for one in told.decisions)
    assert reasons(told, 0) == {"Bo": "asked_too", "Cy": "lower_order"}
    assert reasons(told, 1) == {"Ann": "asked_too", "Cy": "lower_order"}


async def test_another_interaction_that_moves_is_called_so(site: Site) -> None:
    router = site.router()
    await site.queue("loans")
    await site.agent("Ann")
    first = await site.enqueue()
    second = await site.enqueue()
    await settle(router)
    customer = (await site.db.read(lambda tx: log.load(tx, first))).customer_id
    await site.do(do.Enqueue(first, "loans", "voice", customer))
    await settle(router)
    (story,) = (await explain(site.db, second)).decisions
    assert Words().woken(story) == "another interaction moved to another queue"
    (story,) = (await explain(site.db, first)).decisions
    assert Words().woken(story) == "the interaction entered the queue"


async def test_what_an_agent_takes_out_of_turn_is_told_without_a_decision(site: Site) -> None:
    router = site.router()
    agent = await site.agent(queues=["loans"])
    call = await site.enqueue()
    await site.do(do.Pull(call, agent))
    await settle(router)
    told = await explain(site.db, call)
    assert [one.agent for one in told.by_hand] == [agent]
    first, last = Words().explanation(told)
    assert "Ann had it without a decision" in first
    assert last == "An agent has it now"
    assert explanation_data(told, Words())["by_hand"][0]["agent_name"] == "Ann"


async def test_what_waits_is_told_why_now(site: Site) -> None:
    router = site.router()
    await site.queue("loans", requires="loans")
    first = await site.enqueue(queue="loans")
    await settle(router)
    await site.clock.advance(90)
    second = await site.enqueue(queue="loans")
    await settle(router)
    told = await explain(site.db, second)
    assert told.waiting is not None
    assert (told.waiting.ahead, told.waiting.refused) == (1, [])
    assert Words().explanation(told) == [
        "It has waited 0:00 in loans (voice), 1 ahead of it",
        "  Nobody is a member of this queue",
    ]
    await site.agent("Late", queues={"loans": {"delay_s": 600}}, skills={"loans": 1})
    await settle(router)
    told = await explain(site.db, first)
    assert told.waiting is not None
    (late,) = told.waiting.refused
    assert late.verdict.reason == "delay_over"
    assert late.verdict.until is not None
    assert (late.verdict.until - told.waiting.since).total_seconds() == 600
    assert Words("zh-CN").explanation(told)[1].startswith("  Late：等待时间未到")


async def test_of_very_many_decisions_the_last_are_told(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contactcenter.routing.explain.MOST", 2)
    router = site.router()
    agents = [await site.agent(name) for name in ("Ann", "Bo", "Cy")]
    await settle(router)
    call = await site.enqueue()
    await settle(router)
    for _ in agents:
        (held,) = (await site.db.read(store.load))[0].reservations
        await site.do(do.Reject(held.id, held.agent))
        await settle(router)
        if not (await site.db.read(store.load))[0].reservations:
            break
    told = await explain(site.db, call)
    assert (len(told.decisions), told.earlier) == (2, 1)
    assert told.decisions[-1].outcome == "rejected"
    assert Words().explanation(told)[0] == "1 earlier decisions are left out"


async def test_a_callback_that_has_its_time_is_told_so(site: Site) -> None:
    router = site.router()
    call = await site.enqueue()
    await settle(router)
    at = site.clock.now() + timedelta(hours=1)
    await site.do(do.AskCallback(call, "+442000000000", first="customer", at=at))
    await settle(router)
    told = await explain(site.db, call)
    assert (told.state, told.waiting) == ("later", None)
    assert Words().explanation(told)[-1] == "It waits for the time of its callback"
    await site.agent()
    await settle(router)
    await site.clock.advance(3601)
    await settle(router)
    told = await explain(site.db, call)
    assert told.state == "calling"
    assert Words("zh-CN").explanation(told)[-1] == "正在回拨客户"
    shape = RoutingExplanation.model_validate(explanation_data(told, Words()))
    assert shape.state == "calling"


@pytest.mark.parametrize("state", [*get_args(WaitingState), "gone"])
def test_every_state_has_its_words_and_its_place_in_the_api(state: str) -> None:
    assert state == "waiting" or f"{state}_now" in SENTENCES
    assert state in get_args(RoutingExplanation.model_fields["state"].annotation)


async def test_states_beside_waiting_are_told(site: Site) -> None:
    router = site.router()
    agent = await site.agent()
    call = await site.enqueue()
    await settle(router)
    await site.do(do.Accept(await offer_of(site, agent), agent), do.MediaUp(call))
    await settle(router)
    assert (await explain(site.db, call)).state == "assigned"
    await site.do(do.Ended(call))
    await settle(router)
    told = await explain(site.db, call)
    assert told.state == "gone"
    assert Words().explanation(told)[-1] == "It has left the floor"
    with pytest.raises(NotFound):
        await explain(site.db, new_id())


async def test_a_decision_that_was_touched_is_called_so(site: Site) -> None:
    router = site.router()
    await site.agent()
    call = await site.enqueue()
    await settle(router)
    await site.db.write(lambda tx: tx.execute(update(decision).values(tie_break="id")))
    told = await explain(site.db, call)
    assert not told.decisions[0].is_as_recorded
    assert any("another than the recorded" in line for line in Words().explanation(told))


async def test_it_is_recomputed_over_a_takeover(site: Site) -> None:
    agent = await site.agent()
    for n in range(3):
        router = site.router(f"node-{n}")
        call = await site.enqueue()
        await settle(router)
        offer = await offer_of(site, agent)
        await site.do(do.Accept(offer, agent), do.MediaUp(call), do.Ended(call))
        await settle(router)
        await site.clock.advance(40)
        await settle(router)
        await router.stop()
        assert (await explain(site.db, call)).decisions[0].is_as_recorded


async def test_why_an_agent_is_idle(staffed: Site) -> None:
    router = staffed.routers[0]
    agents = {one.name: one.id for one in await staffed.db.read(queries.agents)}
    for name in ("Free", "Free too", "Late"):
        await away(staffed, agents[name])
    call = await staffed.enqueue(queue="loans")
    await staffed.enqueue(queue="sales", channel="sms")
    await settle(router)
    await staffed.clock.advance(30)
    low = await why_idle(staffed.db, agents["Low"])
    assert (low.state, low.reason) == ("available", None)
    assert set(low.free) == {"voice", "sms", "email"}
    (withheld,) = low.withheld
    assert (withheld.interaction, withheld.verdict.reason) == (call, "level_too_low")
    assert withheld.waited_s == 30
    assert low.elsewhere == {"sales": 1}
    gone = await why_idle(staffed.db, agents["Away"])
    assert (gone.state, gone.reason, list(gone.free)) == ("away", "meal", [])
    assert gone.counts == {"away": 1}
    assert Words().idle(gone)[0].startswith("Away is away (meal) since 2026-01-05 09:00:")
    busy = await why_idle(staffed.db, agents["On call"])
    assert busy.load == {"voice": 1}
    assert busy.counts == {"at_capacity": 1, "on_call": 1}
    elsewhere = await why_idle(staffed.db, agents["Elsewhere"])
    assert elsewhere.counts == {"away": 1}
    with pytest.raises(NotFound):
        await why_idle(staffed.db, new_id())


async def test_nothing_waits_for_an_idle_agent(site: Site) -> None:
    agent = await site.agent()
    await settle(site.router())
    told = await why_idle(site.db, agent)
    assert Words().idle(told)[1:] == ["  Nothing waits in their queues"]
    assert Words("zh-CN").idle(told)[1:] == ["  其所在队列没有等待的交互"]


async def test_the_data_carries_codes_words_and_counts(staffed: Site) -> None:
    call = await staffed.enqueue(queue="loans")
    await settle(staffed.routers[0])
    for lang in ("en", "zh-CN"):
        words = Words(lang)
        data = explanation_data(await explain(staffed.db, call), words)
        (story,) = data["decisions"]
        assert story["text"]
        assert story["woken"]["text"] == text_of(WOKEN, "enqueue", lang)
        named = {one["name"]: one for one in story["refused"]}
        assert named["Low"]["text"] == text_of(REASONS, "level_too_low", lang)
        assert sum(one["count"] for one in story["counts"]) == len(story["refused"])
        assert data["waiting"] is None
        agent: Any = UUID(story["agent"])
        assert idle_data(await why_idle(staffed.db, agent), words)["load"] == {"voice": 1}


def test_every_code_has_its_words_in_both_languages() -> None:
    for texts in (REASONS, WOKEN, KEYS, CODES, OUTCOMES, STATES, SENTENCES):
        for code, (english, chinese) in texts.items():
            assert english.isascii(), code
            assert not chinese.isascii(), code
            places = [set(_places(one)) for one in (english, chinese)]
            assert places[0] == places[1], code
    assert text_of(REASONS, "a_new_code", "en") == "a new code"


def _places(text: str) -> list[str]:
    import string

    return [name for _, name, _, _ in string.Formatter().parse(text) if name]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (59.6, "1:00"), (61, "1:01"), (3725, "1:02:05"), (-3, "0:00")],
)
def test_durations_read_like_a_clock(seconds: float, text: str) -> None:
    assert duration(seconds) == text
