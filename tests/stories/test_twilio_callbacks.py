"""Callbacks through the Twilio adapter on the stand-in: in both orders, answered, busy, unanswered,
and with the server killed between the request for the call and its answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from contactcenter.core.db import Tx
from contactcenter.crm.log import Event
from contactcenter.crm.verify import verify
from contactcenter.routing.setup import save_queue
from contactcenter.standins.twilio import Handset, Phone
from tests.stories.twilio_plots import queued_caller, wrapped_up
from tests.stories.twilio_process import process_rig
from tests.stories.twilio_rig import PATIENCE_S, Rig, rig, until

MARY = "+447700900100"
GAP_S = 1
ORDERS = pytest.mark.parametrize("first", ["customer", "agent"])


async def _asked(on: Rig, first: str, attempts: int = 2) -> UUID:
    """Mary waited, is promised a callback, and has hung up; nobody is free yet."""
    policy: dict[str, Any] = {"first": first, "attempts": attempts, "gap_s": GAP_S}

    def configured(tx: Tx) -> None:
        save_queue(tx, "billing", {"exclude_s": 1, "callback": policy})

    await on.log_db.write(configured)
    await on.api("PUT", "/agents/me/state", state="away", reason="meal")
    on.twilio.phones[on.client] = Phone(answers_after_s=0.1)
    caller = await queued_caller(on, MARY)
    call = await on.opened()
    await on.api("POST", f"/interactions/{call}/callback", address=MARY)
    await on.logged(call, "callback_planned")
    await caller.hang_up()
    await on.logged(call, "leg_ended")
    return call


def _calls_out(on: Rig) -> list[str]:
    return [sid for sid, call in on.twilio.world.calls.items() if call.to == MARY]


def _times(events: Sequence[Event], kind: str) -> list[Any]:
    return [one.at for one in events if one.kind == kind]


async def _next_try(on: Rig, first: str, call: UUID, attempts: int = 1) -> None:
    """An agent is there; where the agent comes first they take the offer."""
    await on.available()
    if first == "agent":
        assert await on.accept() == call
    await on.logged(call, *["callback_due"] * attempts)


async def _they_talk(on: Rig, first: str, call: UUID, customer: Handset) -> None:
    if first == "customer":
        assert await on.accept() == call
    await on.logged(call, "connected")
    customer.say("There you are.")
    agent = next(c for c in on.twilio.world.calls.values() if c.to == on.client and c.live)
    await Handset(on.twilio.exchange, agent).hears("There you are.", PATIENCE_S)
    await customer.hang_up()
    await wrapped_up(on, call)


async def _sound(on: Rig) -> None:
    async def over() -> bool:
        return not [call for call in on.twilio.world.calls.values() if call.live]

    await until(over, "the end of every call")
    assert on.twilio.world.alerts == []
    assert not (await verify(on.log_db)).differences


@ORDERS
async def test_the_customer_answers(store_url: str, tmp_path: Path, first: str) -> None:
    async with rig(store_url, tmp_path, pace=0.1) as on:
        call = await _asked(on, first)
        on.twilio.phones[MARY] = Phone()
        await _next_try(on, first, call)
        customer = await on.twilio.rings(MARY, PATIENCE_S)
        customer.answer()
        if first == "customer":
            await customer.hears("the call you asked for", PATIENCE_S)
        await _they_talk(on, first, call, customer)
        events = await on.events(call)
        assert _calls_out(on) == [customer.sid]
        assert [one.data["reason"] for one in events if one.kind == "closed"] == ["handled"]
        await _sound(on)


@ORDERS
@pytest.mark.parametrize(
    ("phone", "cause"),
    [(Phone(outcome="busy"), "busy"), (Phone(), "no_answer"), (Phone(outcome="failed"), "failed")],
)
async def test_who_is_not_reached_is_tried_again_after_the_gap(
    store_url: str, tmp_path: Path, first: str, phone: Phone, cause: str
) -> None:
    async with rig(store_url, tmp_path, pace=0.02) as on:
        call = await _asked(on, first)
        on.twilio.phones[MARY] = phone
        await _next_try(on, first, call)
        events = await on.logged(call, "callback_planned", "callback_planned")
        ended = [one.data for one in events if one.kind == "leg_ended"]
        assert [one["cause"] for one in ended if one["party"] == "customer"][1:] == [cause]
        on.twilio.phones[MARY] = Phone(answers_after_s=0.1)
        await _next_try(on, first, call, attempts=2)
        if first == "customer":
            assert await on.accept() == call
        events = await on.logged(call, "connected")
        failed, tried = _times(events, "callback_planned")[1], _times(events, "callback_due")[1]
        assert tried - failed >= timedelta(seconds=GAP_S)
        assert len(_calls_out(on)) == 2
        await on.asks(call, "hang-up", "wrap_up_started")
        await wrapped_up(on, call)
        await _sound(on)


@ORDERS
async def test_after_the_last_attempt_it_is_over(
    store_url: str, tmp_path: Path, first: str
) -> None:
    async with rig(store_url, tmp_path, pace=0.02) as on:
        call = await _asked(on, first)
        on.twilio.phones[MARY] = Phone(outcome="busy")
        for attempt in (1, 2):
            await _next_try(on, first, call, attempts=attempt)
        events = await on.logged(call, "closed")
        assert [one.data["reason"] for one in events if one.kind == "closed"] == ["callback_failed"]
        assert len(_calls_out(on)) == 2

        async def free() -> bool:
            return bool((await on.api("GET", "/agents/me"))["state"] == "available")

        await until(free, "an agent who is free")
        await _sound(on)


@ORDERS
async def test_a_server_killed_before_the_answer_calls_once(
    empty_store_url: str, tmp_path: Path, first: str
) -> None:
    """Twilio takes the request and answers it when the server is dead; the customer picks up while
    nobody listens."""
    async with process_rig(empty_store_url, tmp_path / "site", pace=1.0) as (on, server):
        call = await _asked(on, first)
        on.twilio.phones[MARY] = Phone()
        if first == "agent":  # who stands in the room already
            on.twilio.phones[on.client] = Phone()
            await _next_try(on, first, call)
            agent = await on.twilio.rings(on.client, PATIENCE_S)
            await on.logged(call, "leg_ringing")
            on.twilio.faults.slow_s = 12.0
            agent.answer()
        else:
            on.twilio.faults.slow_s, on.twilio.weather.slow_s = 12.0, 15.0
            await on.available()

        async def taken() -> bool:
            return bool(_calls_out(on))

        await until(taken, "the request")
        await server.kill()
        on.twilio.faults.slow_s = 0
        customer = await on.twilio.rings(MARY, PATIENCE_S)
        customer.answer()
        await server.start()
        on.twilio.weather.slow_s = 0
        await _they_talk(on, first, call, customer)
        assert _calls_out(on) == [customer.sid]
        await _sound(on)
