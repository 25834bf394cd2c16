"""The menu engine: pure, never raises, and every turn ends in something for the customer.

    turn = start(menu, facts)
    turn = step(menu, turn.state, Typed("1"))

The shell says what ``outputs`` tell, feeds look-ups back as ``LookedUp``, and appends ``events``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from contactcenter.core.templating_values import primary
from contactcenter.ivr.model import (
    FINAL,
    Asks,
    HungUp,
    Input,
    Leave,
    LeaveReason,
    Menu,
    MenuEvent,
    MenuState,
    Turn,
    storable,
)
from contactcenter.ivr.nodes.enqueue import EnqueueNode
from contactcenter.ivr.run import Run

_REASONS: Mapping[str, LeaveReason] = {
    "solved": "solved",
    "hung_up": "hung_up",
    "gave_up": "gave_up",
}


def start(menu: Menu, facts: Mapping[str, object], *, language: str | None = None) -> Turn:
    """Enter the menu. ``facts`` by the names of ``model.FACTS`` (``channel`` above all); only those
    the menu reads are kept. ``language`` None takes the customer's, when the menu speaks it."""
    wanted = language or facts.get("customer.language")
    state = MenuState(
        menu.name,
        menu.version,
        menu.start.node,
        language_for(menu, str(wanted or "")),
        facts={name: storable(facts[name]) for name in menu.facts_used if name in facts},
    )
    run = Run(menu, state)
    data = {"menu": menu.name, "version": menu.version, "language": state.language}
    run.events.append(MenuEvent("menu_entered", data))
    _go(run, menu.start.node)
    return _turn(run)


def step(menu: Menu, state: MenuState, given: Input | None) -> Turn:
    """One input; None (the carrier asks what comes next) is ``again``. A state that has left the
    menu stays left; a state of another version whose node is gone begins again at the start."""
    if state.left or given is None:
        return again(menu, state)
    run = Run(menu, state)
    run.change(turns=state.turns + 1)
    if isinstance(given, HungUp):
        run.leave("hung_up")
    elif state.turns >= menu.max_turns:
        run.record(state.node, "menu", "too_many_turns")
        _go(run, menu.fallback.node)
    elif state.node not in menu.nodes:
        run.record(state.node, "menu", "node_gone")
        _go(run, menu.start.node)
    else:
        following = menu.nodes[state.node].resume(run, given)
        if following is not None:
            _go(run, following)
    return _turn(run)


def returned(menu: Menu, state: MenuState, reason: str) -> Turn | None:
    """The queue gave the customer back (full, closed, nobody there, ...): the menu goes on where
    its enqueue node says. None when it says nothing, or after too many turns."""
    node = menu.nodes.get(state.node)
    way = node.way_on(reason) if isinstance(node, EnqueueNode) else None
    if way is None or state.turns >= menu.max_turns:
        return None
    run = Run(menu, replace(state, left="", turns=state.turns + 1))
    data = {"menu": menu.name, "version": menu.version, "language": state.language}
    run.events.append(MenuEvent("menu_entered", data))
    run.record(state.node, "enqueue", f"back_{reason}")
    _go(run, way)
    return _turn(run)


def again(menu: Menu, state: MenuState) -> Turn:
    """What stands open, put once more: after a restart, or when an answer is asked for twice. It
    counts no try and records nothing; a look-up under way is asked for again."""
    if state.left:
        return Turn(state, (Leave(_REASONS.get(state.left, "ended")),))
    run = Run(menu, state)
    node = menu.nodes.get(state.node)
    if node is None or not (isinstance(node, Asks) and node.ask_again(run)):
        _go(run, menu.start.node if node is None else state.node)
        return _turn(run)
    return Turn(state, tuple(run.outputs))


def informed(menu: Menu, state: MenuState, facts: Mapping[str, object]) -> MenuState:
    """The state with facts as they are now; those not given stay."""
    known = {name: storable(facts[name]) for name in menu.facts_used if name in facts}
    return replace(state, facts={**state.facts, **known})


def language_for(menu: Menu, wanted: str) -> str:
    """The menu's language nearest to ``wanted``: exact, same primary subtag, else its first."""
    for language in menu.languages:
        if language.lower() == wanted.lower():
            return language
    for language in menu.languages:
        if wanted and primary(language) == primary(wanted):
            return language
    return menu.languages[0]


def _go(run: Run, name: str | None) -> None:
    """Enter nodes until one ends the turn. Checked menus pass each node at most once per turn, so
    the bound is never met by them; an unchecked one gives up instead of running on."""
    for _ in range(len(run.menu.nodes) + 1):
        node = run.menu.nodes.get(name or "")
        if node is None:
            break
        run.change(node=node.name, tries=0)
        name = node.enter(run)
        if name is None:
            return
    run.record(run.state.node, "menu", "no_way_on")
    run.leave("gave_up")


def _turn(run: Run) -> Turn:
    if not run.outputs or not isinstance(run.outputs[-1], FINAL):
        run.leave("gave_up")
    return Turn(run.state, tuple(run.outputs), tuple(run.events))
