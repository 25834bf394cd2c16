"""Structured logs on standard error: ids yes, personal values and secrets never.

Values under a secret's name are dropped whole; whatever looks like an address inside any other
text is replaced. Request and interaction ids come from context variables (``bind``).
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from typing import Any

import structlog

_SECRET_KEYS = re.compile(
    r"pass(word|wd)?|secret|token|authorization|cookie|api_?key|credential|csrf", re.IGNORECASE
)
_PERSONAL_KEYS = frozenset(
    {"text", "address", "from_", "to", "phone", "email", "name", "subject", "digits", "speech"}
)
_MAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
_NUMBER = re.compile(r"(?<![\w-])\+\d[\d ()-]{6,18}\d(?![\w-])")
_URL_PASSWORD = re.compile(r"(://[^:/@\s]+:)[^@/\s]+@")
_HIDDEN = "[redacted]"
_KEPT = frozenset({"event", "level", "timestamp", "logger"})


def redact(value: Any) -> Any:
    """``value`` with addresses and passwords replaced, through lists and mappings."""
    if isinstance(value, str):
        if "@" not in value and "+" not in value:
            return value
        value = _URL_PASSWORD.sub(rf"\1{_HIDDEN}@", value)
        return _NUMBER.sub(_HIDDEN, _MAIL.sub(_HIDDEN, value))
    if isinstance(value, Mapping):
        return {key: _by_key(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return value


def _by_key(key: str, value: Any) -> Any:
    return _HIDDEN if _is_private(key) else redact(value)


@lru_cache(maxsize=1024)
def _is_private(key: str) -> bool:
    return key in _PERSONAL_KEYS or _SECRET_KEYS.search(key) is not None


def _redact_event(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key, value in list(event.items()):
        event[key] = redact(value) if key in _KEPT else _by_key(key, value)
    return event


def configure(level: str = "info", form: str = "console") -> None:
    """Send structlog and the standard library's logging through one chain; ``form`` json or
    console."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    number = getattr(logging, level.upper())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=renderer)
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(number)
    for chatty in ("aiosqlite", "asyncio", "aiohttp.access", "mail.log", "alembic"):
        logging.getLogger(chatty).setLevel(max(number, logging.WARNING))


def bind(**ids: object) -> None:
    """Ids that every line of this task carries from now on."""
    structlog.contextvars.bind_contextvars(**{key: str(value) for key, value in ids.items()})
