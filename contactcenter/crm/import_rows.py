"""Rows of a customer file: read, mapped and checked; nothing is written here."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contactcenter.core.addresses import Address, parse_address
from contactcenter.core.errors import Invalid

FIELDS = ("external_id", "name", "language", "time_zone", "phone", "email", "tags")
"""Where a column may go; every other column becomes an attribute of its own name."""

_ATTRIBUTE = "attributes."
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,14})")
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,14})\.\d{1,9}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_CELL = 10_000
_READING = {
    "unexpected end of data": "a quote is opened here and never closed: all that follows is in it"
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row was not taken: its number in the file (the header is 1), its column, the reason.

    The value itself is not repeated: fault files get mailed around.
    """

    row: int
    column: str
    reason: str


@dataclass(slots=True)
class CustomerIn:
    """One checked row."""

    row: int
    values: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    addresses: list[Address] = field(default_factory=list)

    @property
    def external_id(self) -> str | None:
        return self.values.get("external_id")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Column -> field, complete for one file."""

    targets: Mapping[str, str]

    def fingerprint(self) -> str:
        return repr(sorted(self.targets.items()))


def mapping_of(columns: Sequence[str], given: Mapping[str, str]) -> ColumnMap:
    """The mapping of a file with these columns; ``Invalid`` names what does not exist."""
    unknown = given.keys() - set(columns)
    if unknown:
        raise Invalid(
            f"--map {min(unknown)}: the file has no such column; columns: {', '.join(columns)}"
        )
    for column, target in given.items():
        if target not in FIELDS and not target.startswith(_ATTRIBUTE):
            raise Invalid(
                f"--map {column}={target}: no such field; fields: {', '.join(FIELDS)}, "
                f"{_ATTRIBUTE}NAME"
            )
    own = {column: column.lower() for column in columns if column.lower() in FIELDS}
    taken = set(given.values())
    targets = {c: t for c, t in own.items() if t not in taken}
    rest = {column: _ATTRIBUTE + column for column in columns}
    targets = {**rest, **targets, **given}
    singles = [t for t in targets.values() if t in FIELDS and t not in ("phone", "email", "tags")]
    for target in singles:
        if singles.count(target) > 1:
            raise Invalid(f"two columns are mapped to {target}")
    return ColumnMap(targets)


@contextmanager
def open_csv(path: Path) -> Iterator[tuple[csv.DictReader[str], Callable[[], float]]]:
    """A CSV file, gzip read directly, and how far it is read (0 to 1).

    ``Invalid`` when it can not be read as one. Bytes that are no UTF-8 spoil their own row only.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        raise Invalid(f"{path}: {error.strerror}") from None
    with raw:
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream: Any = gzip.GzipFile(fileobj=raw) if zipped else raw
        text = io.TextIOWrapper(stream, "utf-8-sig", "surrogateescape", newline="")
        reader = csv.DictReader(text, strict=True)
        try:
            columns = reader.fieldnames
        except (csv.Error, OSError, EOFError, zlib.error) as error:
            raise Invalid(f"{path}: not a CSV file: {error}") from None
        if not columns or not all(columns) or len(set(columns)) != len(columns):
            raise Invalid(f"{path}: the first row must name every column, each once")
        size = max(path.stat().st_size, 1)
        yield reader, lambda: min(raw.tell() / size, 1.0)


def digest_of(path: Path) -> str:
    """SHA-256 of the file, to know it again when resuming."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def rows(
    reader: csv.DictReader[str], mapping: ColumnMap, *, region: str | None, fake: int | None
) -> Iterator[CustomerIn | list[Fault]]:
    """Every row, checked, in order; a list of faults for one that can not be taken."""
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield [Fault(number, "", _READING.get(str(error), f"the row can not be read: {error}"))]
            continue
        except (OSError, EOFError, zlib.error) as error:
            raise Invalid(
                f"row {number}: the file is cut off or damaged here: {error}",
                hint="the rows before it are in; mend the file and import it again",
            ) from None
        yield _row(number, cells, mapping, region=region, fake=fake)


def _row(
    number: int,
    cells: Mapping[str | None, Any],
    mapping: ColumnMap,
    *,
    region: str | None,
    fake: int | None,
) -> CustomerIn | list[Fault]:
    if None in cells:
        return [Fault(number, "", f"more cells than columns ({len(mapping.targets)})")]
    found, faults = CustomerIn(number), []
    for column, target in mapping.targets.items():
        text = cells.get(column)
        if text is None:
            faults.append(Fault(number, column, "the row ends before this column"))
            continue
        try:
            _put(found, target, text.strip(), region)
        except Invalid as error:
            faults.append(Fault(number, column, error.message))
    if fake is not None and not found.addresses:
        found.addresses = fake_addresses(fake, number - 2)
    if not faults and not found.external_id and not found.addresses:
        faults.append(Fault(number, "", "neither external_id nor an address: who is it?"))
    return faults or found


def _put(found: CustomerIn, target: str, text: str, region: str | None) -> None:
    if len(text) > _LONGEST_CELL:
        raise Invalid(f"longer than {_LONGEST_CELL} characters")
    if "\x00" in text or (not text.isprintable() and _SURROGATE.search(text)):
        raise Invalid("holds a zero byte or bytes that are no UTF-8")
    if not text:
        return
    if target.startswith(_ATTRIBUTE):
        found.attributes[target.removeprefix(_ATTRIBUTE)] = typed(text)
    elif target in ("phone", "email"):
        address = parse_address(text, region)
        if address.kind != target:
            raise Invalid(f"this is no {target}")
        found.addresses.append(address)
    elif target == "tags":
        found.values["tags"] = [tag.strip() for tag in text.split(",") if tag.strip()]
    else:
        found.values[target] = _CHECKS.get(target, str)(text)


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise Invalid("not a BCP 47 language tag (en, zh-CN)")
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise Invalid("not an IANA time zone (Europe/Berlin)") from None
    return text


_CHECKS = {"language": _language, "time_zone": _zone}


def typed(text: str) -> str | int | float:
    """A cell as a rule compares it: whole and decimal numbers as numbers, all else as text.

    ``007`` and ``1e5`` stay text: they are codes more often than numbers.
    """
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


# Numbers that Ofcom keeps free for drama; no person can be reached there.
# https://www.ofcom.org.uk/phones-and-broadband/phone-numbers/numbers-for-drama
_DRAMA = (
    "7700900", "1134960", "1144960", "1154960", "1164960", "1174960", "1184960", "1214960",
    "1314960", "1414960", "1514960", "1614960", "1914980", "2079460", "2896496", "2920180",
    "1632960",
)  # fmt: skip


def fake_addresses(seed: int, number: int) -> list[Address]:
    """A phone number and a mailbox of nobody's, the same for the same seed and row."""
    blocks = len(_DRAMA) * 1000
    place = (number * 7919 + seed * 104_729) % blocks  # 7919 has no factor in common with blocks
    block, rest = divmod(place, 1000)
    phone = f"+44{_DRAMA[block]}{rest:03d}"
    mail = f"c{seed}-{number}@mail.test"
    return [Address("phone", phone, phone, "GB"), Address("email", mail, mail)]
