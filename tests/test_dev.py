"""dev.py: refuses what it does not know, does nothing twice, needs the standard library alone."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev_under_test", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", ROOT / "dev.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


def test_dev_needs_the_standard_library_alone() -> None:
    """It runs before anything is installed; `-S` hides what is."""
    program = "import runpy, sys; sys.argv = ['dev.py', '--help']; runpy.run_path(sys.argv[0])"
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    system = "from tests.services import system; system.missing_parts()"
    done = subprocess.run(
        [sys.executable, "-S", "-c", system], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("arguments", [(), ("fly",)])
def test_dev_refuses_what_it_does_not_know(arguments: tuple[str, ...]) -> None:
    done = run_dev(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "python3 dev.py demo" in done.stderr


def test_dev_helps() -> None:
    done = run_dev("--help")
    assert done.returncode == 0
    assert all(
        f"dev.py {verb}" in done.stdout for verb in ("demo", "test", "lint", "build", "bench")
    )


def test_a_stamp_survives_only_whole(dev: ModuleType, tmp_path: Path) -> None:
    stamp = tmp_path / "stamp.json"
    assert dev.read_stamp(stamp) == {}
    dev.write_stamp(stamp, {"level": "dev"})
    assert dev.read_stamp(stamp) == {"level": "dev"}
    stamp.write_text(json.dumps(["not", "a", "stamp"]))
    assert dev.read_stamp(stamp) == {}
    stamp.write_text('{"level": "de')
    assert dev.read_stamp(stamp) == {}


def test_a_digest_sees_names_and_contents(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("a")
    two.write_text("b")
    first = dev.digest([one, two])
    assert dev.digest([two, one]) == first
    assert dev.digest([one, two], "more") != first
    one.write_text("b")
    two.write_text("a")
    assert dev.digest([one, two]) != first


def test_the_desks_stamp_ignores_what_is_installed(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "UI", tmp_path)
    for name in ("src/main.tsx", "node_modules/react/index.js", "dist/x.js", ".cache/y", ".npmrc"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert {path.name for path in dev.ui_files()} == {"main.tsx", ".npmrc"}


@pytest.mark.parametrize(
    ("version", "taken"), [("v20.19.0", True), ("v24.1.0", True), ("v18.20.4", False), ("", False)]
)
def test_an_old_node_is_not_taken(
    dev: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    taken: bool,
) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    expected = [str(tmp_path / "npm")] if taken else None
    assert dev.system_node() == expected


def test_the_samples_folder_is_not_taken_for_tests(dev: ModuleType) -> None:
    folder = str(Path("samples").resolve())
    words = ["-k", "import", "--sample-data", "samples", "-x"]
    assert dev.joined(words) == ["-k", "import", f"--sample-data={folder}", "-x"]
    assert dev.joined(["--sample-data=x", "-x"]) == ["--sample-data=x", "-x"]
    assert dev.joined(["--sample-data"]) == ["--sample-data"]


def test_a_failure_names_the_command(dev: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(dev.Stop, match=r"failed \(3\): .* -c 'raise SystemExit\(3\)'"):
        dev.run([sys.executable, "-c", "raise SystemExit(3)"])
    dev.run([sys.executable, "-c", "print('said')"])
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "said\n")
