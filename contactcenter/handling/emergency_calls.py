"""An emergency begins or ends while callers are on the line: in a menu they are taken into the one
that answers now, in a queue they hear the words and keep their place."""

from __future__ import annotations

from collections.abc import Sequence

from contactcenter.channels.voice.steps import Step
from contactcenter.core.db import Tx
from contactcenter.core.ids import derived_id
from contactcenter.crm import log
from contactcenter.crm.log import Event
from contactcenter.crm.model import Interaction
from contactcenter.handling import emergencies, legs, queue_keys, waiting
from contactcenter.handling.lines import Lines
from contactcenter.handling.menus import Menus
from contactcenter.handling.spoken import language_of
from contactcenter.handling.voice_commands import queue_command
from contactcenter.handling.words import Words


def act(tx: Tx, event: Event, menus: Menus | None, lines: Lines | None, words: Words) -> None:
    """Carry out one ``emergency_began`` or ``emergency_over``; a flag that was switched again
    meanwhile has an event of its own."""
    state = log.lock(tx, event.interaction_id)
    line = lines.find("voice", state.line) if lines else None
    leg = legs.customer_leg(tx, state.id)
    if line is None or leg is None or leg.state != "up" or leg.room is not None:
        return
    emergency = emergencies.of_line(tx, "voice", line.address)
    if (emergency is not None) != (event.kind == "emergency_began"):
        return
    op_id = str(derived_id("emergency", leg.id, event.seq))
    steps: Sequence[Step] | None = None
    if state.state == "in_menu" and menus is not None:
        steps = menus.swapped(tx, state, line, op_id)
    elif state.state in ("waiting", "offered") and emergency and emergency.prompt:
        said = emergency.say(language_of(tx, state))
        steps = [*said, *_goes_on(tx, state, words)]
    if steps:
        legs.change(tx, leg.id, op_id=op_id)  # a key pressed for what was said before is too late
        queue_command(tx, op_id, "run", leg, steps=steps)


def _goes_on(tx: Tx, state: Interaction, words: Words) -> Sequence[Step]:
    """What the caller was at in the queue."""
    if queue_keys.is_asking(tx, state.id):
        return queue_keys.offer(tx, state, words)
    return waiting.park(words, str(state.queue), language_of(tx, state), music_only=True)
