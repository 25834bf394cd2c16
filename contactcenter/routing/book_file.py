"""The routing document as YAML: read with the line of every fault, and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from contactcenter.core.located_yaml import FileFault, FileInvalid, Located, read_yaml
from contactcenter.routing.book import SECTIONS, Book, Fault


@dataclass(frozen=True, slots=True)
class Document:
    """A document as read: plain data, and the lines to place faults by."""

    file: str
    plain: Any
    lines: Located

    def line_of(self, fault: Fault) -> int:
        """The line of the fault's place, or of the nearest part that is written there."""
        return self.lines.line_of(fault.path)

    def refuse(self, faults: Sequence[Fault]) -> FileInvalid:
        """The error that tells all of these with their lines."""
        return FileInvalid([self.placed(one) for one in faults])

    def placed(self, fault: Fault) -> FileFault:
        """The fault as one of the file."""
        return FileFault(self.file, self.line_of(fault), str(fault), fault.hint)


def read_document(source: str, file: str) -> Document:
    """The document in ``source``. ``FileInvalid`` where it is no YAML."""
    located = read_yaml(source, file)
    return Document(file, _plain(located.plain()), located)


def _plain(value: Any) -> Any:
    """As JSON would have it: what the file writes as a date or a decimal is text or a float."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def yaml_of(book: Book) -> str:
    """The book as a document that reads back equal; sections that are empty are left out."""
    parts = [yaml_of_part({name: section}) for name in SECTIONS if (section := getattr(book, name))]
    return "\n".join(parts) or "queues: {}\n"


def yaml_of_part(sections: Mapping[str, Any]) -> str:
    """Sections (plain data) as they are."""
    import yaml

    written: str = yaml.dump(
        _builtin(sections),
        Dumper=_dumper(),
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=100,
    )
    return written


def _dumper() -> Any:
    """A dumper that quotes what the reader would not take for text."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    return Dumper


def _builtin(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _builtin(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_builtin(one) for one in value]
    return value
