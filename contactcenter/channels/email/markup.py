"""HTML of strangers: made safe to show, and made into text. Bounded in size.

Sanitising is nh3's (ammonia, a real HTML parser with a white list); the desk shows the result in a
sandboxed frame besides. Remote images are taken out unless asked for: they tell the sender when
and where the mail was read.
"""

from __future__ import annotations

import html
import re

import nh3

MOST_HTML = 300_000
"""Characters of HTML that are read; a common web mail program cuts at 102,000."""
DEEPEST = 300
"""Open elements at a time: the parser is quadratic in depth (200,000 nested blocks: 5 minutes)."""
MOST_REFERENCES = 20_000
"""Ampersands: quadratic as well (a million of them: 18 s)."""

_OPENING = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_CLOSES_ITSELF = {
    "area", "base", "br", "col", "hr", "img", "input", "li", "link", "meta", "option", "p",
    "source", "td", "th", "tr", "wbr",
}  # fmt: skip

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup",
    "dd", "del", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
    "img", "ins", "li", "ol", "p", "pre", "q", "s", "small", "span", "strike", "strong", "sub",
    "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"dir", "lang", "title", "align", "valign"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "size", "face"},
    "td": {"colspan", "rowspan", "width", "bgcolor"},
    "th": {"colspan", "rowspan", "width", "bgcolor"},
    "table": {"width", "border", "cellpadding", "cellspacing", "bgcolor"},
}
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_HIDDEN = {"script", "style", "title", "head", "noscript", "template", "iframe", "object", "svg"}

_BLOCKS = {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre",
           "blockquote", "table", "ul", "ol", "dd", "dt"}  # fmt: skip
_SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dl", "pre"}
_PIECE = re.compile(r"<(/?)([a-z0-9]+)>|([^<]+)")


def too_costly(source: str) -> bool:
    """Whether the parser would take long over ``source``, as no letter makes it."""
    if source.count("&", 0, MOST_HTML) > MOST_REFERENCES:
        return True
    open_now: dict[str, int] = {}
    depth = 0
    for closing, name in _OPENING.findall(source[:MOST_HTML]):
        tag = name.lower()
        if tag in _CLOSES_ITSELF:
            continue
        if not closing:
            open_now[tag] = open_now.get(tag, 0) + 1
            depth += 1
        elif open_now.get(tag):
            open_now[tag] -= 1
            depth -= 1
        if depth > DEEPEST:
            return True
    return False


def sanitise(source: str, *, remote_images: bool = False) -> str:
    """``source`` with nothing in it that runs, loads (unless ``remote_images``) or restyles.

    HTML nested deeper than any letter comes back as its bare text.
    """
    if too_costly(source):
        return f"<pre>{html.escape(_stripped(source), quote=False)}</pre>"

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if tag == "img" and attribute == "src":
            local = value.strip().lower().startswith("cid:")
            return value if local or remote_images else None
        return value

    return nh3.clean(
        source[:MOST_HTML],
        tags=_TAGS,
        clean_content_tags=_HIDDEN,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def text_of(source: str) -> str:
    """``source`` as plain text: blocks on lines of their own, block quotes behind ``> ``."""
    if too_costly(source):
        return _stripped(source)
    bare = nh3.clean(
        source[:MOST_HTML],
        tags=_BLOCKS | {"td", "th"},
        clean_content_tags=_HIDDEN,
        attributes={},
        link_rel=None,
    )
    lines: list[str] = []
    current: list[str] = []
    quoting = 0

    def end_line(*, blank: bool = False) -> None:
        words = " ".join("".join(current).split())
        current.clear()
        if words:
            lines.append("> " * min(quoting, 5) + words)
        elif blank:
            lines.append("")

    for closing, tag, words in _PIECE.findall(bare):
        if words:
            current.append(html.unescape(words))
        elif tag in ("td", "th"):
            current.append(" ")
        else:
            end_line(blank=tag == "br")
            if closing and tag in _SPACED:
                lines.append("")
            if tag == "blockquote":
                quoting = max(0, quoting + (-1 if closing else 1))
    end_line()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _stripped(source: str) -> str:
    """Text without tags by pattern alone: linear, for HTML that must not reach the parser."""
    words = html.unescape(re.sub(r"<[^<>]{0,2000}>", " ", source[:MOST_HTML]))
    return " ".join(words.split())
