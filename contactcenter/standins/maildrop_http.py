"""The mail drop over HTTP, for the handset page and for tests in other processes.

``GET /maildrop`` counts; ``GET /maildrop/{address}`` is a mailbox; ``GET /maildrop/{address}/{id}``
is one raw mail.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from contactcenter.channels.email import mime
from contactcenter.channels.email.headers import decode_value
from contactcenter.channels.email.parts import read_parts
from contactcenter.standins.maildrop import MailDrop
from contactcenter.standins.maildrop_store import Dropped


def maildrop_routes(drop: MailDrop) -> list[web.RouteDef]:
    """Read-only routes over ``drop``."""

    async def counts(request: web.Request) -> web.Response:
        store = drop.store
        key = request.query.get("message_key")
        if key is not None:
            return web.json_response({"message_key": key, "count": drop.count(key)})
        answer: dict[str, Any] = {
            "messages": store.total(),
            "distinct": len(store.counts()),
            "doubled": drop.doubled(),
        }
        if "all" in request.query:
            answer["message_ids"] = store.counts()
            answer["recipients"] = store.recipients()
        return web.json_response(answer)

    async def mailbox(request: web.Request) -> web.Response:
        address = request.match_info["address"]
        mails = [as_json(dropped) for dropped in drop.store.mailbox(address)]
        return web.json_response({"address": address.lower(), "mails": mails})

    async def raw(request: web.Request) -> web.Response:
        dropped = drop.store.one(int(request.match_info["id"]))
        if dropped is None or dropped.recipient != request.match_info["address"].lower():
            return web.json_response({"title": "no such mail"}, status=404)
        return web.Response(body=dropped.raw, content_type="message/rfc822")

    return [
        web.get("/maildrop", counts),
        web.get("/maildrop/{address}", mailbox),
        web.get(r"/maildrop/{address}/{id:\d{1,15}}", raw),
    ]


def as_json(dropped: Dropped) -> dict[str, Any]:
    """One mail with what tests ask about: bodies, threading and unsubscribing."""
    mail = mime.parse(dropped.raw)
    root, _ = read_parts(dropped.raw)
    return {
        "id": dropped.id,
        "at": dropped.at.isoformat(),
        "mail_from": dropped.mail_from,
        "message_id": dropped.message_id,
        "from": mail.from_.address if mail.from_ else "",
        "from_name": mail.from_.name if mail.from_ else "",
        "to": [box.address for box in mail.to],
        "reply_to": [box.address for box in mail.reply_to],
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "in_reply_to": list(mail.in_reply_to),
        "references": list(mail.references),
        "headers": {name: decode_value(value) for name, value in root.fields},
    }
