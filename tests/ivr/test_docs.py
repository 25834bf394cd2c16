"""The examples of the guide are whole files, and play as it says."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from contactcenter.core.located_yaml import read_yaml
from contactcenter.ivr.checker import check
from contactcenter.ivr.loader import load
from contactcenter.ivr.model import FACTS
from contactcenter.ivr.nodes import NODE_TYPES
from contactcenter.ivr.player import play, read_answers

DOCS = Path(__file__).parents[2] / "docs"


def test_the_guides_menu_is_whole_and_plays() -> None:
    page = (DOCS / "howto" / "write-a-menu.md").read_text("utf-8")
    menu_source, facts_source = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    menu = load(menu_source, "front.yaml")
    assert check(menu, queues={"service", "sales"}, look_ups={"order"}) == ()
    facts, answers = read_answers(read_yaml(facts_source, "facts.yaml").plain())
    for typed, last in (
        (["1", "12345678"], "[en] Your order is on its way."),
        (["order", "1", "12345678"], "[en] Your order is on its way."),
        (["1", "87654321"], "[en] Your order number, please."),
    ):
        lines: list[str] = []
        left = list(reversed(typed))
        play(menu, {**facts, "channel": "voice"}, answers, partial(pop, left), lines.append)
        assert last in lines[-3:]


def pop(left: list[str], prompt: str) -> str | None:
    return left.pop() if left else None


def test_the_reference_names_every_node_type_and_fact() -> None:
    page = (DOCS / "reference" / "menu.md").read_text("utf-8")
    for name in (*NODE_TYPES, *(fact.removesuffix(".*") for fact in FACTS)):
        assert f"`{name}" in page, f"{name} is missing"
