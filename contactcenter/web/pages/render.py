"""Renders the pages: Jinja2 with autoescape, texts in English and Simplified Chinese."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from aiohttp import web

from contactcenter.core.access.model import LANGUAGES
from contactcenter.web.pages.texts import TEXTS
from contactcenter.web.ports import SERVICES

FOLDER = Path(__file__).parent
LANGUAGE_COOKIE = "cc_language"


@functools.cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """A rendered page in the reader's language."""
    language = values.pop("language", None) or language_of(request)
    text = (
        _environment()
        .get_template(f"{template}.html")
        .render(
            t=TEXTS[language],
            language=language,
            languages=LANGUAGES,
            site=request.app[SERVICES].site_name,
            **values,
        )
    )
    reply = web.Response(text=text, content_type="text/html", status=status)
    reply.headers["Cache-Control"] = "no-store"
    reply.headers["Content-Language"] = language
    return reply


def language_of(request: web.Request) -> str:
    """The chosen language (query, then cookie), else the browser's first that we have."""
    for chosen in (request.query.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if chosen in LANGUAGES:
            return chosen
    return negotiated(request.headers.get("Accept-Language", ""))


def negotiated(header: str) -> str:
    """The first of our languages in an ``Accept-Language`` header; English without any."""
    weighted = []
    for place, entry in enumerate(header.split(",")[:20]):
        tag, _, parameter = entry.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            weight = 0.0
        weighted.append((-weight, place, tag.lower()))
    for negative, _, tag in sorted(weighted):
        if negative < 0 and tag.partition("-")[0] in ("en", "zh"):
            return "zh-CN" if tag.startswith("zh") else "en"
    return "en"


def near(language: str) -> str:
    """The page language for a customer's language tag."""
    return "zh-CN" if language.lower().startswith("zh") else "en"
