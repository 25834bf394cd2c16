"""Requests as Twilio signs them."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator

from contactcenter.channels.receiver import FORM, WebRequest
from contactcenter.channels.voice.twilio_account import TwilioAccount


def signed_for(account: TwilioAccount, url: str, form: dict[str, str]) -> WebRequest:
    """A genuine request to ``url`` for ``account``."""
    made = RequestValidator(account.auth_tokens[0]).compute_signature(url, form)
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    headers = {"X-Twilio-Signature": made, "Content-Type": FORM}
    return WebRequest("POST", target, headers, urlencode(form).encode())
