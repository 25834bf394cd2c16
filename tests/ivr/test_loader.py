"""Menu files: what is taken, and that every fault carries file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contactcenter.core.errors import NotFound
from contactcenter.core.located_yaml import FileFault, FileInvalid, read_yaml
from contactcenter.ivr.checker import check
from contactcenter.ivr.loader import load, load_file
from tests.ivr.samples import SMALL, line_of, small


def faults_of(source: str, **names: set[str]) -> list[FileFault]:
    """Faults of loading, or else of checking."""
    try:
        menu = load(source, "m.yaml")
    except FileInvalid as invalid:
        return list(invalid.faults)
    return list(check(menu, **names))


def changed(old: str, new: str) -> str:
    assert SMALL.count(old) == 1, f"{old!r} does not stand once in the sample"
    return SMALL.replace(old, new)


def test_a_whole_menu_is_taken() -> None:
    menu = small()
    assert check(menu, queues={"faults", "agents"}, skills={"faults"}, look_ups={"bill"}) == ()
    assert (menu.name, menu.version, menu.languages) == ("small", 3, ("en", "zh-CN"))
    assert menu.facts_used == {"channel", "time_zone", "customer.name", "customer.tags"}
    assert menu.nodes["tell"].line == line_of(SMALL, "  tell:")


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ("menu: small\n", "", "", "menu: menu is missing"),
        ("version: 3", "version: soon", "version:", "version must be a whole number"),
        ("languages: [en, zh-CN]", "languages: []", "languages:", "languages is missing"),
        ("languages: [en, zh-CN]", "languages: [en, zh-CN, de]", "", "no wording choice in de"),
        ("start: hello", "start: hullo", "start:", "leads to 'hullo', which does not exist"),
        ("fallback: agents", "fallback: topic", "fallback:", "an enqueue, voicemail or hang_up"),
        ("fallback: agents", "fallback: agents\nfalback: x", "falback", "unknown key 'falback'"),
        ("account: text", "account: txt", "  account:", "unknown kind 'txt'"),
        ("account: text", "customer.name: text", "  customer.name:", "this name is a fact's"),
        ("account: text", "account: text\n  bill: text", "  bill:", "this name is a group's"),
        ("account: text", "account: text\n  l: list", "  l:", "a menu has no lists"),
        ("next: key_account", "next: nowhere", "    next: nowhere", "node hello: next leads to"),
        ("zh-CN: 您好。", "zh: 您好。", "    say:", "unknown language 'zh'"),
        (", zh-CN: 您好。", "", "    say:", "say has no text in zh-CN"),
        ("customer.name %}", "customer.nam %}", "    say:", "unknown variable 'customer.nam'"),
        ("field: customer.tags", "field: customer.tag", "      - when:", "unknown field"),
        ("contains: key", "less: 3", "      - when:", "unknown operator 'less'"),
        ("      - else: topic\n", "", "    branch:", "a branch needs an else"),
        ("      - else: topic", "      - else: topic\n      - else: topic", "", "after else"),
        ("key: 1,", "key: 2,", "{id: fault", "key 2 is used by the choice on line"),
        ("id: fault, key: 2", "id: bill, key: 2", "{id: bill, key: 2", "id bill is used by"),
        ("words: {en: [fault]", "words: {en: [Bill]", "{id: fault", "word bill is used by"),
        ('key: "*", next: topic', "next: topic", "{id: again", "neither key nor words"),
        ("id: again", "id: Again!", "{id: Again!", "id 'Again!' is not a name"),
        ('key: "*"', "key: x", "key: x", "key 'x'"),
        ("tries: 2", "tries: 0", "    tries:", "tries must be a whole number from 1 to 10"),
        ("set_language: zh-CN", "set_language: de", "  chinese:", "unknown language 'de'"),
        ("into: account, min", "into: acount, min", "digits:", "'acount' is not a declared"),
        ("min: 6, max: 8", "min: 9, max: 8", "digits:", "min is above max"),
        ("with: [account]", "with: [nobody]", "  fetch:", "unknown variable 'nobody'"),
        ("    into: bill\n", "    into: bil\n", "    into: bil", "no variable bil.NAME"),
        ("skill: faults, level", "skil: faults, level", "    requires:", "unknown form 'skil'"),
        ("at_least: 2", "at_least: 9", "    requires:", "a level is a whole number"),
        ("priority: 5", "priority: 5000", "    priority:", "from -1000 to 1000"),
        ("topic: fault}", 'topic: "{{ account }}"}', "    attributes:", "must be a constant"),
        ("agents: {enqueue: agents}", "agents: {enqueu: agents}", "  agents:", "has no type"),
        ("agents: {enqueue: agents}", "agents: [1]", "  agents:", "is a mapping"),
        ("    solved: true", "    solved: maybe", "    solved:", "must be true or false"),
        ("    solved: true", "    say: x", "  tell:", "has both hang_up and say"),
        ("  agents: {enqueue", "  spare: {enqueue: x}\n  agents: {enqueue", "  spare", "never"),
        ("    next: fetch\n", "", "  number:", "next is missing"),
        ("{{ mood }}", "{% for x in mood %}{% endfor %}", "      en: \"You", "for is not allowed"),
        ("{{ mood }}", "{{ mood * 9 }}", "      en: \"You", "* is not allowed"),
        ("  faults:\n", "  tell:\n", "  tell:\n    enqueue", "'tell' is given twice"),
        ("zh-CN: 请稍候。}", "zh-CN: 请稍候。", "priority", "not YAML"),
    ],
)  # fmt: skip
def test_every_fault_carries_file_and_line(old: str, new: str, at: str, says: str) -> None:
    source = changed(old, new)
    faults = faults_of(source)
    matching = [fault for fault in faults if says in fault.message]
    assert matching, f"{says!r} not among {[str(fault) for fault in faults]}"
    assert all(fault.file == "m.yaml" for fault in faults)
    if at and says != "not YAML":
        lines = [fault.line for fault in matching]
        assert line_of(source, at) in lines, f"{at!r} is not on {lines}: {matching}"


def test_all_faults_are_reported_at_once_in_order() -> None:
    source = changed("version: 3", "version: x").replace("tries: 2", "tries: x")
    with pytest.raises(FileInvalid) as caught:
        load(source, "m.yaml")
    lines = [fault.line for fault in caught.value.faults]
    assert lines == sorted(lines)
    assert lines == [2, line_of(source, "    tries: x")]
    assert str(caught.value).startswith("m.yaml:2: ")
    assert "(and 1 more)" in str(caught.value)


def test_names_of_queues_skills_and_look_ups_come_from_outside() -> None:
    found = faults_of(SMALL, queues={"agents"}, skills={"sales"}, look_ups={"bil"})
    assert [(fault.line, fault.message.split(": ", 1)[1]) for fault in found] == [
        (line_of(SMALL, "  fetch:"), "unknown look-up 'bill'"),
        (line_of(SMALL, "    enqueue: faults"), "unknown queue 'faults'"),
        (line_of(SMALL, "    requires:"), "unknown skill 'faults'"),
    ]
    assert "did you mean 'bil'" in found[0].hint


LOOP = """\
menu: loop
languages: [en]
start: first
fallback: end
nodes:
  first: {say: {en: hi}, next: a}
  a:
    branch:
      - when: {field: open, equals: true}
        next: b
      - else: end
  b: {set_language: en, next: c}
  c: {look_up: x, next: a}
  end: {hang_up: {en: bye}}
"""


def test_a_loop_that_speaks_nothing_is_refused_with_its_line() -> None:
    (fault,) = faults_of(LOOP)
    assert str(fault) == "m.yaml:7: the loop a -> b -> c -> a speaks nothing"


def test_a_loop_the_customer_can_not_leave_is_refused_even_if_it_speaks() -> None:
    source = LOOP.replace("b: {set_language: en, next: c}", "b: {say: {en: hm}, next: c}")
    (fault,) = faults_of(source)
    assert str(fault) == "m.yaml:7: the loop a -> b -> c -> a never waits for the customer"


def test_a_loop_through_a_question_is_fine() -> None:
    asks = "c: {collect: {en: eh}, choices: [{id: x, key: 1, next: a}]}"
    assert faults_of(LOOP.replace("c: {look_up: x, next: a}", asks)) == []


def test_a_node_may_not_lead_to_itself_in_silence() -> None:
    source = LOOP.replace("next: c}", "next: b}").replace("  c: {look_up: x, next: a}\n", "")
    (fault,) = faults_of(source)
    assert str(fault) == "m.yaml:12: the loop b -> b speaks nothing"


def test_a_fallback_never_hangs_up_without_a_word() -> None:
    source = LOOP.replace("end: {hang_up: {en: bye}}", "end: {hang_up: }").replace(
        "c: {look_up: x, next: a}", "c: {say: {en: x}, next: end}"
    )
    assert "without a word" in faults_of(source)[0].message


def test_a_long_row_of_nodes_is_no_reason_to_fail() -> None:
    rows = "".join(f"  n{i}: {{say: {{en: x}}, next: n{i + 1}}}\n" for i in range(2000))
    source = (
        "menu: long\nlanguages: [en]\nstart: n0\nfallback: n2000\nnodes:\n"
        + rows
        + "  n2000: {hang_up: {en: x}}\n"
    )
    assert faults_of(source) == []


@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        ("", 1, "the file is empty"),
        ("a: [1", 1, "not YAML"),
        ("\x00", 1, "not YAML"),
        ("a: &x [*x]", 1, "too many values, or nested too deep"),
        ("a: " + "[" * 100 + "]" * 100, 1, "nested too deep"),
        ("a: " + "[" * 5000 + "]" * 5000, 1, "nested too deep"),
        ("? [a]\n: 1", 1, "a key must be text"),
        ("a: 1\nb: 2\na: 3", 3, "'a' is given twice"),
    ],
)
def test_unreadable_yaml(source: str, line: int, says: str) -> None:
    with pytest.raises(FileInvalid) as caught:
        read_yaml(source, "x.yaml")
    assert (caught.value.faults[0].line, caught.value.faults[0].file) == (line, "x.yaml")
    assert says in caught.value.faults[0].message


def test_a_laugh_of_aliases_is_bounded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    with pytest.raises(FileInvalid, match="too many values"):
        read_yaml("\n".join(lines), "x.yaml")


def test_scalars_stay_what_they_look_like() -> None:
    read = read_yaml("[no, on, 12:30, 007, 1.50, 2026-02-30, 2026-02-03, yes, -4, '5', ~]", "x")
    values = read.plain()
    assert isinstance(values, list)
    assert [str(value) for value in values] == [
        "no", "on", "12:30", "007", "1.50", "2026-02-30", "2026-02-03", "yes", "-4", "5", "None",
    ]  # fmt: skip
    assert [type(value).__name__ for value in values] == (
        ["str"] * 4 + ["Decimal", "str", "date", "str", "int", "str", "NoneType"]
    )


def test_files_that_are_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="No such file"):
        load_file(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_bytes(b"menu: \xff")
    with pytest.raises(FileInvalid, match="not UTF-8"):
        load_file(tmp_path / "bad.yaml")
    (tmp_path / "good.yaml").write_text(SMALL, "utf-8")
    assert load_file(tmp_path / "good.yaml").name == "small"
    with pytest.raises(FileInvalid, match="unknown queue"):
        load_file(tmp_path / "good.yaml", queues={"x"})


LINES = SMALL.splitlines()


@given(
    st.lists(
        st.tuples(st.integers(0, len(LINES) - 1), st.sampled_from(["drop", "double", "cut", "in"])),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=150, deadline=None)
def test_a_mangled_file_is_taken_or_refused_with_lines(edits: list[tuple[int, str]]) -> None:
    lines = list(LINES)
    for place, edit in edits:
        if place >= len(lines):
            continue
        line = lines[place]
        changes: dict[str, list[str]] = {
            "drop": [], "double": [line] * 2, "cut": [line[: len(line) // 2]], "in": ["  " + line],
        }  # fmt: skip
        lines[place : place + 1] = changes[edit]
    for fault in faults_of("\n".join(lines), queues={"agents"}):
        assert fault.file == "m.yaml"
        assert 1 <= fault.line <= len(lines) + 1
        assert fault.message
