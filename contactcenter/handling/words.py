"""What we say on our own account: the operator's wording first, the one we ship as the last word.

A wording that can not be read or rendered never costs a customer the answer: it is logged, and the
next source is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import structlog

from contactcenter.channels.voice.steps import Say
from contactcenter.core.errors import ContactCenterError, Invalid
from contactcenter.core.templating import (
    FolderTemplates,
    PackagedTemplates,
    TemplateBody,
    TemplateSource,
    primary,
    render_trusted,
)

_log = structlog.get_logger(__name__)

STOP, START = "sms/stop_confirmed", "sms/start_confirmed"
HELP, ASK_BACK = "sms/help", "sms/stop_asked_back"
PLEASE_HOLD, SYSTEM_FAULT = "voice/please_hold", "voice/system_fault"
FAULT_GOODBYE, AGENT_LOST = "voice/fault_goodbye", "voice/agent_lost"
NOBODY_FREE, QUEUE_FULL = "voice/nobody_free", "voice/queue_full"
QUEUE_CLOSED = "voice/queue_closed"
VOICEMAIL, VOICEMAIL_THANKS = "voice/voicemail", "voice/voicemail_thanks"
VOICE_POSITION, SMS_POSITION = "voice/position", "sms/position"
CALLBACK_OFFER, CALLBACK_NUMBER = "voice/callback_offer", "voice/callback_number"
CALLBACK_BAD_NUMBER, CALLBACK_CONFIRMED = "voice/callback_bad_number", "voice/callback_confirmed"
CALLBACK_GREETING = "voice/callback_greeting"
SMS_CALLBACK_OFFER, SMS_CALLBACK_CONFIRMED = "sms/callback_offer", "sms/callback_confirmed"
SMS_NOBODY_FREE, SMS_QUEUE_FULL = "sms/nobody_free", "sms/queue_full"
SMS_QUEUE_CLOSED = "sms/queue_closed"
MAIL_WAITING, MAIL_CALLBACK_CONFIRMED = "email/waiting", "email/callback_confirmed"
USED = (
    STOP, START, HELP, ASK_BACK,
    PLEASE_HOLD, SYSTEM_FAULT, FAULT_GOODBYE, AGENT_LOST,
    NOBODY_FREE, QUEUE_FULL, QUEUE_CLOSED, VOICEMAIL, VOICEMAIL_THANKS,
    VOICE_POSITION, SMS_POSITION, CALLBACK_OFFER, CALLBACK_NUMBER, CALLBACK_BAD_NUMBER,
    CALLBACK_CONFIRMED, CALLBACK_GREETING, SMS_CALLBACK_OFFER, SMS_CALLBACK_CONFIRMED,
    SMS_NOBODY_FREE, SMS_QUEUE_FULL, SMS_QUEUE_CLOSED, MAIL_WAITING, MAIL_CALLBACK_CONFIRMED,
)  # fmt: skip
"""The names an operator may word anew; tried out at start-up."""


class Words:
    """``sources`` are asked in order before the packaged templates."""

    def __init__(self, sources: Sequence[TemplateSource] = ()) -> None:
        self._sources = (*sources, PackagedTemplates())

    @classmethod
    def of(cls, folder: Path | None) -> Words:
        """With an operator's folder; ``Invalid`` naming every wording of it that does not work."""
        if folder is None:
            return cls()
        own = FolderTemplates(folder)
        faults = [fault for name in USED if (fault := _fault(own, name))]
        if faults:
            raise Invalid("the templates are wrong:\n  " + "\n  ".join(faults), code="templates")
        return cls([own])

    def text(self, name: str, language: str, **values: object) -> str:
        """The words of ``name`` in ``language``, or the nearest there is."""
        return self._rendered(name, language, values)[1]

    def say(self, name: str, language: str, **values: object) -> Say:
        """The same as a step; spoken in the language it is really in."""
        body, text = self._rendered(name, language, values)
        same = primary(body.language) == primary(language)
        return Say(text, language if same else body.language)

    def _rendered(
        self, name: str, language: str, values: dict[str, object]
    ) -> tuple[TemplateBody, str]:
        for source in self._sources[:-1]:
            try:
                if found := _render(source, name, language, values):
                    return found
            except ContactCenterError as error:
                _log.error("wording_failed", template=name, code=error.code, reason=error.message)
        found = _render(self._sources[-1], name, language, values)
        if found is None:
            raise Invalid(f"there is no template {name}", code="no_template")
        return found


def _render(
    source: TemplateSource, name: str, language: str, values: dict[str, object]
) -> tuple[TemplateBody, str] | None:
    template = source.get(name)
    if template is None:
        return None
    body = template.body(language)
    return body, render_trusted(body, template.variables, values).text


_TRIED: dict[str, object] = {
    "sender": "x", "position": 2, "low": 1, "high": 3, "known": True, "callback": True,
    "ending": "0001",
}  # fmt: skip
"""Every variable we fill, for trying a wording out."""


def _fault(source: TemplateSource, name: str) -> str:
    """What is wrong with a wording, "" for nothing; every variable we fill is given."""
    try:
        template = source.get(name)
        for body in template.bodies if template else ():
            _render(source, name, body.language, _TRIED)
    except ContactCenterError as error:
        return f"{name}: {error.message}"
    return ""
