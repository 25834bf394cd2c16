"""A turn by phone: outputs to steps for the leg, the leg's events to inputs."""

from __future__ import annotations

from collections.abc import Sequence

from contactcenter.channels.voice import base, steps
from contactcenter.ivr.model import (
    Ask,
    Enqueue,
    HungUp,
    Input,
    Leave,
    LookUp,
    Output,
    Prompt,
    Silence,
    Typed,
)


def to_steps(
    outputs: Sequence[Output], *, announcements: tuple[steps.Say | steps.Play, ...] = ()
) -> list[steps.Step]:
    """Steps ending in a terminal one, so the caller never falls into silence.

    What is said before a question belongs to its ``Collect``: a caller who knows the way presses
    the key at once. ``announcements`` are heard while waiting in the queue of an ``Enqueue``.
    """
    said: list[steps.Say | steps.Play | steps.Pause] = []
    for output in outputs:
        match output:
            case Prompt(text, of):
                said.append(steps.Say(text, of))
            case Ask():
                return [_collect(output, said)]
            case LookUp():
                return [*said, steps.Next()]
            case Enqueue(queue):
                return [*said, steps.Park(queue, announcements)]
            case Leave("hung_up"):
                return []
            case Leave(reason):
                return [*said, steps.Hangup(reason)]
    return [*said, steps.Next()]


def _collect(ask: Ask, said: list[steps.Say | steps.Play | steps.Pause]) -> steps.Collect:
    asked = [steps.Say(prompt.text, prompt.language) for prompt in ask.prompts]
    offered = [steps.Say(option.spoken, ask.language) for option in ask.options if option.spoken]
    one_key = not ask.free and ask.max_digits == 1
    return steps.Collect(
        prompts=(*said, *asked, *offered),
        digits=ask.digits,
        speech=ask.speech,
        max_digits=ask.max_digits,
        finish_key="" if one_key else "#",
        first_timeout_s=ask.first_timeout_s,
        gap_timeout_s=ask.gap_timeout_s,
        hints=ask.hints,
        language=ask.language,
    )


def input_from(event: base.VoiceEvent) -> Input | None:
    """The input an event stands for; None when it is none (``StepDone`` after a ``LookUp`` only
    tells that the prompts have ended: feed the look-up's answer)."""
    match event:
        case base.Collected(value=value, how=how):
            return Typed(value, how)
        case base.NoInput():
            return Silence()
        case base.LegEnded():
            return HungUp()
        case _:
            return None
