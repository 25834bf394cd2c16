"""Versions of the routing configuration, on both stores."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from contactcenter.core.access import accounts
from contactcenter.core.access.tables import audit
from contactcenter.core.db import Tx
from contactcenter.core.errors import Conflict, NotFound
from contactcenter.routing import history, queries
from contactcenter.routing.book import BookInvalid
from tests.routing.sites import Site

OFFICE = {"zone": "Europe/Berlin", "weekly": {"mon-fri": ["09:00-17:00"]}}
ME = "account:me"


async def apply(site: Site, given: Any, **how: Any) -> history.Applied:
    return await site.db.write(lambda tx: history.apply(tx, given, actor=ME, **how))


async def standing(site: Site) -> history.Standing:
    return await site.db.read(history.standing)


async def test_what_stood_before_the_first_change_is_a_version_too(site: Site) -> None:
    made = await apply(site, {"queues": {"care": {"priority": 3}}}, note="a desk more")
    assert made.version == 2
    assert [one.where for one in made.changes] == ["queues.care"]
    first, second = reversed(await site.db.read(history.versions))
    assert (first.number, first.action, first.actor) == (1, "found", "system")
    assert (second.number, second.action, second.actor) == (2, "apply", ME)
    assert second.note == "a desk more"
    assert set((await site.db.read(lambda tx: history.document(tx, 1))).queues) == {"sales"}
    noted = await site.db.read(
        lambda tx: tx.all(select(audit.c.actor, audit.c.action, audit.c.object))
    )
    assert [tuple(row) for row in noted] == [(ME, "routing.apply", "routing:2")]


async def test_the_floor_takes_what_was_applied(site: Site) -> None:
    router = site.router()
    await router.start()
    await apply(
        site,
        {
            "skills": {"german": "Speaks German"},
            "hours": {"office": OFFICE},
            "queues": {"care": {"hours": "office", "requires": "german"}},
        },
    )
    queue = next(one for one in await site.db.read(queries.queues) if one.name == "care")
    assert queue.hours == OFFICE
    book = (await standing(site)).book
    assert book.queues["care"] == {"requires": {"skill": "german"}, "hours": "office"}
    assert book.skills == {"german": "Speaks German"}


async def test_named_hours_reach_every_queue_that_uses_them(site: Site) -> None:
    uses = {"hours": "office"}
    given = {"hours": {"office": OFFICE}, "queues": {"a": uses, "b": uses, "c": {}}}
    await apply(site, given)
    later = OFFICE | {"weekly": {"mon": ["10:00-12:00"]}}
    made = await apply(site, {"hours": {"office": later}})
    assert [one.where for one in made.changes] == ["hours.office.weekly.mon-fri",
                                                   "hours.office.weekly.mon"]  # fmt: skip
    found = {one.name: one for one in await site.db.read(queries.queues)}
    assert (found["a"].hours, found["b"].hours, found["c"].hours) == (later, later, None)
    assert (found["a"].version, found["c"].version) == (2, 1)


async def test_a_rollback_is_a_new_version_equal_to_the_old_one(site: Site) -> None:
    await site.agent("Ann", skills={"german": 3})
    await apply(site, {"queues": {"sales": {"priority": 5}}})
    old = await site.db.read(lambda tx: history.document(tx, 2))
    await apply(site, {"agents": {"Ann": {"skills": {"german": 5}, "queues": ["sales"]}}})
    await apply(site, {"queues": {"sales": {"priority": 9, "target_s": 5}}})
    made = await site.db.write(lambda tx: history.rollback(tx, 2, actor=ME))
    assert made.version == 5
    assert {one.where: (one.before, one.after) for one in made.changes} == {
        "queues.sales.priority": (9, 5),
        "queues.sales.target_s": (5, None),
        "agents.Ann.skills.german": (5, 3),
    }
    assert await site.db.read(lambda tx: history.document(tx, 5)) == old
    assert (await standing(site)).book == old
    newest = (await site.db.read(history.versions))[0]
    assert (newest.action, newest.note) == ("rollback", "back to version 2")
    assert await site.db.read(lambda tx: history.diff(tx, 5, 2)) == []
    with pytest.raises(NotFound, match="no version 77"):
        await site.db.write(lambda tx: history.rollback(tx, 77, actor=ME))


async def test_nothing_is_written_when_nothing_differs_or_anything_is_wrong(site: Site) -> None:
    first = await apply(site, {"queues": {"sales": {"priority": 5}}})
    again = await apply(site, {"queues": {"sales": {"priority": 5, "offer_to": 1}}})
    assert (again.version, again.changes) == (first.version, [])
    bad = {"sales": {"limits": {"max_length": 1, "full_then": {"move": "sales"}}}, "new": {}}
    with pytest.raises(BookInvalid, match="circle"):
        await apply(site, {"queues": bad})
    with pytest.raises(BookInvalid, match="no agent and no account"):
        await apply(site, {"agents": {"Nobody": {}}})
    assert (await standing(site)).version == first.version
    assert [one.name for one in await site.db.read(queries.queues)] == ["sales"]


async def test_a_change_against_an_older_version_is_refused(site: Site) -> None:
    first = await apply(site, {"queues": {"sales": {"priority": 5}}})
    await apply(site, {"queues": {"sales": {"priority": 6}}}, version=first.version)
    with pytest.raises(Conflict, match="changed meanwhile"):
        await apply(site, {"queues": {"sales": {"priority": 7}}}, version=first.version)

    def one(tx: Tx, version: int) -> int:
        config = {"priority": 8}
        return history.edit_queue(tx, "sales", config, actor=ME, note="", version=version)

    row = next(iter(await site.db.read(queries.queues))).version
    assert await site.db.write(lambda tx: one(tx, row)) == row + 1
    with pytest.raises(Conflict):
        await site.db.write(lambda tx: one(tx, row))


async def test_what_was_written_beside_the_history_is_found_before_the_next_change(
    site: Site,
) -> None:
    await apply(site, {"queues": {"sales": {"priority": 5}}})
    await site.queue("sales", priority=6)
    made = await apply(site, {"queues": {"sales": {"priority": 7}}})
    assert [(one.before, one.after) for one in made.changes] == [(6, 7)]
    actions = [one.action for one in await site.db.read(history.versions)]
    assert actions == ["apply", "found", "apply", "found"]
    assert await site.db.read(lambda tx: [one.where for one in history.diff(tx, 3)]) == [
        "queues.sales.priority"
    ]


async def test_an_account_becomes_an_agent_by_its_name(site: Site) -> None:
    def add(tx: Tx) -> None:
        accounts.create(tx, name="ben", display_name="Ben Li", role="agent", language="en",
                        password_hash="x")  # fmt: skip

    await site.db.write(add)
    await apply(site, {"agents": {"ben": {"queues": ["sales"]}}})
    assert [one.name for one in await site.db.read(queries.agents)] == ["Ben Li"]
    await apply(site, {"agents": {"Ben Li": {"queues": {"sales": {"delay_s": 9}}}}})
    assert (await standing(site)).book.agents == {"Ben Li": {"queues": {"sales": {"delay_s": 9}}}}
    with pytest.raises(BookInvalid, match="the same agent as"):
        await apply(site, {"agents": {"ben": {}, "Ben Li": {}}})


async def test_agents_of_one_name_are_told_apart_by_id(site: Site) -> None:
    first, second = await site.agent("Ann"), await site.agent("Ann")
    assert set((await standing(site)).book.agents) == {str(first), str(second)}
    with pytest.raises(BookInvalid, match="no agent and no account"):
        await apply(site, {"agents": {"Ann": {"queues": []}}})
    await apply(site, {"agents": {str(second): {"queues": ["sales"], "weight": 3}}})

    def edit(tx: Tx) -> int:
        return history.edit_agent(tx, first, {"weight": 2}, actor=ME, note="", version=1)

    assert await site.db.write(edit) == 2
    book = (await standing(site)).book
    assert (book.agents[str(first)], book.agents[str(second)]["weight"]) == ({"weight": 2}, 3)
