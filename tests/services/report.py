"""What ran against what, and what did not run: counted in each worker, printed once at the end."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn, TypedDict

import pytest

from tests.services.system import MissingPart

KINDS = ("SQLite", "PostgreSQL", "browser", "mail", "sample data")


class Plain(TypedDict):
    """A report as built-in values only, which is all that crosses between processes."""

    ran: dict[str, int]
    against: dict[str, str]
    missing: list[tuple[str, str, str]]
    not_run: dict[str, int]


@dataclass
class Report:
    """Counts per kind of service, the version met, and the parts that were missing."""

    ran: Counter[str] = field(default_factory=Counter)
    against: dict[str, str] = field(default_factory=dict)
    missing: dict[str, MissingPart] = field(default_factory=dict)
    not_run: Counter[str] = field(default_factory=Counter)

    def to_plain(self) -> Plain:
        """The report as plain values, to travel from a worker to the controller."""
        return Plain(
            ran=dict(self.ran),
            against=self.against,
            missing=[(part.name, part.reason, part.command) for part in self.missing.values()],
            not_run=dict(self.not_run),
        )

    def add_plain(self, plain: Plain) -> None:
        """Add what a worker found."""
        self.ran.update(plain["ran"])
        self.against.update(plain["against"])
        self.not_run.update(plain["not_run"])
        self.missing.update({parts[0]: MissingPart(*parts) for parts in plain["missing"]})

    def lines(self) -> list[str]:
        """What ran against what."""
        return [
            f"{kind:<12} {self.ran[kind]:>5} tests   {self.against.get(kind, '')}".rstrip()
            for kind in KINDS
            if self.ran[kind]
        ]

    def not_run_lines(self) -> list[str]:
        """What did not run, why, and the command that changes it."""
        return [
            f"{name}: {self.not_run[name]} tests ({part.reason})   {part.command}"
            for name, part in sorted(self.missing.items())
        ]


REPORT = Report()
"""This process's report."""


def lack(part: MissingPart, *, may_skip: bool = False) -> NoReturn:
    """The test needs a part this machine lacks: skipped at home, a failure under ``CI=true``.

    ``may_skip``: skipped there too, for what CI may do without. The closing block names it.
    """
    REPORT.missing[part.name] = part
    sentence = _sentence(part)
    if os.environ.get("CI") == "true" and not may_skip:
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def count_not_run(message: str) -> None:
    """A test ended in its set-up: counted when a missing part is why.

    Asked for each test, because pytest calls a session's fixture once and repeats its outcome.
    """
    for part in REPORT.missing.values():
        if message == _sentence(part):
            REPORT.not_run[part.name] += 1


def _sentence(part: MissingPart) -> str:
    return f"{part.name}: {part.reason}; get it by: {part.command}"


def kinds_of(item: pytest.Item) -> set[str]:
    """The services a test used, read from its fixtures and markers."""
    names = set(getattr(item, "fixturenames", ()))
    kinds = {kind for kind, test in _TESTS.items() if test(item, names)}
    store = getattr(getattr(item, "callspec", None), "params", {}).get("store")
    if store:
        kinds.add({"sqlite": "SQLite", "postgresql": "PostgreSQL"}[store])
    return kinds


def _mail(item: pytest.Item, names: set[str]) -> bool:
    return item.get_closest_marker("mail") is not None or any(
        part in name for name in names for part in ("smtp", "mail_drop", "maildrop")
    )


_TESTS: dict[str, Callable[[pytest.Item, set[str]], bool]] = {
    "SQLite": lambda item, names: bool(names & {"sqlite_url", "empty_sqlite_url"}),
    "PostgreSQL": lambda item, names: (
        bool(names & {"postgres_url", "empty_postgres_url"})
        or item.get_closest_marker("postgres") is not None
    ),
    "browser": lambda item, names: (
        "browser" in names or item.get_closest_marker("browser") is not None
    ),
    "mail": _mail,
    "sample data": lambda item, names: "sample_data" in names,
}
