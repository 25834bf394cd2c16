"""The architecture as a failing test: layers, cycles, sizes and file names."""

from __future__ import annotations

import ast
import graphlib
import os
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
MOST_LINES = 400
BANNED_FILES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "services"}


def product_files() -> list[Path]:
    return sorted((ROOT / "contactcenter").rglob("*.py"))


def python_files() -> list[Path]:
    return [*product_files(), *sorted((ROOT / "tests").rglob("*.py")), *ROOT.glob("*.py")]


def desk_files() -> list[Path]:
    """Those we write; the API's types are made from its document."""
    ends = ("ts", "tsx", "mjs")
    files = [path for end in ends for path in (ROOT / "ui" / "src").rglob(f"*.{end}")]
    return [path for path in files if path.name != "openapi.ts"]


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and length in lines of each function, docstring included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_the_contracts_hold() -> None:
    """Each package imports only what stands below it; see [tool.importlinter]."""
    program = "import sys; from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_import_cycle() -> None:
    """Between any two modules, imports under ``TYPE_CHECKING`` counted."""
    graph = grimp.build_graph("contactcenter", cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    try:
        graphlib.TopologicalSorter(imports).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" -> ".join(error.args[1]), pytrace=False)


def test_the_catalogue_knows_every_table() -> None:
    """Migrations see only what the catalogue imports."""
    modules = {
        short(path).removesuffix(".py").replace("/", ".")
        for path in product_files()
        if "= Table(" in path.read_text(encoding="utf-8")
    }
    catalogue = (ROOT / "contactcenter" / "migrations" / "catalogue.py").read_text("utf-8")
    beside = set(re.findall(r'"(contactcenter\.[\w.]+)"', catalogue))
    assert {name for name in modules if not name.endswith(".tables")} == beside


def test_pure_modules_are_under_contract() -> None:
    """What `docs/architecture.md` calls pure may not slip out of the list."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    listed = next(one["source_modules"] for one in contracts["contracts"] if one["id"] == "pure")
    pure = {"ivr.engine", "routing.match", "core.rules", "core.measures"}
    existing = {
        name for name in pure if list(ROOT.glob(f"contactcenter/{name.replace('.', '/')}*"))
    }
    assert {f"contactcenter.{name}" for name in existing} <= set(listed)


def test_no_file_is_too_long() -> None:
    """But for generated files: a step of the schema's history is as long as the step."""
    files = [path for path in [*python_files(), *desk_files()] if path.parent.name != "versions"]
    long = {short(path): lines(path) for path in files}
    assert not {name: count for name, count in long.items() if count > MOST_LINES}


def test_files_and_functions_stay_short() -> None:
    """The house's shape (CONTRIBUTING.md): a guide with some room, not a target to game."""
    files = [path for path in product_files() if path.parent.name != "versions"]
    sizes = sorted(lines(path) for path in files if path.name != "__init__.py")
    assert statistics.median(sizes) <= 170
    assert sizes[len(sizes) * 9 // 10] <= 300
    lengths = [length for path in files for _, length in functions(path)]
    assert statistics.median(lengths) <= 10
    assert sum(length > 40 for length in lengths) <= len(lengths) * 0.04


def test_no_attic() -> None:
    """A name that fits everything collects everything."""
    names = [*(ROOT / "contactcenter").rglob("*"), *(ROOT / "ui" / "src").rglob("*")]
    assert not [short(path) for path in names if path.stem.lower() in BANNED_FILES]


def test_every_package_says_what_lives_in_it() -> None:
    silent = [
        short(path)
        for path in product_files()
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


def broad_catches(path: Path) -> Iterator[int]:
    """Lines of handlers that take everything and keep it."""
    text = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler):
            named = ast.unparse(node.type) if node.type else "BaseException"
            raises = any(isinstance(each, ast.Raise) for each in ast.walk(node))
            if named in {"Exception", "BaseException"} and not raises:
                yield node.lineno


def test_broad_catches_are_not_control_flow() -> None:
    """One that neither raises again nor gives its reason on the line hides faults."""
    silent = [
        f"{short(path)}:{number}"
        for path in product_files()
        for number in broad_catches(path)
        if not re.search(r"BLE001\W+\w+", path.read_text("utf-8").splitlines()[number - 1])
    ]
    assert not silent


def test_help_is_quick_to_import() -> None:
    """`contactcenter --help` loads neither the database nor the network libraries."""
    program = (
        "import contextlib, io, sys\n"
        "from contactcenter.__main__ import main\n"
        "sys.argv = ['contactcenter', '--help']\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        "    main()\n"
        "heavy = {'sqlalchemy', 'aiohttp', 'twilio', 'apscheduler', 'pydantic', 'jinja2'}\n"
        "print(*sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
