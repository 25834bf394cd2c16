"""Bounces written for people: which recipients they name, and what they say of each.

Most systems write an address, a colon, and the story below it; older ones a transcript. Nothing
here raises; what can not be told apart is given as one story for all.
"""

from __future__ import annotations

import re

_MOST_TEXT = 20_000
_MOST_RECIPIENTS = 100

_COPY = re.compile(
    r"^(?:[-=*_>\s]{0,10}(?:below this line|this is a copy|original message|unsent message"
    r"|message headers?|returned message|the header of the original|start of (?:the )?message"
    r"|included is a copy|a copy of (?:the|your)|message (?:text|body) follows|original mail"
    r"|forwarded message|headers? (?:follow|of)|undelivered message|reason of non-delivery"
    r"|the following is|content of the message)[^\n]*"
    r"|(?:return-path|received|dkim-signature|x-originating-ip|delivered-to):\s[^\n]*)$",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = r"(?:\"[^\"\n]{1,64}\"|[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64})@[A-Za-z0-9.-]{1,255}\w"
_HEADED = re.compile(
    rf"^[ \t>*]{{0,12}}(?:<(?P<angled>{_ADDRESS})>"
    rf"|[45]\d\d[ -](?:[45]\.\d\.\d{{1,3}} )?<(?P<result>{_ADDRESS})>\.\.\."
    rf"|(?P<bare>{_ADDRESS})(?=\s|[:(]|\.\.\.|$))[^\n]*$",
    re.MULTILINE,
)
_ANY = re.compile(_ADDRESS)
_NOT_RECIPIENTS = re.compile(r"^(?:postmaster|mailer-daemon|mail\.delivery)", re.IGNORECASE)


def human_part(text: str) -> str:
    """``text`` before the copy of the message that came back."""
    text = text[:_MOST_TEXT]
    copy = _COPY.search(text)
    return text[: copy.start()] if copy and copy.start() > 20 else text


def stories(text: str, named: list[str], sender: str) -> list[tuple[str, str]]:
    """Pairs of (recipient, what is said of it). ``named`` are recipients known from the header;
    ``sender`` is whom the bounce was sent to, who is no recipient of the lost mail."""
    found: dict[str, str] = {}
    heads = [match for match in _HEADED.finditer(text) if not _NOT_RECIPIENTS.match(_named(match))][
        :_MOST_RECIPIENTS
    ]
    for index, match in enumerate(heads):
        if match["result"]:  # the dialogue stands above its result
            start = heads[index - 1].end() if index else 0
            story = text[start : match.end()]
        else:
            after = heads[index + 1].start() if index + 1 < len(heads) else len(text)
            story = text[match.start() : after]
        key = _named(match).lower()
        found[key] = f"{found[key]}\n{story}" if key in found else story
    if len(found) > 1:
        found.pop(sender.lower(), None)
    told = [(address, story) for address, story in found.items() if len(story) > len(address) + 12]
    if not told and found:  # addresses listed first, one story below for all of them
        told = [(address, text) for address in found]
    if told and not named:
        return told if len(told) > 1 else [(told[0][0], text)]
    if named:
        by_address = dict(told)
        return [(one, by_address.get(one.lower(), text)) for one in named]
    return [(_any_recipient(text, sender), text)]


def _named(match: re.Match[str]) -> str:
    return match["angled"] or match["result"] or match["bare"]


def _any_recipient(text: str, sender: str) -> str:
    """The first address in ``text`` that can be the recipient, "" without one."""
    for match in _ANY.finditer(text):
        address = match[0].lower()
        if not _NOT_RECIPIENTS.match(address) and address != sender.lower():
            return address
    return ""
