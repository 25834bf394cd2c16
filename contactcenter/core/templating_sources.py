"""Where templates come from: the operator's folder, the database, the texts we ship.

A file holds one template: ``variables`` and ``bodies``; the name is ``<kind>/<file>``, for example
``sms/stop_confirmed``. The shipped ones stand in ``templates/`` at the repository root, and in
``contactcenter/templates`` inside a wheel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from contactcenter.core.errors import NotFound
from contactcenter.core.located_reader import Reader, suggestion
from contactcenter.core.located_yaml import FileFault, FileInvalid, Located, read_yaml
from contactcenter.core.templating_lint import lint
from contactcenter.core.templating_values import (
    VARIABLE_KINDS,
    Template,
    TemplateBody,
    Variable,
)

KINDS = ("email", "sms", "voice")


class TemplateSource(Protocol):
    """Anything that may know a template by name."""

    def get(self, name: str) -> Template | None: ...


class FolderTemplates:
    """Templates of one folder, read when first asked for and again when the file has changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, tuple[int, Template]] = {}

    def names(self) -> tuple[str, ...]:
        """Every name there is, sorted."""
        found = (path for kind in KINDS for path in (self.folder / kind).glob("*.yaml"))
        return tuple(sorted(f"{path.parent.name}/{path.stem}" for path in found))

    def get(self, name: str) -> Template | None:
        """The template, or None. Raises ``FileInvalid`` for a file that can not be taken."""
        kind, _, stem = name.partition("/")
        if kind not in KINDS or not stem.replace("_", "").replace("-", "").isalnum():
            return None
        path = self.folder / kind / f"{stem}.yaml"
        try:
            changed = path.stat().st_mtime_ns
        except OSError:
            return None
        known = self._read.get(name)
        if known is None or known[0] != changed:
            known = (changed, load_template(path.read_text("utf-8"), str(path), name))
            self._read[name] = known
        return known[1]


class PackagedTemplates(FolderTemplates):
    """The texts we ship."""

    def __init__(self) -> None:
        super().__init__(packaged_folder())


class TemplateChain:
    """Sources asked in order; the first that knows the name wins."""

    def __init__(self, sources: Sequence[TemplateSource]) -> None:
        self.sources = tuple(sources)

    def get(self, name: str) -> Template | None:
        """The first template found, or None."""
        for source in self.sources:
            found = source.get(name)
            if found is not None:
                return found
        return None

    def need(self, name: str) -> Template:
        """The template. Raises ``NotFound``."""
        found = self.get(name)
        if found is None:
            raise NotFound(f"there is no template {name!r}", details={"name": name})
        return found


class LookedUp:
    """A function as a source: the shell gives one that reads the template rows it has cached."""

    def __init__(self, find: Callable[[str], Template | None]) -> None:
        self._find = find

    def get(self, name: str) -> Template | None:
        return self._find(name)


@lru_cache(maxsize=1)
def packaged_folder() -> Path:
    """``contactcenter/templates`` of a wheel, else ``templates`` at the repository root."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


def load_template(source: str, file: str, name: str) -> Template:
    """A template file, linted. Raises ``FileInvalid`` with file and line of every fault."""
    faults: list[FileFault] = []
    reader = Reader(read_yaml(source, file), file, faults, "template")
    variables = dict(read_variables(reader, "variables"))
    bodies = []
    for language, located, line in reader.mapping("bodies", required=True):
        part = Reader(located, file, faults, f"body {language}")
        body = TemplateBody(language, part.text("subject"), part.text("text"), part.text("html"))
        part.finish()
        if not body.text:
            part.fault("a body needs a text", line)
        for fault in lint(body, variables):
            at = _source_line(part, fault.part, fault.line)
            faults.append(FileFault(file, at, f"{language} {fault}", fault.hint))
        bodies.append(body)
    reader.finish()
    if faults:
        raise FileInvalid(faults)
    return Template(name, variables, tuple(bodies))


def _source_line(part: Reader, key: str, line: int) -> int:
    """The file's line of a source's line: a block scalar begins on the line after its key."""
    at = part.line_of(key)
    value = part.data.get(key)
    block = value is not None and isinstance(value.data, str) and "\n" in value.data
    return at + line if block else at


def read_variables(reader: Reader, key: str) -> Sequence[tuple[str, Variable]]:
    """Declared variables: ``name: kind`` or ``name: {kind, fallback, fields}``."""
    declared = []
    for name, located, line in reader.mapping(key):
        if not all(part.isidentifier() and part[0] != "_" for part in name.split(".")):
            reader.fault(f"variable {name!r}: not a name", line)
            continue
        declared.append((name, _variable(reader, name, located, line)))
    return declared


def _variable(reader: Reader, name: str, located: Located, line: int) -> Variable:
    if isinstance(located.data, dict):
        inner = Reader(located, reader.file, reader.faults, f"variable {name}")
        kind = inner.text("kind", "text")
        fallback = inner.take("fallback")
        fields = inner.texts("fields")
        inner.finish()
    else:
        kind, fallback, fields = str(located.data), None, ()
    for known in VARIABLE_KINDS:
        if known == kind:
            return Variable(known, fallback.plain() if fallback else None, fields)
    reader.fault(f"variable {name}: unknown kind {kind!r}", line, suggestion(kind, VARIABLE_KINDS))
    return Variable()
