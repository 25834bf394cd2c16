"""What all shapes share."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from functools import cache
from inspect import cleandoc
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Channel = Literal["voice", "sms", "email"]
Role = Literal["agent", "supervisor", "marketer", "administrator"]


class _Shape(BaseModel):
    """The string under a field is its description, as with pydantic's ``use_attribute_docstrings``:
    that one reads a class's source again for each class, a tenth of a server's start."""

    model_config = ConfigDict(defer_build=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        for name, words in _docstrings(cls.__module__).get(cls.__qualname__, {}).items():
            if name in cls.model_fields and cls.model_fields[name].description is None:
                cls.model_fields[name].description = words


@cache
def _docstrings(module: str) -> Mapping[str, Mapping[str, str]]:
    """Of every class of a module: field -> the string that follows it."""
    file = sys.modules[module].__file__
    if file is None or not Path(file).exists():  # a class made elsewhere than in a file
        return {}
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(Path(file).read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = dict(_described(node.body))
    return found


def _described(body: list[ast.stmt]) -> list[tuple[str, str]]:
    """As pydantic does: a string right under an annotated name, cleaned like a docstring."""
    found = []
    for field, after in pairwise(body):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            words = after.value.value
            if isinstance(words, str):
                found.append((field.target.id, cleandoc(words)))
    return found


class Reply(_Shape):
    """A reply's base: values are ours, so they are not checked a second time."""

    model_config = ConfigDict(from_attributes=True)


class Request(_Shape):
    """A request's base: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Problem(Reply):
    """RFC 9457 problem details; ``code`` is the stable name of the fault."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    hint: str | None = None
    request_id: str
    errors: list[ProblemError] = []


class ProblemError(Reply):
    """One fault of the request: where, what, what is allowed."""

    where: str
    what: str


class Done(Reply):
    """The command was carried out."""

    done: bool = True


class Accepted(Reply):
    """202: the command is durable and will be carried out; ask again by its id."""

    command: str


Text = Annotated[str, Field(min_length=1, max_length=20_000)]
ShortText = Annotated[str, Field(min_length=1, max_length=500)]
