"""Compiling and rendering in this process, under the allow-list, the sandbox and an output cap.

For texts we ship and for menus. What accounts store is rendered by ``TemplateWorkers``, which runs
this very module in processes with CPU and memory limits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NoReturn

from jinja2 import StrictUndefined, Template, TemplateError, UndefinedError
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from contactcenter.core import templating_filters, templating_lint
from contactcenter.core.templating_values import (
    LintFault,
    Rendered,
    TemplateBody,
    TemplateFault,
    TemplateInvalid,
    Variables,
    prepare,
)

MAX_OUTPUT = 1_000_000
"""Characters one part may grow to."""

_LINE_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


class Missing(StrictUndefined):
    """A declared variable without value: false in a condition, a fault when printed."""

    def __bool__(self) -> bool:  # type: ignore[override]
        return False


class _Environment(ImmutableSandboxedEnvironment):
    """Attributes reach into plain dicts and the loop counter only; nothing can be called."""

    intercepted_binops = frozenset(["*", "**", "/", "//", "%"])

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        if type(obj) is LoopContext and attribute in templating_lint.LOOP_FIELDS:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return self.getattr(obj, str(argument))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> NoReturn:
        raise TemplateFault(f"{operator} is not allowed in a template")

    def call(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TemplateFault("a call is not allowed in a template")


def _environment(html: bool) -> _Environment:
    environment = _Environment(
        autoescape=html,
        undefined=Missing,
        finalize=templating_filters.printed,
        cache_size=0,
        keep_trailing_newline=False,
    )
    environment.globals.clear()
    known = {**environment.filters, **templating_filters.FILTERS}
    environment.filters = {name: known[name] for name in templating_lint.FILTERS}
    environment.tests = {name: environment.tests[name] for name in templating_lint.TESTS}
    return environment


_TEXT = _environment(html=False)
_HTML = _environment(html=True)


@lru_cache(maxsize=1024)
def compiled(source: str, html: bool = False) -> Template:
    """The compiled source; the allow-list is enforced here for every caller.

    Raises ``TemplateInvalid``.
    """
    part = "html" if html else "text"
    faults = templating_lint.lint_source(source, None, part)
    if faults:
        raise TemplateInvalid(faults)
    try:
        return (_HTML if html else _TEXT).from_string(source)
    except (SyntaxError, RecursionError, TemplateError, ValueError) as error:
        # More than 20 nested blocks pass Jinja and fail in Python's own compiler.
        fault = LintFault(part, 1, 1, f"too complex ({type(error).__name__})")
        raise TemplateInvalid([fault]) from error


def render_source(
    source: str, values: Mapping[str, object], *, html: bool = False, limit: int = MAX_OUTPUT
) -> str:
    """One source over prepared values (``_language`` and ``_zone`` among them)."""
    if "{" not in source:
        return source
    pieces: list[str] = []
    size = 0
    try:
        for piece in compiled(source, html).generate(values):
            size += len(piece)
            if size > limit:
                raise TemplateFault(f"longer than {limit} characters", code="too_long")
            pieces.append(piece)
    except UndefinedError as error:
        raise TemplateFault(f"no value: {error.message}", code="missing_value") from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise TemplateFault(f"can not be rendered ({type(error).__name__})") from error
    return "".join(pieces)


def render_trusted(
    body: TemplateBody,
    variables: Variables,
    context: Mapping[str, object],
    *,
    zone: str = "UTC",
    limit: int = MAX_OUTPUT,
) -> Rendered:
    """Render a packaged or already linted body in this process.

    Raises ``TemplateInvalid`` for its source, ``TemplateFault`` for its values.
    """
    values = prepare(variables, context)
    values["_language"], values["_zone"] = body.language, zone
    subject = render_source(body.subject, values, limit=limit)
    return Rendered(
        _LINE_BREAKS.sub(" ", subject).strip(),
        render_source(body.text, values, limit=limit),
        render_source(body.html, values, html=True, limit=limit),
    )


def render_lenient(
    source: str,
    language: str,
    variables: Variables,
    context: Mapping[str, object],
    *,
    zone: str = "UTC",
) -> str:
    """A linted text in which a missing value prints as nothing: for prompts, where a gap is better
    than silence. Raises ``TemplateFault`` or ``TemplateInvalid`` only for an unfit source."""
    if "{" not in source:
        return source
    values = prepare(variables, context, lenient=True)
    values["_language"], values["_zone"] = language, zone
    return render_source(source, values)
