"""A server node in a process of its own, so that it can be killed as a machine dies."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from contactcenter.core import settings as config
from contactcenter.core.clock import SystemClock
from contactcenter.core.db import Database
from contactcenter.migrations import upgrade
from contactcenter.standins.twilio import TwilioStandin
from tests.stories.twilio_rig import ACCOUNT, TOKEN, Rig, point, seed, settings_of

_READY_S, _END_S = 60.0, 20.0


@dataclass(slots=True)
class ServerProcess:
    """``contactcenter serve`` with one rig's settings; ``log`` takes what it says."""

    settings: config.Settings
    log: Path
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Until it says that it is ready."""
        with self.log.open("ab") as errors:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "contactcenter", "serve",
                stdout=asyncio.subprocess.PIPE, stderr=errors,
                env={**_without_settings(), **_environ(self.settings)},
            )  # fmt: skip
        assert self.process.stdout is not None
        async with asyncio.timeout(_READY_S):
            while line := await self.process.stdout.readline():
                if line.startswith(b"ready at"):
                    return
        raise AssertionError(f"the server did not start: {self.log.read_text()[-2000:]}")

    async def kill(self) -> None:
        """``kill -9``."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def restart(self) -> None:
        await self.kill()
        await self.start()

    async def end(self) -> int:
        """SIGTERM, and the exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self.process.wait(), _END_S)
        except TimeoutError:
            await self.kill()
            raise


@asynccontextmanager
async def process_rig(
    database: str, folder: Path, *, pace: float
) -> AsyncIterator[tuple[Rig, ServerProcess]]:
    """A rig whose node is a process over an empty database; the agent is available."""
    folder.mkdir(exist_ok=True)
    await upgrade.upgrade(database)
    async with TwilioStandin(ACCOUNT, TOKEN, pace=pace) as twilio:
        settings = settings_of(database, folder, twilio)
        point(twilio, settings)
        db = await Database.open(settings.database_url, clock=SystemClock())
        server = ServerProcess(settings, folder / "server.log")
        try:
            await seed(db)
            await server.start()
            async with aiohttp.ClientSession() as http:
                made = Rig(twilio, settings, db, http)
                await made.sign_in()
                await made.available()
                yield made, server
                await twilio.exchange.stop()
                await twilio.settled()
            assert await server.end() == 0
        finally:
            if server.process is not None and server.process.returncode is None:
                await server.kill()
            await db.close()


def _without_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("CC_")}


def _environ(settings: config.Settings) -> dict[str, str]:
    """The settings as an operator's environment has them."""
    lines: list[dict[str, Any]] = [line.model_dump(exclude_none=True) for line in settings.lines]
    return {
        "CC_DATABASE": settings.database,
        "CC_DATA_DIR": str(settings.data_dir),
        "CC_PORT": str(settings.port),
        "CC_PUBLIC_URL": settings.public_url,
        "CC_MENUS_DIR": str(settings.menus_dir),
        "CC_SECRET_KEY": "k" * 40,
        "CC_LINES": json.dumps(lines),
        "CC_TWILIO__ACCOUNT_SID": settings.twilio.account_sid,
        "CC_TWILIO__AUTH_TOKEN": settings.twilio.auth_token.get_secret_value(),
        "CC_TWILIO__API_BASE_URL": settings.twilio.api_base_url,
    }
