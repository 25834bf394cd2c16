"""The stand-ins' process: found alive from an earlier start, or started; never killed with us."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from contactcenter.core.errors import ContactCenterError

_FILE = "standins.json"
_READY_S = 30.0


class StandinsFailed(ContactCenterError):
    """The second process did not come up."""

    code = "standins"


@dataclass(frozen=True, slots=True)
class StandinsProcess:
    """Where the living stand-ins listen; ports on loopback."""

    pid: int
    world_port: int
    http_url: str
    mail_port: int
    server_smtp_port: int

    def is_alive(self) -> bool:
        """Whether the process of this pid still listens there."""
        try:
            os.kill(self.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        cmdline = Path(f"/proc/{self.pid}/cmdline")
        return not cmdline.exists() or b"contactcenter.standins" in cmdline.read_bytes()

    def end(self) -> None:
        """Ask it to end; it stores what it has first."""
        if self.is_alive():
            os.kill(self.pid, signal.SIGTERM)


def find(folder: Path) -> StandinsProcess | None:
    """The living stand-ins of an earlier start over this folder."""
    try:
        found = StandinsProcess(**json.loads((folder / _FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return found if found.is_alive() else None


async def start(
    folder: Path, *, server_smtp_port: int, options: Sequence[str] = ()
) -> StandinsProcess:
    """Start them as a session of their own, so that our end is not theirs."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "standins.log").open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "contactcenter.standins.server",
            "--dir",
            str(folder),
            "--server-smtp",
            f"127.0.0.1:{server_smtp_port}",
            "--mail-port",
            "0",
            *options,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        async with asyncio.timeout(_READY_S):
            line = await process.stdout.readline() if process.stdout else b""
    except TimeoutError:
        line = b""
    if not line:
        raise StandinsFailed("the stand-ins did not start", hint=f"see {folder / 'standins.log'}")
    ready = json.loads(line)
    found = StandinsProcess(
        pid=process.pid,
        world_port=_port(ready["world"]),
        http_url=ready["handset_url"],
        mail_port=_port(ready["mail_drop"]),
        server_smtp_port=server_smtp_port,
    )
    (folder / _FILE).write_text(json.dumps(asdict(found)), "utf-8")
    return found


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])
