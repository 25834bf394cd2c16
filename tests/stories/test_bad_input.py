"""Wrong input at every door: a precise answer, and nothing else is lost."""

from __future__ import annotations

import asyncio
import json
import smtplib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.stories.demo_site import DemoSite, demo_site

NOBODY = "+447700900998"


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DemoSite]:
    async with demo_site(tmp_path_factory.mktemp("bad") / "demo") as found:
        yield found


async def _token(site: DemoSite, session: aiohttp.ClientSession, name: str) -> dict[str, str]:
    given = {"name": name, "password": site.password(name)}
    async with session.post(f"{site.url}/api/v1/session", json=given) as reply:
        assert reply.status == 200
        return {"Authorization": f"Bearer {(await reply.json())['token']}"}


async def _run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "contactcenter",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(stdin.encode()), 60)
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_malformed_body_is_400_with_problem_details(site: DemoSite) -> None:
    async with aiohttp.ClientSession() as session:
        headers = await _token(site, session, "anna") | {"Content-Type": "application/json"}
        for body, word in ((b"{", "body"), (b'{"state": "asleep"}', "state"), (b"[]", "body")):
            async with session.put(
                f"{site.url}/api/v1/agents/me/state", data=body, headers=headers
            ) as reply:
                problem = await reply.json()
                assert reply.status == 400
                assert reply.content_type == "application/problem+json"
                assert word in json.dumps(problem)
                assert problem["request_id"]


async def test_wrong_rights_are_refused(site: DemoSite) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{site.url}/api/v1/customers") as reply:
            assert reply.status == 401
        marketer = await _token(site, session, "mia")
        async with session.get(f"{site.url}/api/v1/floor", headers=marketer) as reply:
            assert reply.status == 403


async def test_an_unknown_number_is_greeted_and_logged(site: DemoSite) -> None:
    commands = f"call {site.line('voice')}\nwait 2\nhangup\n"
    code, out, _ = await _run(
        "handset", "--url", site.url, "--from", NOBODY, "--json", stdin=commands
    )
    events = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert any(event["event"] == "prompt" for event in events)
    async with aiohttp.ClientSession() as session:
        headers = await _token(site, session, "sofia")
        url = f"{site.url}/api/v1/customers"
        async with session.get(url, params={"address": NOBODY}, headers=headers) as reply:
            found = (await reply.json())["items"]
        assert [one["is_new"] for one in found] == [True]
        async with session.get(f"{url}/{found[0]['id']}/timeline", headers=headers) as reply:
            items = (await reply.json())["items"]
        assert [one["interaction"]["channel"] for one in items] == ["voice"]


async def test_a_mail_of_30_mb_is_refused_at_smtp_level(site: DemoSite) -> None:
    host, _, port = str(site.ready["mail_smtp"]).partition(":")
    body = b"Subject: large\r\n\r\n" + (b"x" * 998 + b"\r\n") * 31_000

    def send(declare: bool) -> int:
        with smtplib.SMTP(host, int(port), timeout=30) as client:
            client.ehlo()
            options = [f"SIZE={len(body)}"] if declare else []
            code, _ = client.mail("customer2@mail.test", options)
            if code == 250:
                client.rcpt(site.line("email"))
                code, _ = client.data(body)
            return code

    assert await asyncio.to_thread(send, True) == 552
    assert await asyncio.to_thread(send, False) == 552


async def test_a_menu_with_a_silent_loop_is_refused_with_its_line(tmp_path: Path) -> None:
    menu = tmp_path / "loop.yaml"
    menu.write_text(
        "menu: loop\nlanguages: [en]\nstart: a\nfallback: end\nnodes:\n"
        "  a:\n    branch:\n      - else: b\n"
        "  b:\n    branch:\n      - else: a\n"
        "  end:\n    hang_up: {en: Goodbye}\n"
    )
    code, _, err = await _run("menu", "check", str(menu))
    assert code == 1
    assert "loop.yaml:6" in err
    assert "speaks nothing" in err


async def test_a_csv_with_a_broken_row_imports_the_rest(site: DemoSite, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        "id,name,phone,plan\nX1,Ann,+447700900990,Fibre\nX2,Bob,12,Fibre\nX3,Cid\nX4,Dora,,Mobile\n"
    )
    database = f"sqlite:///{site.data / 'contactcenter.db'}"
    code, out, err = await _run(
        "import", "customers", str(file), "--map", "id=external_id", "--database", database
    )
    assert code == 1
    assert "2 created" in out
    assert "2 rows were left out" in err
    errors = file.with_name("people.csv.errors.csv").read_text().splitlines()
    assert errors[0] == "row,column,reason"
    assert [line.split(",")[:2] for line in errors[1:]][:2] == [["3", "phone"], ["4", "phone"]]


@pytest.mark.parametrize(
    "arguments", [["nothing"], ["demo", "--port", "many"], ["import", "customers"]]
)
async def test_wrong_use_is_2(arguments: list[str]) -> None:
    code, out, err = await _run(*arguments)
    assert (code, out) == (2, "")
    assert "usage:" in err


async def test_a_second_server_over_the_same_file_is_refused(site: DemoSite) -> None:
    code, _, err = await _run(
        "serve", "--database", f"sqlite:///{site.data / 'contactcenter.db'}", "--port", "0"
    )
    assert code == 1
    assert "another server uses" in err
    assert "hint:" in err


async def test_several_workers_need_postgresql(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'x.db'}"
    code, _, err = await _run("serve", "--database", database, "--workers", "2")
    assert code == 1
    assert "one server process" in err
