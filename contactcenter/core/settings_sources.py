"""Where settings come from: a TOML file and ``CC_*`` variables, with the faults of their names."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from contactcenter.core.settings_faults import Fault, variable

PREFIX = "CC_"
CONFIG = "CC_CONFIG"
"""Names the TOML file; no setting itself."""
_NOT_SETTINGS = ("CC_TEST_",)
_FILE = "_file"
_DURATION = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([smhd]?)")
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(slots=True)
class Given:
    """What was given, nested as the settings are, and what was wrong with its names and files."""

    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def merge(self, values: Mapping[str, Any]) -> None:
        """Later values stand over earlier ones, name by name."""
        _merge(self.values, values)


def known(model: type[BaseModel], above: str = "") -> dict[str, bool]:
    """Every setting's name in TOML's spelling, sections too; True for those that hold others."""
    found: dict[str, bool] = {}
    for name, one in model.model_fields.items():
        inner: Any = one.annotation
        is_part = isinstance(inner, type) and issubclass(inner, BaseModel)
        is_open = getattr(inner, "__origin__", None) in (tuple, dict)
        found[above + name] = is_part or is_open
        if is_part:
            found |= known(inner, f"{above}{name}.")
    return found


def read(names: Mapping[str, bool], file: Path | None, environ: Mapping[str, str]) -> Given:
    """The file's values with the environment's over them; faults are kept, not raised."""
    given = Given()
    file = file or (Path(environ[CONFIG]) if environ.get(CONFIG) else None)
    if file is not None:
        _from_file(given, names, file)
    _from_environ(given, names, environ)
    return given


def duration(text: str) -> timedelta:
    """Seconds, or a number with s, m, h or d. ``ValueError`` for anything else."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError("seconds (120), or 2m, 1h, 1d")
    return timedelta(seconds=float(found[1]) * _UNITS[found[2]])


def _from_file(given: Given, names: Mapping[str, bool], file: Path) -> None:
    try:
        values = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        given.faults.append(Fault("config", str(file), f"a file to read ({error.strerror})"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        given.faults.append(Fault("config", str(file), f"a TOML file ({error})"))
    else:
        _without_unknown(given, names, values, "")
        given.merge(values)


def _without_unknown(
    given: Given, names: Mapping[str, bool], values: dict[str, Any], above: str
) -> None:
    for key in list(values):
        name = above + key
        if name not in names:
            del values[key]
            given.faults.append(_unknown(name, names))
        elif isinstance(values[key], dict) and any(n.startswith(f"{name}.") for n in names):
            _without_unknown(given, names, values[key], f"{name}.")


def _unknown(name: str, names: Mapping[str, bool]) -> Fault:
    return Fault(name, None, "there is no such setting" + meant(name, names))


def meant(name: str, names: Mapping[str, bool]) -> str:
    """ "; did you mean ...?" when a known name is close, else ""."""
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if not close:  # the right word in the wrong section, or in none
        last = name.rpartition(".")[2]
        close = [each for each in names if each.rpartition(".")[2] == last][:1]
    return f"; did you mean {variable(close[0])} ({close[0]})?" if close else ""


def _from_environ(given: Given, names: Mapping[str, bool], environ: Mapping[str, str]) -> None:
    values: dict[str, Any] = {}
    for variable_name in sorted(environ):  # a section as a whole comes before what is in it
        if not variable_name.startswith(PREFIX) or variable_name == CONFIG:
            continue
        if variable_name.startswith(_NOT_SETTINGS):
            continue
        name = variable_name.removeprefix(PREFIX).lower().replace("__", ".")
        text = environ[variable_name]
        if name in names:
            _put(given, values, name, text, structured=names[name])
        elif name.endswith(_FILE) and not names.get(name.removesuffix(_FILE), True):
            _put_file(given, values, name.removesuffix(_FILE), Path(text), environ)
        else:
            given.faults.append(_unknown(name, names))
    given.merge(values)


def _put_file(
    given: Given, values: dict[str, Any], name: str, file: Path, environ: Mapping[str, str]
) -> None:
    if variable(name) in environ:
        words = f"only one of {variable(name)} and {variable(name)}_FILE"
        given.faults.append(Fault(f"{name}_file", str(file), words))
        return
    try:
        text = file.read_text("utf-8").strip()
    except OSError as error:
        words = f"a file to read ({error.strerror})"
    except UnicodeDecodeError:
        words = "a file of UTF-8 text"
    else:
        _put(given, values, name, text, structured=False)
        return
    given.faults.append(Fault(f"{name}_file", str(file), words))


def _put(given: Given, values: dict[str, Any], name: str, text: str, *, structured: bool) -> None:
    value: Any = text
    if structured and text.startswith(("[", "{")):
        try:
            value = json.loads(text)
        except json.JSONDecodeError as error:
            words = f"JSON ({error.msg} at character {error.pos + 1})"
            given.faults.append(Fault(name, {}, words))
            return
    *above, last = name.split(".")
    here: Any = values
    for part in above:
        here = here.setdefault(part, {})
        if not isinstance(here, dict):
            return  # the section itself is no table; its own fault says so
    here[last] = value


def _merge(into: dict[str, Any], values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value
