"""Reading a menu file; every fault with file and line, all of them at once.

``load`` gives a menu whose parts are well formed; ``ivr.checker`` says whether it holds together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal

from contactcenter.core.errors import NotFound
from contactcenter.core.located_reader import Reader, suggestion
from contactcenter.core.located_yaml import FileFault, FileInvalid, Located, read_yaml
from contactcenter.core.templating import read_variables
from contactcenter.core.templating_values import Variable, VariableKind, Variables
from contactcenter.ivr.checker import check
from contactcenter.ivr.model import FACTS, KEPT, Menu, Node, Target, Texts
from contactcenter.ivr.nodes import NODE_TYPES
from contactcenter.ivr.reading import MenuTerms, NodeReader
from contactcenter.ivr.wording import DEFAULTS, default_wording

FactKinds = Mapping[str, VariableKind | Literal["texts", "any"]]


def load_file(
    path: Path,
    *,
    queues: Collection[str] | None = None,
    skills: Collection[str] | None = None,
    look_ups: Collection[str] | None = None,
    facts: FactKinds = FACTS,
) -> Menu:
    """Read and check one file. None for a list of names leaves those names unchecked.

    Raises ``NotFound`` for a missing file, ``FileInvalid`` for anything wrong in it.
    """
    try:
        source = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise FileInvalid([FileFault(str(path), 1, "not UTF-8")]) from error
    except OSError as error:
        raise NotFound(f"{path}: {error.strerror}", hint="name a menu file") from error
    menu = load(source, str(path), facts)
    faults = check(menu, queues=queues, skills=skills, look_ups=look_ups)
    if faults:
        raise FileInvalid(faults)
    return menu


def load(source: str, file: str, facts: FactKinds = FACTS) -> Menu:
    """The menu of a text. Raises ``FileInvalid``."""
    faults: list[FileFault] = []
    top = Reader(read_yaml(source, file), file, faults, "menu")
    name = top.text("menu", required=True)
    version = top.integer("version", 1, 1, 1_000_000)
    languages = _languages(top)
    start, fallback = _target(top, "start"), _target(top, "fallback")
    max_turns = top.integer("max_turns", 60, 1, 1000)
    variables = _variables(top, facts)
    visible = {**_printable(facts), **variables}
    terms = MenuTerms(languages, variables, visible, facts)
    wording = _wording(top, terms)
    nodes: dict[str, Node] = {}
    for node_name, located, line in top.mapping("nodes", required=True):
        node = _node(node_name, located, line, file, faults, terms)
        if node is not None:
            nodes[node_name] = node
    top.finish()
    if faults:
        raise FileInvalid(faults)
    used = frozenset(terms.read - variables.keys()) | KEPT
    return Menu(
        name,
        version,
        file,
        languages,
        start,
        fallback,
        nodes,
        variables,
        wording,
        used,
        visible,
        max_turns,
    )


def _languages(top: Reader) -> tuple[str, ...]:
    languages = top.texts("languages")
    if not languages:
        top.fault("menu: languages is missing", top.line_of("languages"), "languages: [en, zh-CN]")
    for language in languages:
        if not all(part.isalnum() and part.isascii() for part in language.split("-")):
            top.fault(f"menu: {language!r} is not a BCP 47 tag", top.line_of("languages"))
    return tuple(dict.fromkeys(languages)) or ("en",)


def _target(top: Reader, key: str) -> Target:
    return Target(top.text(key, required=True), top.line_of(key), key)


def _variables(top: Reader, facts: FactKinds) -> Variables:
    variables = dict(read_variables(top, "variables"))
    found = top.data.get("variables")
    lines = found.key_lines if found else {}
    for name, variable in variables.items():
        head = name.split(".")[0]
        if name in facts or head == "customer" or f"{head}.*" in facts:
            top.fault(f"variable {name}: this name is a fact's", lines[name])
        if variable.kind == "list":
            top.fault(f"variable {name}: a menu has no lists", lines[name])
        if any(other.startswith(f"{name}.") for other in variables):
            top.fault(f"variable {name}: this name is a group's", lines[name])
    return variables


def _printable(facts: FactKinds) -> dict[str, Variable]:
    return {
        name: Variable(kind)
        for name, kind in facts.items()
        if kind != "texts" and kind != "any" and not name.endswith("*")
    }


def _wording(top: Reader, terms: MenuTerms) -> dict[str, Texts]:
    wording = {name: default_wording(name, terms.languages) for name in DEFAULTS}
    found = top.take("wording")
    if found is not None:
        reader = NodeReader(found, top.file, top.faults, "wording", terms)
        for name in DEFAULTS:
            own = reader.prompt(name, only=("label", "key") if name == "choice" else ())
            wording[name] = own or wording[name]
        reader.finish()
    for name, texts in wording.items():
        for language in terms.languages:
            if language not in texts.by_language:
                hint = f"add wording: {{{name}: {{{language}: ...}}}}"
                top.fault(f"menu: no wording {name} in {language}", None, hint)
    return wording


def _node(
    name: str,
    located: Located,
    line: int,
    file: str,
    faults: list[FileFault],
    terms: MenuTerms,
) -> Node | None:
    reader = NodeReader(located, file, faults, f"node {name}", terms, name)
    reader.line = line
    kinds = [key for key in reader.data if key in NODE_TYPES]
    if len(kinds) != 1:
        said = f"both {kinds[0]} and {kinds[1]}" if kinds else "no type"
        hint = suggestion(next(iter(reader.data), ""), NODE_TYPES)
        reader.fault(f"node {name} has {said}", line, hint)
        return None
    node = NODE_TYPES[kinds[0]](reader)
    reader.finish()
    return node
