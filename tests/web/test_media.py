"""Recordings for the carrier: signed addresses, ranges, types, and nothing for strangers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from contactcenter.core.blobs import Blobs, DatabaseBlobs, FileBlobs, key_of
from contactcenter.core.secrets import Secrets
from contactcenter.web.app import build
from contactcenter.web.media import PURPOSE, type_of
from contactcenter.web.ports import Services
from tests.web.parts import Client, problem

WAVE = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(range(100))


@pytest.fixture
def blobs(services: Services, tmp_path: Path) -> Blobs:
    if services.db.store == "sqlite":
        return FileBlobs(tmp_path / "blobs")
    return DatabaseBlobs(services.db)


@pytest.fixture
async def client(services: Services, blobs: Blobs) -> AsyncIterator[Client]:
    app = build(replace(services, extras={"blobs": blobs}))
    async with TestClient(TestServer(app)) as each:
        yield each


@pytest.fixture
async def address(services: Services, blobs: Blobs) -> str:
    """The address of a stored prompt."""
    return f"/media/{services.secrets.sign(PURPOSE, await blobs.put(WAVE))}"


async def test_the_carrier_gets_the_sound_with_its_type(client: Client, address: str) -> None:
    reply = await client.get(address)
    assert (reply.status, await reply.read()) == (200, WAVE)
    assert reply.headers["Content-Type"] == "audio/wav"
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    again = await client.get(address, headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status, await again.read()) == (304, b"")


async def test_head_says_how_much_there_is(client: Client, address: str) -> None:
    reply = await client.head(address)
    assert (reply.status, await reply.read()) == (200, b"")
    assert reply.headers["Content-Length"] == str(len(WAVE))


@pytest.mark.parametrize(
    ("asked", "first", "end"),
    [("bytes=0-9", 0, 10), ("bytes=10-", 10, len(WAVE)), ("bytes=-5", len(WAVE) - 5, len(WAVE)),
     ("bytes=100-9999", 100, len(WAVE)), ("bytes=-9999", 0, len(WAVE)), ("bytes=3-3", 3, 4)],
)  # fmt: skip
async def test_a_part_is_given_as_asked(
    asked: str, first: int, end: int, client: Client, address: str
) -> None:
    reply = await client.get(address, headers={"Range": asked})
    assert (reply.status, await reply.read()) == (206, WAVE[first:end])
    assert reply.headers["Content-Range"] == f"bytes {first}-{end - 1}/{len(WAVE)}"


@pytest.mark.parametrize("asked", ["bytes=9999-", "bytes=-0"])
async def test_a_part_outside_is_refused_with_the_length(
    asked: str, client: Client, address: str
) -> None:
    reply = await client.get(address, headers={"Range": asked})
    assert reply.status == 416
    assert reply.headers["Content-Range"] == f"bytes */{len(WAVE)}"


@pytest.mark.parametrize(
    "asked",
    ["bytes=5-2", "bytes=0-1,3-4", "pages=1-2", "bytes=a-b", "bytes=-", "bytes", "bytes=²-"],
)
async def test_what_is_no_single_range_gets_the_whole(
    asked: str, client: Client, address: str
) -> None:
    reply = await client.get(address, headers={"Range": asked})
    assert (reply.status, await reply.read()) == (200, WAVE)


async def test_a_part_of_another_version_is_the_whole(client: Client, address: str) -> None:
    reply = await client.get(address, headers={"Range": "bytes=0-1", "If-Range": '"older"'})
    assert (reply.status, await reply.read()) == (200, WAVE)


async def test_a_key_alone_opens_nothing(
    client: Client, blobs: Blobs, services: Services, address: str
) -> None:
    """Mails lie in the same store, and whoever has one knows its SHA-256."""
    mail = await blobs.put(b"From: a@b.test\r\n\r\nprivate")
    others = Secrets(["o" * 40])
    for token in (
        mail, key_of(WAVE), others.sign(PURPOSE, mail), services.secrets.sign("reset", mail),
        address.rpartition("/")[2][:-2], "x", "%00", "é",
    ):  # fmt: skip
        await problem(await client.get(f"/media/{token}"), 404, "not_found")


async def test_a_recording_that_is_gone_is_not_found(
    client: Client, blobs: Blobs, address: str
) -> None:
    await blobs.drop(key_of(WAVE))
    await problem(await client.get(address), 404, "not_found")


async def test_a_signed_name_that_is_no_key_reaches_no_file(
    client: Client, services: Services
) -> None:
    token = services.secrets.sign(PURPOSE, "../../secret.key")
    await problem(await client.get(f"/media/{token}"), 404, "not_found")


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"ID3\x04", "audio/mpeg"), (b"\xff\xfb\x90", "audio/mpeg"), (b"OggS", "audio/ogg"),
     (b"fLaC", "audio/flac"), (b"FORM\x00\x00\x00\x00AIFF", "audio/aiff"), (b".snd", "audio/basic"),
     (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"), (b"<html>", "application/octet-stream"),
     (b"", "application/octet-stream"), (b"\xff", "application/octet-stream")],
)  # fmt: skip
def test_the_type_is_read_from_the_sound_itself(content: bytes, kind: str) -> None:
    assert type_of(content) == kind
