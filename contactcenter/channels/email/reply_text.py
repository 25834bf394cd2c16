"""The part of a reply its author has just written, without the letter it answers.

A line reader of our own goes first: it is linear, knows the Chinese and Outlook forms and keeps
answers written between or below quoted lines. The library ``mail-parser-reply`` then trims what is
left in more languages, on short texts only, for its patterns are quadratic (seconds on 16 kB of
blank lines). What is cut is never lost: the whole text is stored beside.
"""

from __future__ import annotations

import re

MOST_NEW = 64_000
"""Characters of a text that are searched for a quoted letter."""
_MOST_FOR_LIBRARY = 4_000
_LONGEST_LINE_FOR_LIBRARY = 300
_LIBRARY_LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "sv", "da", "cs", "ja", "ko"]

_DATE_HINT = r"(?=[^\n]{0,200}(?:\d|@))"
_EUROPE_WROTE = (
    r"(?:schrieb|a écrit|escribió|ha scritto|schreef|escreveu|skrev|napisał\(?a?\)?|napsal\(?a?\)?)"
)
_ORIGINAL = (
    r"(?:original (?:message|e-?mail|appointment)|forwarded message|ursprüngliche nachricht"
    r"|message d'origine|mensaje original|原始邮件|原始郵件|邮件原件|原邮件|转发的?邮件|轉寄郵件)"
)
_BROKEN_OVER_LINES = (
    # Ends in "wrote:" and holds a date or an address, in the forms of the big mail programs.
    rf"on {_DATE_HINT}[^\n]{{5,300}}\s?wrote\s?:$",
    rf"(?:am|le|el|il|op|em|den|w dniu|dne) {_DATE_HINT}[^\n]{{5,300}} {_EUROPE_WROTE}\s?:$",
    rf"(?:am|op|w dniu) {_DATE_HINT}[^\n]{{5,300}} {_EUROPE_WROTE} [^\n]{{1,120}}\s?:$",
    rf"(?:在|于|於)\s?{_DATE_HINT}[^\n]{{5,300}}(?:写道|寫道|写到|撰写)\s?[:：]$",
)
_ONE_LINE = (
    r"[^\n]{0,120}(?:\d{4}[年/-]\d{1,2}[月/-]\d{1,2})[^\n]{0,120}(?:写道|寫道)\s?[:：]$",
    r"(?:.{1,80}<[^<>\s]+@[^<>\s]+>) (?:wrote|schrieb|a écrit|写道|寫道)\s?[:：]$",
    rf"-{{2,}}\s*{_ORIGINAL}\s*-{{2,}}$",
    r"_{20,}$",
)
_LONG_ATTRIBUTIONS = tuple(re.compile(form, re.IGNORECASE) for form in _BROKEN_OVER_LINES)
_ATTRIBUTIONS = (*_LONG_ATTRIBUTIONS, *(re.compile(form, re.IGNORECASE) for form in _ONE_LINE))
_HEADER_LINE = re.compile(
    r"[*>\s]{0,4}(from|sent|date|to|cc|subject|von|gesendet|an|betreff|de|envoyé|à|objet"
    r"|发件人|寄件者|发送时间|寄件日期|收件人|抄送|主题|主旨|日期|时间)\s?\*?\s?[:：]",
    re.IGNORECASE,
)
_FIRST_HEADER = re.compile(r"[*\s]{0,4}(?:from|von|de|发件人|寄件者)\s?\*?\s?[:：]", re.IGNORECASE)


def new_part(text: str) -> str:
    """What is new in ``text``. The whole text when nothing in it can be told apart."""
    head, tail = _cut(text[:MOST_NEW].replace("\r\n", "\n").split("\n"))
    if not tail and len(text) > MOST_NEW:
        return text.strip()
    written = _trim(head)
    below = _unquoted(tail)
    if below:  # answers between or under the quoted lines
        written = f"{written}\n\n{below}" if written else below
    return written or text.strip()


def _cut(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines before the quoted letter, and from its heading on."""
    for index, line in enumerate(lines):
        bare = line.strip()
        if not bare or len(bare) > 500:
            continue
        if any(pattern.match(bare) for pattern in _ATTRIBUTIONS) or _header_block(lines, index):
            return lines[:index], lines[index + 1 :]
        # "On Monday ... <long@address.example>" may be broken over two or three lines.
        for more in (2, 3):
            joined = " ".join(part.strip() for part in lines[index : index + more])
            broken = (
                not bare.startswith(">") and len(joined) <= 500 and joined.endswith((":", "："))
            )
            if broken and any(pattern.match(joined) for pattern in _LONG_ATTRIBUTIONS):
                return lines[:index], lines[index + more :]
    quoted_from = next((i for i, line in enumerate(lines) if line.lstrip().startswith(">")), None)
    if quoted_from is None:
        return lines, []
    return lines[:quoted_from], lines[quoted_from:]


def _header_block(lines: list[str], index: int) -> bool:
    """A "From:" line followed by at least two more header lines: Outlook's quoting."""
    if not _FIRST_HEADER.match(lines[index]):
        return False
    following = [line for line in lines[index + 1 : index + 8] if line.strip()]
    return sum(1 for line in following if _HEADER_LINE.match(line)) >= 2


def _unquoted(tail: list[str]) -> str:
    """The lines outside ``>`` quotes, if the letter is quoted that way at all."""
    if not any(line.lstrip().startswith(">") for line in tail):
        return ""
    last_quoted = max(i for i, line in enumerate(tail) if line.lstrip().startswith(">"))
    first_quoted = next(i for i, line in enumerate(tail) if line.lstrip().startswith(">"))
    plain = [
        line
        for i, line in enumerate(tail)
        if not line.lstrip().startswith(">")
        # A quoted line broken in two leaves a stump before a quoted line: not the author's.
        and not (first_quoted < i < last_quoted and _is_stump(tail, i))
    ]
    return "\n".join(plain).strip()


def _is_stump(tail: list[str], index: int) -> bool:
    before, after = tail[index - 1].lstrip(), tail[index + 1].lstrip()
    return before.startswith(">") and after.startswith(">") and len(tail[index].split()) <= 2


def _trim(lines: list[str]) -> str:
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()
    text = re.sub(r"\n[-_=]{10,100}$", "", text).rstrip()
    if len(text) > _MOST_FOR_LIBRARY or any(
        len(line) > _LONGEST_LINE_FOR_LIBRARY for line in lines
    ):
        return text
    from mailparser_reply import EmailReplyParser  # 40 ms to import, needed per mail only

    found = EmailReplyParser(languages=list(_LIBRARY_LANGUAGES)).parse_reply(text)
    return str(found).strip() or text if found else text
