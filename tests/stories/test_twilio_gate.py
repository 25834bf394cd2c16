"""Twilio's door through the real web server: who does not sign is turned away without a trace."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import yarl
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from contactcenter.crm.tables import customer
from contactcenter.handling.tables import inbound_receipt
from tests.stories.twilio_plots import talking, wrapped_up
from tests.stories.twilio_rig import TEXTS, TOKEN, VOICE, Rig, rig

CALLER = "+447700900100"
FORM = "application/x-www-form-urlencoded"
OLD, NEW, OLDER = "the-token-before", TOKEN, "a-token-long-gone"


def _call(to: str = VOICE) -> dict[str, str]:
    return {
        "AccountSid": "AC" + "5" * 32, "CallSid": "CA" + "6" * 32, "CallStatus": "ringing",
        "Direction": "inbound", "From": CALLER, "To": to,
    }  # fmt: skip


async def _post(
    on: Rig, url: str, body: bytes, headers: Mapping[str, str], method: str = "POST"
) -> tuple[int, Any]:
    exact = yarl.URL(url, encoded=True)
    async with (
        aiohttp.ClientSession() as stranger,
        stranger.request(method, exact, data=body, headers=headers) as reply,
    ):
        is_json = reply.content_type.endswith("json")
        return reply.status, await reply.json() if is_json else await reply.text()


def _signed(url: str, params: Mapping[str, str], token: str = TOKEN) -> dict[str, str]:
    signature = RequestValidator(token).compute_signature(url, dict(params))
    return {"Content-Type": FORM, "X-Twilio-Signature": signature}


async def _kept(on: Rig) -> tuple[int, int, int]:
    """How many (interactions, customers, receipts) there are."""
    count = [select(func.count()).select_from(table) for table in (customer, inbound_receipt)]
    customers, receipts = [await on.log_db.read(lambda tx, c=c: tx.scalar(c)) for c in count]  # type: ignore[misc]
    return len(await on.interactions()), customers, receipts


async def test_what_is_not_twilios_is_refused_and_leaves_nothing(
    store_url: str, tmp_path: Path
) -> None:
    async with rig(store_url, tmp_path) as on:
        url = on.twilio.numbers[VOICE].voice_url
        call, right = _call(), _signed(on.twilio.numbers[VOICE].voice_url, _call())
        body = urlencode(call).encode()
        changed = urlencode(call | {"From": "+447700900999"}).encode()
        elsewhere = _signed(url.replace("127.0.0.1", "contactcenter.test"), call)
        wrong = [
            (body, {"Content-Type": FORM}),
            (body, right | {"X-Twilio-Signature": ""}),
            (body, right | {"X-Twilio-Signature": "AAAA" + right["X-Twilio-Signature"][4:]}),
            (body, right | {"X-Twilio-Signature": "签名".encode().decode("latin-1")}),
            (body, _signed(url, call, "another-account's-token")),
            (body, elsewhere),
            (body, elsewhere | {"Host": "contactcenter.test", "X-Forwarded-Host": "x.test"}),
            (changed, right),
            (b"", right),
            (b'{"CallSid": "CA1"}', {"Content-Type": "application/json"} | right
             | {"Content-Type": "application/json"}),
        ]  # fmt: skip
        for given, headers in wrong:
            status, said = await _post(on, url, given, headers)
            assert (status, said["code"]) == (403, "signature"), headers
        status, said = await _post(on, url + "?do=next&op=x", body, right)
        assert (status, said["code"]) == (403, "signature")  # the query is signed too
        assert await _kept(on) == (0, 0, 0)
        assert (await _post(on, url, body, right))[0] == 200
        assert await _kept(on) == (1, 1, 1)


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"CallSid", FORM, 400, "malformed_body"),
        (b"From=%FF%FE", FORM, 400, "malformed_body"),
        ("From=电话".encode(), FORM, 400, "malformed_body"),
        (b"From=" + b"9" * 300_000, FORM, 413, "body_too_large"),
    ],
)
async def test_a_body_that_can_not_be_read_is_400_with_problem_details(
    body: bytes, kind: str, status: int, code: str, sqlite_url: str, tmp_path: Path
) -> None:
    async with rig(sqlite_url, tmp_path) as on:
        url = on.twilio.numbers[VOICE].voice_url
        headers = {"Content-Type": kind, "X-Twilio-Signature": "c2lnbmVk"}
        got, said = await _post(on, url, body, headers)
        assert (got, said["code"]) == (status, code)
        assert said["title"]
        assert said["status"] == status
        assert await _kept(on) == (0, 0, 0)


async def test_signed_requests_that_make_no_sense_are_refused_and_leave_nothing(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with rig(sqlite_url, tmp_path) as on:
        base = f"{on.settings.url}/webhooks/twilio"
        nameless = {k: v for k, v in _call().items() if k != "CallSid"}
        cases: list[tuple[str, Mapping[str, str], int, str]] = [
            (f"{base}/voice/{VOICE}", nameless, 400, "malformed_body"),
            (f"{base}/voice/{VOICE}?do=fly", _call(), 400, "malformed_query"),
            (f"{base}/voice/{VOICE}?do=next", _call(), 400, "malformed_query"),
            (f"{base}/wait/{VOICE}?every=soon", _call(), 400, "malformed_query"),
            (f"{base}/voice/+15550009999", _call("+15550009999"), 404, "unknown_line"),
            (f"{base}/secrets/{VOICE}", _call(), 404, "not_found"),
            (f"{base}/sms/{TEXTS}", {"From": CALLER}, 400, "malformed_body"),
            (f"{base}/sms-status/{TEXTS}",
             {"MessageSid": "SM" + "1" * 32, "MessageStatus": "sent"}, 400, "malformed_query"),
            (f"{base}/status/{VOICE}", _call() | {"CallStatus": "busy", "Direction": "outbound",
             "Timestamp": "Sun, 22 Nov 2026 10:00:00 +0000", "SequenceNumber": "-1"},
             400, "malformed_body"),
        ]  # fmt: skip
        for url, params, status, code in cases:
            body = urlencode(params).encode()
            got, said = await _post(on, url, body, _signed(url, params))
            assert (got, said["code"]) == (status, code), url
        for method in ("GET", "PUT", "DELETE"):
            url = f"{base}/voice/{VOICE}"
            status, _ = await _post(on, url, b"", _signed(url, {}), method)
            assert status == 405
        assert await _kept(on) == (0, 0, 0)


async def test_both_tokens_are_good_while_one_replaces_the_other(
    sqlite_url: str, tmp_path: Path
) -> None:
    """Twilio signs with the old token until the new one is made the first, in the middle of a
    call; our requests are signed with the new one."""
    async with rig(sqlite_url, tmp_path, previous_auth_token=OLD) as on:
        on.twilio.hooks.token = OLD
        caller, call = await talking(on, CALLER)
        on.twilio.hooks.token = NEW
        await on.asks(call, "hold", "held")
        on.twilio.hooks.token = OLDER
        url = on.twilio.numbers[VOICE].voice_url
        body = urlencode(_call()).encode()
        assert (await _post(on, url, body, _signed(url, _call(), OLDER)))[0] == 403
        on.twilio.hooks.token = NEW
        await on.asks(call, "hang-up", "leg_ended", "leg_ended")
        assert await caller.ended(10) == "completed"
        await wrapped_up(on, call)
        signed = [path for _, path, _ in on.twilio.face.requests]
        assert signed  # the stand-in takes requests of the new token only
        assert {sent.status for sent in on.twilio.hooks.log} == {200}
