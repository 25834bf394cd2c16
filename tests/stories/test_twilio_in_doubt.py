"""A server killed between a request to Twilio and its answer: nothing is placed or sent twice."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from contactcenter.crm.verify import verify
from contactcenter.standins.twilio import Phone
from tests.stories.twilio_plots import queued_caller, wrapped_up
from tests.stories.twilio_process import ServerProcess, process_rig
from tests.stories.twilio_rig import PATIENCE_S, TEXTS, Rig, until

PACE = 2.0
ANSWER_S = 12.0
"""Twilio acts at once and answers long after the server is dead."""
REPORT_S = 15.0
"""Reports come when the look-up is over: they are not what tells."""


def _calls_to(on: Rig, number: str) -> list[str]:
    return [sid for sid, call in on.twilio.world.calls.items() if call.to == number]


async def _killed_before_the_answer(on: Rig, server: ServerProcess, taken: object) -> None:
    """Kill once the request was carried out (``taken`` says so) and before it is answered."""

    async def is_taken() -> bool:
        return bool(taken()) if callable(taken) else False

    await until(is_taken, "the request")
    await server.kill()
    on.twilio.faults.slow_s = 0


async def test_the_agent_s_telephone_rings_once_when_the_server_is_killed_before_the_answer(
    empty_store_url: str, tmp_path: Path
) -> None:
    async with process_rig(empty_store_url, tmp_path / "site", pace=PACE) as (on, server):
        on.twilio.phones[on.client] = Phone()
        caller = await queued_caller(on, "+447700900100")
        on.twilio.faults.slow_s, on.twilio.weather.slow_s = ANSWER_S, REPORT_S
        call = await on.accept()
        await _killed_before_the_answer(on, server, lambda: _calls_to(on, on.client))
        agent = await on.twilio.rings(on.client, PATIENCE_S)
        agent.answer()  # what happens now is reported to nobody
        await agent.is_in(f"room-{call}", PATIENCE_S)
        await server.start()
        on.twilio.weather.slow_s = 0
        await on.logged(call, "connected")
        caller.say("One voice?")
        await agent.hears("One voice?", PATIENCE_S)
        await on.asks(call, "hang-up", "leg_ended", "leg_ended")
        await wrapped_up(on, call)
        assert _calls_to(on, on.client) == [agent.sid]
        assert not (await verify(on.log_db)).differences


async def test_a_request_that_twilio_never_took_is_made_after_a_look(
    empty_store_url: str, tmp_path: Path
) -> None:
    """The claim was committed and nothing left: no call is found, so one is placed."""
    async with process_rig(empty_store_url, tmp_path / "site", pace=PACE) as (on, server):
        on.twilio.phones[on.client] = Phone(answers_after_s=0.2)
        await queued_caller(on, "+447700900100")
        reservation, call = await on.offer()
        await on.twilio.stop()
        await on.api("POST", f"/reservations/{reservation}/accept")

        async def tried() -> bool:
            return "leg_started" in [e.kind for e in await on.events(call)]

        await until(tried, "the agent's leg")
        await server.kill()
        await on.twilio.start(port=int(on.settings.twilio.api_base_url.rpartition(":")[2]))
        await server.start()
        await on.logged(call, "connected")
        assert len(_calls_to(on, on.client)) == 1
        await on.asks(call, "hang-up", "leg_ended", "leg_ended")
        await wrapped_up(on, call)


async def test_a_text_is_found_when_the_server_is_killed_before_the_answer(
    empty_store_url: str, tmp_path: Path
) -> None:
    number = "+447700900102"
    async with process_rig(empty_store_url, tmp_path / "site", pace=PACE) as (on, server):
        talk = await _texting(on, number)
        on.twilio.faults.slow_s, on.twilio.weather.slow_s = ANSWER_S, REPORT_S
        reply = await on.api("POST", f"/interactions/{talk}/messages", text="We look at it.")
        await _killed_before_the_answer(on, server, lambda: _texts(on, number, "We look at it."))
        await server.start()
        on.twilio.weather.slow_s = 0

        async def told() -> list[tuple[str, str]]:
            states = [e.data for e in await on.events(talk) if e.kind == "message_state"]
            ours = [one for one in states if one["message"] == reply["message"]]
            found = [(one["state"], one.get("code", "")) for one in ours]
            return found if "sent" in dict(found) else []

        said = await until(told, "what became of it")
        if empty_store_url.startswith("sqlite"):  # elsewhere the dead server's lease runs on, and
            assert said[:2] == [("in_doubt", ""), ("sent", "found")]  # the report comes first
        assert len(_texts(on, number, "We look at it.")) == 1
        await on.api("POST", f"/interactions/{talk}/wrap-up", disposition="solved", note="")


def _texts(on: Rig, number: str, body: str) -> list[str]:
    texts = on.twilio.world.messages.items()
    return [sid for sid, one in texts if one.to == number and one.body == body]


async def _texting(on: Rig, number: str) -> UUID:
    """A customer who texts and an agent who took it."""
    await on.twilio.text(number, TEXTS, "hello")
    await on.twilio.inbox(number, 1, PATIENCE_S)
    await on.twilio.text(number, TEXTS, "2")
    return await on.accept()
