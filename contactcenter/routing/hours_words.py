"""Business hours in words, for announcements and pages: English and Chinese.

Other languages read the English sentence with their own names of days.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from contactcenter.routing.hours import Hours

_WORDS = {
    "en": {
        "emergency": "closed until further notice",
        "always": "open round the clock",
        "never": "closed, no opening is planned",
        "until": "open until {when}",
        "opens": "closed{reason}, opens {when}",
        "reason": " ({name})",
        "today": "today at {time}",
        "tomorrow": "tomorrow at {time}",
        "day": "on {day} at {time}",
        "format": "EEEE d MMMM",
        "same": "{time}",
    },
    "zh": {
        "emergency": "暂停服务，恢复时间另行通知",
        "always": "全天服务",
        "never": "暂停服务，尚无开放时间",
        "until": "服务至{when}",
        "opens": "现在休息{reason}，{when}开始服务",
        "reason": "({name})",
        "today": "今天{time}",
        "tomorrow": "明天{time}",
        "day": "{day}{time}",
        "format": "M月d日EEEE",
        "same": "{time}",
    },
}


def describe(hours: Hours, at: datetime, language: str = "en") -> str:
    """What to tell a customer at this moment: until when it is open, or when it opens next."""
    words = _WORDS.get(language.replace("_", "-").partition("-")[0], _WORDS["en"])
    if hours.emergency:
        return words["emergency"]
    change = hours.next_change(at)
    if change is None:
        return words["always"] if hours.is_open(at) else words["never"]
    zone = ZoneInfo(hours.zone)
    now, then = at.astimezone(zone), change.at.astimezone(zone)
    if not change.opens:
        # "until 00:00" of tomorrow is tonight's midnight, as everybody says it.
        tonight = then.date() == now.date() or then - now <= timedelta(hours=1)
        when = _at(words, "same", then) if tonight else _when(words, now, then, language)
        return words["until"].format(when=when)
    name = hours.reason(at)
    reason = words["reason"].format(name=name) if name else ""
    return words["opens"].format(reason=reason, when=_when(words, now, then, language))


def _when(words: dict[str, str], now: datetime, then: datetime, language: str) -> str:
    days = (then.date() - now.date()).days
    if days < 2:
        return _at(words, ("today", "tomorrow")[days], then)
    return _at(words, "day", then, _day(words, then, language))


def _at(words: dict[str, str], key: str, then: datetime, day: str = "") -> str:
    return words[key].format(time=then.strftime("%H:%M"), day=day)


def _day(words: dict[str, str], then: datetime, language: str) -> str:
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_date

    try:
        locale = Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    return format_date(then.date(), words["format"], locale=locale)
