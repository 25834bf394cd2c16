"""The demo's menus played to their ends, and the terminal commands."""

from __future__ import annotations

import argparse
import sys
from io import StringIO
from pathlib import Path

import pytest

from contactcenter.cli import menu as cli
from contactcenter.core.errors import Invalid
from contactcenter.ivr.loader import load_file
from contactcenter.ivr.model import Enqueue, Leave, LookedUp, LookUp, Turn
from contactcenter.ivr.player import Answers, play, read_answers
from tests.ivr.samples import SMALL

DEMO = Path(__file__).parents[2] / "contactcenter" / "trials" / "seed" / "menus"
QUEUES = {"billing", "faults", "sales", "retention"}
BALANCE = {"balance": {"amount": "42.50", "currency": "EUR"}, "due": "2026-02-01"}
CONTRACT = {"name": "Fibre 500", "ends": "2026-03-31"}
OUTAGE = {"area": "Harbour", "until": "2026-02-01T18:00:00+00:00"}


def played(
    name: str, typed: list[str], look_ups: dict[str, object], **facts: object
) -> tuple[Turn, list[str]]:
    menu = load_file(
        DEMO / f"{name}.yaml",
        queues=QUEUES,
        skills=QUEUES,
        look_ups={"balance", "contract", "outage"},
    )
    lines: list[str] = []
    keys = iter(typed)
    known = {key.replace("customer_", "customer."): value for key, value in facts.items()}
    end = play(menu, known, Answers(look_ups), lambda _: next(keys, None), lines.append)
    return end, lines


@pytest.mark.parametrize(
    ("typed", "look_ups", "end"),
    [
        (["1", "1", "9"], {"balance": BALANCE}, "solved"),
        (["2", "1", "9"], {"balance": BALANCE}, "solved"),
        (["1", "balance", "no"], {"balance": BALANCE}, "solved"),
        (["1", "1"], {"balance": None}, "billing"),
        (["1", "1"], {}, "billing"),
        (["1", "2"], {}, "billing"),
        (["1", "3"], {"outage": None}, "faults"),
        (["1", "3", "1"], {"outage": OUTAGE}, "solved"),
        (["1", "3", "2"], {"outage": OUTAGE}, "faults"),
        (["1", "4", "1"], {"contract": CONTRACT}, "sales"),
        (["1", "4", "2"], {"contract": CONTRACT}, "retention"),
        (["1", "4"], {"contract": None}, "sales"),
        (["2", "我要销户", "解约"], {"contract": CONTRACT}, "retention"),
        (["1", "0"], {}, "billing"),
        (["1", "", "", ""], {}, "billing"),
        (["", "", "0"], {}, "billing"),
        (["1"], {}, "hung_up"),
    ],
)
@pytest.mark.parametrize("channel", ["voice", "sms"])
def test_the_main_menu_ends_where_it_should(
    channel: str, typed: list[str], look_ups: dict[str, object], end: str
) -> None:
    turn, _ = played("main", typed, look_ups, channel=channel)
    final = turn.final
    assert isinstance(final, Enqueue | Leave)
    assert (final.queue if isinstance(final, Enqueue) else final.reason) == end


def test_a_known_customer_is_greeted_in_their_language_and_not_asked_for_it() -> None:
    about = {"customer_language": "zh-CN", "customer_name": "李雷"}
    _, lines = played("main", [], {}, channel="voice", **about)
    assert lines[:2] == ["[zh-CN] 李雷，您好，欢迎来到北风电信。", "[zh-CN] 请问您需要什么服务？"]
    assert "[zh-CN] 查询余额请按1。" in lines


def test_an_unknown_caller_chooses_in_both_languages() -> None:
    _, lines = played("main", ["2"], {}, channel="voice")
    assert lines[:3] == [
        "[en] Welcome to Nordwind. For English, press 1.",
        "[zh-CN] 欢迎致电北风电信。中文服务请按2。",
        "[zh-CN] 请问您需要什么服务？",
    ]


def test_the_balance_is_told_in_the_customers_form() -> None:
    _, lines = played(
        "main", ["1"], {"balance": BALANCE}, channel="voice", customer_language="zh-CN"
    )
    assert "[zh-CN] 您的账户余额为€42.50。付款截止日为2026年2月1日。" in lines


@pytest.mark.parametrize(
    ("typed", "look_ups", "end"),
    [
        (["1"], {"balance": BALANCE}, "solved"),
        (["余额"], {"balance": None}, "billing"),
        (["2"], {}, "billing"),
        (["3", "dead since noon"], {}, "faults"),
        (["a person please"], {}, "billing"),
        (["what", "eh"], {}, "billing"),
    ],
)
def test_the_text_menu(typed: list[str], look_ups: dict[str, object], end: str) -> None:
    turn, lines = played("text", typed, look_ups, channel="sms", open=True)
    final = turn.final
    assert isinstance(final, Enqueue | Leave)
    assert (final.queue if isinstance(final, Enqueue) else final.reason) == end
    assert all(len(line) <= 480 for line in lines)


def test_the_text_menu_says_when_it_is_closed() -> None:
    _, lines = played("text", [], {}, channel="sms", open=False)
    assert lines[0].startswith("Nordwind is closed now")


def test_canned_look_ups() -> None:
    answers = Answers(
        {"a": {"x": 1}, "b": None, "c": "failed",
         "d": [{"with": {"n": 5}, "found": {"x": 2}}, {"found": None}]}
    )  # fmt: skip

    def answer(name: str, **args: object) -> LookedUp:
        return answers.answer(LookUp("node", name, args))

    assert answer("a") == LookedUp("found", {"x": 1})
    assert answer("b") == LookedUp("missing")
    assert answer("c") == answer("nothing") == LookedUp("failed")
    assert answer("d", n="5") == LookedUp("found", {"x": 2})
    assert answer("d", n="6") == LookedUp("missing")
    wrongs: list[object] = [[], {"fact": {}}, {"facts": [1]}, {"look_ups": "x"}]
    for wrong in wrongs:
        with pytest.raises(Invalid):
            read_answers(wrong)


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL, "utf-8")
    return file


def command(*words: str) -> int:
    parser = argparse.ArgumentParser()
    cli.add(parser.add_subparsers())
    args = parser.parse_args(["menu", *words])
    code = args.run(args)
    assert isinstance(code, int)
    return code


def test_check_says_yes(small_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("--queues", "faults, agents", "--skills", "faults", "--look-ups", "bill")
    assert command("check", str(small_file), *names) == 0
    assert capsys.readouterr().out == f"{small_file}: 11 nodes, en, zh-CN\n"


def test_check_says_what_where_and_what_is_allowed(
    small_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small_file.write_text(SMALL.replace("next: key_account", "next: key_acount"), "utf-8")
    assert command("check", str(small_file)) == 1
    error = capsys.readouterr().err.splitlines()
    assert error[0].startswith(f"{small_file}:14: node hello: next leads to 'key_acount'")
    assert error[1].startswith("  hint: did you mean 'key_account'?")


def test_check_of_no_file_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("check", str(tmp_path / "none.yaml")) == 2
    assert "No such file" in capsys.readouterr().err


def test_play_in_the_terminal(
    small_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    facts = tmp_path / "facts.yaml"
    facts.write_text(
        "facts: {customer.name: Ada}\n"
        "look_ups: {bill: {amount: {amount: 12.50, currency: EUR}, due: 2026-02-01}}\n",
        "utf-8",
    )
    monkeypatch.setattr(sys, "stdin", StringIO("1\n123456\n"))
    assert command("play", str(small_file), "--facts", str(facts), "--language", "zh-CN") == 0
    out = capsys.readouterr().out
    assert "(look-up bill: found)\n[zh-CN] 应付€12.50，截止2026年2月1日。\n" in out
    assert out.endswith("(the menu is left: solved)\n")


def test_play_as_texts_until_the_customer_is_gone(
    small_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("invoice\n"))
    assert command("play", str(small_file), "--sms") == 0
    out = capsys.readouterr().out
    assert out.startswith("Hello.\nWhat is it about?\n1 bills\n2 faults\n")
    assert out.endswith("(the menu is left: hung_up)\n")


@pytest.mark.parametrize("content", ["[1]", "facts: [x", None])
def test_play_with_faulty_facts(
    small_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    facts = tmp_path / "facts.yaml"
    if content is not None:
        facts.write_text(content, "utf-8")
    assert command("play", str(small_file), "--facts", str(facts)) == (2 if content is None else 1)
    assert capsys.readouterr().err
