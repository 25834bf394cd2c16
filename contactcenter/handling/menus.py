"""Menus at work: the pure engine fed with calls and texts, its outputs carried out.

Everything of one turn (look-ups, events, queue) happens in the transaction of the input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from contactcenter.channels.sms.base import SmsReceived
from contactcenter.channels.voice.base import VoiceEvent
from contactcenter.channels.voice.steps import Hangup, Step
from contactcenter.core.db import Hot, Tx
from contactcenter.core.errors import NotFound
from contactcenter.core.rules import to_data as rule_data
from contactcenter.crm import customers, log
from contactcenter.crm.model import Interaction, NewEvent
from contactcenter.handling import conversations, emergencies, voicemails, waiting
from contactcenter.handling.emergencies import Emergency
from contactcenter.handling.legs import Leg
from contactcenter.handling.lines import Line
from contactcenter.handling.menu_facts import MenuFacts
from contactcenter.handling.preferred import agent_named
from contactcenter.handling.tables import menu_run
from contactcenter.handling.words import Words
from contactcenter.ivr import engine
from contactcenter.ivr import text as by_text
from contactcenter.ivr import voice as by_voice
from contactcenter.ivr.model import (
    Enqueue,
    HungUp,
    Leave,
    LookedUp,
    LookUp,
    Menu,
    MenuState,
    Turn,
)
from contactcenter.routing.model import Step as RoutingStep

Fetch = Callable[[Tx, Interaction, Mapping[str, object]], LookedUp]
"""A look-up by name: reads our own store, within the transaction of the turn."""

_MOST_LOOK_UPS = 10

_RUN = Hot(
    lambda: select(menu_run.c.menu, menu_run.c.state).where(
        menu_run.c.interaction_id == bindparam("b_id"), menu_run.c.done == 0
    )
)


def _keeping(insert: Any) -> ClauseElement:
    new: dict[str, Any] = {
        name: bindparam(name) for name in ("interaction_id", "menu", "state", "op_id", "done")
    }
    statement = insert(menu_run).values(new)
    changes = {name: statement.excluded[name] for name in new if name != "interaction_id"}
    kept: ClauseElement = statement.on_conflict_do_update(
        index_elements=["interaction_id"], set_=changes
    )
    return kept


_KEEP_POSTGRESQL = Hot(lambda: _keeping(pg_insert))
_KEEP_SQLITE = Hot(lambda: _keeping(sqlite_insert))


class Menus:
    """``shelf`` holds the loaded menus by name, ``look_ups`` what they may fetch."""

    def __init__(
        self,
        shelf: Mapping[str, Menu],
        look_ups: Mapping[str, Fetch],
        words: Words | None = None,
    ) -> None:
        self._shelf = shelf
        self._look_ups = look_ups
        self._words = words or Words()
        self._facts = MenuFacts()

    def start_call(
        self, tx: Tx, state: Interaction, line: Line, language: str, op_id: str
    ) -> Sequence[Step]:
        """A call came in on ``line``: what the customer hears first."""
        emergency = emergencies.of_line(tx, "voice", line.address)
        first: Sequence[Step] = emergency.say(language) if emergency else ()
        name = self._answering(line, emergency)
        if name is None:
            waiting.enqueue(tx, state, _queue_of(line), actor="system")
            park = waiting.park(self._words, _queue_of(line), language or line.languages[0])
            return [*first, *park]
        menu = self._menu(name)
        known = self._facts.at_start(tx, state, line, menu, emergency)
        turn = engine.start(menu, known, language=language or None)
        return [*first, *self._by_voice(tx, state, line, menu, turn, op_id)]

    def _answering(self, line: Line, emergency: Emergency | None) -> str | None:
        """The menu that answers: the emergency's, when it is there, else the line's."""
        if emergency and emergency.menu in self._shelf:
            return emergency.menu
        return line.menu

    def input(
        self, tx: Tx, state: Interaction, line: Line, event: VoiceEvent
    ) -> Sequence[Step] | None:
        """The customer pressed, spoke or kept silent, or the steps came to their end without a
        question (then the menu goes on by itself); None when no menu is open."""
        run = self._run(tx, state)
        if run is None:
            return None
        menu, menu_state = run
        menu_state = self._facts.now(tx, state, line, menu, menu_state)
        turn = engine.step(menu, menu_state, by_voice.input_from(event))
        return self._by_voice(tx, state, line, menu, turn, event.event_id)

    def again(self, tx: Tx, state: Interaction, line: Line, leg: Leg) -> Sequence[Step]:
        """The question that stands, asked again after a restart."""
        run = self._run(tx, state)
        if run is None:
            return [Hangup("menu_lost")]
        menu, menu_state = run
        return by_voice.to_steps(engine.again(menu, menu_state).outputs)

    def swapped(self, tx: Tx, state: Interaction, line: Line, op_id: str) -> Sequence[Step] | None:
        """The emergency of the line began or is over while this caller is in a menu: what they hear
        now. Another menu starts afresh, the same one asks again after the words; None when nothing
        changes for them."""
        run = self._run(tx, state)
        if run is None:
            return None
        menu, menu_state = run
        emergency = emergencies.of_line(tx, "voice", line.address)
        first = emergency.say(menu_state.language) if emergency else ()
        name = self._answering(line, emergency)
        if name == menu.name:
            known = self._facts.at_start(tx, state, line, menu, emergency)
            menu_state = engine.informed(menu, menu_state, known)
            turn = engine.again(menu, menu_state)
            self._keep(tx, state, Turn(menu_state, turn.outputs), op_id)
            return [*first, *by_voice.to_steps(turn.outputs)] if first else None
        _left_for_emergency(tx, state, menu)
        if name is None:
            self.abandon(tx, state)
            waiting.enqueue(tx, state, _queue_of(line), actor="system")
            return [*first, *waiting.park(self._words, _queue_of(line), menu_state.language)]
        menu = self._menu(name)
        known = self._facts.at_start(tx, state, line, menu, emergency)
        turn = engine.start(menu, known, language=menu_state.language)
        return [*first, *self._by_voice(tx, state, line, menu, turn, op_id)]

    def abandon(self, tx: Tx, state: Interaction) -> None:
        """The menu can not go on: whatever follows is not its doing."""
        tx.execute(update(menu_run).where(menu_run.c.interaction_id == state.id).values(done=1))

    def hung_up(self, tx: Tx, state: Interaction) -> None:
        """The customer left while a menu was open."""
        run = self._run(tx, state)
        if run is not None:
            menu, menu_state = run
            self._keep(tx, state, engine.step(menu, menu_state, HungUp()), "")

    def start_text(
        self, tx: Tx, state: Interaction, line: Line, address: str, event: SmsReceived
    ) -> None:
        """The first text on a line with a menu: the menu answers."""
        emergency = emergencies.of_line(tx, "sms", line.address)
        menu = self._menu(str(self._answering(line, emergency)))
        self._begin_text(tx, state, line, address, menu, emergency, event)

    def _begin_text(
        self,
        tx: Tx,
        state: Interaction,
        line: Line,
        address: str,
        menu: Menu,
        emergency: Emergency | None,
        event: SmsReceived,
    ) -> None:
        found = customers.get(tx, state.customer_id)
        if emergency and (words := emergency.words(found.language)[1]):
            conversations.answer(tx, state, address, words, key=emergency.key)
        known = self._facts.at_start(tx, state, line, menu, emergency)
        turn = engine.start(menu, known, language=None if found.is_new else found.language)
        self._by_text(tx, state, line, address, menu, turn, event.event_id)

    def text(
        self, tx: Tx, state: Interaction, line: Line, address: str, event: SmsReceived
    ) -> None:
        """A further text while a menu is open."""
        run = self._run(tx, state)
        if run is None:
            return
        menu, menu_state = run
        emergency = emergencies.of_line(tx, "sms", line.address)
        name = self._answering(line, emergency)
        if name and name != menu.name:  # an emergency began or is over since the last text
            _left_for_emergency(tx, state, menu)
            self._begin_text(tx, state, line, address, self._menu(name), emergency, event)
            return
        if emergency and (words := emergency.words(menu_state.language)[1]):
            conversations.answer(tx, state, address, words, key=emergency.key)
        menu_state = self._facts.now(tx, state, line, menu, menu_state)
        turn = engine.step(menu, menu_state, by_text.input_from(event.text))
        self._by_text(tx, state, line, address, menu, turn, event.event_id)

    def goes_on(
        self, tx: Tx, state: Interaction, line: Line, reason: str, op_id: str
    ) -> Sequence[Step] | None:
        """The queue gave a caller back; None when the menu has nothing to say to that."""
        found = self._back(tx, state, reason)
        if found is None:
            return None
        return self._by_voice(tx, state, line, *found, op_id)

    def goes_on_text(
        self, tx: Tx, state: Interaction, line: Line, address: str, reason: str, key: str
    ) -> bool:
        """The same for a text; whether the menu went on."""
        found = self._back(tx, state, reason)
        if found is not None:
            self._by_text(tx, state, line, address, *found, key)
        return found is not None

    def _back(self, tx: Tx, state: Interaction, reason: str) -> tuple[Menu, Turn] | None:
        m = menu_run.c
        row = tx.first(select(m.menu, m.state).where(m.interaction_id == state.id, m.done == 1))
        menu = self._shelf.get(row.menu) if row else None
        if row is None or menu is None:
            return None
        turn = engine.returned(menu, MenuState.from_data(row.state), reason)
        return None if turn is None else (menu, turn)

    def _by_voice(
        self, tx: Tx, state: Interaction, line: Line, menu: Menu, turn: Turn, op_id: str
    ) -> Sequence[Step]:
        turn = self._keep(tx, state, self._fetched(tx, state, menu, turn), op_id)
        final = turn.final
        steps = by_voice.to_steps(turn.outputs)
        if isinstance(final, Enqueue) and final.message:
            steps[-1:] = voicemails.ask(tx, state, final.queue, self._words)
        elif isinstance(final, Enqueue):
            _enqueue(tx, state, final)
            # to_steps ends in a plain Park: the one that speaks takes its place
            steps[-1:] = waiting.park(self._words, final.queue, turn.state.language)
        return steps

    def _by_text(
        self,
        tx: Tx,
        state: Interaction,
        line: Line,
        address: str,
        menu: Menu,
        turn: Turn,
        key: str,
    ) -> None:
        turn = self._keep(tx, state, self._fetched(tx, state, menu, turn), key)
        text = by_text.to_text(turn.outputs)
        if text:
            conversations.answer(tx, state, address, text, key=key)
        final = turn.final
        if isinstance(final, Enqueue):
            _enqueue(tx, state, final)
        elif isinstance(final, Leave):
            log.append(tx, state.id, NewEvent("closed", "menu", {"reason": final.reason}))

    def _fetched(self, tx: Tx, state: Interaction, menu: Menu, turn: Turn) -> Turn:
        """The turn after every look-up it asked for; outputs and events of all parts joined."""
        outputs, events = list(turn.outputs), list(turn.events)
        for _ in range(_MOST_LOOK_UPS):
            final = turn.final
            if not isinstance(final, LookUp):
                break
            fetch = self._look_ups.get(final.name)
            found = fetch(tx, state, final.args) if fetch else LookedUp("failed")
            turn = engine.step(menu, turn.state, found)
            outputs = [*outputs[:-1], *turn.outputs]
            events.extend(turn.events)
        return Turn(turn.state, tuple(outputs), tuple(events))

    def _keep(self, tx: Tx, state: Interaction, turn: Turn, op_id: str) -> Turn:
        events = [NewEvent(e.kind, "menu", e.data, e.content) for e in turn.events]
        log.append(tx, state.id, *events)
        _keep_language(tx, state, turn)
        over = bool(turn.state.left) or isinstance(turn.final, Enqueue)
        values: dict[str, Any] = {
            "menu": turn.state.menu,
            "state": turn.state.to_data(),
            "op_id": op_id,
            "done": int(over),
        }
        keep = _KEEP_POSTGRESQL if tx.store == "postgresql" else _KEEP_SQLITE
        tx.hot(keep, interaction_id=state.id, **values)
        return turn

    def _run(self, tx: Tx, state: Interaction) -> tuple[Menu, MenuState] | None:
        rows = tx.hot(_RUN, b_id=state.id)
        if not rows or rows[0][0] not in self._shelf:
            return None
        return self._shelf[rows[0][0]], MenuState.from_data(rows[0][1])

    def _menu(self, name: str) -> Menu:
        menu = self._shelf.get(name)
        if menu is None:
            raise NotFound(f"no menu {name}; menus: {', '.join(self._shelf) or 'none'}")
        return menu


def _left_for_emergency(tx: Tx, state: Interaction, menu: Menu) -> None:
    left = {"menu": menu.name, "reason": "emergency", "solved": False}
    log.append(tx, state.id, NewEvent("menu_left", "menu", left))


def _queue_of(line: Line) -> str:
    if line.queue is None:
        raise NotFound(f"line {line.address} has neither menu nor queue")
    return line.queue


def _enqueue(tx: Tx, state: Interaction, final: Enqueue) -> None:
    named = agent_named(tx, final.agent) if final.agent else None
    waiting.enqueue(
        tx,
        state,
        final.queue,
        actor="menu",
        requires=final.requires,
        priority=final.priority,
        attributes=final.attributes,
        agents=(named,) if named else (),
        hold_s=final.hold_s,
        steps=[
            RoutingStep(rule_data(s.requires) if s.requires else None, s.for_s) for s in final.steps
        ],
        age_s=final.age_s,
    )


def _keep_language(tx: Tx, state: Interaction, turn: Turn) -> None:
    """What a new customer chose is theirs from now on; a record of ours is not overruled."""
    chosen = [e.data["code"] for e in turn.events if e.data.get("kind") == "set_language"]
    if chosen:
        customers.choose_language(tx, state.customer_id, chosen[-1])
