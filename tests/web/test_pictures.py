"""Topics that are a picture of now: read on a wake-up, sent when different, no faster than said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from contactcenter.core.db import Tx
from contactcenter.core.errors import NotFound
from contactcenter.web import app as app_module
from contactcenter.web.live.polled import Picture
from contactcenter.web.operation import MARKETERS
from contactcenter.web.ports import Services
from tests.web.parts import Client, People
from tests.web.test_live import browser


class Board:
    """Counters that tests change."""

    def __init__(self) -> None:
        self.counts = {"spring": 0}
        self.looks = 0

    def read(self, tx: Tx, part: str) -> dict[str, int]:
        self.looks += 1
        if part not in self.counts:
            raise NotFound(f"no campaign {part}")
        return {"sent": self.counts[part]}


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
async def client(
    services: Services, people: People, board: Board, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Client]:
    picture = Picture(
        "board", "campaign", MARKETERS, ("boards",), board.read, gap_s=0.3, poll_s=30.0
    )
    monkeypatch.setattr(app_module, "all_pictures", lambda: [picture])
    async with TestClient(TestServer(app_module.build(services))) as each:
        yield each


async def change(services: Services, board: Board, count: int | None) -> None:
    """Set the counter, or delete it, and wake who looks at it."""
    if count is None:
        board.counts.clear()
    else:
        board.counts["spring"] = count
    await services.db.write(lambda tx: tx.wake("boards"))


async def test_a_change_is_sent_and_no_change_is_not(
    client: Client, services: Services, board: Board
) -> None:
    page = await browser(client, "marketer")
    await page.hello("board:spring")
    first = await page.next("snapshot")
    assert (first["topic"], first["data"]) == ("board:spring", {"sent": 0})
    await asyncio.sleep(0.5)
    await change(services, board, 0)
    await change(services, board, 5)
    frame = await page.next("campaign", lambda frame: frame["data"]["sent"] == 5)
    assert frame["topic"] == "board:spring"
    told = [each["data"]["sent"] for each in page.heard if each["type"] == "campaign"]
    assert told.count(0) <= 1


async def test_frames_keep_their_distance(client: Client, services: Services, board: Board) -> None:
    page = await browser(client, "marketer")
    await page.hello("board:spring")
    await page.next("snapshot")
    began, looks = time.monotonic(), board.looks
    while time.monotonic() - began < 1.2:
        await change(services, board, board.counts["spring"] + 1)
        await asyncio.sleep(0.01)
    assert board.looks - looks <= 6
    await page.next("campaign", lambda frame: frame["data"]["sent"] == board.counts["spring"])


async def test_two_pages_share_one_look(client: Client, services: Services, board: Board) -> None:
    pages = [await browser(client, "marketer") for _ in range(3)]
    for page in pages:
        await page.hello("board:spring")
        await page.next("snapshot")
    await asyncio.sleep(0.5)
    looks = board.looks
    await change(services, board, 7)
    frames = [
        await page.next("campaign", lambda frame: frame["data"]["sent"] == 7) for page in pages
    ]
    assert len({frame["n"] for frame in frames}) == 1
    assert board.looks == looks + 1


async def test_nobody_looks_when_nobody_listens(
    client: Client, services: Services, board: Board
) -> None:
    page = await browser(client, "marketer")
    await page.hello("board:spring")
    await page.next("snapshot")
    await page.ws.close()
    await asyncio.sleep(0.4)
    looks = board.looks
    await change(services, board, 9)
    await asyncio.sleep(0.4)
    assert board.looks == looks


async def test_an_unknown_part_and_a_wrong_role(client: Client) -> None:
    page = await browser(client, "marketer")
    await page.hello("board:autumn")
    assert (await page.next("problem"))["code"] == "not_found"
    page = await browser(client, "supervisor")
    await page.hello("board:spring")
    assert (await page.next("problem"))["code"] == "denied"


async def test_what_is_deleted_is_shown_no_more_and_harms_nothing(
    client: Client, services: Services, board: Board, caplog: Any
) -> None:
    page = await browser(client, "marketer")
    await page.hello("board:spring")
    await page.next("snapshot")
    await change(services, board, None)
    await asyncio.sleep(0.5)
    await change(services, board, 3)
    await page.next("campaign", lambda frame: frame["data"]["sent"] == 3)
    assert "failed" not in caplog.text
