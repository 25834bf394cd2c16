"""What we say on our own account: the operator's wording first, ours as the last word."""

from __future__ import annotations

from pathlib import Path

import pytest

from contactcenter.core.errors import Invalid
from contactcenter.handling.words import HELP, PLEASE_HOLD, STOP, USED, Words


def _write(folder: Path, name: str, text: str) -> None:
    path = folder / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", USED)
@pytest.mark.parametrize("language", ["en", "en-GB", "zh-CN", "zh", "fr"])
def test_there_are_words_for_everything_in_every_language(name: str, language: str) -> None:
    said = Words().text(name, language, sender="Nordwind", position=2, ending="0001")
    assert said.strip()
    assert any("\u4e00" <= char <= "\u9fff" for char in said) == language.startswith("zh")
    assert "Nordwind" in said or not name.startswith(("sms/", "email/"))


@pytest.mark.parametrize(
    ("asked", "spoken"), [("zh-CN", "zh-CN"), ("en-GB", "en-GB"), ("fr", "en")]
)
def test_words_are_spoken_in_the_language_they_are_in(asked: str, spoken: str) -> None:
    assert Words().say(PLEASE_HOLD, asked).language == spoken


def test_the_operators_wording_goes_first_and_ours_fills_the_gaps(tmp_path: Path) -> None:
    _write(
        tmp_path, STOP, 'variables: {sender: text}\nbodies: {en: {text: "Bye from {{ sender }}"}}'
    )
    words = Words.of(tmp_path)
    assert words.text(STOP, "en", sender="N") == "Bye from N"
    assert words.text(HELP, "en", sender="N") == Words().text(HELP, "en", sender="N")


def test_a_wording_that_does_not_work_is_refused_at_start_with_all_its_faults(
    tmp_path: Path,
) -> None:
    _write(tmp_path, STOP, 'bodies: {en: {text: "{{ unknown }}"}}')
    _write(tmp_path, HELP, "bodies: [")
    with pytest.raises(Invalid) as refused:
        Words.of(tmp_path)
    assert STOP in refused.value.message
    assert HELP in refused.value.message


def test_a_wording_broken_while_we_run_costs_nobody_the_answer(tmp_path: Path) -> None:
    _write(tmp_path, STOP, 'bodies: {en: {text: "Fine."}}')
    words = Words.of(tmp_path)
    assert words.text(STOP, "en", sender="N") == "Fine."
    _write(tmp_path, STOP, 'bodies: {en: {text: "{{ broken"}}\n\n')
    assert "no more texts" in words.text(STOP, "en", sender="N")


def test_a_name_nobody_has_is_said_so() -> None:
    with pytest.raises(Invalid, match="no template"):
        Words().text("sms/nothing", "en")


def test_without_a_folder_ours_are_used() -> None:
    assert Words.of(None).text(PLEASE_HOLD, "en") == Words().text(PLEASE_HOLD, "en")
