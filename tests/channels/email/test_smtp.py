"""The pool: kept connections, honest outcomes, one bad recipient affects that recipient only."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest

from contactcenter.channels.email.smtp import SmtpPool, SmtpRelay
from contactcenter.channels.email.smtp_server import Received, SmtpServer
from contactcenter.core.errors import Invalid, TransportError
from contactcenter.standins.maildrop import MailDrop
from tests.channels.email.conftest import ScriptedRelay

RAW = b"Subject: x\r\nMessage-ID: <k1@shop.example>\r\n\r\n.leading dot\r\nlast\r\n"

pytestmark = pytest.mark.mail


def pool_to(port: int, **changes: Any) -> SmtpPool:
    given: dict[str, Any] = {"host": "127.0.0.1", "port": port, "tls": "none"}
    return SmtpPool(SmtpRelay(**{**given, **changes}))


async def send(pool: SmtpPool, to: str = "anna@customer.example", raw: bytes = RAW) -> Any:
    return await pool.send("k1", mail_from="bounce@shop.example", rcpt_to=to, raw=raw)


async def test_a_mail_arrives_as_it_was(relay: ScriptedRelay) -> None:
    pool = pool_to(relay.port)
    handed = await send(pool)
    await pool.stop()
    assert handed.provider_ref == "Q000000"
    assert handed.reply.startswith("250 ")
    assert relay.mails == [RAW.replace(b"\r\n.leading", b"\r\n..leading")]
    assert f"MAIL FROM:<bounce@shop.example> SIZE={len(RAW)}" in relay.commands
    assert relay.commands[-1] == "QUIT"


async def test_connections_are_kept_and_counted(relay: ScriptedRelay) -> None:
    pool = pool_to(relay.port, connections=3)
    relay.delay_s = 0.01
    await asyncio.gather(*(send(pool) for _ in range(30)))
    assert len(relay.mails) == 30
    assert relay.connections == 3
    assert relay.most_open == 3
    await pool.stop()


async def test_a_connection_retires_after_its_share(relay: ScriptedRelay) -> None:
    pool = pool_to(relay.port, messages_per_connection=2)
    for _ in range(5):
        await send(pool)
    await pool.stop()
    assert relay.connections == 3
    assert relay.commands.count("QUIT") == 3


async def test_a_kept_connection_the_relay_closed_is_made_good(relay: ScriptedRelay) -> None:
    pool = pool_to(relay.port)
    await send(pool)
    relay.hang_up()
    await asyncio.sleep(0.05)
    await send(pool)
    await pool.stop()
    assert len(relay.mails) == 2
    assert relay.connections == 2


@pytest.mark.parametrize("word", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("how", ["drop", "421 4.3.2 shutting down"])
async def test_lost_before_the_message_is_tried_once_more(
    relay: ScriptedRelay, word: str, how: str
) -> None:
    pool = pool_to(relay.port)
    await send(pool)
    relay.answers[word] = [how]
    await send(pool)
    assert len(relay.mails) == 2
    relay.answers[word] = [how, how]
    with pytest.raises(TransportError) as caught:
        await send(pool)
    assert (caught.value.permanent, caught.value.unknown) == (False, False)
    assert len(relay.mails) == 2
    await pool.stop()


@pytest.mark.parametrize("how", ["drop", "take-and-drop"])
async def test_lost_after_the_message_is_unknown_and_never_repeated(
    relay: ScriptedRelay, how: str
) -> None:
    pool = pool_to(relay.port)
    await send(pool)
    relay.answers["."] = [how]
    with pytest.raises(TransportError) as caught:
        await send(pool)
    assert (caught.value.permanent, caught.value.unknown) == (False, True)
    assert len(relay.mails) == (1 if how == "drop" else 2)
    await send(pool)  # and the pool goes on
    await pool.stop()


async def test_no_reply_to_the_message_is_unknown(relay: ScriptedRelay) -> None:
    pool = pool_to(relay.port, data_timeout_s=0.2)
    relay.delay_s = 1.0
    with pytest.raises(TransportError) as caught:
        await send(pool)
    assert caught.value.unknown
    await pool.stop()


@pytest.mark.parametrize(
    ("word", "reply", "permanent", "code"),
    [
        ("MAIL", "550 5.7.1 sender not allowed", True, "550 5.7.1"),
        ("RCPT", "550 5.1.1 no such user", True, "550 5.1.1"),
        ("RCPT", "450 4.2.1 try later", False, "450 4.2.1"),
        ("RCPT", "452 full", False, "452"),
        ("DATA", "554 5.7.0 no", True, "554 5.7.0"),
        (".", "554 5.6.0 content refused", True, "554 5.6.0"),
        (".", "451 4.3.0 not now", False, "451 4.3.0"),
        (".", "421 4.3.2 closing", False, "421 4.3.2"),
    ],
)
async def test_replies_become_outcomes(
    relay: ScriptedRelay, word: str, reply: str, permanent: bool, code: str
) -> None:
    pool = pool_to(relay.port)
    relay.answers[word] = [reply]
    with pytest.raises(TransportError) as caught:
        await send(pool)
    error = caught.value
    assert (error.permanent, error.unknown, error.reply_code) == (permanent, False, code)
    assert error.details["reply"] == reply[4:]
    assert "anna" not in str(error)
    await send(pool)
    assert len(relay.mails) == 1
    assert relay.connections == (2 if reply.startswith("421") else 1)
    await pool.stop()


@pytest.mark.parametrize("reply", ["554 5.7.1 go away", "421 busy", "drop"])
async def test_a_refused_greeting_is_not_the_message_s_fault(
    relay: ScriptedRelay, reply: str
) -> None:
    pool = pool_to(relay.port)
    relay.answers["HELLO"] = [reply]
    with pytest.raises(TransportError) as caught:
        await send(pool)
    assert (caught.value.permanent, caught.value.unknown) == (False, False)
    await send(pool)
    await pool.stop()


async def test_nobody_listens() -> None:
    pool = pool_to(1, connect_timeout_s=2.0)
    with pytest.raises(TransportError, match="no connection") as caught:
        await send(pool)
    assert (caught.value.permanent, caught.value.unknown) == (False, False)
    await pool.stop()


async def test_one_bad_recipient_affects_that_recipient_only(drop: MailDrop) -> None:
    drop.refuse["gone@customer.example"] = "550 5.1.1 unknown"
    pool = pool_to(drop.port, connections=4)
    people = [f"c{n}@customer.example" for n in range(40)]
    people[7] = "gone@customer.example"
    results = await asyncio.gather(*(send(pool, to) for to in people), return_exceptions=True)
    await pool.stop()
    failed = [n for n, result in enumerate(results) if isinstance(result, BaseException)]
    assert failed == [7]
    assert drop.store.total() == 39
    assert all(len(drop.mailbox(to)) == 1 for to in people if "gone" not in to)


@pytest.mark.parametrize("address", ["a b@x.example\r\nRCPT TO:<eve@x.example>", "ü@x.example"])
async def test_an_envelope_that_can_not_be_sent_is_refused(
    relay: ScriptedRelay, address: str
) -> None:
    pool = pool_to(relay.port)
    with pytest.raises(TransportError) as caught:
        await send(pool, address)
    assert caught.value.permanent
    await send(pool)
    assert len(relay.mails) == 1
    assert not any("eve" in command for command in relay.commands)
    await pool.stop()


async def test_a_cancelled_hand_over_does_not_poison_the_pool(relay: ScriptedRelay) -> None:
    pool = pool_to(relay.port, connections=1)
    relay.delay_s = 0.3
    task = asyncio.create_task(send(pool))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    relay.delay_s = 0.0
    handed = await send(pool, raw=b"Subject: second\r\n\r\nx\r\n")
    assert handed.provider_ref
    assert relay.mails[-1].startswith(b"Subject: second")
    await pool.stop()


async def test_a_stopped_pool_sends_nothing(relay: ScriptedRelay) -> None:
    pool = pool_to(relay.port)
    await pool.stop()
    with pytest.raises(TransportError, match="stopped"):
        await send(pool)


@pytest.mark.parametrize(
    "changes",
    [
        {"host": "mail.example", "tls": "none"},
        {"host": "mail.example", "tls": "opportunistic", "username": "u", "password": "p"},
        {"host": ""},
        {"connections": 0},
    ],
)
def test_an_unsafe_setting_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        pool_to(25, **changes)


class Taking:
    """A receiver that keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[Received] = []

    def refusal(self, address: str) -> str | None:
        return None

    async def take(self, mail: Received) -> str | None:
        self.mails.append(mail)
        return None


async def test_tls_is_required_and_its_certificate_checked(
    server_tls: ssl.SSLContext, certificate: Path
) -> None:
    taking = Taking()
    secure, plain = SmtpServer(taking, tls=server_tls), SmtpServer(taking)
    await secure.start("127.0.0.1")
    await plain.start("127.0.0.1")
    trusted = pool_to(secure.port, tls="require", ca_file=str(certificate))
    await send(trusted)
    await send(trusted)
    assert len(taking.mails) == 2
    for untrusted in (pool_to(secure.port, tls="require"), pool_to(plain.port, tls="require")):
        with pytest.raises(TransportError) as caught:
            await send(untrusted)
        assert not caught.value.permanent
        await untrusted.stop()
    assert len(taking.mails) == 2
    for port in (secure.port, plain.port):
        opportunistic = pool_to(port, tls="opportunistic")
        await send(opportunistic)
        await opportunistic.stop()
    assert len(taking.mails) == 4
    await trusted.stop()
    await secure.stop()
    await plain.stop()


def test_port_465_is_tls_from_the_first_octet() -> None:
    assert SmtpRelay(host="x.example", port=465).is_implicit
    assert SmtpRelay(host="x.example", port=465).start_tls is False
    assert SmtpRelay(host="x.example").start_tls is True
    assert SmtpRelay(host="x.example", tls="opportunistic").start_tls is None
