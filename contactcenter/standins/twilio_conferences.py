"""Conferences of the Twilio stand-in: who is inside, and the reports about it."""

from __future__ import annotations

from contactcenter.standins.twilio_model import Call, Conference, Hooks, Participant
from contactcenter.standins.twilio_reader import TwimlError, Verb
from contactcenter.standins.twilio_world import World

EVENTS = frozenset({"start", "end", "join", "leave", "mute", "hold", "modify", "speaker"})


def join(world: World, call: Call, noun: Verb) -> Participant:
    """Bring the call in as ``<Conference>`` says. The first one in decides where reports go."""
    conference = find(world, noun.text) or _new(world, noun)
    coach = noun.get("coach") or None
    if coach is not None and coach not in conference.inside:
        raise TwimlError(13240, "Dial->Conference: Invalid Whisper SID")
    label = noun.get("participantLabel") or None
    if label and any(one.label == label for one in conference.inside.values()):
        raise TwimlError(13254, f"The label {label} is taken")
    one = Participant(
        call,
        label,
        muted=noun.yes("muted"),
        starts=noun.yes("startConferenceOnEnter", True),
        ends=noun.yes("endConferenceOnExit"),
        coach=coach,
    )
    conference.inside[call.sid] = one
    _report(world, conference, "join", "participant-join", one)
    started = any(p.starts for p in conference.inside.values())
    if conference.status == "init" and started and len(conference.inside) > 1:
        conference.status = "in-progress"
        _report(world, conference, "start", "conference-start")
    world.poke()
    return one


def leave(world: World, call: Call, reason: str) -> None:
    """Take the call out; the last one out ends the conference."""
    conference = world.room_of(call)
    if conference is None:
        return
    one = conference.inside.pop(call.sid)
    one.reason = reason
    one.gone.set()
    extra = {"ReasonParticipantLeft": reason, "ParticipantCallStatus": call.status}
    _report(world, conference, "leave", "participant-leave", one, extra)
    if one.ends:
        end(world, conference, "participant-with-end-conference-on-exit-left")
    elif not conference.inside:
        end(world, conference, "last-participant-left")
    world.poke()


def end(world: World, conference: Conference, reason: str) -> None:
    """End the conference; those still inside go on with their own documents."""
    if conference.status == "completed":
        return
    conference.status = "completed"
    conference.ended_by = reason
    why = (
        "conference_ended_via_api"
        if reason == "conference-ended-via-api"
        else "moderator_ended_conference"
    )
    for one in tuple(conference.inside.values()):
        leave(world, one.call, why)
    extra = {"ReasonConferenceEnded": reason}
    _report(world, conference, "end", "conference-end", extra=extra)
    world.poke()


def change(
    world: World,
    conference: Conference,
    one: Participant,
    *,
    muted: bool | None = None,
    hold: bool | None = None,
) -> None:
    """Mute or hold a participant; only a change is reported."""
    if muted is not None and muted != one.muted:
        one.muted = muted
        what = "participant-mute" if muted else "participant-unmute"
        _report(world, conference, "mute", what, one)
    if hold is not None and hold != one.hold:
        one.hold = hold
        what = "participant-hold" if hold else "participant-unhold"
        _report(world, conference, "hold", what, one)
    world.poke()


def find(world: World, name: str) -> Conference | None:
    """The running conference of that name."""
    for conference in world.conferences.values():
        if conference.name == name and conference.status != "completed":
            return conference
    return None


def _new(world: World, noun: Verb) -> Conference:
    events = frozenset(noun.get("statusCallbackEvent").split())
    if events - EVENTS:
        raise TwimlError(13233, "Dial->Conference: Invalid statusCallbackEvent")
    hooks = Hooks(noun.get("statusCallback"), events)
    conference = Conference(world.account, noun.text, world.clock.now(), hooks)
    world.conferences[conference.sid] = conference
    return conference


def _report(
    world: World,
    conference: Conference,
    event: str,
    name: str,
    one: Participant | None = None,
    extra: dict[str, str] | None = None,
) -> None:
    conference.reports += 1
    if event not in conference.hooks.events:
        return
    params = {
        "AccountSid": world.account,
        "ConferenceSid": conference.sid,
        "FriendlyName": conference.name,
        "SequenceNumber": str(conference.reports),
        "Timestamp": world.now_stamp(),
        "StatusCallbackEvent": name,
    }
    if one is not None:
        params |= {
            "CallSid": one.call.sid,
            "Muted": str(one.muted).lower(),
            "Hold": str(one.hold).lower(),
            "Coaching": str(one.coach is not None).lower(),
            "EndConferenceOnExit": str(one.ends).lower(),
            "StartConferenceOnEnter": str(one.starts).lower(),
        }
        if one.label:
            params["ParticipantLabel"] = one.label
    world.hooks.report(conference.hooks.url, params | (extra or {}))
