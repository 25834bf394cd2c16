"""Queues and agents that go from the rows and the document, and come back; on both stores."""

from __future__ import annotations

from typing import Any

import pytest

from contactcenter.core.errors import Conflict, NotFound
from contactcenter.crm import log
from contactcenter.routing import actions as do
from contactcenter.routing import commands, history, queries, store
from contactcenter.routing.book import BookInvalid
from contactcenter.routing.explain import explain
from contactcenter.routing.replay import replay
from tests.routing.sites import Site, assert_memory_is_the_rows, offer_of, settle

ME = "account:me"


async def _configured(site: Site) -> Any:
    router = site.router()
    await site.queue("old")
    ann, bo = await site.agent("Ann", queues=["sales", "old"]), await site.agent("Bo")
    await settle(router)
    return router, ann, bo


async def _book(site: Site) -> Any:
    return (await site.db.read(history.standing)).book


async def test_a_removed_queue_is_out_of_rows_and_document_and_records_keep_it(site: Site) -> None:
    router, ann, _ = await _configured(site)
    call = await site.enqueue(queue="old")
    await settle(router)
    await site.do(do.Accept(await offer_of(site, ann), ann), do.MediaUp(call))
    await settle(router)

    def work(tx: Any) -> history.Applied:
        return history.remove_queue(tx, "old", actor=ME, note="", version=None)

    made = await site.db.write(work)
    assert {(one.where, one.kind) for one in made.changes} == {
        ("queues.old", "removed"),
        ("agents.Ann.queues.old", "removed"),
    }
    assert "old" not in (await _book(site)).queues, "the document leaves it out at once"
    await settle(router)
    (key,) = made.removals
    assert await commands.result(site.db, site.bus, key) is not None
    assert [one.name for one in await site.db.read(queries.queues)] == ["sales"]
    await assert_memory_is_the_rows(site, router)
    events = await site.db.read(lambda tx: log.events_of(tx, call))
    assert [one.data["queue"] for one in events if one.kind == "queued"] == ["old"]
    await site.do(do.Ended(call), do.Complete(call, ann, "solved"))
    await settle(router)
    assert (await replay(site.db)).is_equal
    second = site.router("node-2")
    await router.stop()
    await settle(second)
    await site.queue("old")
    await settle(second)
    assert "old" in (await _book(site)).queues
    await assert_memory_is_the_rows(site, second)
    assert (await replay(site.db)).is_equal


async def test_rows_refuse_what_the_floor_would(site: Site) -> None:
    router, ann, _ = await _configured(site)
    await site.db.write(
        lambda tx: history.apply(tx, {"agents": {"Ann": {"queues": ["sales"]}}}, actor=ME)
    )
    await settle(router)
    await site.enqueue(queue="old")
    await settle(router)

    def queue(tx: Any) -> history.Applied:
        return history.remove_queue(tx, "old", actor=ME, note="", version=None)

    def person(tx: Any) -> history.Applied:
        return history.remove_agent(tx, ann, actor=ME, note="", version=None)

    for work, code in ((queue, "not_empty"), (person, "signed_in")):
        with pytest.raises(Conflict) as caught:
            await site.db.write(work)
        assert caught.value.code == code
    made = await site.db.write(
        lambda tx: history.remove_queue(tx, "old", actor=ME, note="", version=None, move_to="sales")
    )
    await settle(router)
    assert await commands.result(site.db, site.bus, made.removals[0]) is not None
    assert [one.queue for one in await site.db.read(queries.waiting)] == ["sales"]
    await offer_of(site, ann)  # it moved, and Ann is asked


async def test_a_removed_agent_is_a_name_in_records(site: Site) -> None:
    router, ann, _ = await _configured(site)
    call = await site.enqueue()
    await settle(router)
    await site.do(do.Accept(await offer_of(site, ann), ann), do.MediaUp(call))
    await site.do(do.Ended(call), do.Complete(call, ann, "solved"), do.SignOut(ann))
    await settle(router)
    await site.db.write(
        lambda tx: history.remove_agent(tx, ann, actor=ME, note="left us", version=None)
    )
    assert "Ann" not in (await _book(site)).agents
    await settle(router)
    assert [one.name for one in await site.db.read(queries.agents)] == ["Bo"]
    await assert_memory_is_the_rows(site, router)
    with pytest.raises(NotFound):
        await site.db.read(lambda tx: queries.agent_state_of(tx, ann))
    told = await explain(site.db, call)
    assert told.decisions[0].agent_name == "Ann"
    assert (await replay(site.db)).is_equal
    await site.db.write(
        lambda tx: history.apply(tx, {"agents": {str(ann): {"queues": ["sales"]}}}, actor=ME)
    )
    await settle(router)
    assert [one.name for one in await site.db.read(queries.agents)] == ["Ann", "Bo"]
    await assert_memory_is_the_rows(site, router)
    assert (await replay(site.db)).is_equal


async def test_a_whole_document_removes_only_when_told_so(site: Site) -> None:
    router, _, bo = await _configured(site)
    await site.do(do.SignOut(bo))
    await settle(router)
    given = {"queues": {"sales": {"wrap_up_s": 30}}, "agents": {"Ann": {"queues": ["sales"]}}}
    looked = await site.db.read(lambda tx: history.look(tx, given))
    assert [one.where for one in looked.changes] == ["agents.Ann.queues.old"]
    looked = await site.db.read(lambda tx: history.look(tx, given, remove=True))
    shown = {(one.where, one.kind) for one in looked.changes}
    assert {("queues.old", "removed"), ("agents.Bo", "removed")} <= shown
    whole = history.whole_sections(given, True)
    await site.db.write(lambda tx: history.apply(tx, given, actor=ME, remove=whole))
    await settle(router)
    book = await _book(site)
    assert (list(book.queues), list(book.agents)) == (["sales"], ["Ann"])
    assert [one.action for one in await site.db.read(history.versions)] == ["apply", "found"]


async def test_a_document_that_still_speaks_of_what_goes_is_refused(site: Site) -> None:
    await _configured(site)
    given = {"queues": {"sales": {"rings": [{"after_s": 3, "add": ["old"]}]}}}
    with pytest.raises(BookInvalid, match="unknown queue 'old'"):
        await site.db.write(
            lambda tx: history.apply(tx, given, actor=ME, remove=frozenset(("queues",)))
        )


async def test_queues_that_speak_of_each_other_go_together(site: Site) -> None:
    router, _, _ = await _configured(site)
    pair = {
        "a": {"rings": [{"after_s": 3, "add": ["b"]}]},
        "b": {"rings": [{"after_s": 3, "add": ["a"]}]},
    }
    await site.db.write(lambda tx: history.apply(tx, {"queues": pair}, actor=ME))
    await settle(router)
    given: Any = {"queues": {"sales": {}, "old": {}}}
    made = await site.db.write(
        lambda tx: history.apply(tx, given, actor=ME, remove=frozenset(("queues",)))
    )
    await settle(router)
    for key in made.removals:
        assert await commands.result(site.db, site.bus, key) is not None
    assert [one.name for one in await site.db.read(queries.queues)] == ["old", "sales"]


async def test_a_rollback_removes_what_came_after(site: Site) -> None:
    router = site.router()
    await site.agent()
    await site.db.write(
        lambda tx: history.apply(tx, {"queues": {"sales": {"priority": 1}}}, actor=ME)
    )
    await site.db.write(lambda tx: history.apply(tx, {"queues": {"new": {}}}, actor=ME))
    await settle(router)
    made = await site.db.write(lambda tx: history.rollback(tx, 2, actor=ME))
    assert [(one.where, one.kind) for one in made.changes] == [("queues.new", "removed")]
    await settle(router)
    assert [one.name for one in await site.db.read(queries.queues)] == ["sales"]
    again = await site.db.write(lambda tx: history.rollback(tx, 3, actor=ME))
    await settle(router)
    assert [one.where for one in again.changes] == ["queues.new"]
    assert [one.name for one in await site.db.read(queries.queues)] == ["new", "sales"]


async def test_what_the_floor_refuses_after_all_is_back_in_the_document(site: Site) -> None:
    """A call is in the inbox, which the rows do not show yet."""
    router, _, bo = await _configured(site)
    await site.do(do.SetState(bo, "away", "lunch"))
    await settle(router)
    await site.db.write(
        lambda tx: history.apply(tx, {"agents": {"Ann": {"queues": ["sales"]}}}, actor=ME)
    )
    await site.enqueue(queue="old")
    made = await site.db.write(
        lambda tx: history.remove_queue(tx, "old", actor=ME, note="", version=None)
    )
    assert "old" not in (await _book(site)).queues
    await settle(router)
    with pytest.raises(Conflict, match="wait in queue old"):
        await commands.result(site.db, site.bus, made.removals[0])
    assert "old" in (await _book(site)).queues
    await assert_memory_is_the_rows(site, router)


async def test_a_queue_configured_again_before_the_floor_heard_keeps_its_row(site: Site) -> None:
    router, _, _ = await _configured(site)
    await site.db.write(lambda tx: history.remove_queue(tx, "old", actor=ME, note="", version=None))
    await site.queue("old", priority=7)
    await settle(router)
    rows, _ = await site.db.read(store.load)
    assert [one.name for one in rows.queues] == ["old", "sales"]
    await assert_memory_is_the_rows(site, router)
    assert (await replay(site.db)).is_equal
