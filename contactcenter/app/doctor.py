"""What ``contactcenter doctor`` looks at: one finding per part, each with what to do next."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from contactcenter.app import doctor_twilio
from contactcenter.app.menus import load_shelf
from contactcenter.app.node import Schema
from contactcenter.core.db import Database
from contactcenter.core.errors import ContactCenterError
from contactcenter.core.secrets import load as load_secrets
from contactcenter.core.settings import Settings

_WAIT_S = 3.0
State = Literal["ok", "note", "fault"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: ``note`` is worth knowing, ``fault`` keeps the server from its work."""

    part: str
    state: State
    text: str
    hint: str = ""


async def examine(settings: Settings, schema: Schema) -> AsyncIterator[Finding]:
    """Every part in turn; a part that fails never hides the next."""
    yield _data_folder(settings.data_dir)
    database = await _database(settings, schema)
    yield database
    yield _secret(settings)
    if database.state == "ok":
        yield await _menus(settings)
    yield _port(settings)
    if not settings.lines:
        yield Finding(
            "lines", "note", "none: nobody can reach this centre", "add lines to the settings"
        )
    async for finding in _lines(settings):
        yield finding


def _data_folder(folder: Path) -> Finding:
    place = next(each for each in (folder, *folder.resolve().parents) if each.exists())
    if not os.access(place, os.W_OK):
        return Finding("data folder", "fault", f"{place} can not be written", "choose data_dir")
    return Finding("data folder", "ok", str(folder))


async def _database(settings: Settings, schema: Schema) -> Finding:
    url = settings.database_url
    kind = url.partition(":")[0]
    try:
        found, wanted = await schema.current(url), schema.head()
    except (OSError, SQLAlchemyError, ContactCenterError) as error:
        return Finding(
            "database", "fault", f"{kind} does not answer: {type(error).__name__}",
            "is it running, and are address, user and password right?",
        )  # fmt: skip
    if found != wanted:
        text = "has no tables" if found is None else f"is at revision {found}, not {wanted}"
        return Finding("database", "fault", f"{kind} {text}", "run: contactcenter migrate")
    return Finding("database", "ok", f"{kind}, revision {found}")


def _secret(settings: Settings) -> Finding:
    embedded = settings.database_url.startswith("sqlite")
    try:
        load_secrets(
            settings.secret_key.get_secret_value() or None,
            settings.previous_secret_key.get_secret_value() or None,
            settings.data_dir if embedded else None,
        )
    except ContactCenterError as error:
        return Finding("secret key", "fault", error.message, error.hint or "")
    is_set = bool(settings.secret_key.get_secret_value())
    return Finding("secret key", "ok", "from the settings" if is_set else "in the data folder")


async def _menus(settings: Settings) -> Finding:
    db = await Database.open(settings.database_url)
    try:
        shelf = await db.read(lambda tx: load_shelf(tx, settings))
    except ContactCenterError as error:
        return Finding("menus", "fault", error.message, error.hint or "mend the lines named")
    finally:
        await db.close()
    return Finding("menus", "ok", ", ".join(sorted(shelf)) or "none")


def _port(settings: Settings) -> Finding:
    place = f"{settings.host}:{settings.port}"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            text = f"{place}: {error.strerror}"
            return Finding("port", "note", text, "a running server, or choose another port")
    return Finding("port", "ok", f"{place} is free")


async def _lines(settings: Settings) -> AsyncIterator[Finding]:
    providers = sorted({line.provider for line in settings.lines})
    for provider in providers:
        named = dict.fromkeys(x.address for x in settings.lines if x.provider == provider)
        names = ", ".join(named)
        if provider == "simulated":
            world = settings.world
            yield await _reach(f"simulated ({names})", world.host, world.port or 0, greets=False)
            continue
        if provider == "smtp":
            smtp = settings.smtp
            yield await _reach(f"smtp ({names})", smtp.host, smtp.port, greets=True)
            continue
        lines = [line for line in settings.lines if line.provider == provider]
        async for said in doctor_twilio.ask(settings, lines):
            yield Finding(said.part, said.state, said.text, said.hint)
        if not settings.url.startswith("https:"):
            yield Finding(
                f"{provider} ({names})", "note", f"webhooks are signed for {settings.url}",
                "set public_url to the https address the provider calls",
            )  # fmt: skip
        else:
            yield Finding(f"{provider} ({names})", "ok", f"webhooks at {settings.url}")


async def _reach(part: str, host: str, port: int, *, greets: bool) -> Finding:
    try:
        async with asyncio.timeout(_WAIT_S):
            reader, writer = await asyncio.open_connection(host, port)
            banner = await reader.readline() if greets else b""
            writer.close()
            await writer.wait_closed()
    except (OSError, TimeoutError) as error:
        reason = getattr(error, "strerror", None) or "no answer"
        return Finding(part, "fault", f"{host}:{port}: {reason}", "start it, or mend the address")
    if greets and not banner.startswith(b"220"):
        return Finding(part, "fault", f"{host}:{port} does not greet as SMTP", "mend the port")
    return Finding(part, "ok", f"{host}:{port} answers")
