"""One Twilio account as settings, and the addresses of our webhooks. Reads no environment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, unquote, urlencode, urlsplit

from contactcenter.core.errors import Invalid

PROVIDER = "twilio"
PREFIX = "/webhooks/twilio"

Kind = Literal[
    "voice", "wait", "fallback", "status", "machine", "room", "recording", "sms", "sms-status"
]  # fmt: skip


def _as_it_is(key: str) -> str:
    return key


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """What the adapters need to know of one account.

    ``auth_tokens``: the first signs our API requests; all of them are accepted on webhooks, so a
    token can be changed without losing a call. ``api_base_url`` may name another host that speaks
    the same dialect. ``public_base_url`` is how the provider reaches us; signatures are checked
    against it and never against request headers. ``calls_per_second`` paces new calls (Twilio's
    default for an account is 1; None switches our pacing off). ``api_key_sid`` and
    ``api_key_secret`` are needed only for browser audio. ``seal_media`` makes the part of an
    address that only we can make from the key of a recording; ``open_media`` is its inverse.
    """

    account_sid: str
    auth_tokens: tuple[str, ...] = field(repr=False)
    public_base_url: str
    lines: tuple[str, ...]
    api_base_url: str = "https://api.twilio.com"
    request_timeout_s: float = 10.0
    calls_per_second: float | None = 1.0
    media_base_url: str = ""
    seal_media: Callable[[str], str] = _as_it_is
    open_media: Callable[[str], str] = _as_it_is
    hold_music_url: str = ""
    api_key_sid: str = ""
    api_key_secret: str = field(default="", repr=False)

    def faults(self) -> list[str]:
        """Everything wrong with these settings, one sentence each; empty when they will do."""
        found = []
        if not (self.account_sid.startswith("AC") and len(self.account_sid) == 34):
            found.append("account_sid must be AC and 32 hexadecimal digits")
        if not self.auth_tokens or not all(self.auth_tokens):
            found.append("auth_tokens needs one or two tokens, none of them empty")
        for name in ("public_base_url", "api_base_url"):
            parts = urlsplit(getattr(self, name))
            if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
                found.append(f"{name} must be an http or https address without a query")
        if not self.lines:
            found.append("lines needs at least one number")
        if self.request_timeout_s <= 0:
            found.append("request_timeout_s must be above 0")
        if self.calls_per_second is not None and self.calls_per_second <= 0:
            found.append("calls_per_second must be above 0, or none")
        if bool(self.api_key_sid) != bool(self.api_key_secret):
            found.append("api_key_sid and api_key_secret go together")
        return found

    def checked(self) -> TwilioAccount:
        """This account, or ``Invalid`` naming every fault."""
        found = self.faults()
        if found:
            raise Invalid("The Twilio account is not set up: " + "; ".join(found) + ".")
        return self

    def webhook(self, kind: Kind, line: str, **query: str) -> str:
        """The public address of one webhook; query values that are empty are left out."""
        given = urlencode({k: v for k, v in query.items() if v})
        # The plus of an E.164 number is plain text in a path (RFC 3986, section 3.3).
        path = f"{PREFIX}/{kind}/{quote(line, safe='+')}"
        return self.public_base_url.rstrip("/") + path + (f"?{given}" if given else "")

    def public_url(self, target: str) -> str:
        """The address Twilio asked for, from the path and query that reached us.

        A base with a path of its own works whether the proxy strips that path or not.
        """
        base = self.public_base_url.rstrip("/")
        path = urlsplit(base).path
        if path and target.startswith(path + "/"):
            target = target[len(path) :]
        return base + target

    def media_url(self, media: str) -> str:
        """Where Twilio fetches a stored recording; the same key gives the same address."""
        if media.startswith(("http://", "https://")):
            return media
        base = self.media_base_url or self.public_base_url.rstrip("/") + "/media"
        return f"{base.rstrip('/')}/{quote(self.seal_media(media))}"

    def media_key(self, url: str) -> str:
        """The inverse of ``media_url``."""
        base = (self.media_base_url or self.public_base_url.rstrip("/") + "/media").rstrip("/")
        if not url.startswith(base + "/"):
            return url
        return self.open_media(unquote(url[len(base) + 1 :]))

    def agent_target(self, address: str) -> str:
        """``agent:<uuid>`` as Twilio dials a browser; any other address as it is.

        A client identity may hold only letters, digits and underscores, so the id loses its dashes.
        """
        if not address.startswith("agent:"):
            return address
        return f"client:{agent_identity(address.removeprefix('agent:'))}"


def agent_identity(agent: str) -> str:
    """The Voice SDK identity of an agent."""
    return "agent_" + agent.replace("-", "")


def path_of(target: str) -> tuple[str, str] | None:
    """(kind, line) of a webhook's path, or None when it is not one of ours."""
    path = urlsplit(target).path
    at = path.find(PREFIX + "/")
    parts = path[at + len(PREFIX) + 1 :].split("/") if at >= 0 else []
    if len(parts) != 2 or not all(parts):
        return None
    return parts[0], unquote(parts[1])
