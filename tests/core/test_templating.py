"""Templating: printing by language, declared variables, hostile sources, the worker pool."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contactcenter.core.errors import NotFound
from contactcenter.core.located_yaml import FileInvalid
from contactcenter.core.templating import (
    FolderTemplates,
    LookedUp,
    PackagedTemplates,
    Template,
    TemplateBody,
    TemplateChain,
    TemplateFault,
    TemplateInvalid,
    Variable,
    lint,
    lint_source,
    load_template,
    packaged_folder,
    render_lenient,
    render_trusted,
    used,
)
from contactcenter.core.templating_lint import FILTERS

VARIABLES = {
    "customer.name": Variable(),
    "customer.tier": Variable("text", fallback="standard"),
    "balance": Variable("money"),
    "due": Variable("date"),
    "at": Variable("time"),
    "n": Variable("number"),
    "vip": Variable("bool"),
    "items": Variable("list", fields=("name", "price")),
}
CONTEXT: dict[str, object] = {
    "customer": {"name": "Ada <b>"},
    "balance": {"amount": "1234.5", "currency": "eur"},
    "due": "2026-03-01",
    "at": "2026-03-01T17:30:00+00:00",
    "n": Decimal("12345.678"),
    "vip": True,
    "items": [{"name": "Phone", "price": {"amount": 9, "currency": "EUR"}, "secret": "x"}],
}


def render(text: str, language: str = "en", context: dict[str, object] | None = None) -> str:
    body = TemplateBody(language, text=text)
    return render_trusted(body, VARIABLES, CONTEXT if context is None else context).text


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("{{ balance }}", "en", "€1,234.50"),
        ("{{ balance }}", "de", "1.234,50\xa0€"),
        ("{{ balance|money }}", "zh-CN", "€1,234.50"),
        ("{{ n|money('CNY') }}", "zh-CN", "¥12,345.68"),
        ("{{ due }}", "en", "March 1, 2026"),
        ("{{ due }}", "zh-CN", "2026年3月1日"),
        ("{{ due|date('short') }}", "en-GB", "01/03/2026"),
        ("{{ at|time }}", "zh-CN", "17:30"),
        ("{{ at }}", "en-GB", "1 March 2026 17:30"),
        ("{{ n }}", "de", "12.345,678"),
        ("{{ n|number(0) }}", "en", "12,346"),
        ("{{ customer.tier }}", "en", "standard"),
        ("{{ vip }}", "en", "true"),
        ("{% for i in items %}{{ loop.index }} {{ i.name }} {{ i.price }}{% endfor %}", "en",
         "1 Phone €9.00"),
        ("{{ customer.name|upper }}", "en", "ADA <B>"),
        ("{{ n + 1 }}{{ 'a' ~ 'b' }}", "en", "12,346.678ab"),
        ("{% if n > 10 and not vip %}a{% else %}b{% endif %}", "en", "b"),
        ("{{ 'x' if due is defined else 'y' }}", "en", "x"),
    ],
)  # fmt: skip
def test_values_print_as_the_language_writes_them(text: str, language: str, expected: str) -> None:
    assert render(text, language).replace("\u202f", " ") == expected


def test_an_unknown_language_falls_back_to_one_we_know() -> None:
    assert render("{{ due }}", "xx-Nowhere") == "March 1, 2026"


def test_html_alone_is_escaped_and_a_subject_is_one_line() -> None:
    body = TemplateBody(
        "en", "Hi {{ customer.name }}", "{{ customer.name }}", "{{ customer.name }}"
    )
    context = {"customer.name": "<i>\r\nBcc: all@example.org"}
    out = render_trusted(body, VARIABLES, context)
    assert out.subject == "Hi <i> Bcc: all@example.org"
    assert out.text == "<i>\r\nBcc: all@example.org"
    assert out.html == "&lt;i&gt;\r\nBcc: all@example.org"


def test_the_zone_moves_times_and_days() -> None:
    body = TemplateBody("zh-CN", text="{{ at|date }} {{ at|time }}")
    assert render_trusted(body, VARIABLES, CONTEXT, zone="Asia/Shanghai").text == (
        "2026年3月2日 01:30"
    )


def test_missing_values() -> None:
    with pytest.raises(TemplateFault, match="due") as caught:
        render("{{ due }}", context={})
    assert caught.value.code == "missing_value"
    assert render("{% if due %}x{% endif %}", context={}) == ""
    assert render("{{ due|default('soon') }}", context={}) == "soon"
    assert render_lenient("[{{ due }}{{ n|number }}]", "en", VARIABLES, {}) == "[]"


def test_a_value_of_the_wrong_kind_is_named_but_not_shown() -> None:
    with pytest.raises(TemplateFault) as caught:
        render("{{ due }}", context={"due": "secret"})
    assert caught.value.code == "bad_value"
    assert "due" in caught.value.message
    assert "secret" not in caught.value.message


def test_undeclared_values_never_get_in() -> None:
    with pytest.raises(TemplateFault):
        render("{{ password }}", context={"password": "hunter2"})
    assert "secret" not in str(render("{% for i in items %}{{ i.name }}{% endfor %}"))


HOSTILE = [
    ("{{ 'a'*50000000 }}", "* is not allowed"),
    ("{{ 2**99999999 }}", "** is not allowed"),
    ("{{ '%1000000000d' % 1 }}", "% is not allowed"),
    ("{{ n|center(1000000000) }}", "unknown filter 'center'"),
    ("{{ '{:>1000000000}'.format(1) }}", "a call is not allowed"),
    ("{{ n|format(1) }}", "unknown filter"),
    ("{{ range(10**9) }}", "a call is not allowed"),
    ("{{ lipsum(n=1000) }}", "a call is not allowed"),
    ("{{ cycler }}", "unknown variable 'cycler'"),
    ("{{ namespace }}", "unknown variable 'namespace'"),
    ("{{ ''.__class__.__mro__ }}", "declared variables only"),
    ("{{ customer.__class__ }}", "begins with an underscore"),
    ("{{ customer['__class__'] }}", "[...] is not allowed"),
    ("{{ customer.name.encode }}", "unknown variable"),
    ("{% set x = 1 %}", "set is not allowed"),
    ("{% macro m() %}{% endmacro %}", "macro is not allowed"),
    ("{% include '/etc/passwd' %}", "include is not allowed"),
    ("{% extends 'x' %}", "extends is not allowed"),
    ("{% import 'x' as y %}", "import is not allowed"),
    ("{{ _language }}", "begins with an underscore"),
    ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "nested too deep"),
    ("{{ " + "-" * 60000 + "1 }}", "nested too deep"),
    ("{{ " + "9" * 9000 + " }}", "too many digits"),
    ("{% for i in items %}" * 25 + "{% endfor %}" * 25, "more than 4 loops"),
    ("{% if n %}" * 60 + "{% endif %}" * 60, "nested deeper than 40"),
    ("x" * 200_001, "longer than 200000"),
    ("{{ x", "unexpected"),
    ("{% for a in items recursive %}{% endfor %}", "not recursive"),
    ("{% for a in n %}{% endfor %}", "n is not a list"),
    ("{% filter upper %}{% endfilter %}", "is not allowed"),
    ("{{ (items|first)._x }}", "declared variables only"),
]


@pytest.mark.parametrize(("source", "says"), HOSTILE)
def test_hostile_sources_are_refused_before_they_run(source: str, says: str) -> None:
    faults = lint(TemplateBody("en", text=source), VARIABLES)
    assert says in str(faults[0])
    if "unknown variable" not in says and "not a list" not in says:
        with pytest.raises(TemplateInvalid):
            render(source if "{" in source else source + "{{ n }}")


def test_lint_names_line_column_and_what_is_allowed() -> None:
    source = (
        "foo\n  {{ customer.name }} foo {{ foo }}\n{% if customer %}{{ customer.nam }}{% endif %}"
    )
    faults = lint(TemplateBody("en", "{{ subj }}", source, "{{ n|nope }}"), VARIABLES)
    assert [(f.part, f.line, f.column) for f in faults] == [
        ("subject", 1, 4),
        ("text", 2, 30),
        ("text", 3, 7),
        ("text", 3, 21),
        ("html", 1, 6),
    ]
    assert str(faults[2]) == "text:3:7: 'customer' is a group, not a variable"
    assert "customer.name" in faults[2].hint


def test_texts_of_menus_may_not_loop() -> None:
    loop = "{% for i in items %}{{ i.name }}{% endfor %}"
    assert lint_source(loop, VARIABLES) == ()
    assert "for is not allowed" in str(lint_source(loop, VARIABLES, loops=False)[0])


def test_what_a_source_reads() -> None:
    assert used("{{ customer.name }} {% if n > 1 %}{{ due|date }}{% endif %}") == {
        "customer.name",
        "n",
        "due",
    }


@given(st.text(alphabet="{}%()[]|'\"ab.*_1- \n", max_size=60))
@settings(max_examples=300)
def test_any_source_is_linted_or_renders_or_faults(source: str) -> None:
    """Nothing but our own errors leaves the door, whatever is written."""
    if lint_source(source, {"a": Variable()}):
        return
    try:
        render_trusted(TemplateBody("en", text=source), {"a": Variable()}, {"a": "x"})
    except (TemplateFault, TemplateInvalid):
        return


def test_bodies_by_language_and_completeness() -> None:
    template = Template(
        "email/x",
        {},
        (TemplateBody("en", "S", "T", "<p>"), TemplateBody("zh-CN", "S", "T")),
    )
    assert template.body("zh-Hans").language == "zh-CN"
    assert template.body("fr").language == "en"
    assert template.body("EN-us").language == "en"
    assert template.incomplete(["en", "zh-CN", "de"]) == (
        "email/x: no html in zh-CN",
        "email/x: no body in de",
    )
    with pytest.raises(TemplateFault):
        Template("x").body("en")


def test_packaged_texts_are_whole_in_both_languages() -> None:
    packaged = PackagedTemplates()
    names = packaged.names()
    assert {"sms/stop_confirmed", "voice/system_fault", "email/auto_reply"} <= set(names)
    samples: dict[str, object] = {
        "text": "Nordwind", "number": 3, "date": date(2026, 1, 5), "time": "2026-01-05T09:00:00",
        "bool": True,
    }  # fmt: skip
    for name in names:
        template = packaged.get(name)
        assert template is not None
        assert template.incomplete(["en", "zh-CN"]) == ()
        context = {key: samples[value.kind] for key, value in template.variables.items()}
        for body in template.bodies:
            assert render_trusted(body, template.variables, context).text.strip()


def test_the_reference_pages_example_and_filters() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "templates.md").read_text("utf-8")
    source = page.split("```yaml\n")[1].split("```")[0]
    template = load_template(source, "x.yaml", "email/x")
    assert template.incomplete(["en", "zh-CN"]) == ()
    context = {"balance": {"amount": 5, "currency": "EUR"}, "due": "2026-03-01"}
    out = render_trusted(template.body("en"), template.variables, context)
    assert out.text == "You owe €5.00 by Sunday, March 1, 2026."
    assert out.subject == "Your bill, customer"
    for name in FILTERS - {"d", "e"}:
        assert f"`{name}" in page, f"the filter {name} is not described"


def test_the_wheel_carries_the_folder_the_loader_looks_in() -> None:
    hook = (Path(__file__).parents[2] / "hatch_build.py").read_text("utf-8")
    assert '"contactcenter/templates"' in hook
    assert packaged_folder() == Path(__file__).parents[2] / "templates"


def test_the_operators_folder_wins_and_is_read_again_when_changed(tmp_path: Path) -> None:
    folder = tmp_path / "sms"
    folder.mkdir()
    file = folder / "help.yaml"
    file.write_text("bodies:\n  en: {text: Ours}\n", "utf-8")
    row = Template("sms/row", {}, (TemplateBody("en", text="Row"),))
    chain = TemplateChain(
        [FolderTemplates(tmp_path), LookedUp({"sms/row": row}.get), PackagedTemplates()]
    )
    assert chain.need("sms/help").body("en").text == "Ours"
    file.write_text("bodies:\n  en: {text: Newer}\n", "utf-8")
    os.utime(file, ns=(1, 1))
    assert chain.need("sms/help").body("en").text == "Newer"
    assert chain.need("sms/row") is row
    assert "START" in chain.need("sms/stop_confirmed").body("en").text
    for name in ("sms/none", "../etc/passwd", "sms/../../x", "nothing"):
        with pytest.raises(NotFound):
            chain.need(name)


def test_a_template_files_faults_carry_file_and_line() -> None:
    source = (
        "variables:\n"
        "  name: txt\n"
        "  _x: text\n"
        "bodies:\n"
        "  en:\n"
        "    text: |\n"
        "      Hi\n"
        "      {{ nam }}\n"
        "    txet: x\n"
        "  zh-CN: {html: x}\n"
        "more: 1\n"
    )
    with pytest.raises(FileInvalid) as caught:
        load_template(source, "a.yaml", "sms/a")
    assert [str(fault).split(": ", 1)[0] for fault in caught.value.faults] == [
        "a.yaml:2", "a.yaml:3", "a.yaml:8", "a.yaml:9", "a.yaml:10", "a.yaml:11",
    ]  # fmt: skip
    assert "did you mean 'text'" in caught.value.faults[0].hint
