"""The listener: stored before 250, limits said at SMTP level, nothing lost when a sink fails."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
import tracemalloc
from collections.abc import AsyncIterator

import pytest

from contactcenter.channels.email.base import MailTaken
from contactcenter.channels.email.listener import SmtpListener
from contactcenter.channels.email.smtp_server import MIB, ServerLimits
from contactcenter.core.clock import SystemClock
from tests.channels.email.conftest import Sink

pytestmark = pytest.mark.mail

LINES = ["support@shop.example", "sales@other.example"]
RAW = b"From: anna@customer.example\r\nSubject: x\r\n\r\nHello\r\n"


@pytest.fixture
async def listener(sink: Sink) -> AsyncIterator[SmtpListener]:
    taking = SmtpListener(LINES, clock=SystemClock(), port=0)
    await taking.start(sink)
    yield taking
    await taking.stop()


class Wire:
    """A hand-typed SMTP session."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, port: int, *, greet: bool = True) -> Wire:
        wire = cls(*await asyncio.open_connection("127.0.0.1", port))
        if greet:
            assert (await wire.reply()).startswith("220")
            assert (await wire.say("EHLO test")).startswith("250")
        return wire

    async def reply(self) -> str:
        while True:
            line = (await asyncio.wait_for(self.reader.readline(), 10)).decode()
            if line[3:4] != "-":
                return line.strip()

    async def say(self, command: str) -> str:
        self.writer.write(command.encode() + b"\r\n")
        return await self.reply()

    async def envelope(self, to: str = LINES[0], sender: str = "anna@customer.example") -> None:
        assert (await self.say(f"MAIL FROM:<{sender}>")).startswith("250")
        assert (await self.say(f"RCPT TO:<{to}>")).startswith("250")
        assert (await self.say("DATA")).startswith("354")

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


async def deliver(port: int, raw: bytes, *, to: str = LINES[0], sender: str = "a@c.example") -> str:
    wire = await Wire.open(port)
    await wire.envelope(to, sender)
    wire.writer.write(raw + b".\r\n")
    reply = await wire.reply()
    await wire.close()
    return reply


async def test_smtplib_delivers(listener: SmtpListener, sink: Sink) -> None:
    def send() -> None:
        with smtplib.SMTP("127.0.0.1", listener.port, "customer") as client:
            client.sendmail("anna@customer.example", [LINES[0]], RAW + b".dot\r\n..dots\r\n")

    await asyncio.to_thread(send)
    (taken,) = sink.taken
    assert taken.raw == RAW + b".dot\r\n..dots\r\n"
    assert (taken.provider, taken.line) == ("smtp", LINES[0])
    assert taken.mail_from == "anna@customer.example"
    assert taken.rcpt_to == (LINES[0],)
    assert taken.at.tzinfo is not None


async def test_250_comes_after_the_sink(listener: SmtpListener, sink: Sink) -> None:
    let_go = asyncio.Event()

    async def slow(mail: MailTaken) -> None:
        await let_go.wait()

    sink.before = slow
    task = asyncio.create_task(deliver(listener.port, RAW))
    await asyncio.sleep(0.1)
    assert not task.done()
    let_go.set()
    assert (await task).startswith("250")


async def test_a_failing_sink_is_451_and_the_connection_goes_on(
    listener: SmtpListener, sink: Sink
) -> None:
    async def fails(mail: MailTaken) -> None:
        raise OSError("disk full: secret detail")

    sink.before = fails
    wire = await Wire.open(listener.port)
    await wire.envelope()
    wire.writer.write(RAW + b".\r\n")
    reply = await wire.reply()
    assert reply.startswith("451")
    assert "secret" not in reply
    sink.before = None
    await wire.envelope()
    wire.writer.write(RAW + b".\r\n")
    assert (await wire.reply()).startswith("250")
    await wire.close()
    assert len(sink.taken) == 1


async def test_a_sender_who_hangs_up_does_not_interrupt_storing(
    listener: SmtpListener, sink: Sink
) -> None:
    started, let_go = asyncio.Event(), asyncio.Event()

    async def slow(mail: MailTaken) -> None:
        started.set()
        await let_go.wait()

    sink.before = slow
    wire = await Wire.open(listener.port)
    await wire.envelope()
    wire.writer.write(RAW + b".\r\n")
    await started.wait()
    await wire.close()
    await asyncio.sleep(0.05)
    let_go.set()
    await listener.stop()
    assert len(sink.taken) == 1


async def test_the_same_mail_again_has_the_same_event_id(
    listener: SmtpListener, sink: Sink
) -> None:
    await deliver(listener.port, RAW)
    await deliver(listener.port, RAW)
    await deliver(listener.port, RAW + b"more\r\n")
    await deliver(listener.port, RAW, to="sales@other.example")
    first, second, third, fourth = (mail.event_id for mail in sink.taken)
    assert first == second
    assert len({first, third, fourth}) == 3


@pytest.mark.parametrize(
    ("to", "line"),
    [
        ("support@shop.example", "support@shop.example"),
        ("Support+token@SHOP.example", "support@shop.example"),
        ("sales@other.example", "sales@other.example"),
        ("bounce+key.sig@other.example", "sales@other.example"),
        ("bounce@shop.example", "support@shop.example"),
    ],
)
async def test_our_addresses(listener: SmtpListener, sink: Sink, to: str, line: str) -> None:
    assert (await deliver(listener.port, RAW, to=to)).startswith("250")
    assert sink.taken[0].line == line
    assert sink.taken[0].rcpt_to == (to,)


@pytest.mark.parametrize(
    "to",
    [
        "nobody@shop.example",
        "support@elsewhere.example",
        "eve@evil.example",
        "supportx@shop.example",
    ],
)
async def test_anybody_else_is_550(listener: SmtpListener, sink: Sink, to: str) -> None:
    wire = await Wire.open(listener.port)
    await wire.say("MAIL FROM:<a@c.example>")
    assert (await wire.say(f"RCPT TO:<{to}>")).startswith("550 5.1.1")
    assert (await wire.say("DATA")).startswith("503")
    await wire.close()
    assert sink.taken == []


async def test_the_null_return_path(listener: SmtpListener, sink: Sink) -> None:
    assert (await deliver(listener.port, RAW, sender="")).startswith("250")
    assert sink.taken[0].mail_from == ""


async def test_a_declared_size_is_refused_at_mail(listener: SmtpListener) -> None:
    wire = await Wire.open(listener.port)
    assert (await wire.say(f"MAIL FROM:<a@c.example> SIZE={30 * MIB}")).startswith("552")
    assert (await wire.say(f"MAIL FROM:<a@c.example> SIZE={25 * MIB}")).startswith("250")
    await wire.close()


async def test_a_30_mb_mail_is_refused_with_552_and_not_kept_in_memory(
    listener: SmtpListener, sink: Sink
) -> None:
    line = b"x" * 998 + b"\r\n"
    wire = await Wire.open(listener.port)
    await wire.envelope()
    tracemalloc.start()
    for _ in range(30):
        wire.writer.write(line * 1024)
        await wire.writer.drain()
    wire.writer.write(b".\r\n")
    reply = await asyncio.wait_for(wire.reply(), 30)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reply.startswith("552")
    assert sink.taken == []
    assert peak < 40 * MIB  # the 25 MiB that were still allowed, and buffers
    await wire.envelope()
    wire.writer.write(RAW + b".\r\n")
    assert (await wire.reply()).startswith("250")
    await wire.close()


async def test_the_limit_is_exact(sink: Sink) -> None:
    listener = SmtpListener(LINES, clock=SystemClock(), port=0, limits=ServerLimits(size=1000))
    await listener.start(sink)
    fits = b"Subject: x\r\n\r\n" + b"y" * (1000 - 14 - 2) + b"\r\n"
    assert len(fits) == 1000
    assert (await deliver(listener.port, fits)).startswith("250")
    assert (await deliver(listener.port, fits + b"\r\n")).startswith("552")
    wire = await Wire.open(listener.port)
    await wire.envelope()
    for _ in range(100):
        wire.writer.write(b"z" * 500)
    assert (await wire.reply()).startswith("552")
    assert await wire.reader.read() == b""  # endless data ends the connection
    await wire.close()
    await listener.stop()
    assert len(sink.taken) == 1


@pytest.mark.parametrize(
    ("typed", "raw"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"a\r\n.\r\n", b"a\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"a\r\n...b\r\n.\r\n", b"a\r\n..b\r\n"),
        (b"a\n.\nb\r\n.\r\n", b"a\n.\nb\r\n"),  # a bare LF ends nothing (no smuggling)
        (b"a\r.\rb\r\n.\r\n", b"a\r.\rb\r\n"),
        (b"x" * 200_000 + b"\r\n.\r\n", b"x" * 200_000 + b"\r\n"),
        ("8-bit: é\r\n.\r\n".encode("latin-1"), "8-bit: é\r\n".encode("latin-1")),
    ],
)
@pytest.mark.parametrize("slowly", [False, True])
async def test_the_end_of_data(
    listener: SmtpListener, sink: Sink, typed: bytes, raw: bytes, slowly: bool
) -> None:
    wire = await Wire.open(listener.port)
    await wire.envelope()
    pieces = [typed[:-9], *(bytes([octet]) for octet in typed[-9:])] if slowly else [typed]
    for piece in pieces:
        wire.writer.write(piece)
        await wire.writer.drain()
        await asyncio.sleep(0.002 if slowly else 0)
    assert (await wire.reply()).startswith("250")
    assert (await wire.say("NOOP")).startswith("250")
    await wire.close()
    assert sink.taken[0].raw == raw


async def test_commands_sent_behind_the_mail_are_obeyed(listener: SmtpListener, sink: Sink) -> None:
    wire = await Wire.open(listener.port)
    await wire.envelope()
    again = f"MAIL FROM:<b@c.example>\r\nRCPT TO:<{LINES[0]}>\r\nDATA\r\n".encode()
    wire.writer.write(RAW + b".\r\n" + again)
    assert [(await wire.reply())[:3] for _ in range(4)] == ["250", "250", "250", "354"]
    wire.writer.write(b"second\r\n.\r\nQUIT\r\n")
    assert [(await wire.reply())[:3] for _ in range(2)] == ["250", "221"]
    await wire.close()
    assert [mail.raw for mail in sink.taken] == [RAW, b"second\r\n"]


async def test_a_mail_loop_ends(listener: SmtpListener, sink: Sink) -> None:
    hops = b"".join(b"Received: from a by b; hop %d\r\n" % n for n in range(60))
    assert (await deliver(listener.port, b"X-First: 1\r\n" + hops + RAW)).startswith("554 5.4.6")
    assert sink.taken == []


async def test_connections_are_capped(sink: Sink) -> None:
    limits = ServerLimits(connections=5, connections_per_peer=3)
    listener = SmtpListener(LINES, clock=SystemClock(), port=0, limits=limits)
    await listener.start(sink)
    wires = [await Wire.open(listener.port) for _ in range(3)]
    extra = await Wire.open(listener.port, greet=False)
    assert (await extra.reply()).startswith("421")
    await extra.close()
    await wires.pop().close()
    await asyncio.sleep(0.05)
    wires.append(await Wire.open(listener.port))
    for wire in wires:
        await wire.close()
    await listener.stop()


async def test_rates_and_recipients_are_capped(sink: Sink) -> None:
    limits = ServerLimits(messages_per_minute=2, recipients=2)
    listener = SmtpListener(LINES, clock=SystemClock(), port=0, limits=limits)
    await listener.start(sink)
    wire = await Wire.open(listener.port)
    for _ in range(2):
        assert (await wire.say("MAIL FROM:<a@c.example>")).startswith("250")
        replies = [await wire.say(f"RCPT TO:<{to}>") for to in (LINES[0], LINES[1], LINES[0])]
        assert [reply[:3] for reply in replies] == ["250", "250", "452"]
        await wire.say("RSET")
    assert (await wire.say("MAIL FROM:<a@c.example>")).startswith("451 4.7.1")
    await wire.close()
    await listener.stop()


async def test_starttls(sink: Sink, server_tls: ssl.SSLContext) -> None:
    listener = SmtpListener(LINES, clock=SystemClock(), port=0, tls=server_tls)
    await listener.start(sink)

    def send() -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with smtplib.SMTP("127.0.0.1", listener.port, "customer") as client:
            client.starttls(context=context)
            client.sendmail("anna@customer.example", [LINES[0]], RAW)

    await asyncio.to_thread(send)
    await listener.stop()
    assert len(sink.taken) == 1


async def test_stopping_closes_idle_connections(sink: Sink) -> None:
    listener = SmtpListener(LINES, clock=SystemClock(), port=0)
    await listener.start(sink)
    wire = await Wire.open(listener.port)
    await asyncio.wait_for(listener.stop(), 5)
    assert await wire.reader.read() == b""
    await wire.close()
