"""The command line itself: what ``--help`` lists, and what it must not load."""

from __future__ import annotations

import argparse
import subprocess
import sys

import pytest

from contactcenter.cli.main import VERBS, parser, run

_LOADED = """
import sys
from contactcenter.cli.main import run
try:
    run(sys.argv[1:])
except SystemExit:
    pass
print([name for name in sys.modules if name.startswith("contactcenter.cli.")], file=sys.stderr)
print([name for name in ("asyncio", "sqlalchemy") if name in sys.modules], file=sys.stderr)
"""


def _of_modules() -> dict[str, str]:
    (verbs,) = (each for each in parser()._actions if isinstance(each, argparse._SubParsersAction))
    return {each.dest: str(each.help) for each in verbs._choices_actions}


def test_the_list_of_verbs_is_that_of_the_modules() -> None:
    assert {verb: words for verb, (_, words) in VERBS.items()} == _of_modules()


def test_help_lists_every_verb_and_loads_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(f"    {verb} " in said for verb in VERBS)
    told = subprocess.run(
        [sys.executable, "-c", _LOADED, "--help"], capture_output=True, text=True, check=True
    )
    assert told.stderr.splitlines() == ["['contactcenter.cli.main']", "[]"]


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_each_verb_is_found_where_the_list_says(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run([verb, "--help"])
    assert ended.value.code == 0
    assert f"contactcenter {verb}" in capsys.readouterr().out


@pytest.mark.parametrize("argv", [[], ["nonsense"], ["--nonsense", "serve"]])
def test_wrong_use_is_2(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(argv)
    assert ended.value.code == 2
