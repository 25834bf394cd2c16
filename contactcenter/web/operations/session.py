"""Signing in and out, and what a desk needs to start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contactcenter.core.access.model import Principal
from contactcenter.web import guard
from contactcenter.web.call import Call
from contactcenter.web.live.presence import sign_out_of
from contactcenter.web.operation import ANYONE, operation
from contactcenter.web.shapes.desk import Account, CodeText, LineInfo, Session, SignedIn, SignIn


def account_of(who: Principal) -> Account:
    """The account as the desks show it."""
    return Account(
        id=str(who.id),
        name=who.name,
        display_name=who.display_name,
        role=who.role,
        language=who.language,
    )


def texts(entries: Sequence[tuple[str, Mapping[str, str]]], language: str) -> list[CodeText]:
    """Codes with their text in ``language``, else in English, else the code."""
    return [
        CodeText(code=code, text=by_language.get(language) or by_language.get("en") or code)
        for code, by_language in entries
    ]


@operation("POST", "/session", roles=None, is_idempotent=False)
async def sign_in(call: Call, body: SignIn) -> SignedIn:
    """Sign in with name and password.

    Gives a token for programs and sets the cookie of a browser session. Both end after 12 hours.
    """
    token, who = await call.limits.guarded_sign_in(
        call.services.access, body.name, body.password, call.remote
    )
    call.cookies[guard.COOKIE] = token
    csrf = guard.csrf_of(call.services.secrets, token)
    return SignedIn(token=token, csrf=csrf, account=account_of(who))


@operation("GET", "/session", roles=ANYONE)
async def get_session(call: Call) -> Session:
    """The account behind the cookie or token, and what its desk needs."""
    services, who = call.services, call.who
    return Session(
        account=account_of(who),
        csrf=call.csrf,
        dispositions=texts(services.desk.dispositions, who.language),
        away_reasons=texts(services.settings.away_reasons, who.language),
        lines=[LineInfo.model_validate(line) for line in services.lines],
    )


@operation("DELETE", "/session", roles=ANYONE)
async def sign_out(call: Call) -> None:
    """Sign out: the token is revoked, live sockets opened with it close within 5 s."""
    await sign_out_of(call.services.db, call.who)
    call.cookies[guard.COOKIE] = None


OPERATIONS = [sign_in, get_session, sign_out]
