"""Rows of a customer file: mapped and checked; a bad one says row, column and reason."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import pytest

from contactcenter.core.errors import Invalid
from contactcenter.crm.import_rows import (
    CustomerIn,
    Fault,
    digest_of,
    fake_addresses,
    mapping_of,
    open_csv,
    rows,
    typed,
)

Row = CustomerIn | list[Fault]


def read(
    tmp_path: Path, content: str | bytes, given: Mapping[str, str] | None = None,
    *, region: str | None = "GB", fake: int | None = None,
) -> list[Row]:  # fmt: skip
    file = tmp_path / "c.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with open_csv(file) as (reader, _):
        mapping = mapping_of(reader.fieldnames or [], given or {})
        return list(rows(reader, mapping, region=region, fake=fake))


def good(row: Row) -> CustomerIn:
    assert isinstance(row, CustomerIn), row
    return row


def faults(row: Row) -> list[tuple[int, str, str]]:
    assert isinstance(row, list), row
    return [(one.row, one.column, one.reason) for one in row]


def test_known_names_go_to_fields_and_the_rest_becomes_attributes(tmp_path: Path) -> None:
    (row,) = read(
        tmp_path,
        "external_id,Name,phone,email,Churn,tenure\n7,Mary,07700 900001,M@Mail.test,Yes,12\n",
    )
    one = good(row)
    assert (one.row, one.external_id, one.values["name"]) == (2, "7", "Mary")
    assert one.attributes == {"Churn": "Yes", "tenure": 12}
    assert [(a.kind, a.value) for a in one.addresses] == [
        ("phone", "+447700900001"), ("email", "m@mail.test"),
    ]  # fmt: skip


def test_a_mapping_overrules_the_names(tmp_path: Path) -> None:
    given = {"customerID": "external_id", "name": "attributes.nick", "full": "name"}
    (row,) = read(tmp_path, "customerID,name,full\n7,Mimi,Mary Poppins\n", given)
    one = good(row)
    assert (one.external_id, one.values["name"]) == ("7", "Mary Poppins")
    assert one.attributes == {"nick": "Mimi"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"gone": "name"}, "no such column; columns: a, b"),
        ({"a": "nonsense"}, "no such field; fields: external_id"),
        ({"a": "name", "b": "name"}, "two columns are mapped to name"),
    ],
)
def test_a_wrong_mapping_is_refused_as_a_whole(given: Mapping[str, str], told: str) -> None:
    with pytest.raises(Invalid, match=told):
        mapping_of(["a", "b"], given)


def test_a_mapping_is_known_again_whatever_its_order() -> None:
    first = mapping_of(["a", "b"], {"a": "name", "b": "tags"})
    second = mapping_of(["b", "a"], {"b": "tags", "a": "name"})
    assert first.fingerprint() == second.fingerprint()
    assert first.fingerprint() != mapping_of(["a", "b"], {"a": "name"}).fingerprint()


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12", 12), ("-3", -3), ("0", 0), ("29.85", 29.85), ("007", "007"), ("1e5", "1e5"),
        ("+44", "+44"), ("1 000", "1 000"), ("9" * 16, "9" * 16), ("Yes", "Yes"), ("1.", "1."),
    ],
)  # fmt: skip
def test_numbers_are_numbers_and_codes_stay_text(cell: str, value: object) -> None:
    found = typed(cell)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("header", "cells", "column", "reason"),
    [
        ("phone,name", "12,Mary", "phone", "number"),
        ("email,name", "not-a-mail,Mary", "email", ""),
        ("phone,name", "mary@mail.test,Mary", "phone", "this is no phone"),
        ("external_id,language", "1,klingon!", "language", "BCP 47"),
        ("external_id,time_zone", "1,Mars/Olympus", "time_zone", "IANA"),
        ("external_id,name", f"1,{'x' * 10_001}", "name", "longer than 10000"),
        ("external_id,name", "1,a\x00b", "name", "zero"),
        ("name", "Mary", "", "who is it"),
        ("external_id,name", "1", "name", "ends before"),
        ("external_id,name", "1,Mary,more", "", "more cells than columns"),
    ],
)
def test_a_bad_row_says_row_column_and_reason_but_not_the_value(
    tmp_path: Path, header: str, cells: str, column: str, reason: str
) -> None:
    bad, *others = read(tmp_path, f"{header}\n{cells}\n" + fine_row(header))
    (fault,) = faults(bad)
    assert fault[:2] == (2, column)
    assert reason in fault[2]
    assert "mary@mail.test" not in fault[2]
    assert [type(one) for one in others] == [CustomerIn] * (header != "name")


def fine_row(header: str) -> str:
    cells = {
        "external_id": "9", "name": "Ann", "phone": "07700 900009", "email": "a@mail.test",
        "language": "en", "time_zone": "Europe/London",
    }  # fmt: skip
    if header == "name":
        return ""  # nobody can be told by a name alone
    return ",".join(cells[name] for name in header.split(",")) + "\n"


def test_several_faults_of_a_row_are_all_told(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "external_id,language,time_zone\n1,?,?\n")
    assert [column for _, column, _ in faults(row)] == ["language", "time_zone"]


def test_tags_are_split_and_empty_cells_are_nothing(tmp_path: Path) -> None:
    (row,) = read(tmp_path, 'external_id,tags,name,size\n1,"vip, north ,",,\n')
    one = good(row)
    assert one.values == {"external_id": "1", "tags": ["vip", "north"]}
    assert one.attributes == {}


def test_gzip_a_mark_of_utf8_and_quoted_line_breaks_are_read(tmp_path: Path) -> None:
    plain = '\ufeffexternal_id,name\n1,"Mary\nAnn"\n'.encode()
    first = good(read(tmp_path, plain)[0])
    second = good(read(tmp_path, gzip.compress(plain))[0])
    assert first.values == second.values == {"external_id": "1", "name": "Mary\nAnn"}


def test_bytes_that_are_no_utf8_spoil_their_row_alone(tmp_path: Path) -> None:
    bad, fine = read(tmp_path, b"external_id,name\n1,M\xe9\n2,Ann\n")
    assert faults(bad)[0][0] == 2
    assert good(fine).external_id == "2"


@pytest.mark.parametrize("content", [b"", b"a,,b\n1,2,3\n", b"a,a\n1,2\n"])
def test_a_file_without_a_usable_first_row_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Invalid, match="name every column, each once"):
        read(tmp_path, content)


def test_a_file_that_is_not_there_or_cut_off_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="No such file"), open_csv(tmp_path / "gone.csv"):
        pass
    whole = gzip.compress(b"external_id\n" + b"".join(b"%d\n" % n for n in range(20_000)))
    with pytest.raises(Invalid, match="cut off or damaged"):
        read(tmp_path, whole[: len(whole) // 2])


def test_fake_addresses_are_nobodys_the_same_again_and_never_twice() -> None:
    first = [fake_addresses(1, n) for n in range(7043)]
    assert first == [fake_addresses(1, n) for n in range(7043)]
    phones = [one[0].value for one in first]
    assert len(set(phones)) == len(phones)
    assert all(phone.startswith("+44") and len(phone) in (12, 13) for phone in phones)
    assert all(one[1].value.endswith(".test") for one in first)
    assert phones != [fake_addresses(2, n)[0].value for n in range(7043)]


def test_fake_addresses_fill_in_only_where_there_are_none(tmp_path: Path) -> None:
    with_own, without = read(tmp_path, "external_id,phone\n1,07700 900001\n2,\n", fake=3)
    assert [a.value for a in good(with_own).addresses] == ["+447700900001"]
    assert len(good(without).addresses) == 2


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"a")
    first = digest_of(file)
    file.write_bytes(b"b")
    assert digest_of(file) != first
