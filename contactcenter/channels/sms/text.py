"""What a customer's text asks for before any menu or agent sees it: stop, start, help.

Pure functions. A *word* is the whole message, whatever its case, spacing, width or punctuation; a
*wish* is a sentence that plainly asks to be left alone and is flagged for review. The answers sent
back, and suppression itself, are the handling layer's. Segments and encodings: ``core.sms_text``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

WishKind = Literal["stop", "start", "help"]

STOP_WORDS = frozenset(
    [
        "stop",
        "stopall",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
        "revoke",
        "optout",
        "退订",
        "退訂",
        "拒收",
        "td",
        "t",
        "r",
    ]
)
START_WORDS = frozenset(["start", "yes", "unstop", "订阅", "訂閱"])
HELP_WORDS = frozenset(["help", "info", "帮助", "幫助"])

_MENU_ANSWERS = frozenset(["t", "r", "yes"])
"""Words that are as likely an answer to an open menu: asked back then, never obeyed at once."""

_LONGEST_WISH = 400
"""Characters read when looking for a wish: longer texts are letters, which an agent reads."""


@dataclass(frozen=True, slots=True)
class TextWish:
    """``kind`` asked for. ``ask_back``: do not act, ask "did you mean ...?" first (a menu is open).
    ``review``: it was a sentence, not a word: act, and flag it for a person. ``found`` is the word
    or the pattern's place, never the customer's text."""

    kind: WishKind
    ask_back: bool = False
    review: bool = False
    found: str = ""


def folded(text: str) -> str:
    """``text`` without case, width, spaces, punctuation and symbols: what words compare by."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in wide if char.isalnum())


def wish_of(text: str, *, menu_open: bool = False) -> TextWish | None:
    """What ``text`` asks for, or None for an ordinary message.

    ``menu_open``: a menu waits for this customer's answer on this line.
    """
    word = folded(text)
    kinds: tuple[tuple[WishKind, frozenset[str]], ...] = (
        ("stop", STOP_WORDS), ("start", START_WORDS), ("help", HELP_WORDS),
    )  # fmt: skip
    for kind, words in kinds:
        if word in words:
            return TextWish(kind, ask_back=menu_open and word in _MENU_ANSWERS, found=word)
    return _plain_wish(text)


_ME = r"(?:me|us|my (?:number|phone|mobile|cell))"
_SENDING = r"(?:text|message|messag|sms|send|contact|email|spam|bother|call)(?:ing|s)?"
_TEXTS = r"(?:texts?|messages?|sms|spam|ads?|adverts?|promos?|promotions?|offers?|marketing)"
_POLITE = r"(?:please|pls|plz|now|it|this|already|thanks?|thank you|immediately|all|everything)"

_ENGLISH = (
    rf"\b(?:stop|quit|cease) {_SENDING} (?:to )?{_ME}\b",
    rf"\b(?:stop|quit|cease) (?:sending|with) (?:\w+ ){{0,4}}?{_TEXTS}\b",
    rf"\b(?:stop|no more|cease) (?:all |the |these |your |those )*{_TEXTS}\b",
    rf"\b(?:don't|dont|do not|never) (?:ever )?{_SENDING} {_ME}\b",
    rf"\b(?:don't|dont|do not) want (?:to (?:get|receive) )?(?:any |your |these |more )*{_TEXTS}\b",
    r"\b(?:remove|delete|take) (?:me|my (?:number|phone|name)) (?:off|from)\b",
    r"\b(?:unsubscribe|opt|sign) (?:me|us) (?:out|off|from|please|now)\b",
    r"\b(?:unsubscribe me|opt me out|opt out of|want to (?:unsubscribe|opt out))\b",
    r"\bleave me alone\b",
    rf"^(?:{_POLITE} )*(?:stop|unsubscribe)(?: {_POLITE})+$",
    rf"^(?:{_POLITE} )+(?:stop|unsubscribe)$",
)
_CHINESE = (
    r"(?:不要|别|別|勿)再?(?:给我|給我|向我)?(?:发|發|傳|传)(?!票|货|貨|展|现|現|生)",
    r"(?:不要|别|別|停止|请勿|請勿)(?:再)?(?:发送|發送|打扰|打擾|骚扰|騷擾|推送)",
    r"不(?:想|要|愿|願)(?:再)?(?:收到|接收)",
    r"(?:取消|停止|终止|終止)(?:订阅|訂閱|短信|简讯|簡訊|推送)",
    r"(?:我要|我想|请|請|帮我|幫我)(?:退订|退訂|拒收)",
    r"拒绝(?:接收|短信|推销)|拒絕(?:接收|簡訊|推銷)",
)
_WISHES = tuple(re.compile(pattern) for pattern in (*_ENGLISH, *_CHINESE))
_TURNED_ROUND = re.compile(
    r"\b(?:don't|dont|do not|never|why did you|did you|didn't|not to|won't) (?:ever )?"
    r"(?:stop|quit|cease|remove|unsubscribe)\b|(?:不要|别|別)(?:停止|取消)"
)
"""Sentences about stopping that ask for the opposite, or only about it."""


def _plain_wish(text: str) -> TextWish | None:
    plain = unicodedata.normalize("NFKC", text[:_LONGEST_WISH]).casefold()
    plain = plain.replace("\u2019", "'").replace("\u2018", "'")
    words = re.sub(r"[^\w']+", " ", plain).strip()
    together = words.replace(" ", "")
    if _TURNED_ROUND.search(words) or _TURNED_ROUND.search(together):
        return None
    for number, wish in enumerate(_WISHES):
        if wish.search(words if number < len(_ENGLISH) else together):
            return TextWish("stop", review=True, found=f"wish-{number + 1}")
    return None
