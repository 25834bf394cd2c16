"""Does a menu hold together: targets, reachability, loops, names of queues, skills and look-ups.

Two kinds of loop are refused. One that speaks nothing leaves the caller in silence; one that never
waits for the customer can not be left.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from contactcenter.core.located_reader import suggestion
from contactcenter.core.located_yaml import FileFault
from contactcenter.core.rules import skills_of
from contactcenter.ivr.model import QUEUE_FACTS, Menu, Node
from contactcenter.ivr.nodes.enqueue import EnqueueNode
from contactcenter.ivr.nodes.hang_up import HangUp
from contactcenter.ivr.nodes.look_up import LookUpNode
from contactcenter.ivr.nodes.voicemail import VoicemailNode


def check(
    menu: Menu,
    *,
    queues: Collection[str] | None = None,
    skills: Collection[str] | None = None,
    look_ups: Collection[str] | None = None,
) -> tuple[FileFault, ...]:
    """All faults, in the order of lines. None for a list of names leaves those names unchecked."""
    faults = [
        *_missing_targets(menu),
        *_fallback(menu),
        *_unreachable(menu),
        *_loops(menu),
        *_names(menu, queues, skills, look_ups),
    ]
    return tuple(sorted(faults, key=lambda fault: fault.line))


def _missing_targets(menu: Menu) -> Iterable[FileFault]:
    named = [("menu", menu.start), ("menu", menu.fallback)]
    named += [(f"node {node.name}", t) for node in menu.nodes.values() for t in node.targets()]
    for what, target in named:
        if target.node not in menu.nodes:
            yield FileFault(
                menu.file,
                target.line,
                f"{what}: {target.role} leads to {target.node!r}, which does not exist",
                suggestion(target.node, sorted(menu.nodes)),
            )


def _fallback(menu: Menu) -> Iterable[FileFault]:
    node = menu.nodes.get(menu.fallback.node)
    if node is not None and not isinstance(node, EnqueueNode | HangUp | VoicemailNode):
        yield FileFault(
            menu.file,
            menu.fallback.line,
            "menu: the fallback must be an enqueue, voicemail or hang_up,"
            f" {node.name} is a {node.KIND}",
        )
    if isinstance(node, HangUp) and node.say is None:
        yield FileFault(menu.file, node.line, "menu: the fallback hangs up without a word")


def _unreachable(menu: Menu) -> Iterable[FileFault]:
    reached: set[str] = set()
    ahead = [menu.start.node, menu.fallback.node]
    while ahead:
        name = ahead.pop()
        if name not in reached and name in menu.nodes:
            reached.add(name)
            ahead += [target.node for target in menu.nodes[name].targets()]
    for node in menu.nodes.values():
        if node.name not in reached:
            yield FileFault(menu.file, node.line, f"node {node.name} is never reached")


def _loops(menu: Menu) -> Iterable[FileFault]:
    silent = _loop(menu, lambda node: not node.SPEAKS)
    if silent:
        yield _loop_fault(menu, silent, "speaks nothing", "let one of its nodes say something")
    endless = _loop(menu, lambda node: not node.WAITS)
    if endless and not silent:
        hint = "let one of its nodes collect, so that the customer can leave it"
        yield _loop_fault(menu, endless, "never waits for the customer", hint)


def _loop_fault(menu: Menu, loop: list[str], what: str, hint: str) -> FileFault:
    # A loop is named from its node that stands first in the file, whatever order found it.
    first = min(range(len(loop)), key=lambda i: menu.nodes[loop[i]].line)
    around = [*loop[first:], *loop[:first], loop[first]]
    return FileFault(
        menu.file, menu.nodes[around[0]].line, f"the loop {' -> '.join(around)} {what}", hint
    )


def _loop(menu: Menu, within: Callable[[Node], bool]) -> list[str]:
    """A loop through nodes for which ``within`` holds, else nothing. Depth first, by hand: a file
    with ten thousand nodes in a row is no reason to run out of stack."""
    done: set[str] = set()
    for root in menu.nodes:
        path: list[str] = []
        on_path: set[str] = set()
        stack = [(root, False)]
        while stack:
            name, leaving = stack.pop()
            if leaving:
                path.pop()
                on_path.discard(name)
                done.add(name)
                continue
            if name in on_path:
                return path[path.index(name) :]
            node = menu.nodes.get(name)
            if name in done or node is None or not within(node):
                continue
            path.append(name)
            on_path.add(name)
            stack.append((name, True))
            stack += [(target.node, False) for target in node.targets()]
    return []


def _names(
    menu: Menu,
    queues: Collection[str] | None,
    skills: Collection[str] | None,
    look_ups: Collection[str] | None,
) -> Iterable[FileFault]:
    for fact in sorted(menu.facts_used):
        kind, _, name = fact.partition(".")
        if kind in QUEUE_FACTS and name and queues is not None and name not in queues:
            hint = suggestion(name, sorted(queues))
            yield FileFault(
                menu.file, menu.start.line, f"menu: unknown queue {name!r} in {fact}", hint
            )
    for node in menu.nodes.values():
        if isinstance(node, EnqueueNode):
            yield from _known(menu, node.name, "queue", [node.queue], queues, node.queue_line)
            rules = [node.requires, *(step.requires for step in node.steps)]
            asked = sorted({skill for rule in rules if rule for skill in skills_of(rule)})
            yield from _known(menu, node.name, "skill", asked, skills, node.requires_line)
        elif isinstance(node, VoicemailNode):
            yield from _known(menu, node.name, "queue", [node.queue], queues, node.queue_line)
        elif isinstance(node, LookUpNode):
            yield from _known(menu, node.name, "look-up", [node.look_up], look_ups, node.line)


def _known(
    menu: Menu,
    node: str,
    what: str,
    names: Iterable[str],
    known: Collection[str] | None,
    line: int,
) -> Iterable[FileFault]:
    for name in names:
        if known is not None and name not in known:
            hint = suggestion(name, sorted(known))
            yield FileFault(menu.file, line, f"node {node}: unknown {what} {name!r}", hint)
