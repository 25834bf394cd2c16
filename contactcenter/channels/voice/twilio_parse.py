"""TwiML we wrote, read back as steps: the proof that rendering loses nothing it need not lose."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET  # our own documents only, never a stranger's

from contactcenter.channels.voice import twilio_languages as languages
from contactcenter.channels.voice.steps import (
    Bridge,
    Collect,
    Dial,
    Hangup,
    Next,
    Park,
    Pause,
    Play,
    Record,
    Reject,
    Role,
    Say,
    Step,
)
from contactcenter.channels.voice.twilio_account import TwilioAccount
from contactcenter.channels.voice.twilio_packing import unpacked
from contactcenter.core.errors import Invalid


def parse(document: str, account: TwilioAccount) -> tuple[Step, ...]:
    """The steps of a document made by ``render``. Raises ``Invalid`` for any other document."""
    try:
        root = ET.fromstring(document)  # noqa: S314
    except ET.ParseError as exc:
        raise Invalid(f"Not XML: {exc}.", code="twiml") from exc
    steps: list[Step] = []
    for node in root:
        step = _step(node, account)
        if isinstance(step, Collect) and (before := int(_asked(node, "before") or 0)):
            spoken = [s for s in steps[-before:] if isinstance(s, Say | Play | Pause)]
            del steps[-before:]
            step = replace(step, prompts=tuple(spoken), barge_in=False)
        elif isinstance(step, Collect) and _asked(node, "before") == "0":
            step = replace(step, barge_in=False)
        steps.append(step)
    return tuple(steps)


def _step(node: ET.Element, account: TwilioAccount) -> Step:
    words = node.text or ""
    match node.tag:
        case "Say":
            return Say(words, languages.from_say(node.get("language")), node.get("voice"))
        case "Play":
            return Play(account.media_key(words))
        case "Pause":
            return Pause(float(node.get("length", "1")))
        case "Gather":
            return _collect(node, account)
        case "Enqueue":
            return _park(node)
        case "Dial":
            return _dial(node)
        case "Record":
            return Record(float(node.get("maxLength", "120")), node.get("finishOnKey", "#"))
        case "Redirect":
            return Next()
        case "Reject":
            return Reject("busy" if node.get("reason") == "busy" else "rejected")
        case "Hangup":
            return Hangup()
    raise Invalid(f"<{node.tag}> is not a verb we write.", code="twiml")


def _collect(node: ET.Element, account: TwilioAccount) -> Collect:
    prompts = tuple(_step(child, account) for child in node)
    kinds = node.get("input", "dtmf").split()
    hints = node.get("hints")
    return Collect(
        prompts=tuple(p for p in prompts if isinstance(p, Say | Play | Pause)),
        digits="dtmf" in kinds,
        speech="speech" in kinds,
        max_digits=int(node.get("numDigits", "1")),
        finish_key=node.get("finishOnKey", "#"),
        first_timeout_s=float(node.get("timeout", "5")),
        gap_timeout_s=float(_asked(node, "gap") or 3),
        hints=tuple(hints.split(",")) if hints else (),
        language=languages.from_speech(node.get("language")),
    )


def _park(node: ET.Element) -> Park:
    announcements = unpacked(_asked(node, "steps", "waitUrl"))
    return Park(
        node.text or "",
        tuple(step for step in announcements if isinstance(step, Say | Play)),
        float(_asked(node, "every") or 30),
    )


def _dial(node: ET.Element) -> Dial | Bridge:
    noun = node[0]
    if noun.tag != "Conference":
        return Dial(_asked(node, "to"), float(node.get("timeout", "30")))
    label = noun.get("participantLabel", "customer:").partition(":")[0]
    roles: dict[str, Role] = {
        "customer": "customer",
        "agent": "agent",
        "monitor": "monitor",
        "whisper": "whisper",
        "barge": "barge",
    }
    return Bridge(noun.text or "", roles[label])


def _asked(node: ET.Element, name: str, attribute: str = "action") -> str:
    query = parse_qs(urlsplit(node.get(attribute, "")).query)
    return query.get(name, [""])[0]
