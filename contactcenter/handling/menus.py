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
from contactcenter.crm import customers, log
from contactcenter.crm.model import Interaction, NewEvent
from contactcenter.handling import conversations, waiting
from contactcenter.handling.legs import Leg
from contactcenter.handling.lines import Line
from contactcenter.handling.tables import menu_run
from contactcenter.handling.words import Words
from contactcenter.ivr import engine
from contactcenter.ivr import text as by_text
from contactcenter.ivr import voice as by_voice
from contactcenter.ivr.model import Enqueue, HungUp, Leave, LookedUp, LookUp, Menu, MenuState, Turn

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

    def start_call(
        self, tx: Tx, state: Interaction, line: Line, language: str, op_id: str
    ) -> Sequence[Step]:
        """A call came in on ``line``: what the customer hears first."""
        if line.menu is None:
            waiting.enqueue(tx, state, _queue_of(line), actor="system")
            return waiting.park(self._words, _queue_of(line), language or line.languages[0])
        menu = self._menu(line.menu)
        turn = engine.start(menu, _facts(tx, state, line), language=language or None)
        return self._by_voice(tx, state, line, menu, turn, op_id)

    def input(
        self, tx: Tx, state: Interaction, line: Line, event: VoiceEvent
    ) -> Sequence[Step] | None:
        """The customer pressed, spoke or kept silent, or the steps came to their end without a
        question (then the menu goes on by itself); None when no menu is open."""
        run = self._run(tx, state)
        if run is None:
            return None
        menu, menu_state = run
        turn = engine.step(menu, menu_state, by_voice.input_from(event))
        return self._by_voice(tx, state, line, menu, turn, event.event_id)

    def again(self, tx: Tx, state: Interaction, line: Line, leg: Leg) -> Sequence[Step]:
        """The question that stands, asked again after a restart."""
        run = self._run(tx, state)
        if run is None:
            return [Hangup("menu_lost")]
        menu, menu_state = run
        return by_voice.to_steps(engine.again(menu, menu_state).outputs)

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
        menu = self._menu(str(line.menu))
        language = customers.get(tx, state.customer_id)
        turn = engine.start(
            menu, _facts(tx, state, line), language=None if language.is_new else language.language
        )
        self._by_text(tx, state, line, address, menu, turn, event.event_id)

    def text(
        self, tx: Tx, state: Interaction, line: Line, address: str, event: SmsReceived
    ) -> None:
        """A further text while a menu is open."""
        run = self._run(tx, state)
        if run is None:
            return
        menu, menu_state = run
        turn = engine.step(menu, menu_state, by_text.input_from(event.text))
        self._by_text(tx, state, line, address, menu, turn, event.event_id)

    def _by_voice(
        self, tx: Tx, state: Interaction, line: Line, menu: Menu, turn: Turn, op_id: str
    ) -> Sequence[Step]:
        turn = self._keep(tx, state, self._fetched(tx, state, menu, turn), op_id)
        final = turn.final
        steps = by_voice.to_steps(turn.outputs)
        if isinstance(final, Enqueue):
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


def _queue_of(line: Line) -> str:
    if line.queue is None:
        raise NotFound(f"line {line.address} has neither menu nor queue")
    return line.queue


def _enqueue(tx: Tx, state: Interaction, final: Enqueue) -> None:
    waiting.enqueue(
        tx,
        state,
        final.queue,
        actor="menu",
        requires=final.requires,
        priority=final.priority,
        attributes=final.attributes,
    )


def _keep_language(tx: Tx, state: Interaction, turn: Turn) -> None:
    """What a new customer chose is theirs from now on; a record of ours is not overruled."""
    chosen = [e.data["code"] for e in turn.events if e.data.get("kind") == "set_language"]
    if chosen:
        customers.choose_language(tx, state.customer_id, chosen[-1])


def _facts(tx: Tx, state: Interaction, line: Line) -> dict[str, object]:
    customer = customers.get(tx, state.customer_id)
    facts: dict[str, object] = {
        "channel": state.channel,
        "line": line.address,
        "open": True,  # until the site has business hours: then the line's at this moment
        "customer.known": not customer.is_new,
        "customer.name": customer.name,
        "customer.tags": list(customer.tags),
    }
    if not customer.is_new:  # else the menu asks: the stored language is only a default
        facts["customer.language"] = customer.language
    if customer.time_zone:
        facts["time_zone"] = customer.time_zone
    for name, value in customer.attributes.items():
        facts[f"customer.attributes.{name}"] = value
    return facts
