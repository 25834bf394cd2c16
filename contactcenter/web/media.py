"""``/media/{token}``: stored recordings for the carrier to play, each under a signed address.

The store of bytes also holds mails and attachments, and its keys are their SHA-256: so a key alone
opens nothing here. Who renders a document for the carrier signs the key (``address_of``); nobody
else can make such an address.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from contactcenter.core.blobs import Blobs
from contactcenter.core.errors import Invalid, NotFound
from contactcenter.core.secrets import Secrets
from contactcenter.web.serve import AiohttpHandler

PATH = "/media"
PURPOSE = "media"

_MAGIC: Sequence[tuple[int, bytes, str]] = (
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b".snd", "audio/basic"),
    (8, b"AIFF", "audio/aiff"),
    (4, b"ftyp", "audio/mp4"),
)
"""What a format begins with, and at which octet; nothing else tells the type of stored bytes."""


def routes(blobs: Blobs | None, secrets: Secrets) -> list[web.RouteDef]:
    """GET and HEAD; none without a store."""
    return [web.get(PATH + "/{token}", _handler(blobs, secrets))] if blobs is not None else []


def _handler(blobs: Blobs, secrets: Secrets) -> AiohttpHandler:
    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            key = secrets.unsign(PURPOSE, request.match_info["token"])
        except Invalid:  # which links there were is nobody's business
            raise NotFound("there is no such recording") from None
        tag = f'"{key}"'
        if tag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers={"ETag": tag})
        return _reply(request, await blobs.get(key), tag)

    return serve


def _reply(request: web.Request, content: bytes, tag: str) -> web.Response:
    """The bytes, or the part asked for (RFC 9110 14: one range; anything else is the whole)."""
    headers = {
        "Content-Type": type_of(content),
        "Accept-Ranges": "bytes",
        "ETag": tag,
        "Cache-Control": "private, max-age=86400",
    }
    asked = None
    if request.headers.get("If-Range", tag) == tag:
        asked = _part(request.headers.get("Range", ""), len(content))
    if asked is None:
        return web.Response(body=content, headers=headers)
    first, end = asked
    if first >= end:
        headers |= {"Content-Range": f"bytes */{len(content)}"}
        del headers["Content-Type"]
        return web.Response(status=416, headers=headers)
    headers |= {"Content-Range": f"bytes {first}-{end - 1}/{len(content)}"}
    return web.Response(status=206, body=content[first:end], headers=headers)


def _part(header: str, size: int) -> tuple[int, int] | None:
    """First octet and the one after the last; None for the whole: no range, several, or not one.

    Empty (first not below end) when the range lies outside.
    """
    unit, _, spec = header.partition("=")
    first, dash, last = (part.strip() for part in spec.partition("-"))
    numbers_only = all(part.isascii() and part.isdigit() for part in (first, last) if part)
    if unit.strip().lower() != "bytes" or not dash or not numbers_only or not (first or last):
        return None
    if not first:  # the last so many
        return max(0, size - int(last)) if int(last) else size, size
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) + 1, size) if last else size


def type_of(content: bytes) -> str:
    """The media type of recorded sound, by how it begins."""
    for at, magic, kind in _MAGIC:
        if content[at : at + len(magic)] == magic:
            return kind
    if content[:1] == b"\xff" and content[1:2] >= b"\xe0":
        return "audio/mpeg"  # a frame without a tag before it
    return "application/octet-stream"
