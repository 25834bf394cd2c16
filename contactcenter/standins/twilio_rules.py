"""What Twilio's REST API takes, and the errors it gives. Stricter than Twilio in one point: a
parameter it does not know is an error here, where Twilio ignores it in silence.

Source of codes: Twilio docs, "Error and warning dictionary".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from contactcenter.standins.twilio_model import new_sid

Form = Mapping[str, Sequence[str]]
_ADDRESS = re.compile(r"(\+[1-9]\d{4,14}|client:[A-Za-z0-9_]{1,121}|sip:[^\s@]+@[^\s@]+)\Z")
_NUMBER = re.compile(r"\+[1-9]\d{4,14}\Z")
CALL_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
RECORDING_EVENTS = frozenset({"in-progress", "completed", "absent"})

PAGING = {"PageSize", "Page", "PageToken"}
KNOWN: dict[str, set[str]] = {
    "list calls": {"To", "From", "Status", "ParentCallSid", "StartTime", "StartTime<",
                   "StartTime>", "EndTime", "EndTime<", "EndTime>"} | PAGING,
    "create call": {"To", "From", "Url", "Twiml", "Method", "FallbackUrl", "FallbackMethod",
                    "StatusCallback", "StatusCallbackEvent", "StatusCallbackMethod", "Timeout",
                    "MachineDetection", "AsyncAmd", "AsyncAmdStatusCallback",
                    "AsyncAmdStatusCallbackMethod", "MachineDetectionTimeout", "SendDigits",
                    "TimeLimit", "CallerId", "CallReason"},
    "update call": {"Url", "Twiml", "Method", "Status", "FallbackUrl", "FallbackMethod",
                    "StatusCallback", "StatusCallbackMethod", "TimeLimit"},
    "list conferences": {"FriendlyName", "Status", "DateCreated", "DateUpdated"} | PAGING,
    "update conference": {"Status", "AnnounceUrl", "AnnounceMethod"},
    "list participants": {"Muted", "Hold", "Coaching"} | PAGING,
    "update participant": {"Muted", "Hold", "HoldUrl", "HoldMethod", "Coaching",
                           "CallSidToCoach", "EndConferenceOnExit"},
    "list messages": {"To", "From", "DateSent", "DateSent<", "DateSent>"} | PAGING,
    "create message": {"To", "From", "Body", "StatusCallback", "ValidityPeriod", "SmartEncoded"},
    "list recordings": {"CallSid", "ConferenceSid", "DateCreated", "IncludeSoftDeleted"} | PAGING,
    "create recording": {"RecordingStatusCallback", "RecordingStatusCallbackEvent",
                         "RecordingStatusCallbackMethod", "RecordingChannels", "RecordingTrack",
                         "Trim"},
    "update recording": {"Status", "PauseBehavior"},
    "list queues": PAGING,
    "create queue": {"FriendlyName", "MaxSize"},
}  # fmt: skip


class ApiError(Exception):
    """An error reply: HTTP status, Twilio's code and sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": str(self),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
            "request_id": new_sid("RQ"),
        }


def not_found(path: str) -> ApiError:
    return ApiError(404, 20404, f"The requested resource {path} was not found")


def one(form: Form, name: str, default: str = "") -> str:
    values = form.get(name, ())
    return values[0] if values else default


def check_known(action: str, form: Form) -> None:
    unknown = set(form) - KNOWN[action]
    if unknown:
        raise ApiError(400, 20001, f"Unknown parameter: {', '.join(sorted(unknown))}")


def check_url(form: Form, name: str, code: int) -> str:
    """The address under ``name``, "" when it is not given."""
    url = one(form, name)
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
        raise ApiError(400, code, f"{name} is not a valid URL.")
    return url


def check_choice(form: Form, name: str, allowed: set[str], code: int = 20001) -> str:
    value = one(form, name)
    if value and value not in allowed:
        raise ApiError(400, code, f"Invalid {name}: {value}")
    return value


def check_whole(form: Form, name: str, low: int, high: int, default: int, code: int) -> int:
    value = one(form, name, str(default))
    if not value.isdigit() or not low <= int(value) <= high:
        raise ApiError(400, code, f"{name} must be a whole number from {low} to {high}")
    return int(value)


def check_events(form: Form, name: str, allowed: frozenset[str], code: int) -> frozenset[str]:
    """Several values, or one with spaces between: Twilio takes both."""
    given = frozenset(" ".join(form.get(name, ())).split())
    if given - allowed:
        raise ApiError(400, code, f"Invalid {name}: {' '.join(sorted(given - allowed))}")
    return given


def check_new_call(form: Form, numbers: Mapping[str, object]) -> None:
    """Raises the error Twilio gives for the first thing wrong with a new call."""
    check_known("create call", form)
    to, from_ = one(form, "To"), one(form, "From")
    if not to:
        raise ApiError(400, 21201, "No 'To' number is specified")
    if not from_:
        raise ApiError(400, 21213, "No 'From' number is specified")
    if not _ADDRESS.match(to):
        raise ApiError(
            400, 21211, f"The phone number you are attempting to call, {to}, is invalid."
        )
    if not _ADDRESS.match(from_):
        raise ApiError(400, 21212, f"The 'From' number {from_} is not a valid phone number.")
    if _NUMBER.match(from_) and from_ not in numbers:
        raise ApiError(
            400, 21210, f"The source phone number provided, {from_}, is not yet verified."
        )
    check_document(form)
    check_url(form, "StatusCallback", 21609)
    check_events(form, "StatusCallbackEvent", CALL_EVENTS, 21626)
    check_whole(form, "Timeout", 1, 600, 60, 21208)
    check_choice(form, "MachineDetection", {"Enable", "DetectMessageEnd"})
    check_choice(form, "AsyncAmd", {"true", "false"})


def check_document(form: Form, *, needed: bool = True) -> None:
    """Exactly one of ``Url`` and ``Twiml``."""
    url, twiml = one(form, "Url"), one(form, "Twiml")
    if needed and not url and not twiml:
        raise ApiError(400, 21205, "Url parameter is required.")
    if url and twiml:
        raise ApiError(400, 20001, "Url and Twiml can not both be given.")
    if len(twiml) > 4000:
        raise ApiError(400, 32018, "Twiml size exceeded maximum allowed value of 4000 characters")
    check_url(form, "Url", 21205)
    check_choice(form, "Method", {"GET", "POST"}, 21209)


def check_new_message(form: Form, numbers: Mapping[str, object], stopped: set[str]) -> None:
    """Raises the error Twilio gives for the first thing wrong with a new text."""
    check_known("create message", form)
    to, from_, body = one(form, "To"), one(form, "From"), one(form, "Body")
    if not to:
        raise ApiError(400, 21604, "A 'To' phone number is required.")
    if not from_:
        raise ApiError(400, 21603, "A 'From' phone number is required.")
    if not body:
        raise ApiError(400, 21602, "Message body is required.")
    if len(body) > 1600:
        raise ApiError(
            400, 21617, "The concatenated message body exceeds the 1600 character limit."
        )
    if not _NUMBER.match(to):
        raise ApiError(400, 21211, f"Invalid 'To' Phone Number: {to}")
    if from_ not in numbers:
        raise ApiError(
            400, 21606, f"The From phone number {from_} is not a valid, SMS-capable number"
        )
    if to in stopped:
        raise ApiError(400, 21610, "Attempt to send to unsubscribed recipient")
    check_url(form, "StatusCallback", 21609)
