"""Writing a customer file: idempotent by external id, resumable, bad rows left out and told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Invalid
from contactcenter.crm import customers, importing
from contactcenter.crm.importing import COMMIT_ROWS, ImportPlan, ImportResult, run
from contactcenter.crm.tables import customer, customer_address


def plan(tmp_path: Path, content: str, **more: Any) -> ImportPlan:
    file = tmp_path / "customers.csv"
    file.write_text(content, encoding="utf-8")
    return ImportPlan(file, more.pop("mapping", {}), region="GB", **more)


async def count(db: Database, table: Any = customer) -> int:
    found = await db.read(lambda tx: tx.scalar(select(func.count()).select_from(table)))
    return int(found)


async def by_id(db: Database, external: str) -> customers.CustomerRow:
    def work(tx: Tx) -> customers.CustomerRow:
        key = tx.scalar(select(customer.c.id).where(customer.c.external_id == external))
        return customers.get(tx, key)

    return await db.read(work)


def told(result: ImportResult) -> tuple[int, int, int, int]:
    return result.created, result.changed, result.unchanged, len(result.faults)


async def test_rows_become_customers_with_addresses_and_attributes(
    db: Database, tmp_path: Path
) -> None:
    result = await run(
        db,
        plan(
            tmp_path,
            "external_id,name,phone,email,language,tags,tenure\n"
            "7,Mary,07700 900001,mary@mail.test,zh-CN,vip,12\n",
        ),
    )
    assert told(result) == (1, 0, 0, 0)
    mary = await by_id(db, "7")
    assert (mary.name, mary.language, mary.tags, mary.attributes) == (
        "Mary", "zh-CN", ["vip"], {"tenure": 12},
    )  # fmt: skip
    assert [(a.kind, a.value, a.raw) for a in mary.addresses] == [
        ("phone", "+447700900001", "07700 900001"), ("email", "mary@mail.test", "mary@mail.test"),
    ]  # fmt: skip
    assert not mary.is_new


async def test_the_same_file_again_changes_nothing_and_a_changed_one_that_row(
    db: Database, tmp_path: Path
) -> None:
    header = "external_id,name,tenure\n"
    await run(db, plan(tmp_path, header + "1,Mary,1\n2,John,2\n"))
    assert told(await run(db, plan(tmp_path, header + "1,Mary,1\n2,John,2\n"))) == (0, 0, 2, 0)
    assert told(await run(db, plan(tmp_path, header + "1,Mary,1\n2,John,3\n"))) == (0, 1, 1, 0)
    assert (await by_id(db, "2")).attributes == {"tenure": 3}
    assert await count(db) == 2


async def test_what_the_file_does_not_say_is_kept(db: Database, tmp_path: Path) -> None:
    await run(db, plan(tmp_path, "external_id,name,a,b\n1,Mary,1,2\n"))
    await run(db, plan(tmp_path, "external_id,b\n1,3\n"))
    mary = await by_id(db, "1")
    assert (mary.name, mary.attributes, mary.version) == ("Mary", {"a": 1, "b": 3}, 2)


async def test_without_an_external_id_the_address_tells_who_it_is(
    db: Database, tmp_path: Path
) -> None:
    await run(db, plan(tmp_path, "name,phone\nMary,07700 900001\n"))
    result = await run(db, plan(tmp_path, "name,phone\nMary Poppins,+44 7700 900001\n"))
    assert told(result) == (0, 1, 0, 0)
    found = await db.read(lambda tx: customers.find_by_address(tx, "phone", "+447700900001"))
    assert found is not None
    assert found.name == "Mary Poppins"
    assert await count(db) == 1


async def test_a_shared_address_belongs_to_both_and_the_first_is_found(
    db: Database, tmp_path: Path
) -> None:
    await run(
        db, plan(tmp_path, "external_id,phone\n1,07700900001\n2,07700900001\n1,07700900001\n")
    )
    both = await db.read(lambda tx: customers.all_by_address(tx, "phone", "+447700900001"))
    assert [one.external_id for one in both] == ["1", "2"]
    assert await count(db, customer_address) == 2


async def test_a_caller_known_already_keeps_their_number(db: Database, tmp_path: Path) -> None:
    await db.write(lambda tx: customers.create_or_find(tx, "phone", "+447700900001", "x"))
    await run(db, plan(tmp_path, "external_id,phone\n1,07700900001\n"))
    both = await db.read(lambda tx: customers.all_by_address(tx, "phone", "+447700900001"))
    assert [one.external_id for one in both] == [None, "1"]


async def test_bad_rows_are_left_out_and_the_others_are_in(db: Database, tmp_path: Path) -> None:
    content = "external_id,phone\n1,07700900001\n2,12\n3,07700900003\n"
    result = await run(db, plan(tmp_path, content))
    assert told(result) == (2, 0, 0, 1)
    assert [(one.row, one.column) for one in result.faults] == [(3, "phone")]
    assert result.read == 3


async def test_the_same_external_id_twice_in_a_file_is_one_customer(
    db: Database, tmp_path: Path
) -> None:
    result = await run(db, plan(tmp_path, "external_id,name\n1,Mary\n1,Maria\n"))
    assert told(result)[:2] == (1, 1)
    assert (await by_id(db, "1")).name == "Maria"


async def test_a_dry_run_tells_and_writes_nothing(db: Database, tmp_path: Path) -> None:
    content = "external_id,phone\n1,07700900001\n2,12\n"
    result = await run(db, plan(tmp_path, content, dry_run=True))
    assert (result.read, len(result.faults)) == (2, 1)
    assert await count(db) == 0
    assert told(await run(db, plan(tmp_path, content))) == (1, 0, 0, 1)


def many(rows: int) -> str:
    return "external_id,name\n" + "".join(f"{n},Customer {n}\n" for n in range(rows))


async def test_a_run_that_was_cut_goes_on_where_it_stood(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    total = 2 * COMMIT_ROWS + 10
    real, done = importing._write, []

    def dies(tx: Tx, **more: Any) -> Any:
        done.append(1)
        if len(done) == 2:
            raise ConnectionError("killed")
        return real(tx, **more)

    monkeypatch.setattr(importing, "_write", dies)
    with pytest.raises(ConnectionError):
        await run(db, plan(tmp_path, many(total)))
    assert await count(db) == COMMIT_ROWS
    monkeypatch.setattr(importing, "_write", real)
    result = await run(db, plan(tmp_path, many(total)))
    assert (result.skipped, result.created) == (COMMIT_ROWS, total - COMMIT_ROWS)
    assert await count(db) == total
    again = await run(db, plan(tmp_path, many(total)))
    assert (again.skipped, again.unchanged) == (0, total)


async def test_progress_is_told_after_each_commit(db: Database, tmp_path: Path) -> None:
    heard: list[tuple[int, float]] = []
    await run(
        db, plan(tmp_path, many(COMMIT_ROWS + 1)), lambda rows, share: heard.append((rows, share))
    )
    assert [rows for rows, _ in heard] == [COMMIT_ROWS, COMMIT_ROWS + 1]
    assert heard[-1][1] == pytest.approx(1.0)
    assert 0 < heard[0][1] <= 1


async def test_an_unusable_file_changes_nothing(db: Database, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        await run(db, plan(tmp_path, "a,a\n1,2\n"))
    with pytest.raises(Invalid, match="no such column"):
        await run(db, plan(tmp_path, "a\n1\n", mapping={"b": "name"}))
    assert await count(db) == 0


async def test_fake_addresses_are_the_same_in_every_run(db: Database, tmp_path: Path) -> None:
    await run(
        db, plan(tmp_path, "customerID\nA\nB\n", mapping={"customerID": "external_id"}, fake=7)
    )
    first = [one.value for one in (await by_id(db, "A")).addresses]
    result = await run(
        db, plan(tmp_path, "customerID\nA\nB\n", mapping={"customerID": "external_id"}, fake=7)
    )
    assert told(result) == (0, 0, 2, 0)
    assert [one.value for one in (await by_id(db, "A")).addresses] == first
    assert await count(db, customer_address) == 4
