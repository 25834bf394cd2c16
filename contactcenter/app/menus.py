"""The menus of this site: loaded from its folder, checked against its queues."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from contactcenter.core.db import Tx
from contactcenter.core.errors import Invalid
from contactcenter.core.settings import Settings
from contactcenter.handling.look_ups import STANDARD
from contactcenter.ivr.loader import load_file
from contactcenter.ivr.model import Menu
from contactcenter.routing import queries
from contactcenter.routing.tables import routing_queue


def load_shelf(tx: Tx, settings: Settings) -> Mapping[str, Menu]:
    """Menus by name; ``Invalid`` with every fault and its line."""
    folder = settings.menus_dir
    if folder is None:
        return {}
    queues = [row.name for row in tx.all(select(routing_queue.c.name))]
    skills = _skills(tx)
    shelf: dict[str, Menu] = {}
    faults: list[str] = []
    for file in sorted(folder.glob("*.yaml")):
        try:
            menu = load_file(file, queues=queues, skills=skills, look_ups=STANDARD)
        except Invalid as error:
            faults.append(error.message)
        else:
            shelf[menu.name] = menu
    missing = {line.menu for line in settings.lines if line.menu} - shelf.keys()
    if missing and not faults:
        faults.append(f"no menu {', '.join(sorted(missing))} in {folder}")
    if faults:
        raise Invalid("the menus are wrong:\n  " + "\n  ".join(faults), code="menus")
    return shelf


def _skills(tx: Tx) -> Collection[str] | None:
    """The skills that agents have; None (unchecked) on a floor without agents."""
    agents = queries.agents(tx)
    return {name for agent in agents for name in agent.skills} if agents else None
