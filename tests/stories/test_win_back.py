"""Win-back: 1,869 customers who left, by mail and by text; the server is killed meanwhile."""

from __future__ import annotations

import asyncio
import csv
import sqlite3
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.stories.demo_site import DemoSite, demo_site, end_standins, start_demo

CHURNED, ALL = 1869, 7043
"""The shape of the public telecom sample: so many rows, so many with ``Churn`` Yes."""
STOPS = 8
RULE = {"field": "attributes.Churn", "equals": "Yes"}


def _sample(file: Path) -> None:
    """A file of the sample's shape, made up."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["customerID", "name", "language", "tenure", "MonthlyCharges", "Churn"])
        for n in range(ALL):
            churned = "Yes" if n * CHURNED // ALL != (n + 1) * CHURNED // ALL else "No"
            language = "zh-CN" if n % 3 else "en"
            writer.writerow(
                [f"T{n:05d}", f"Name {n}", language, n % 72, f"{20 + n % 90}.5", churned]
            )


def _into_hours() -> timedelta:
    """From now to a time when marketing may be sent: next weekday, 10:00 UTC."""
    now = datetime.now(UTC)
    then = now.replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    while then.weekday() > 4:
        then += timedelta(days=1)
    return then - now


class Marketer:
    """The API as the marketer's page uses it."""

    def __init__(self, session: aiohttp.ClientSession, site: DemoSite) -> None:
        self._session = session
        self._site = site
        self._headers: dict[str, str] = {}

    async def sign_in(self, site: DemoSite) -> None:
        """At ``site``, which may be a restarted one."""
        self._site = site
        given = {"name": "mia", "password": site.password("mia")}
        self._headers = {}
        reply = await self.call("POST", "/session", given)
        self._headers = {"Authorization": f"Bearer {reply['token']}"}

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self._site.url}/api/v1{path}"
        async with self._session.request(method, url, json=body, headers=self._headers) as reply:
            content = await reply.json()
            assert reply.status < 300, content
            return content

    async def campaign(self) -> str:
        """Segment, two templates, campaign; its id."""
        segment = await self.call("POST", "/segments", {"name": "Left us", "rule": RULE})
        text = "{{ customer.name }}: come back to Nordwind and get a month free. STOP ends texts"
        zh = "{{ customer.name }}：欢迎回到北风电信，首月免费。回复“退订”停止接收"
        sms = await self.call(
            "POST",
            "/templates",
            {
                "name": "Win-back text",
                "channel": "sms",
                "bodies": [
                    {"language": "en", "text": text},
                    {"language": "zh-CN", "text": zh},
                ],
            },
        )
        mail = await self.call(
            "POST",
            "/templates",
            {
                "name": "Win-back mail",
                "channel": "email",
                "bodies": [
                    {"language": "en", "subject": "We miss you", "text": text},
                    {"language": "zh-CN", "subject": "我们想念您", "text": zh},
                ],
            },
        )
        made = await self.call(
            "POST",
            "/campaigns",
            {
                "name": "Win-back",
                "segment": segment["id"],
                "purpose": "marketing",
                "channels": [
                    {
                        "channel": "email",
                        "template": mail["id"],
                        "line": self._site.line("email"),
                        "share": 0.5,
                    },
                    {
                        "channel": "sms",
                        "template": sms["id"],
                        "line": self._site.line("sms"),
                        "share": 0.5,
                    },
                ],
            },
        )
        return str(made["id"])


async def _until(
    ask: Callable[[], Awaitable[Any]], is_so: Callable[[Any], bool], seconds: float
) -> Any:
    async with asyncio.timeout(seconds):
        while True:
            found = await ask()
            if is_so(found):
                return found
            await asyncio.sleep(0.1)


async def _import(site: DemoSite, file: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "contactcenter", "import", "customers", str(file),
        "--map", "customerID=external_id", "--fake-addresses", "7",
        "--database", f"sqlite:///{site.data / 'contactcenter.db'}",
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await asyncio.wait_for(process.wait(), 60) == 0


def _drop(site: DemoSite) -> tuple[Counter[str], Counter[str]]:
    """What reached people: mails and texts by recipient (campaign messages alone)."""
    folder = site.data / "standins"
    with sqlite3.connect(f"file:{folder / 'mail.db'}?mode=ro", uri=True) as rows:
        mails = Counter(row[0] for row in rows.execute("SELECT recipient FROM mail"))
    with sqlite3.connect(f"file:{folder / 'world.db'}?mode=ro", uri=True) as rows:
        texts = Counter(
            row[0]
            for row in rows.execute(
                "SELECT recipient FROM text WHERE direction = 'to_customer' "
                "AND (body LIKE '%month free%' OR body LIKE '%首月免费%')"
            )
        )
    return mails, texts


async def _stop(site: DemoSite, phone: str) -> None:
    url = f"{site.url.replace('http', 'ws')}/handset/ws"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, params={"address": phone}) as handset,
    ):
        stop = {"do": "sms", "number": site.line("sms"), "text": "STOP"}
        await handset.send_json(stop)
        async with asyncio.timeout(10):
            while (await handset.receive_json())["event"] != "sms":
                continue


@pytest.fixture
def customers_file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The real sample when it was given, else one of its shape."""
    folder: Path | None = request.config.getoption("--sample-data")
    if folder is not None:
        return folder / "telco_churn.csv.gz"
    file = tmp_path / "customers.csv"
    _sample(file)
    return file


@pytest.mark.timeout(300)
async def test_a_win_back_campaign_through_a_kill(tmp_path: Path, customers_file: Path) -> None:
    offset = _into_hours()
    data = tmp_path / "demo"
    now = {"CC_CLOCK_OFFSET": str(int(offset.total_seconds()))}
    later = {"CC_CLOCK_OFFSET": str(int((offset + timedelta(seconds=130)).total_seconds()))}
    try:
        async with aiohttp.ClientSession() as session:
            async with demo_site(data, environ=now) as site:
                await _import(site, customers_file)
                marketer = Marketer(session, site)
                await marketer.sign_in(site)
                campaign = await marketer.campaign()
                sample = (await marketer.call("GET", f"/campaigns/{campaign}/plan"))["audience"]
                assert sample == CHURNED
                stopped = await _some_stop(marketer, site, session)
                starts = datetime.now(UTC) + offset + timedelta(minutes=2)
                await marketer.call(
                    "POST", f"/campaigns/{campaign}/schedule", {"at": starts.isoformat()}
                )
            site = await start_demo(data, environ=later)
            await marketer.sign_in(site)

            async def state() -> Any:
                return await marketer.call("GET", f"/campaigns/{campaign}")

            def sent(info: Any) -> int:
                counts = info["counts"]
                return int(counts.get("sent", 0)) + int(counts.get("delivered", 0))

            await _until(state, lambda info: sent(info) > 200, 60)
            await site.kill()
            site = await start_demo(data, environ=later)
            await marketer.sign_in(site)
            done = await _until(state, lambda info: info["state"] == "finished", 120)
            doubts = await marketer.call(
                "GET", f"/campaigns/{campaign}/deliveries?outcome=in_doubt"
            )
            assert done["total"] == CHURNED
            _check(site, done, [one["address"] for one in doubts["items"]], stopped)
            assert await site.end() == 0
    finally:
        end_standins(data)


async def _some_stop(
    marketer: Marketer, site: DemoSite, session: aiohttp.ClientSession
) -> list[str]:
    """Some customers write STOP, about half of whom would have got a text; their numbers."""
    previewed = await marketer.call("POST", "/segments/preview", {"rule": RULE})
    assert previewed["count"] == CHURNED
    names = tuple(one["id"] for one in previewed["sample"][:STOPS])
    phones = []
    for key in names:
        card = await marketer.call("GET", f"/customers/{key}")
        phones.append(next(a["value"] for a in card["addresses"] if a["kind"] == "phone"))
    for phone in phones:
        await _stop(site, phone)
    return phones


def _check(site: DemoSite, done: Any, doubts: list[str], stopped: list[str]) -> None:
    """Nobody skipped without a reason, nobody twice."""
    mails, texts = _drop(site)
    assert max(mails.values()) == 1
    assert max(texts.values()) == 1
    assert not set(stopped) & texts.keys()
    skipped = int(done["counts"].get("skipped", 0))
    assert 0 < skipped <= len(stopped)
    assert skipped == int(done["reasons"].get("opted_out", 0))
    reached = mails.keys() | texts.keys()
    missing = CHURNED - skipped - len(reached)
    assert 0 <= missing <= len(doubts)
    assert len(doubts) <= 10
    assert abs(len(mails) - len(texts)) <= 1 + skipped + len(doubts)
