"""Real SMTP on loopback: a scriptable relay, a listener with a sink, a mail drop."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contactcenter.channels.email.base import MailTaken
from contactcenter.standins.maildrop import MailDrop

Answer = Callable[[str], str | None]


class ScriptedRelay:
    """A relay that says what a test tells it to. ``answers`` maps a command word (``MAIL``,
    ``RCPT``, ``DATA``, ``.`` for the end of data, ``HELLO`` for the greeting) to replies used in
    order, then the usual one; the reply ``drop`` closes the connection without a word."""

    def __init__(self) -> None:
        self.answers: dict[str, list[str]] = {}
        self.mails: list[bytes] = []
        self.envelopes: list[tuple[str, str]] = []
        self.commands: list[str] = []
        self.connections = 0
        self.open_now = 0
        self.most_open = 0
        self.delay_s = 0.0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**26)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()
        await asyncio.gather(*self._tasks)
        await self._server.wait_closed()

    def hang_up(self) -> None:
        """Close every open connection, as a relay does with idle ones."""
        for writer in list(self._writers):
            writer.close()

    def _reply(self, word: str, usual: str) -> str:
        scripted = self.answers.get(word)
        return scripted.pop(0) if scripted else usual

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        self.connections += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open_now -= 1
            self._writers.discard(writer)
            self._tasks.discard(task)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(word: str, usual: str) -> bool:
            reply = self._reply(word, usual)
            if reply == "drop":
                return False
            writer.write(reply.encode() + b"\r\n")
            await writer.drain()
            return not reply.startswith("421")

        if not await say("HELLO", "220 relay"):
            return
        sender = to = ""
        while line := await reader.readline():
            word = line.split()[0].decode().upper()
            if word in ("MAIL", "RCPT"):
                address = line.decode().partition("<")[2].partition(">")[0]
                sender, to = (address, "") if word == "MAIL" else (sender, address)
            self.commands.append(line.decode().strip())
            usual = {
                "EHLO": "250-relay\r\n250-SIZE 50000000\r\n250 8BITMIME",
                "DATA": "354 go on",
                "QUIT": "221 bye",
            }.get(word, "250 2.0.0 OK")
            reply = self._reply(word, usual)
            if reply == "drop":
                return
            writer.write(reply.encode() + b"\r\n")
            await writer.drain()
            if word == "QUIT" or reply.startswith("421"):
                return
            if word == "DATA" and reply.startswith("354"):
                raw = await reader.readuntil(b"\r\n.\r\n")
                await asyncio.sleep(self.delay_s)
                final = self._reply(".", f"250 2.0.0 queued as Q{len(self.mails):06}")
                if final == "drop":
                    return
                if final == "take-and-drop" or final.startswith("250"):
                    self.mails.append(raw[:-3])
                    self.envelopes.append((sender, to))
                if final == "take-and-drop":
                    return
                writer.write(final.encode() + b"\r\n")
                await writer.drain()


@pytest.fixture
async def relay() -> AsyncIterator[ScriptedRelay]:
    scripted = ScriptedRelay()
    await scripted.start()
    yield scripted
    await scripted.stop()


@pytest.fixture
async def drop(tmp_path: Path) -> AsyncIterator[MailDrop]:
    maildrop = MailDrop(tmp_path / "drop.db")
    await maildrop.start()
    yield maildrop
    await maildrop.stop()


class Sink:
    """Takes mail, or fails as told."""

    def __init__(self) -> None:
        self.taken: list[MailTaken] = []
        self.before: Callable[[MailTaken], Awaitable[None]] | None = None

    async def __call__(self, mail: MailTaken) -> None:
        if self.before is not None:
            await self.before(mail)
        self.taken.append(mail)


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for localhost with its key, in one PEM file."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context
