"""What starting a server does not load: it is ready before anybody has called or asked."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from contactcenter.cli import serve
from contactcenter.cli.main import run


@pytest.mark.parametrize("heavy", ["phonenumbers", "email_validator", "limits", "yaml", "alembic"])
def test_the_start_loads_it_where_it_is_used(heavy: str) -> None:
    code = f"import sys, contactcenter.app.node; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_collector_is_off_only_while_starting() -> None:
    assert gc.isenabled()
    with serve._starting():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_start_that_fails_leaves_the_collector_on() -> None:
    assert run(["serve", "--workers", "0"])
    assert gc.isenabled()
