"""Signing in and out over the API: tokens, cookies, CSRF, limits, headers, problems."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest
from sqlalchemy import select, update

from contactcenter.core.access import tokens
from contactcenter.core.access.tables import access_token, account, audit
from contactcenter.core.db import Tx
from contactcenter.web.ports import Services
from tests.web.parts import API, PASSWORD, Client, People, bearer, problem, token_for

HERE = {"Sec-Fetch-Site": "same-origin"}


async def sign_in(
    client: Client, name: str = "agent", password: str = PASSWORD, **headers: str
) -> Any:
    body = {"name": name, "password": password}
    return await client.post(f"{API}/session", json=body, headers=headers)


async def test_signs_in_and_tells_who(client: Client, people: People) -> None:
    reply = await sign_in(client)
    body = await reply.json()
    assert body["account"] == {
        "id": str(people["agent"]),
        "name": "agent",
        "display_name": "Agent",
        "role": "agent",
        "language": "en",
    }
    cookie = reply.cookies["cc_session"]
    assert cookie.value == body["token"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    session = await (await client.get(f"{API}/session")).json()
    assert session["account"] == body["account"]
    assert session["csrf"] == body["csrf"]
    assert session["dispositions"][0] == {"code": "solved", "text": "Solved"}
    assert {line["channel"] for line in session["lines"]} == {"voice", "sms", "email"}


async def test_only_the_digest_of_a_token_is_stored(client: Client, services: Services) -> None:
    token = await token_for(client, "agent")
    rows = await services.db.read(lambda tx: tx.all(select(access_token)))
    assert [row.digest for row in rows] == [tokens.digest_of(token)]
    assert token not in repr(rows)


@pytest.mark.parametrize(("name", "password"), [("agent", "wrong"), ("nobody", PASSWORD)])
async def test_says_not_which_of_the_two_was_wrong(
    client: Client, name: str, password: str
) -> None:
    body = await problem(await sign_in(client, name, password), 401, "wrong_credentials")
    assert body["detail"] == "name or password is wrong"


async def test_an_account_switched_off_cannot_sign_in(client: Client, services: Services) -> None:
    await services.db.write(lambda tx: tx.execute(update(account).values(active=False)).rowcount)
    await problem(await sign_in(client), 401, "wrong_credentials")


async def test_too_many_failures_are_refused_for_that_name_only(client: Client) -> None:
    for _ in range(10):
        await problem(await sign_in(client, password="guess"), 401, "wrong_credentials")
    reply = await sign_in(client)
    await problem(reply, 429, "too_many_requests")
    assert 1 <= int(reply.headers["Retry-After"]) <= 60
    assert (await sign_in(client, "supervisor")).status == 200


async def test_signing_out_ends_the_token(client: Client) -> None:
    headers = await bearer(client, "agent")
    assert (await client.delete(f"{API}/session", headers=headers)).status == 204
    reply = await client.get(f"{API}/session", headers=headers)
    await problem(reply, 401, "not_signed_in")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


async def test_a_session_ends_by_itself(client: Client, services: Services) -> None:
    headers = await bearer(client, "agent")

    def past(tx: Tx) -> None:
        tx.execute(update(access_token).values(ends_at=tx.now))

    await services.db.write(past)
    await problem(await client.get(f"{API}/session", headers=headers), 401, "not_signed_in")


async def test_the_query_carries_no_token(client: Client) -> None:
    token = await token_for(client, "agent")
    reply = await client.get(f"{API}/session", params={"access_token": token})
    await problem(reply, 401, "not_signed_in")


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer ", "nonsense"])
async def test_another_scheme_is_refused(client: Client, header: str) -> None:
    reply = await client.get(f"{API}/session", headers={"Authorization": header})
    await problem(reply, 401, "not_signed_in")


class TestCookies:
    async def test_an_unsafe_request_needs_the_csrf_value(self, client: Client) -> None:
        csrf = (await (await sign_in(client)).json())["csrf"]
        await problem(await client.delete(f"{API}/session", headers=HERE), 403, "csrf")
        wrong = HERE | {"X-CSRF-Token": csrf[:-1] + ("A" if csrf[-1] != "A" else "B")}
        await problem(await client.delete(f"{API}/session", headers=wrong), 403, "csrf")
        right = HERE | {"X-CSRF-Token": csrf}
        assert (await client.delete(f"{API}/session", headers=right)).status == 204

    async def test_the_value_of_another_sign_in_does_not_do(self, client: Client) -> None:
        other = (await (await sign_in(client)).json())["csrf"]
        await sign_in(client)
        reply = await client.delete(f"{API}/session", headers={"X-CSRF-Token": other})
        await problem(reply, 403, "csrf")

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
        ],
    )
    async def test_another_site_is_refused(self, client: Client, headers: dict[str, str]) -> None:
        csrf = (await (await sign_in(client)).json())["csrf"]
        reply = await client.delete(f"{API}/session", headers=headers | {"X-CSRF-Token": csrf})
        await problem(reply, 403, "cross_site")
        await problem(await sign_in(client, **headers), 403, "cross_site")

    async def test_our_own_origin_is_taken(self, client: Client) -> None:
        origin = f"http://{client.host}:{client.port}"
        assert (await sign_in(client, Origin=origin)).status == 200


class TestBehindHttps:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"public_url": "https://desk.example.org"}

    async def test_cookies_are_secure_and_the_public_origin_is_ours(self, client: Client) -> None:
        reply = await sign_in(client, Origin="https://desk.example.org")
        assert reply.status == 200
        assert reply.cookies["cc_session"]["secure"]
        assert reply.headers["Strict-Transport-Security"].startswith("max-age=")


@pytest.mark.parametrize(
    ("body", "content_type", "where"),
    [
        ("{", "application/json", "body"),
        ("[]", "application/json", "body"),
        ('{"name": "agent"}', "application/json", "body.password"),
        ('{"name": "", "password": "x"}', "application/json", "body.name"),
        ('{"name": "a", "password": "x", "admin": 1}', "application/json", "body.admin"),
        ('{"name": 5, "password": "x"}', "application/json", "body.name"),
        (b'{"name": "\xff", "password": "x"}', "application/json", "body"),
    ],
)
async def test_a_malformed_body_says_where_and_what(
    client: Client, body: str | bytes, content_type: str, where: str
) -> None:
    reply = await client.post(f"{API}/session", data=body, headers={"Content-Type": content_type})
    found = await problem(reply, 400, "malformed_request")
    assert found["errors"][0]["where"].rstrip(".") == where
    assert found["errors"][0]["what"]


async def test_another_media_type_is_refused(client: Client) -> None:
    await problem(await client.post(f"{API}/session", data={"name": "a"}), 400, "malformed_request")


async def test_a_body_too_large_is_refused(client: Client) -> None:
    body = io.BytesIO(b'{"name": "a", "password": "%s"}' % (b"x" * 1_100_000))
    headers = {"Content-Type": "application/json"}
    reply = await client.post(f"{API}/session", data=body, headers=headers)
    await problem(reply, 413, "body_too_large")


async def test_unknown_paths_and_methods_are_problems_too(client: Client) -> None:
    await problem(await client.get(f"{API}/nothing"), 404, "not_found")
    reply = await client.patch(f"{API}/session")
    await problem(reply, 405, "method_not_allowed")
    assert "GET" in reply.headers["Allow"]


async def test_an_unknown_query_is_named(client: Client) -> None:
    headers = await bearer(client, "agent")
    reply = await client.get(f"{API}/session?colour=red", headers=headers)
    body = await problem(reply, 400, "malformed_request")
    assert "colour" in body["detail"]


async def test_every_reply_has_its_headers(client: Client) -> None:
    reply = await client.get("/healthz", headers={"X-Request-Id": "my-request-1"})
    assert reply.headers["X-Request-Id"] == "my-request-1"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    reply = await client.get("/healthz", headers={"X-Request-Id": "bad id\t!"})
    assert reply.headers["X-Request-Id"] != "bad id\t!"


async def test_a_fault_of_ours_tells_only_its_id(
    client: Client, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*args: Any) -> None:
        raise RuntimeError("the secret 4711")

    monkeypatch.setattr(services.access, "sign_in", broken)
    body = await problem(await sign_in(client), 500, "internal")
    assert "4711" not in str(body)


async def test_sign_ins_are_audited(client: Client, services: Services, people: People) -> None:
    await client.delete(f"{API}/session", headers=await bearer(client, "agent"))
    rows = await services.db.read(
        lambda tx: tx.all(
            select(audit.c.action).where(audit.c.actor == f"account:{people['agent']}")
        )
    )
    assert [row.action for row in rows] == ["signed_in", "token_revoked"]


async def test_sign_ins_at_once_all_succeed(client: Client) -> None:
    replies = await asyncio.gather(*(sign_in(client) for _ in range(8)))
    assert {reply.status for reply in replies} == {200}
