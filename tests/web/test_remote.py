"""Whose failed sign-ins are counted behind a proxy, and whose word is taken for it."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

import pytest

from tests.web.parts import API, PASSWORD, Client

PROXY = [ip_network("127.0.0.0/8"), ip_network("::1"), ip_network("10.1.0.0/16")]
SIGN_INS = 3


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    return {"trusted_proxies": getattr(request, "param", PROXY), "sign_in_per_min": SIGN_INS}


async def wrong(client: Client, forwarded: str) -> int:
    """The status of a sign-in with a wrong password."""
    body = {"name": "agent", "password": "a guess"}
    headers = {"X-Forwarded-For": forwarded}
    reply = await client.post(f"{API}/session", json=body, headers=headers)
    return int(reply.status)


async def test_failures_count_for_the_address_the_proxy_names(client: Client) -> None:
    for _ in range(SIGN_INS):
        assert await wrong(client, "198.51.100.7") == 401
    assert await wrong(client, "198.51.100.7") == 429
    assert await wrong(client, "198.51.100.8") == 401


async def test_what_the_caller_wrote_left_of_it_counts_nothing(client: Client) -> None:
    for n in range(SIGN_INS):
        assert await wrong(client, f"192.0.2.{n}, 198.51.100.7") == 401
    assert await wrong(client, "192.0.2.99, 198.51.100.7") == 429


async def test_a_chain_of_trusted_proxies_is_walked(client: Client) -> None:
    for n in range(SIGN_INS):
        assert await wrong(client, f"2001:db8::7, 10.1.0.{n}") == 401
    assert await wrong(client, "2001:db8::7 , 10.1.2.3, ::ffff:10.1.9.9") == 429


@pytest.mark.parametrize("forwarded", ["", "unknown", "198.51.100.7, _hidden", ",,"])
async def test_a_header_that_says_nothing_counts_for_the_proxy(
    client: Client, forwarded: str
) -> None:
    for _ in range(SIGN_INS):
        assert await wrong(client, forwarded) == 401
    assert await wrong(client, "") == 429


@pytest.mark.parametrize("settings", [()], indirect=True)
async def test_nobody_is_believed_who_is_not_named_in_the_settings(client: Client) -> None:
    for n in range(SIGN_INS):
        assert await wrong(client, f"192.0.2.{n}") == 401
    assert await wrong(client, "192.0.2.99") == 429


async def test_the_form_counts_alike(client: Client) -> None:
    form = {"name": "agent", "password": "a guess"}
    headers = {"X-Forwarded-For": "198.51.100.7"}
    for _ in range(SIGN_INS):
        assert (await client.post("/sign-in", data=form, headers=headers)).status == 401
    assert (await client.post("/sign-in", data=form, headers=headers)).status == 429
    form["password"] = PASSWORD
    headers = {"X-Forwarded-For": "198.51.100.8"}
    reply = await client.post("/sign-in", data=form, headers=headers, allow_redirects=False)
    assert reply.status == 303
