"""Reading TwiML as Twilio does: verbs and nouns it knows, their attributes, their nesting.

Written apart from the product's renderer on purpose: what one of them gets wrong, the other shows.
Error codes: Twilio docs, "Error and warning dictionary".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

ATTRIBUTES: dict[str, set[str]] = {
    "Say": {"voice", "language", "loop"},
    "Play": {"loop", "digits"},
    "Pause": {"length"},
    "Gather": {"input", "action", "method", "timeout", "speechTimeout", "maxSpeechTime",
               "profanityFilter", "finishOnKey", "numDigits", "partialResultCallback", "language",
               "hints", "bargeIn", "debug", "actionOnEmptyResult", "speechModel", "enhanced"},
    "Record": {"action", "method", "timeout", "finishOnKey", "maxLength", "playBeep", "trim",
               "recordingStatusCallback", "recordingStatusCallbackMethod",
               "recordingStatusCallbackEvent", "transcribe", "transcribeCallback"},
    "Enqueue": {"action", "method", "waitUrl", "waitUrlMethod", "workflowSid"},
    "Dial": {"action", "method", "timeout", "hangupOnStar", "timeLimit", "callerId", "record",
             "answerOnBridge", "ringTone", "trim", "sequential"},
    "Number": {"sendDigits", "url", "method", "statusCallback", "statusCallbackEvent",
               "statusCallbackMethod"},
    "Client": {"url", "method", "statusCallback", "statusCallbackEvent", "statusCallbackMethod"},
    "Sip": {"username", "password", "url", "method", "statusCallback", "statusCallbackEvent"},
    "Conference": {"muted", "beep", "startConferenceOnEnter", "endConferenceOnExit", "waitUrl",
                   "waitMethod", "maxParticipants", "record", "region", "coach", "trim",
                   "participantLabel", "statusCallback", "statusCallbackEvent",
                   "statusCallbackMethod", "recordingStatusCallback",
                   "recordingStatusCallbackMethod", "recordingStatusCallbackEvent"},
    "Redirect": {"method"},
    "Reject": {"reason"},
    "Hangup": set(),
    "Leave": set(),
}  # fmt: skip
NESTED = {
    "Gather": {"Say", "Play", "Pause"},
    "Dial": {"Number", "Client", "Sip", "Conference"},
}
NOUNS = NESTED["Dial"]
WAITING = {"Say", "Play", "Pause", "Gather", "Redirect", "Leave", "Hangup"}
"""Verbs a wait document may hold."""
BOOLEANS = {
    "muted", "startConferenceOnEnter", "endConferenceOnExit", "actionOnEmptyResult", "playBeep",
}  # fmt: skip
WHOLE = {"timeout", "numDigits", "length", "maxLength", "maxParticipants", "timeLimit"}


class TwimlError(Exception):
    """A document Twilio would stop at. ``code`` is Twilio's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb or noun."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    inside: tuple[Verb, ...] = ()

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def whole(self, name: str, default: int) -> int:
        return int(self.attributes.get(name, default))

    def yes(self, name: str, default: bool = False) -> bool:
        return self.attributes.get(name, "true" if default else "false") == "true"


def read(document: str, base: str = "") -> tuple[Verb, ...]:
    """The verbs of a document; addresses in it are taken relative to ``base``.

    Raises ``TwimlError``: 12100 not XML, 12200 a verb or nesting Twilio does not know, 12300 a
    value it does not take.
    """
    try:
        root = ET.fromstring(document)  # noqa: S314 - from the server under test, on loopback
    except ET.ParseError as exc:
        raise TwimlError(12100, f"Document parse failure: {exc}") from exc
    if root.tag != "Response":
        raise TwimlError(12200, "The root element is not Response")
    return tuple(_verb(node, base, "Response") for node in root)


def _verb(node: ET.Element, base: str, parent: str) -> Verb:
    name = node.tag
    allowed = set(ATTRIBUTES) - NOUNS if parent == "Response" else NESTED.get(parent, set())
    if name not in allowed:
        raise TwimlError(12200, f"<{name}> is not allowed in <{parent}>")
    unknown = set(node.attrib) - ATTRIBUTES[name]
    if unknown:
        raise TwimlError(12200, f"<{name}> has no attribute {', '.join(sorted(unknown))}")
    attributes = dict(node.attrib)
    for key, value in node.attrib.items():
        _check(name, key, value)
        if key in ("action", "waitUrl", "statusCallback", "recordingStatusCallback"):
            attributes[key] = urljoin(base, value)
    inside = tuple(_verb(child, base, name) for child in node)
    if name == "Dial" and not inside and not (node.text or "").strip():
        raise TwimlError(13216, "Dial without a number or noun")
    words = node.text or ""
    if name == "Redirect":
        words = urljoin(base, words.strip())
    return Verb(name, attributes, words, inside)


def _check(verb: str, name: str, value: str) -> None:
    if name in WHOLE and value != "auto" and not value.isdigit():
        raise TwimlError(12300, f"<{verb} {name}> must be a whole number")
    if name in BOOLEANS and value not in ("true", "false"):
        raise TwimlError(12300, f"<{verb} {name}> must be true or false")
    if name.lower().endswith("method") and value not in ("GET", "POST"):
        raise TwimlError(12300, f"<{verb} {name}> must be GET or POST")
    if name == "input" and not set(value.split()) <= {"dtmf", "speech"}:
        raise TwimlError(13334, "Gather: Invalid input value")
    if name == "finishOnKey" and not set(value) <= set("0123456789#*"):
        raise TwimlError(13310, "Gather: Invalid finishOnKey value")
    if name == "reason" and value not in ("busy", "rejected"):
        raise TwimlError(13821, "Reject: Invalid reason value")
