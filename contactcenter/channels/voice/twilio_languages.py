"""Language tags as Twilio wants them: one table per verb, because the verbs disagree.

Our tags are BCP 47 (``zh-CN``). ``<Say>`` wants ``cmn-CN``, speech input wants ``cmn-Hans-CN``.
A tag that no table names goes out as it is. An English line without a region is Twilio's default
(``en-US``) for both verbs, so no attribute is written.
"""

from __future__ import annotations

DEFAULT = "en"

CANONICAL = {
    "zh": "zh-CN",
    "zh-Hans": "zh-CN",
    "zh-Hans-CN": "zh-CN",
    "zh-Hant": "zh-TW",
    "zh-Hant-TW": "zh-TW",
    "yue": "zh-HK",
    "zh-Hant-HK": "zh-HK",
}
"""Tags that mean the same voice; what is on the right is what ``parse`` gives back."""

SAY = {"zh-CN": "cmn-CN", "zh-TW": "cmn-TW", "zh-HK": "yue-HK"}
SPEECH = {"zh-CN": "cmn-Hans-CN", "zh-TW": "cmn-Hant-TW", "zh-HK": "yue-Hant-HK"}

_FROM_SAY = {theirs: ours for ours, theirs in SAY.items()}
_FROM_SPEECH = {theirs: ours for ours, theirs in SPEECH.items()}


def canonical(tag: str) -> str:
    """The tag we use for what ``tag`` means."""
    return CANONICAL.get(tag, tag)


def for_say(tag: str) -> str | None:
    """The ``language`` of ``<Say>``, or None for Twilio's default."""
    tag = canonical(tag)
    return None if tag == DEFAULT else SAY.get(tag, tag)


def for_speech(tag: str) -> str | None:
    """The ``language`` of ``<Gather>``, or None for Twilio's default."""
    tag = canonical(tag)
    return None if tag == DEFAULT else SPEECH.get(tag, tag)


def from_say(theirs: str | None) -> str:
    return DEFAULT if theirs is None else _FROM_SAY.get(theirs, theirs)


def from_speech(theirs: str | None) -> str:
    return DEFAULT if theirs is None else _FROM_SPEECH.get(theirs, theirs)
