"""The site's menus: loaded from its folder, checked against its queues, skills and look-ups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contactcenter.app.menus import load_shelf
from contactcenter.core.db import Database
from contactcenter.core.errors import Invalid
from contactcenter.core.ids import new_id
from contactcenter.core.settings import Settings, load
from contactcenter.ivr.model import Menu
from contactcenter.routing.setup import save_agent, save_queue

MENU = """
menu: {name}
languages: [en]
start: hello
fallback: agents
nodes:
  hello:
    say: {{en: "Hello."}}
    next: agents
  agents:
    enqueue: {queue}
    announce: {{en: "A colleague comes."}}
{more}
"""


def settings(folder: Path | None, *menus: str) -> Settings:
    lines = [
        {"address": f"+{n}", "channel": "voice", "provider": "simulated", "name": "x", "menu": menu}
        for n, menu in enumerate(menus)
    ]
    given: dict[str, Any] = {"lines": lines, "world": {"port": 1}}
    if folder is not None:
        given["menus_dir"] = str(folder)
    return load(environ={}, overrides=given)


def write(folder: Path, name: str, queue: str = "sales", more: str = "") -> None:
    text = MENU.format(name=name, queue=queue, more=more)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


async def shelf(db: Database, given: Settings) -> dict[str, Menu]:
    return dict(await db.read(lambda tx: load_shelf(tx, given)))


@pytest.fixture
async def site(db: Database) -> Database:
    """A queue, and an agent with a skill."""
    await db.write(lambda tx: save_queue(tx, "sales", {}))
    config = {"queues": ["sales"], "skills": {"billing": 3}}
    await db.write(lambda tx: save_agent(tx, new_id(), "Ann", config))
    return db


async def test_every_file_of_the_folder_is_a_menu_by_name(site: Database, tmp_path: Path) -> None:
    write(tmp_path, "front")
    write(tmp_path, "back")
    (tmp_path / "notes.txt").write_text("no menu")
    assert sorted(await shelf(site, settings(tmp_path, "front"))) == ["back", "front"]


async def test_without_a_folder_there_are_none(site: Database) -> None:
    assert await shelf(site, settings(None)) == {}


async def test_a_line_whose_menu_is_missing_is_refused(site: Database, tmp_path: Path) -> None:
    write(tmp_path, "front")
    with pytest.raises(Invalid, match="no menu other") as refused:
        await shelf(site, settings(tmp_path, "front", "other"))
    assert refused.value.code == "menus"


async def test_every_fault_of_every_file_is_told_with_its_line(
    site: Database, tmp_path: Path
) -> None:
    write(tmp_path, "front", queue="nowhere")
    write(tmp_path, "back", queue="elsewhere")
    (tmp_path / "broken.yaml").write_text("menu: [")
    with pytest.raises(Invalid) as refused:
        await shelf(site, settings(tmp_path))
    told = refused.value.message
    for part in ("nowhere", "elsewhere", "front.yaml:", "back.yaml:", "broken.yaml:"):
        assert part in told


REQUIRES = "    requires: {skill: %s, level: {at_least: 2}}\n"


async def test_a_skill_nobody_has_is_a_fault_of_the_menu(site: Database, tmp_path: Path) -> None:
    write(tmp_path, "front", more=REQUIRES % "billing")
    assert "front" in await shelf(site, settings(tmp_path))
    write(tmp_path, "front", more=REQUIRES % "biling")
    with pytest.raises(Invalid, match="biling"):
        await shelf(site, settings(tmp_path))


async def test_on_a_floor_without_agents_skills_are_not_checked(
    db: Database, tmp_path: Path
) -> None:
    await db.write(lambda tx: save_queue(tx, "sales", {}))
    write(tmp_path, "front", more=REQUIRES % "anything")
    assert "front" in await shelf(db, settings(tmp_path))
