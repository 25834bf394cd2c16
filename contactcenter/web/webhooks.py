"""Provider webhooks: aiohttp's request to a plain one, the receiver's plain reply back.

Who called is the receiver's business (its signature check); nothing of the session applies here.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from contactcenter.channels.receiver import MAX_BODY, Receiver, WebReply, WebRequest
from contactcenter.web.problems import TooLarge
from contactcenter.web.serve import AiohttpHandler


def routes(receivers: Mapping[str, Receiver]) -> list[web.RouteDef]:
    """``/webhooks/<provider>/{kind}/{line}`` for each configured provider.

    GET is mounted too: providers fetch documents by the method configured at their side.
    """
    found = []
    for provider, receiver in receivers.items():
        path = f"/webhooks/{provider}/{{kind}}/{{line}}"
        handler = _handler(receiver)
        found += [web.post(path, handler), web.get(path, handler, allow_head=False)]
    return found


def _handler(receiver: Receiver) -> AiohttpHandler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return reply_of(await receiver.handle(await request_of(request)))

    return handle


async def request_of(request: web.Request) -> WebRequest:
    """The request as it came over the wire: raw target, raw body."""
    if (request.content_length or 0) > MAX_BODY:
        raise TooLarge(f"the body is longer than {MAX_BODY} bytes")
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge(f"the body is longer than {MAX_BODY} bytes") from None
    headers = dict(reversed(list(request.headers.items())))
    return WebRequest(method=request.method, url=request.raw_path, headers=headers, body=body)


def reply_of(reply: WebReply) -> web.Response:
    response = web.Response(status=reply.status, body=reply.body, headers=dict(reply.headers))
    response.headers["Content-Type"] = reply.content_type
    return response
