"""What ``contactcenter doctor`` asks of Twilio: are the credentials right, do the numbers call us.

One look-up, nothing is changed; plain HTTP, because the official client takes a second to import.
Source: Twilio docs, "IncomingPhoneNumber resource".
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Iterable
from typing import Any, Literal, NamedTuple

from contactcenter.core.settings import LineSettings, Settings

_WAIT_S = 10.0


class Said(NamedTuple):
    """One finding: part, state (ok, note or fault), text, what to do."""

    part: str
    state: Literal["ok", "note", "fault"]
    text: str
    hint: str = ""


async def ask(settings: Settings, lines: Iterable[LineSettings]) -> AsyncIterator[Said]:
    """One finding for the account, one for each line Twilio tells about."""
    status, numbers = await _numbers(settings)
    account = f"twilio account {settings.twilio.account_sid[:6]}..."
    if status == 0:
        yield Said(account, "fault", f"{settings.twilio.api_base_url} does not answer",
                   "is this machine allowed out?")  # fmt: skip
    elif status in (401, 403):
        yield Said(account, "fault", "refuses the auth token",
                   "copy account SID and auth token from the same page of the console")  # fmt: skip
    elif status != 200:
        yield Said(account, "note", f"takes the token, but lists no numbers (HTTP {status})")
    else:
        yield Said(account, "ok", f"takes the token; {len(numbers)} numbers")
        for line in lines:
            yield _line(settings, line, numbers)


def _line(settings: Settings, line: LineSettings, numbers: dict[str, Any]) -> Said:
    part = f"twilio {line.channel} {line.address}"
    if line.address not in numbers:
        return Said(part, "fault", "is no number of this account", "buy it, or mend the line")
    wanted = f"{settings.url}/webhooks/twilio/{line.channel}/{line.address}"
    field = "voice_url" if line.channel == "voice" else "sms_url"
    found = str(numbers[line.address].get(field) or "").partition("#")[0]
    if found != wanted:
        where = "A call comes in" if line.channel == "voice" else "A message comes in"
        return Said(
            part, "fault", f"calls {found or 'nobody'}", f"set '{where}' to {wanted} (POST)"
        )
    return Said(part, "ok", "calls this site")


async def _numbers(settings: Settings) -> tuple[int, dict[str, Any]]:
    """HTTP status (0: no answer) and the account's numbers."""
    import aiohttp

    twilio = settings.twilio
    url = f"{twilio.api_base_url.rstrip('/')}/2010-04-01/Accounts/{twilio.account_sid}"
    pair = f"{twilio.account_sid}:{twilio.auth_token.get_secret_value()}"
    headers = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
    limit = aiohttp.ClientTimeout(total=_WAIT_S)
    try:
        async with (
            aiohttp.ClientSession(headers=headers, timeout=limit) as session,
            session.get(f"{url}/IncomingPhoneNumbers.json?PageSize=1000") as reply,
        ):
            if reply.status != 200:
                return reply.status, {}
            page = await reply.json()
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return 0, {}
    return 200, {one["phone_number"]: one for one in page.get("incoming_phone_numbers", [])}
