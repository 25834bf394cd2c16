"""Texts over Twilio: out, in, reports, refusals, and answers that got lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from contactcenter.channels.conformance.sms import OnceContract, SmsContract, TextCore
from contactcenter.channels.receiver import WebRequest
from contactcenter.channels.sms.base import SmsReceived, SmsReported
from contactcenter.channels.sms.twilio import SETTLE, TwilioSms, twilio_sms
from contactcenter.channels.voice.twilio_api import TwilioApi
from contactcenter.channels.voice.twilio_receiver import TwilioReceiver
from contactcenter.core.clock import Clock, SystemClock
from contactcenter.core.errors import Invalid, TransportError
from contactcenter.standins.twilio import Faults, Phone, Weather
from contactcenter.standins.twilio_webhooks import HookFailed
from tests.channels.voice.twilio_requests import signed_for
from tests.standins.twilio_site import CALLER, LINE, SECOND, Site, site


@dataclass
class Rig:
    """The contract's rig on the stand-in."""

    on: Site
    adapter: TwilioSms
    core: TextCore
    line: str = LINE
    number: str = CALLER

    async def text(self, body: str) -> None:
        await self.on.twilio.text(self.number, self.line, body)

    @property
    def inbox(self) -> list[str]:
        texts = self.on.twilio.world.messages.values()
        return [m.body for m in texts if m.to == self.number and m.status != "queued"]

    async def until(self, holds: Callable[[], bool]) -> None:
        await self.on.until(holds)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with site() as on:
        core = TextCore()
        await on.sms.stop()
        await on.sms.start(core.sink)
        yield Rig(on, on.sms, core)


class TestTwilioSms(SmsContract, OnceContract):
    """The contract; within one process the adapter knows its keys."""


async def send(on: Site, key: str = "key", text: str = "Hello", to: str = CALLER) -> str:
    return (await on.sms.send(key, line=LINE, to=to, text=text)).provider_ref


async def reports(on: Site) -> list[SmsReported]:
    await on.twilio.settled()
    return [event for event in on.core.texts if isinstance(event, SmsReported)]


async def test_each_state_is_reported_once_with_our_key() -> None:
    weather = Weather(duplicate_reports=True, reorder_reports=2, seed=5)
    async with site(weather=weather) as on:
        sid = await send(on)
        await on.twilio.inbox(CALLER)
        seen = await reports(on)
        assert {(r.state, r.message_key, r.provider_ref) for r in seen} == {
            ("sent", "key", sid),
            ("delivered", "key", sid),
        }
        assert {r.event_id for r in seen} == {f"{sid}:sent", f"{sid}:delivered"}


@pytest.mark.parametrize(
    ("code", "state"), [("30003", "failed"), ("30005", "rejected"), ("30007", "rejected")]
)
async def test_a_failure_carries_twilio_s_code(code: str, state: str) -> None:
    async with site() as on:
        on.twilio.phones[CALLER] = Phone(text_error=code)
        await send(on)
        await on.until(lambda: len(on.core.texts) == 2)
        failed = (await reports(on))[-1]
        assert (failed.state, failed.code) == (state, code)


async def test_a_text_that_comes_in_twice_has_one_id() -> None:
    async with site(weather=Weather(duplicate_documents=True, lose_replies=1)) as on:
        message = await on.twilio.text(CALLER, SECOND, "你好 & hello")
        (received,) = on.core.texts
        assert isinstance(received, SmsReceived)
        assert (received.event_id, received.line) == (message.sid, SECOND)
        assert received.text == "你好 & hello"
        assert on.twilio.hooks.mismatches == []


async def test_a_core_that_fails_is_asked_again_under_the_same_id() -> None:
    async with site() as on:
        failures = iter([True, False])
        taken: list[str] = []

        async def sink(event: object) -> None:
            if next(failures):
                raise TransportError("the disk is full", permanent=False)
            taken.append(getattr(event, "event_id", ""))

        await on.sms.stop()
        await on.sms.start(sink)
        message = await on.twilio.text(CALLER, LINE, "hello")
        assert taken == [message.sid]
        statuses = [sent.status for sent in on.twilio.hooks.log]
        assert statuses == [500, 200]
        assert len({sent.token for sent in on.twilio.hooks.log}) == 1


async def test_after_stop_twilio_refuses_with_21610() -> None:
    async with site() as on:
        await on.twilio.text(CALLER, LINE, "stop")
        with pytest.raises(TransportError) as caught:
            await send(on)
        assert (caught.value.permanent, caught.value.reply_code) == (True, "21610")
        await on.twilio.text(CALLER, LINE, "START")
        await send(on)


@pytest.mark.parametrize(
    ("to", "text", "code"),
    [("+1", "x", "21211"), (CALLER, "", "21602"), (CALLER, "x" * 1601, "21617")],
)
async def test_what_can_never_be_sent_is_permanent(to: str, text: str, code: str) -> None:
    async with site() as on:
        with pytest.raises(TransportError) as caught:
            await send(on, text=text, to=to)
        assert (caught.value.permanent, caught.value.unknown) == (True, False)
        assert caught.value.reply_code == code


async def test_only_lines_of_the_account_send() -> None:
    async with site() as on:
        with pytest.raises(Invalid):
            await on.sms.send("key", line="+15559999999", to=CALLER, text="x")


async def test_slow_down_is_waited_for_and_sends_once() -> None:
    async with site(faults=Faults(busy=1)) as on:
        await send(on)
        assert len(on.twilio.world.messages) == 1


async def test_a_lost_answer_is_in_doubt_and_then_found() -> None:
    async with site(faults=Faults(lost=1)) as on:
        with pytest.raises(TransportError) as caught:
            await send(on)
        assert (caught.value.permanent, caught.value.unknown) == (False, True)
        (message,) = on.twilio.world.messages.values()
        found = await on.sms.look_up("key")
        assert found is not None
        assert found.provider_ref == message.sid
        assert len([r for r in on.twilio.face.requests if r[0] == "POST"]) == 1


async def test_a_report_resolves_a_lost_answer_without_looking() -> None:
    async with site(faults=Faults(lost=1)) as on:
        with pytest.raises(TransportError):
            await send(on)
        await on.until(lambda: on.core.texts)
        before = len(on.twilio.face.requests)
        assert await on.sms.look_up("key") is not None
        assert len(on.twilio.face.requests) == before


class Ahead:
    """The system's clock, moved forward by a test."""

    def __init__(self) -> None:
        self.clock: Clock = SystemClock()

    def now(self) -> datetime:
        return self.clock.now()

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)


async def test_a_request_that_never_arrived_is_missing_only_after_a_while() -> None:
    async with site(faults=Faults(broken=1)) as on:
        clock = Ahead()
        api = TwilioApi(on.account, clock)
        sms = TwilioSms(on.account, api, TwilioReceiver(on.account))
        await sms.start(on.core.sms_sink)
        with pytest.raises(TransportError) as caught:
            await sms.send("key", line=LINE, to=CALLER, text="Hello")
        assert caught.value.unknown
        with pytest.raises(TransportError) as caught:
            await sms.look_up("key")
        assert caught.value.unknown
        clock.clock = SystemClock(SETTLE * 2)
        assert await sms.look_up("key") is None
        await sms.stop()


async def test_after_a_restart_the_caller_s_own_record_finds_it() -> None:
    async with site() as on:
        began = datetime.now(UTC)
        sid = await send(on, text="Your bill is ready")
        fresh = TwilioSms(on.account, on.api, TwilioReceiver(on.account))
        await fresh.start(on.core.sms_sink)
        assert await fresh.look_up("key") is None
        details = {"line": LINE, "to": CALLER, "since": began}
        found = await fresh.look_up("key", text="Your bill is ready", **details)  # type: ignore[arg-type]
        assert found is not None
        assert found.provider_ref == sid
        with pytest.raises(TransportError):
            await fresh.look_up("other", text="Something else", **details)  # type: ignore[arg-type]
        await fresh.stop()


async def test_twins_are_not_told_apart_by_guessing() -> None:
    async with site() as on:
        began = datetime.now(UTC)
        await send(on, "first")
        await send(on, "second")
        fresh = TwilioSms(on.account, on.api, TwilioReceiver(on.account))
        await fresh.start(on.core.sms_sink)
        with pytest.raises(TransportError) as caught:
            await fresh.look_up("first", line=LINE, to=CALLER, text="Hello", since=began)
        assert caught.value.unknown
        await fresh.stop()


async def test_what_another_key_owns_is_not_ours() -> None:
    async with site() as on:
        await send(on, "first")
        on.twilio.faults.broken = 1
        with pytest.raises(TransportError):
            await send(on, "second")
        with pytest.raises(TransportError) as caught:
            await on.sms.look_up("second")
        assert "under way" in caught.value.message


async def test_wrong_credentials_are_ours_to_mend() -> None:
    async with site() as on:
        wrong = replace(on.account, auth_tokens=("not-the-token",))
        sms, _ = twilio_sms(wrong, SystemClock())
        await sms.start(on.core.sms_sink)
        with pytest.raises(TransportError) as caught:
            await sms.send("key", line=LINE, to=CALLER, text="x")
        assert (caught.value.permanent, caught.value.reply_code) == (False, "20003")
        await sms.stop()


@pytest.mark.parametrize(
    ("kind", "query", "form"),
    [
        ("sms", {}, {"From": CALLER, "Body": "x"}),
        ("sms", {}, {"MessageSid": "SM1", "Body": "x"}),
        ("sms-status", {"key": "k"}, {"MessageSid": "SM1"}),
        ("sms-status", {}, {"MessageSid": "SM1", "MessageStatus": "sent"}),
    ],
)
async def test_a_genuine_report_that_lacks_something_is_a_400(
    kind: str, query: dict[str, str], form: dict[str, str]
) -> None:
    async with site() as on:
        url = on.account.webhook(kind, LINE, **query)  # type: ignore[arg-type]
        reply = await on.receiver.handle(signed_for(on.account, url, form))
        assert reply.status == 400
        assert not on.core.texts


async def test_states_that_are_no_news_make_no_event() -> None:
    async with site() as on:
        url = on.account.webhook("sms-status", LINE, key="k")
        for state in ("accepted", "queued", "sending", "receiving", "a-new-one"):
            form = {"MessageSid": "SM1", "MessageStatus": state}
            reply = await on.receiver.handle(signed_for(on.account, url, form))
            assert (reply.status, reply.content_type) == (200, "text/xml; charset=utf-8")
        assert not on.core.texts


async def test_while_stopped_nothing_is_acknowledged() -> None:
    async with site() as on:
        await on.sms.stop()
        with pytest.raises(HookFailed):
            await on.twilio.text(CALLER, LINE, "anyone there?")
        unsigned = WebRequest("POST", f"/webhooks/twilio/sms/{LINE}", {}, b"Body=x")
        assert (await on.receiver.handle(unsigned)).status == 403
        await on.sms.start(on.core.sms_sink)
