"""A site on the Twilio stand-in: adapters, a web server for their webhooks, a scripted core."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace

from aiohttp import web

from contactcenter.channels.receiver import WebRequest
from contactcenter.channels.sms.base import SmsEvent
from contactcenter.channels.sms.twilio import TwilioSms
from contactcenter.channels.voice.base import LegOffered, VoiceEvent
from contactcenter.channels.voice.steps import Hangup, Step
from contactcenter.channels.voice.twilio import TwilioVoice
from contactcenter.channels.voice.twilio_account import TwilioAccount
from contactcenter.channels.voice.twilio_api import TwilioApi
from contactcenter.channels.voice.twilio_receiver import TwilioReceiver
from contactcenter.core.clock import SystemClock
from contactcenter.standins.twilio import Faults, Number, TwilioStandin, Weather

LINE = "+15550001111"
SECOND = "+15550002222"
CALLER = "+15557770000"
SID = "AC" + "a" * 32
TOKEN = "token-of-the-account"

Script = Callable[[VoiceEvent], Sequence[Step] | None]


@dataclass
class Core:
    """Remembers each event with its answer, as the product's receipts do."""

    script: Script = lambda event: [Hangup()] if isinstance(event, LegOffered) else None
    events: list[VoiceEvent] = field(default_factory=list)
    texts: list[SmsEvent] = field(default_factory=list)
    receipts: dict[str, Sequence[Step] | None] = field(default_factory=dict)
    repeated: int = 0
    carrier: list[bool] = field(default_factory=list)
    failures: int = 0

    async def sink(self, event: VoiceEvent) -> Sequence[Step] | None:
        if self.failures > 0:
            self.failures -= 1
            raise RuntimeError("the core is not well")
        if event.event_id in self.receipts:
            self.repeated += 1
            return self.receipts[event.event_id]
        self.events.append(event)
        answer = self.receipts[event.event_id] = self.script(event)
        return answer

    async def sms_sink(self, event: SmsEvent) -> None:
        if all(known.event_id != event.event_id for known in self.texts):
            self.texts.append(event)

    async def on_carrier(self, up: bool) -> None:
        self.carrier.append(up)

    def kinds(self, leg: str = "") -> list[str]:
        return [type(e).__name__ for e in self.events if not leg or e.leg == leg]

    def of(self, kind: type[VoiceEvent]) -> list[VoiceEvent]:
        return [event for event in self.events if isinstance(event, kind)]

    def normalised(self) -> set[tuple[str, ...]]:
        """The events without what differs from run to run: ids renumbered, times dropped."""
        legs: dict[str, str] = {}
        found = set()
        for event in self.events:
            fields = asdict(event)
            for name in ("event_id", "at", "order", "op_id", "media", "recording", "seconds"):
                fields.pop(name, None)
            fields["leg"] = legs.setdefault(event.leg, f"leg{len(legs)}")
            found.add((type(event).__name__, *(f"{k}={v}" for k, v in fields.items())))
        return found


@dataclass
class Site:
    """Everything of one running site."""

    twilio: TwilioStandin
    account: TwilioAccount
    voice: TwilioVoice
    sms: TwilioSms
    receiver: TwilioReceiver
    core: Core
    api: TwilioApi

    async def until(self, what: Callable[[], object], timeout: float = 5.0) -> None:
        async with asyncio.timeout(timeout):
            while not what():  # noqa: ASYNC110 - the core tells nobody, it only remembers
                await asyncio.sleep(0.005)

    async def happens(self, kind: type[VoiceEvent], leg: str = "", count: int = 1) -> VoiceEvent:
        """Wait for the ``count``-th event of that kind (on that leg) and return it."""

        def seen() -> list[VoiceEvent]:
            return [e for e in self.core.of(kind) if not leg or e.leg == leg]

        await self.until(lambda: len(seen()) >= count)
        return seen()[count - 1]


@asynccontextmanager
async def site(
    script: Script | None = None,
    *,
    pace: float = 0.05,
    weather: Weather | None = None,
    faults: Faults | None = None,
    calls_per_second: float | None = None,
    paced: float | None = None,
    request_timeout_s: float = 2.0,
) -> AsyncIterator[Site]:
    """``paced`` is the adapter's own pacing, ``calls_per_second`` the stand-in's."""
    core = Core(script) if script else Core()
    runner = None
    async with TwilioStandin(
        SID, TOKEN, pace=pace, weather=weather, faults=faults, calls_per_second=calls_per_second
    ) as twilio:
        account = TwilioAccount(
            account_sid=SID,
            auth_tokens=(TOKEN, "the-old-token"),
            public_base_url="http://127.0.0.1:1",
            lines=(LINE, SECOND),
            api_base_url=twilio.url,
            calls_per_second=paced,
            request_timeout_s=request_timeout_s,
        )
        app = web.Application()
        runner = web.AppRunner(app, access_log=None)
        places: dict[str, TwilioReceiver] = {}

        async def take(request: web.Request) -> web.Response:
            reply = await places["receiver"].handle(
                WebRequest(
                    request.method,
                    request.raw_path,
                    dict(request.headers),
                    await request.read(),
                )
            )
            kind = reply.content_type.partition(";")[0]
            return web.Response(status=reply.status, body=reply.body, content_type=kind)

        app.router.add_route("*", "/{tail:.*}", take)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = "http://{}:{}".format(*runner.addresses[0][:2])
        account = replace(account, public_base_url=base)
        receiver = places["receiver"] = TwilioReceiver(account)
        api = TwilioApi(account, SystemClock())
        voice = TwilioVoice(account, api, receiver)
        sms = TwilioSms(account, api, receiver)
        for line in account.lines:
            twilio.numbers[line] = Number(
                account.webhook("voice", line),
                account.webhook("status", line),
                account.webhook("sms", line),
                account.webhook("fallback", line),
            )
        await voice.start(core.sink, core.on_carrier)
        await sms.start(core.sms_sink)
        try:
            yield Site(twilio, account, voice, sms, receiver, core, api)
        finally:
            # Nobody may still be connecting when the server goes: it would not close that one.
            await twilio.exchange.stop()
            await twilio.settled()
            await voice.stop()
            await sms.stop()
            await runner.cleanup()
