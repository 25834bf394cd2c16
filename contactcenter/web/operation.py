"""The typed operation: one decorated function is handler, checks and documentation.

    @operation("POST", "/reservations/{id}/accept", roles=AGENTS)
    async def accept(call: Call, id: UUID) -> Offer | Accepted: ...

Arguments by annotation: ``call``; ``body`` and ``query`` are pydantic models; every other name is
a part of the path. ``body: Model | None`` may be left out. The return annotation gives the reply
(``None``: 204); a union with ``Accepted`` adds 202.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter

from contactcenter.core.access.model import ROLES, Role
from contactcenter.web.shapes.base import Accepted

Handler = Callable[..., Awaitable[Any]]

ANYONE: frozenset[Role] = frozenset(ROLES)
AGENTS: frozenset[Role] = frozenset({"agent"})
FLOOR: frozenset[Role] = frozenset({"supervisor", "administrator"})
AGENTS_AND_FLOOR: frozenset[Role] = AGENTS | FLOOR
MARKETERS: frozenset[Role] = frozenset({"marketer", "administrator"})
ADMINISTRATORS: frozenset[Role] = frozenset({"administrator"})


@dataclass(frozen=True, slots=True)
class Operation:
    """What the server and the OpenAPI document need to know of one operation."""

    method: str
    path: str
    name: str
    summary: str
    description: str
    tag: str
    roles: frozenset[Role] | None
    """None: open to all."""
    handler: Handler
    parts: Mapping[str, TypeAdapter[Any]]
    body: type[BaseModel] | None
    needs_body: bool
    """False: the body may be left out."""
    query: type[BaseModel] | None
    replies: Mapping[int, type[BaseModel] | None]
    status: int
    has_version: bool
    """The reply carries an ETag; an edit takes If-Match."""
    is_idempotent: bool
    """A POST takes Idempotency-Key."""

    @property
    def is_unsafe(self) -> bool:
        return self.method not in ("GET", "HEAD")


def operation(
    method: str,
    path: str,
    *,
    roles: frozenset[Role] | None,
    status: int = 200,
    tag: str | None = None,
    has_version: bool = False,
    is_idempotent: bool = True,
) -> Callable[[Handler], Operation]:
    """Decorator: makes an ``Operation`` of an async function; wrong declarations fail at import."""

    def decorate(handler: Handler) -> Operation:
        hints = typing.get_type_hints(handler, include_extras=True)
        names = list(inspect.signature(handler).parameters)
        in_path = re.findall(r"{(\w+)}", path)
        parts = {name: TypeAdapter(hints[name]) for name in in_path}
        surplus = set(names) - {"call", "body", "query", *in_path}
        if names[:1] != ["call"] or surplus:
            raise TypeError(f"{handler.__name__}: arguments {sorted(surplus)} come from nowhere")
        words = (inspect.getdoc(handler) or "").split("\n\n", 1)
        return Operation(
            method=method,
            path=path,
            name=handler.__name__,
            summary=words[0].replace("\n", " "),
            description=words[1] if len(words) > 1 else "",
            tag=tag or handler.__module__.rpartition(".")[2],
            roles=roles,
            handler=handler,
            parts=parts,
            body=_model(hints.get("body")),
            needs_body=type(None) not in typing.get_args(hints.get("body")),
            query=hints.get("query"),
            replies=_replies(hints["return"], status),
            status=status,
            has_version=has_version,
            is_idempotent=is_idempotent and method == "POST",
        )

    return decorate


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model of ``Model`` or ``Model | None``."""
    for kind in typing.get_args(annotation) or (annotation,):
        if kind not in (None, type(None)):
            model: type[BaseModel] = kind
            return model
    return None


def _replies(annotation: Any, status: int) -> dict[int, type[BaseModel] | None]:
    if annotation is type(None):
        return {204: None}
    is_union = isinstance(annotation, types.UnionType)
    kinds = typing.get_args(annotation) if is_union else (annotation,)
    replies: dict[int, type[BaseModel] | None] = {}
    for kind in kinds:
        if kind is type(None):
            replies[204] = None
        elif kind is Accepted:
            replies[202] = Accepted
        else:
            replies[status] = kind
    return replies
