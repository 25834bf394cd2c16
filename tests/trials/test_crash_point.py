"""The crash point itself: where exactly it strikes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Conflict
from contactcenter.core.ids import new_id
from contactcenter.crm import customers, log
from contactcenter.crm.model import NewEvent
from contactcenter.crm.verify import verify
from contactcenter.trials.crash.point import CrashAt, CrashPoint


class Dead(BaseException):
    """Stands for SIGKILL: nothing after it runs, a transaction under way is never committed."""


class Death:
    """Takes the place of the kill."""

    def __init__(self, *, is_final: bool = True) -> None:
        self.kinds: list[str] = []
        self._is_final = is_final

    def __call__(self, kinds: list[str]) -> None:
        self.kinds += kinds
        if self._is_final:
            raise Dead


@pytest.fixture
def arm() -> Iterator[Callable[..., Death]]:
    """Install a crash point for the test; ``arm(when, kinds=..., nth=...)``."""
    undo = []

    def install(when: Any, kinds: tuple[str, ...] = (), nth: int = 0, **more: bool) -> Death:
        # after a commit the store's thread is inside: it must go on, so that the test can look
        death = Death(is_final=when == "before")
        undo.append(CrashPoint(CrashAt(when, kinds, nth, **more), death).install())
        return death

    yield install
    for each in undo:
        each()


def _opened(tx: Tx) -> Any:
    customer, address, _ = customers.create_or_find(tx, "phone", "+15550100", "+15550100")
    first = NewEvent(
        "opened",
        "customer",
        {
            "channel": "voice",
            "direction": "inbound",
            "provider": "simulated",
            "line": "+15550000",
            "customer": str(customer),
            "address": str(address),
        },
    )
    return log.open_interaction(tx, new_id(), first).id


async def _events(db: Database) -> int:
    return (await verify(db)).events


async def test_before_means_that_nothing_was_committed(
    db: Database, arm: Callable[..., Death]
) -> None:
    death = arm("before", kinds=("opened",))
    with pytest.raises(Dead):
        await _in_a_thread_that_may_die(db)
    assert death.kinds == ["opened"]


async def _in_a_thread_that_may_die(db: Database) -> None:
    """The writer's thread of SQLite would die with ``Dead``; run the work on a connection here."""
    if db.store == "postgresql":
        await db.write(_opened)
        return
    with db._writer_engine.begin() as connection:
        _opened(Tx(connection, db.clock.now()))


async def test_after_means_that_it_was_committed(db: Database, arm: Callable[..., Death]) -> None:
    death = arm("after", kinds=("note_added",))
    seen: list[int] = []
    interaction = await db.write(_opened)
    assert death.kinds == []

    def noting(tx: Tx) -> None:
        log.append(tx, interaction, NewEvent("note_added", "system", {"agent": str(new_id())}))
        seen.append(len(death.kinds))

    await db.write(noting)
    assert seen == [0]  # not yet inside the transaction
    assert set(death.kinds) == {"note_added"}
    assert await _events(db) == 2


async def test_the_nth_event_counts_those_of_this_process(
    db: Database, arm: Callable[..., Death]
) -> None:
    death = arm("after", nth=3)
    interaction = await db.write(_opened)
    note = NewEvent("note_added", "system", {"agent": str(new_id())})
    await db.write(lambda tx: log.append(tx, interaction, note))
    assert death.kinds == []
    hold = NewEvent("hang_up_asked", "system", {"agent": str(new_id())})
    await db.write(lambda tx: log.append(tx, interaction, hold))
    assert death.kinds[0] == "hang_up_asked"


async def test_a_first_commit_may_be_spared_so_that_a_restarted_server_gets_on(
    db: Database, arm: Callable[..., Death]
) -> None:
    death = arm("after", nth=1, spares_first=True)
    await db.write(_opened)
    assert death.kinds == []
    interaction = await db.write(_opened)  # the next one will do
    assert set(death.kinds) == {"opened"}
    assert interaction is not None


async def test_what_was_rolled_back_is_no_commit(db: Database, arm: Callable[..., Death]) -> None:
    death = arm("after", kinds=("note_added",))
    interaction = await db.write(_opened)

    def refused(tx: Tx) -> None:
        log.append(tx, interaction, NewEvent("note_added", "system", {"agent": str(new_id())}))
        raise Conflict("no")

    with pytest.raises(Conflict):
        await db.write(refused)
    held = NewEvent("hang_up_asked", "system", {"agent": str(new_id())})
    await db.write(lambda tx: log.append(tx, interaction, held))
    assert death.kinds == []
    assert await _events(db) == 2


async def test_it_can_be_taken_away(db: Database) -> None:
    death = Death()
    CrashPoint(CrashAt("before", ("opened",)), death).install()()
    await db.write(_opened)
    assert death.kinds == []
