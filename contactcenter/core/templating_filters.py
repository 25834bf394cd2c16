"""Filters and the printing of values by the customer's language (Unicode CLDR, library Babel).

``{{ balance }}`` already prints money, dates and numbers as the language writes them; the filters
choose another form. Babel is imported at first use: ``--help`` does not pay for it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from jinja2 import Undefined, pass_context
from jinja2.runtime import Context

from contactcenter.core.templating_values import TemplateFault, money_parts

if TYPE_CHECKING:
    from babel import Locale

Form = Literal["short", "medium", "long", "full"]
FORMS: tuple[Form, ...] = ("short", "medium", "long", "full")


@lru_cache(maxsize=64)
def locale_of(language: str) -> Locale:
    """The Babel locale of a BCP 47 tag; an unknown tag falls back to its primary part, then en."""
    from babel import Locale, UnknownLocaleError

    for tag in (language, language.partition("-")[0], "en"):
        try:
            return Locale.parse(tag.replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            continue
    raise TemplateFault(f"no locale data for {language!r}")  # pragma: no cover (en is always there)


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return UTC


def _language(context: Context) -> Locale:
    return locale_of(str(context.get("_language", "en")))


def _form(form: object) -> Form:
    for known in FORMS:
        if form == known:
            return known
    raise TemplateFault(f"unknown form; allowed: {', '.join(FORMS)}", code="bad_value")


def _missing(value: object) -> bool:
    """Undefined values print a fault; ``|default`` must come before the formatting filter."""
    if isinstance(value, Undefined):
        str(value)
    return value == ""


@pass_context
def number(context: Context, value: Any, decimals: int | None = None) -> str:
    """``1234.5`` as ``1,234.5``; ``decimals`` (0-6) fixes the places."""
    from babel.numbers import format_decimal

    if _missing(value):
        return ""
    if not isinstance(value, Decimal | int):
        raise TemplateFault("number: the value is not a number", code="bad_value")
    if decimals is None:
        return format_decimal(value, locale=_language(context))
    places = max(0, min(6, decimals))
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return format_decimal(value, format=pattern, locale=_language(context))


@pass_context
def money_text(context: Context, value: Any, currency: str | None = None) -> str:
    """Money by its own currency, or a number in ``currency`` (ISO 4217)."""
    from babel.numbers import format_currency

    if _missing(value):
        return ""
    known = money_parts(value) or money_parts({"amount": value, "currency": currency})
    if known is None:
        raise TemplateFault("money: needs an amount and a currency", code="bad_value")
    amount, code = known
    return format_currency(amount, code, locale=_language(context))


@pass_context
def date_text(context: Context, value: Any, form: str = "long") -> str:
    """A date, or the day of a time in the customer's zone."""
    from babel.dates import format_date

    if _missing(value):
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(_zone(str(context.get("_zone", "UTC"))))
    if not isinstance(value, date):
        raise TemplateFault("date: the value is not a date", code="bad_value")
    return format_date(value, format=_form(form), locale=_language(context))


@pass_context
def time_text(context: Context, value: Any, form: str = "short") -> str:
    """The time of day in the customer's zone."""
    from babel.dates import format_time

    if _missing(value):
        return ""
    if not isinstance(value, datetime):
        raise TemplateFault("time: the value is not a time", code="bad_value")
    zone = _zone(str(context.get("_zone", "UTC")))
    return format_time(value, format=_form(form), tzinfo=zone, locale=_language(context))


@pass_context
def printed(context: Context, value: Any) -> Any:
    """Jinja's ``finalize``: plain values in the form of the language; None never as ``None``."""
    if isinstance(value, str | Undefined):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{date_text(context, value)} {time_text(context, value)}"
    if isinstance(value, date):
        return date_text(context, value)
    if isinstance(value, Decimal | int):
        return number(context, value)
    if money_parts(value) is not None:
        return money_text(context, value)
    raise TemplateFault("a group or list can not be printed", code="bad_value")


FILTERS: dict[str, Callable[..., Any]] = {
    "number": number,
    "money": money_text,
    "date": date_text,
    "time": time_text,
}
"""Ours; ``templating_lint.FILTERS`` lists these and the few of Jinja's own that are allowed."""
