"""What the doctor asks of Twilio, against a small account on loopback and against the stand-in."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from contactcenter.app.doctor_twilio import Said, ask
from contactcenter.core.settings import Settings, load
from contactcenter.standins.twilio import TwilioStandin

SID, TOKEN = "AC" + "d" * 32, "the-token"
SITE = "https://cc.example.org"
NUMBER = "+15550100001"


def settings(api: str, token: str = TOKEN) -> Settings:
    line = {"address": NUMBER, "provider": "twilio", "name": "Main"}
    return load(
        environ={},
        overrides={
            "lines": [{**line, "channel": "voice"}, {**line, "channel": "sms"}],
            "twilio": {"account_sid": SID, "auth_token": token, "api_base_url": api},
            "public_url": SITE,
        },
    )


async def asked(given: Settings) -> list[Said]:
    return [said async for said in ask(given, given.lines)]


@pytest.fixture
async def account() -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """Its address and its numbers."""
    numbers: list[dict[str, Any]] = []

    async def listing(request: web.Request) -> web.Response:
        if (
            request.headers["Authorization"]
            != f"Basic {b64encode(f'{SID}:{TOKEN}'.encode()).decode()}"
        ):
            return web.json_response({"code": 20003}, status=401)
        return web.json_response({"incoming_phone_numbers": numbers})

    app = web.Application()
    app.router.add_get(f"/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers.json", listing)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/"), numbers


async def test_numbers_that_call_us_are_well(
    account: tuple[str, list[dict[str, Any]]],
) -> None:
    api, numbers = account
    at = f"{SITE}/webhooks/twilio"
    numbers.append(
        {"phone_number": NUMBER, "voice_url": f"{at}/voice/{NUMBER}#rc=2&rp=all",
         "sms_url": f"{at}/sms/{NUMBER}"}
    )  # fmt: skip
    assert [said.state for said in await asked(settings(api))] == ["ok", "ok", "ok"]


async def test_a_number_that_calls_another_says_what_to_enter(
    account: tuple[str, list[dict[str, Any]]],
) -> None:
    api, numbers = account
    numbers.append({"phone_number": NUMBER, "voice_url": "https://demo.twilio.com", "sms_url": ""})
    _, voice, sms = await asked(settings(api))
    assert (voice.state, sms.state) == ("fault", "fault")
    assert "https://demo.twilio.com" in voice.text
    assert f"'A call comes in' to {SITE}/webhooks/twilio/voice/{NUMBER} (POST)" in voice.hint
    assert "nobody" in sms.text


async def test_a_number_of_somebody_else_is_a_fault(
    account: tuple[str, list[dict[str, Any]]],
) -> None:
    found = await asked(settings(account[0]))
    assert {said.text for said in found[1:]} == {"is no number of this account"}


async def test_a_wrong_token_is_told_and_never_shown(
    account: tuple[str, list[dict[str, Any]]],
) -> None:
    (said,) = await asked(settings(account[0], token="wrong-and-secret"))
    assert (said.state, said.text) == ("fault", "refuses the auth token")
    assert "wrong-and-secret" not in repr(said)


async def test_nobody_there_is_a_fault_and_not_an_exception(unused_tcp_port: int) -> None:
    (said,) = await asked(settings(f"http://127.0.0.1:{unused_tcp_port}"))
    assert said.state == "fault"
    assert "does not answer" in said.text


async def test_a_host_that_lists_no_numbers_is_worth_a_note() -> None:
    async with TwilioStandin(SID, TOKEN) as twilio:
        (said,) = await asked(settings(twilio.url))
    assert said.state == "note"
