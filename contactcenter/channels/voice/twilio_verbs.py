"""The TwiML we may write: verbs, their attributes, and what each attribute may hold.

Twilio's own builders check nothing and a wrong attribute fails in the caller's ear, so every
element leaves through ``element``, which knows only what stands in ``VERBS``.
Sources: Twilio docs, TwiML Voice, one page per verb.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from contactcenter.core.errors import Invalid

_URL = r"https?://[^\s<>]{1,3990}"
_INT = r"\d{1,5}"
_BOOL = "true|false"
_POST = "POST"
_TAG = r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}"
_EVENTS = "( ?(start|end|join|leave|mute|hold|modify|speaker))+"

VERBS: dict[str, dict[str, str]] = {
    "Response": {},
    "Say": {"language": _TAG, "voice": r"[A-Za-z][A-Za-z0-9._-]{0,80}"},
    "Play": {},
    "Pause": {"length": _INT},
    "Gather": {
        "input": "dtmf|speech|dtmf speech", "action": _URL, "method": _POST, "numDigits": _INT,
        "finishOnKey": r"[0-9#*]{0,12}", "timeout": _INT, "speechTimeout": "auto",
        "hints": r"[^\x00]{0,5000}", "language": _TAG, "actionOnEmptyResult": _BOOL,
    },
    "Enqueue": {"action": _URL, "method": _POST, "waitUrl": _URL, "waitUrlMethod": _POST},
    "Dial": {
        "action": _URL, "method": _POST, "timeout": _INT, "callerId": r"[+A-Za-z0-9:@._-]{1,200}",
    },
    "Conference": {
        "beep": _BOOL, "muted": _BOOL,
        "startConferenceOnEnter": _BOOL, "endConferenceOnExit": _BOOL,
        "participantLabel": r"[A-Za-z0-9:._-]{1,128}", "coach": r"CA[0-9a-fA-F]{32}",
        "waitUrl": _URL, "waitMethod": "GET|POST", "statusCallback": _URL,
        "statusCallbackMethod": _POST, "statusCallbackEvent": _EVENTS,
    },
    "Number": {}, "Client": {}, "Sip": {},
    "Record": {
        "action": _URL, "method": _POST, "maxLength": _INT, "finishOnKey": r"[0-9#*]{0,12}",
        "recordingStatusCallback": _URL, "recordingStatusCallbackMethod": _POST,
        "recordingStatusCallbackEvent": r"completed( absent)?", "playBeep": _BOOL,
    },
    "Redirect": {"method": _POST},
    "Reject": {"reason": "busy|rejected"},
    "Hangup": {},
}  # fmt: skip

_PATTERNS = {
    verb: {name: re.compile(rf"(?:{pattern})\Z") for name, pattern in attributes.items()}
    for verb, attributes in VERBS.items()
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (section 2.2) can not hold, escaped or not."""
_BREAKS = {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


def clean(text: str) -> str:
    """``text`` without characters no XML document may hold."""
    return _NOT_XML.sub("", text)


def element(verb: str, attributes: dict[str, str | None], content: str = "") -> str:
    """One element. ``content`` is already XML; attributes that are None are left out.

    Raises ``Invalid`` (code ``twiml``) for a verb, attribute or value outside the list.
    """
    allowed = _PATTERNS.get(verb)
    if allowed is None:
        raise Invalid(f"<{verb}> is not a verb we write.", code="twiml")
    written = []
    for name, value in attributes.items():
        if value is None:
            continue
        pattern = allowed.get(name)
        if pattern is None or not pattern.match(value):
            raise Invalid(
                f'<{verb} {name}> may not be "{value[:80]}".',
                code="twiml",
                details={"verb": verb, "attribute": name},
            )
        written.append(f" {name}={quoteattr(value, _BREAKS)}")
    inside = "".join(written)
    return f"<{verb}{inside}>{content}</{verb}>" if content else f"<{verb}{inside}/>"


def text(content: str) -> str:
    """Character data. A carriage return is written as a reference, or the parser would drop it."""
    return escape(clean(content), {"\r": "&#13;"})
