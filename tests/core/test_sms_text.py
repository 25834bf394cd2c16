"""Segments: sizes of 3GPP TS 23.038 and 23.040, boundaries, and the offered substitutes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.core.sms_text import (
    GSM_BASIC,
    GSM_EXTENSION,
    encoding_of,
    segments,
    split,
    substitute,
)

EMOJI = "\U0001f600"


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count", "room"),
    [
        ("", "GSM-7", 0, 0, 160),
        ("a", "GSM-7", 1, 1, 159),
        ("a" * 160, "GSM-7", 160, 1, 0),
        ("a" * 161, "GSM-7", 161, 2, 145),
        ("a" * 306, "GSM-7", 306, 2, 0),
        ("a" * 307, "GSM-7", 307, 3, 152),
        ("€" * 80, "GSM-7", 160, 1, 0),
        ("€" * 81, "GSM-7", 162, 2, 143),  # 76 pairs fill 152 of 153: the 77th moves on whole
        ("a" * 152 + "€" + "a" * 10, "GSM-7", 164, 2, 141),
        ("中" * 70, "UCS-2", 70, 1, 0),
        ("中" * 71, "UCS-2", 71, 2, 63),
        ("中" * 134, "UCS-2", 134, 2, 0),
        ("中" * 135, "UCS-2", 135, 3, 66),
        (EMOJI * 35, "UCS-2", 70, 1, 0),
        (EMOJI * 36, "UCS-2", 72, 2, 61),  # 33 pairs fill 66 of 67
        ("It\u2019s " + "a" * 66, "UCS-2", 71, 2, 63),
        ("It's " + "a" * 66, "GSM-7", 71, 1, 89),
        ("price\u00a05", "UCS-2", 7, 1, 63),
        ("\\^{}[~]|", "GSM-7", 16, 1, 144),
    ],
)
def test_table(text: str, encoding: str, units: int, count: int, room: int) -> None:
    found = segments(text)
    assert (found.encoding, found.units, found.count, found.room) == (encoding, units, count, room)


def test_alphabet_has_the_128_places_less_the_escape() -> None:
    assert len(GSM_BASIC) == 127
    assert len(GSM_EXTENSION) == 10


def test_offenders_are_named_with_their_place_and_substitute() -> None:
    found = segments("Don\u2019t wait 中")
    assert [(o.index, o.char, o.instead) for o in found.offenders] == [
        (3, "\u2019", "'"),
        (11, "中", None),
    ]
    assert segments("plain").offenders == ()


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("Don\u2019t \u201cwait\u201d \u2013 now\u2026", 'Don\'t "wait" - now...'),
        ("5\u00a0EUR", "5 EUR"),
        ("Caf\u00e9", "Caf\u00e9"),
        ("中\u201d", "中\u201d"),
        ("fine", "fine"),
    ],
)
def test_substitutes_only_where_they_make_it_cheaper(text: str, better: str) -> None:
    assert substitute(text) == better


@given(st.text(st.sampled_from("a€[中é\u2019" + EMOJI), max_size=400))
def test_segments_hold_their_limit_and_join_to_the_text(text: str) -> None:
    parts = split(text)
    found = segments(text)
    assert "".join(parts) == text
    assert len(parts) == found.count
    gsm = encoding_of(text) == "GSM-7"
    limit = (160 if gsm else 70) if len(parts) <= 1 else (153 if gsm else 67)
    for part in parts:
        size = (
            sum(2 if c in GSM_EXTENSION else 1 for c in part)
            if gsm
            else len(part.encode("utf-16-be")) // 2
        )
        assert 0 < size <= limit
