"""The files of the built desks (``ui/`` -> ``contactcenter/web/built``) and of the pages."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web
from yarl import URL

from contactcenter.web.middleware import PAGE_POLICY
from contactcenter.web.pages.render import FOLDER, language_of, page
from contactcenter.web.pages.sign_in import role_of
from contactcenter.web.pages.texts import TEXTS
from contactcenter.web.ports import SERVICES

PACKAGED = Path(__file__).parent.parent / "built"
_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_PAGE_FILES = {"pages.css", "icon.svg"}


def _built(request: web.Request) -> Path:
    return request.app[SERVICES].settings.built or PACKAGED


async def desk(request: web.Request) -> web.StreamResponse:
    """``GET /desk/...``: the file, else the application, which knows its own paths."""
    folder = _built(request).resolve()
    path = request.match_info["path"]
    file = (folder / path).resolve()
    if path and file.is_relative_to(folder) and file.is_file() and file.suffix != ".html":
        return _file(file, forever=path.startswith("assets/"))
    if "." in path.rpartition("/")[2]:
        raise web.HTTPNotFound  # a missing file is not a page of the application
    if await role_of(request) is None:
        raise web.HTTPFound(URL("/sign-in").with_query(next=request.path_qs))
    return _page(request, "index.html")


async def handset(request: web.Request) -> web.StreamResponse:
    """``GET /handset``: the simulated customer's phone, in the demo only."""
    if not request.app[SERVICES].settings.handset:
        raise web.HTTPNotFound
    return _page(request, "handset.html")


async def page_file(request: web.Request) -> web.StreamResponse:
    """``GET /pages/...``: style and icon of the server-rendered pages."""
    name = request.match_info["name"]
    if name not in _PAGE_FILES:
        raise web.HTTPNotFound
    return _file(FOLDER / name, forever=False)


def _page(request: web.Request, name: str) -> web.StreamResponse:
    file = _built(request) / name
    if file.is_file():
        return _file(file, forever=False)
    t = TEXTS[language_of(request)]
    return page(
        request,
        "message",
        status=503,
        title=t["not_built"],
        lead=t["not_built_lead"],
        address="",
        note="",
    )


def _file(file: Path, *, forever: bool) -> web.FileResponse:
    headers = {"Cache-Control": _FOREVER if forever else _ASK_AGAIN}
    if file.suffix in (".html", ".svg"):  # a file's type is known only while it is sent
        headers["Content-Security-Policy"] = PAGE_POLICY
    return web.FileResponse(file, headers=headers)


ROUTES = [
    web.get("/desk/{path:.*}", desk),
    web.get("/handset", handset),
    web.get("/pages/{name}", page_file),
]
