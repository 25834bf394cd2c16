"""Customers: found by address, edited under a version, searched by what one knows."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import pytest

from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Conflict, Invalid, NotFound
from contactcenter.core.ids import new_id
from contactcenter.crm import customers

MARY = "+447700900001"


async def made(db: Database, value: str = MARY, **changes: object) -> UUID:
    kind = "email" if "@" in value else "phone"
    found = await db.write(lambda tx: customers.create_or_find(tx, kind, value, f"raw {value}"))
    if changes:
        await db.write(lambda tx: customers.edit(tx, found[0], changes))
    return found[0]


async def test_first_contact_makes_a_new_record_with_the_raw_address_kept(db: Database) -> None:
    key = await made(db)
    mary = await db.read(lambda tx: customers.get(tx, key))
    assert (mary.is_new, mary.name, mary.language, mary.version) == (True, "", "en", 1)
    assert [(one.value, one.raw) for one in mary.addresses] == [(MARY, f"raw {MARY}")]


async def test_the_second_contact_finds_it(db: Database) -> None:
    first = await made(db)
    again = await db.write(
        lambda tx: customers.create_or_find(tx, "phone", MARY, "other", language="zh-CN")
    )
    assert (again[0], again[2]) == (first, False)
    mary = await db.read(lambda tx: customers.get(tx, first))
    assert mary.language == "en"


async def test_an_edit_raises_the_version_and_ends_being_new(db: Database) -> None:
    key = await made(db)
    changed = await db.write(
        lambda tx: customers.edit(tx, key, {"name": "Mary", "tags": ["vip"]}, version=1)
    )
    assert (changed.name, changed.tags, changed.version, changed.is_new) == (
        "Mary", ["vip"], 2, False,
    )  # fmt: skip


async def test_an_edit_of_an_older_version_is_a_conflict(db: Database) -> None:
    key = await made(db, name="Mary")
    with pytest.raises(Conflict, match="changed meanwhile"):
        await db.write(lambda tx: customers.edit(tx, key, {"name": "Maria"}, version=1))
    assert (await db.read(lambda tx: customers.get(tx, key))).name == "Mary"


async def test_unknown_fields_and_customers_are_said_so(db: Database) -> None:
    key = await made(db)
    with pytest.raises(Invalid, match="no field colour; fields: attributes"):
        await db.write(lambda tx: customers.edit(tx, key, {"colour": "red"}))
    nobody = new_id()
    for call in (customers.get, lambda tx, of: customers.edit(tx, of, {"name": "x"})):
        with pytest.raises(NotFound):
            await db.write(lambda tx, one=call: one(tx, nobody))  # type: ignore[misc]  # bound now


async def test_search_by_name_number_mailbox_or_external_id(db: Database) -> None:
    mary = await made(db, MARY, name="Mary Poppins", external_id="C-7")
    john = await made(db, "john@mail.test", name="John")
    for words, found in {
        "mary": [mary], "MARY P": [mary], "+4477": [mary], "C-7": [mary], "c-7": [],
        "john@": [john], "poppins": [], "": [mary, john], "%": [], "_": [],
    }.items():  # fmt: skip
        rows = await db.read(lambda tx, one=words: customers.search(tx, one))  # type: ignore[misc]  # bound now
        assert [row.id for row in rows] == found, words


async def test_search_goes_page_by_page(db: Database) -> None:
    keys = [await made(db, f"+4477009000{n:02}") for n in range(7)]
    seen: list[UUID] = []
    after: UUID | None = None
    while page := await db.read(partial(customers.search, text="", after=after, limit=3)):
        seen += [row.id for row in page]
        after = seen[-1]
    assert seen == keys


async def test_a_new_customer_s_choice_of_language_is_kept_and_no_record_of_ours(
    db: Database,
) -> None:
    def choose(tx: Tx) -> tuple[bool, bool, customers.CustomerRow]:
        key, _, _ = customers.create_or_find(tx, "phone", "+15550188", "+15550188")
        first = customers.choose_language(tx, key, "zh-CN")
        again = customers.choose_language(tx, key, "en")  # known now: a key does not overrule it
        return first, again, customers.get(tx, key)

    first, again, found = await db.write(choose)
    assert (first, again) == (True, False)
    assert (found.language, found.is_new, found.version) == ("zh-CN", False, 2)
    assert [each.value for each in found.addresses] == ["+15550188"]
