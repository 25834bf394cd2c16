"""What a menu requires of agents may speak of attributes, of theirs and of the interaction."""

from __future__ import annotations

from contactcenter.core.rules import fields_of
from contactcenter.ivr.loader import load
from contactcenter.ivr.nodes.enqueue import EnqueueNode
from tests.ivr.test_loader import changed, faults_of

PLAIN = "{skill: faults, level: {at_least: 2}}"


def test_attributes_may_be_required_and_are_no_variables_of_the_menu() -> None:
    asked = "{field: agent.team, equals: blue}, {field: interaction.topic, in: [fault]}"
    rule = f"{{and: [faults, {asked}]}}"
    menu = load(changed(PLAIN, rule), "m.yaml")
    node = menu.nodes["faults"]
    assert isinstance(node, EnqueueNode)
    assert node.requires is not None
    assert fields_of(node.requires) == {"agent.team", "interaction.topic"}
    assert faults_of(changed(PLAIN, rule), skills={"faults"}) == []


def test_a_field_of_anything_else_is_refused_where_it_stands() -> None:
    source = changed(PLAIN, "{field: mood, equals: good}")
    (fault,) = [one for one in faults_of(source) if "unknown field" in one.message]
    assert source.splitlines()[fault.line - 1].strip().startswith("requires:")
    assert "agent.*, interaction.*" in fault.hint
