"""The mail drop: stored before 250, counted by Message-ID, read over HTTP, and writing back."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiosmtplib
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from contactcenter.channels.email import mime
from contactcenter.channels.email.compose import Letter, Unsubscribe
from contactcenter.channels.email.smtp_server import Received, SmtpServer
from contactcenter.core.errors import Unsupported
from contactcenter.standins.maildrop import MailDrop
from contactcenter.standins.maildrop_http import maildrop_routes
from contactcenter.standins.maildrop_post import MailRefused
from contactcenter.standins.maildrop_store import MaildropStore

pytestmark = pytest.mark.mail

ANNA = "anna@customer.example"


def letter(key: str = "k1", to: str = ANNA, subject: str = "Ihr Vertrag – 合同") -> bytes:
    return Letter(
        from_addr="support@shop.example",
        from_name="客服",
        to=to,
        subject=subject,
        text="Good day",
        html="<p>Good <b>day</b></p>",
        message_id=f"{key}@shop.example",
        date=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
        reply_to="support+token@shop.example",
        list_unsubscribe=Unsubscribe("https://shop.example/u/k1"),
    ).to_bytes()


async def send(drop: MailDrop, raw: bytes, *to: str) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=drop.port, start_tls=False) as client:
        await client.sendmail("bounce@shop.example", list(to or (ANNA,)), raw)


@pytest.fixture
async def drop(tmp_path: Path) -> AsyncIterator[MailDrop]:
    maildrop = MailDrop(tmp_path / "drop.db")
    await maildrop.start()
    yield maildrop
    await maildrop.stop()


async def test_mailboxes(drop: MailDrop) -> None:
    arrived: list[str] = []
    drop.on_mail = arrived.append
    await send(drop, letter("k1"), ANNA, "Bob@Customer.example")
    await send(drop, letter("k2"))
    first, second = drop.mailbox("Anna@customer.example")
    assert (first.subject, first.sender, first.recipient) == (
        "Ihr Vertrag – 合同", "support@shop.example", ANNA,
    )  # fmt: skip
    assert first.text == "Good day"
    assert "<b>day</b>" in first.html
    assert int(first.id) < int(second.id)
    assert len(drop.mailbox("bob@customer.example")) == 1
    assert drop.mailbox("eve@customer.example") == []
    assert arrived == [ANNA, "bob@customer.example", ANNA]


async def test_doubles_are_counted(drop: MailDrop) -> None:
    for key in ("k1", "k2", "k2", "k3"):
        await send(drop, letter(key))
    assert [drop.count(key) for key in ("k1", "k2", "k3", "k4")] == [1, 2, 1, 0]
    assert drop.doubled() == {"k2@shop.example": 2}
    assert drop.store.total() == 4
    assert len(drop.store.by_message_id("k2@shop.example")) == 2


async def test_an_address_can_be_made_to_refuse(drop: MailDrop) -> None:
    drop.refuse[ANNA] = "550 5.1.1 moved away"
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as caught:
        await send(drop, letter())
    assert caught.value.recipients[0].code == 550
    assert drop.store.total() == 0


async def test_over_http(drop: MailDrop) -> None:
    app = web.Application()
    app.add_routes(maildrop_routes(drop))
    raw = letter()
    async with TestClient(TestServer(app)) as client:
        await send(drop, raw)
        await send(drop, raw)
        found = await (await client.get(f"/maildrop/{ANNA}")).json()
        assert found["address"] == ANNA
        mail = found["mails"][0]
        assert mail["message_id"] == "k1@shop.example"
        assert mail["reply_to"] == ["support+token@shop.example"]
        assert mail["from_name"] == "客服"
        assert mail["headers"]["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
        counts = await (await client.get("/maildrop")).json()
        assert counts == {"messages": 2, "distinct": 1, "doubled": {"k1@shop.example": 2}}
        every = await (await client.get("/maildrop?all")).json()
        assert every["recipients"] == {ANNA: 2}
        one = await (await client.get("/maildrop?message_key=k1")).json()
        assert one["count"] == 2
        assert await (await client.get(f"/maildrop/{ANNA}/{mail['id']}")).read() == raw
        assert (await client.get(f"/maildrop/eve@x.example/{mail['id']}")).status == 404
        assert (await client.get(f"/maildrop/{ANNA}/999")).status == 404


class Taking:
    def __init__(self) -> None:
        self.mails: list[Received] = []

    def refusal(self, address: str) -> str | None:
        return None if address.endswith("@shop.example") else "550 5.1.1 unknown"

    async def take(self, mail: Received) -> str | None:
        self.mails.append(mail)
        return None


async def test_a_customer_writes_and_answers(drop: MailDrop) -> None:
    taking = Taking()
    server = SmtpServer(taking)
    await server.start("127.0.0.1")
    drop.server = ("127.0.0.1", server.port)
    await drop.send(sender=ANNA, recipient="support@shop.example", subject="账单", body="你好")
    await send(drop, letter("k7", subject="Re: 账单"))
    await drop.send(sender=ANNA, recipient="support@shop.example", subject="Re: 账单", body="谢谢")
    await drop.send(sender=ANNA, recipient="support@shop.example", subject="Re: other", body="?")
    await server.stop()
    first, answer, other = (mime.parse(mail.raw) for mail in taking.mails)
    assert (first.subject, first.text, first.in_reply_to) == ("账单", "你好", ())
    assert taking.mails[0].mail_from == ANNA
    assert taking.mails[1].rcpt_to == ("support+token@shop.example",)
    assert answer.in_reply_to == ("k7@shop.example",)
    assert answer.new_text == "谢谢"
    assert "> Good day" in answer.text
    assert other.in_reply_to == ()


async def test_a_refused_customer_is_told(drop: MailDrop) -> None:
    with pytest.raises(Unsupported):
        await drop.send(sender=ANNA, recipient="x@shop.example", subject="s", body="b")
    server = SmtpServer(Taking())
    await server.start("127.0.0.1")
    drop.server = ("127.0.0.1", server.port)
    with pytest.raises(MailRefused, match="550"):
        await drop.send(sender=ANNA, recipient="x@elsewhere.example", subject="s", body="b")
    await server.stop()
    drop.patience_s = 0.1
    with pytest.raises(MailRefused, match="does not answer"):
        await drop.send(sender=ANNA, recipient="x@shop.example", subject="s", body="b")


async def test_a_mail_is_tried_again_while_the_server_is_away(drop: MailDrop) -> None:
    taking = Taking()
    server = SmtpServer(taking)
    await server.start("127.0.0.1")
    port = server.port
    drop.server = ("127.0.0.1", port)
    await server.stop()
    sending = asyncio.create_task(
        drop.send(sender=ANNA, recipient="x@shop.example", subject="s", body="b")
    )
    await asyncio.sleep(0.1)
    await server.start("127.0.0.1", port)
    await sending
    await server.stop()
    assert len(taking.mails) == 1


_PROGRAM = """
import asyncio, pathlib, sys
from contactcenter.standins.maildrop import MailDrop

async def main():
    drop = MailDrop(pathlib.Path(sys.argv[1]))
    await drop.start()
    print(drop.port, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_what_was_answered_with_250_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "drop.db"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROGRAM, str(path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    confirmed: list[str] = []
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
        for number in range(20):
            await client.sendmail("b@shop.example", [ANNA], letter(f"k{number}"))
            confirmed.append(f"k{number}@shop.example")
        process.kill()
    await asyncio.wait_for(process.wait(), 10)
    store = MaildropStore(path)
    assert store.counts() == dict.fromkeys(confirmed, 1)
    store.close()


def test_a_mail_is_stored_for_all_or_for_none(tmp_path: Path) -> None:
    store = MaildropStore(tmp_path / "drop.db")
    at = datetime(2026, 1, 5, tzinfo=UTC)
    with pytest.raises(Exception, match="NOT NULL"):
        store.add(["a@x.example", "b@x.example"], None, "m", b"raw", at)  # type: ignore[arg-type]
    assert store.total() == 0
    store.add(["a@x.example", "b@x.example"], "", "m", b"raw", at)
    assert store.total() == 2
    found = store.one(1)
    assert found is not None
    assert json.dumps([found.recipient, found.at.isoformat()]) == (
        '["a@x.example", "2026-01-05T00:00:00+00:00"]'
    )
    store.close()
