"""What a customer meant: keys, keywords in two languages, spoken numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.ivr.matching import Choice, choose, digits_in, fold
from contactcenter.ivr.model import How, Typed

CHOICES = (
    Choice("bill", "1", "a", 1, words={"en": ("bill", "invoice"), "zh-CN": ("账单", "发票")}),
    Choice("old_bill", "2", "b", 2, words={"en": ("old bill",), "zh-CN": ("旧账单",)}),
    Choice("fault", "12", "c", 3, words={"en": ("not working",), "zh-CN": ("断网",)}),
    Choice("star", "*", "d", 4),
    Choice("cafe", "", "e", 5, words={"en": ("Café",)}),
)


@pytest.mark.parametrize(
    ("value", "how", "expected"),
    [
        ("1", "digits", "bill"),
        ("12", "digits", "fault"),
        ("3", "digits", None),
        ("*", "digits", "star"),
        ("1.", "text", "bill"),
        (" １ ", "text", "bill"),
        ("bill", "text", "bill"),
        ("BILL!", "text", "bill"),
        ("my bill please", "speech", "bill"),
        ("my old bill please", "speech", "old_bill"),
        ("billing", "speech", None),
        ("it is not  working", "text", "fault"),
        ("账单", "text", "bill"),
        ("我想问一下账单的事", "speech", "bill"),
        ("旧账单", "text", "old_bill"),
        ("断网了", "text", "fault"),
        ("one", "speech", "bill"),
        ("二", "speech", "old_bill"),
        ("bill not working", "speech", "fault"),
        ("invoice", "digits", None),
        ("café", "text", "cafe"),
        ("？！", "text", None),
        ("", "text", None),
    ],
)
def test_choices(value: str, how: How, expected: str | None) -> None:
    chosen = choose(CHOICES, Typed(value, how), "en")
    assert (chosen.id if chosen else None) == expected


def test_two_equal_fits_are_none() -> None:
    choices = (
        Choice("a", "1", "x", 1, words={"en": ("red",)}),
        Choice("b", "2", "x", 1, words={"en": ("tin",)}),
    )
    assert choose(choices, Typed("red or tin", "speech"), "en") is None


@pytest.mark.parametrize(
    ("value", "how", "expected"),
    [
        ("123456", "digits", "123456"),
        ("123456#", "digits", "123456"),
        ("12345", "digits", None),
        ("123*56", "digits", None),
        ("123 456", "text", "123456"),
        ("My number is 123-456.", "text", "123456"),
        ("１２３４５６", "text", "123456"),
        ("one two three four five six", "speech", "123456"),
        ("一二三四五六", "speech", "123456"),
        ("幺二三四五六", "speech", "123456"),
        ("123456 or 654321", "text", None),
        ("call 5 then 123456 now", "text", "123456"),
        ("no idea", "text", None),
        ("", "text", None),
    ],
)
def test_digits(value: str, how: How, expected: str | None) -> None:
    assert digits_in(Typed(value, how), 6, 8) == expected


@given(st.text(), st.sampled_from(["digits", "speech", "text"]))
def test_any_input_is_taken(value: str, how: How) -> None:
    chosen = choose(CHOICES, Typed(value, how), "zh-CN")
    assert chosen is None or chosen in CHOICES
    digits = digits_in(Typed(value, how), 2, 4)
    assert digits is None or (digits.isascii() and digits.isdecimal() and 2 <= len(digits) <= 4)
    assert fold(fold(value)) == fold(value)


def test_a_very_long_text_is_cut_before_it_is_read() -> None:
    assert len(fold("x" * 1_000_000)) == 500
    assert digits_in(Typed("1" * 1_000_000, "text"), 6, 8) is None
