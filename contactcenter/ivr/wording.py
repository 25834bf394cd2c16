"""The sentences around a menu that nobody wants to write each time; a menu may word its own.

``choice`` offers one option by voice, ``no_input`` and ``no_match`` come before the question is
asked again. A menu in a language that is not here gives its own under ``wording``.
"""

from __future__ import annotations

from collections.abc import Mapping

from contactcenter.core.templating_values import primary
from contactcenter.ivr.model import Texts

DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "choice": {
        "en": "For {{ label }}, press {{ key }}.",
        "zh": "{{ label }}请按{{ key }}。",
    },
    "no_input": {
        "en": "Sorry, I did not hear anything.",
        "zh": "抱歉，没有听到您的选择。",
    },
    "no_match": {
        "en": "Sorry, I did not understand that.",
        "zh": "抱歉，没有听懂您的选择。",
    },
}
"""By name and primary language subtag."""


def default_wording(name: str, languages: tuple[str, ...]) -> Texts:
    """The shipped wording in those of ``languages`` it exists in."""
    known = DEFAULTS[name]
    found = {lang: known[primary(lang)] for lang in languages if primary(lang) in known}
    return Texts({language: (text, text) for language, text in found.items()})
