"""The signature check, held against fixed vectors and against the library's own."""

from __future__ import annotations

import hashlib
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from contactcenter.channels.voice.twilio_signature import algorithm_of, is_signed, signature

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = (
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
)
# Made once with openssl over the address followed by the sorted names and values.
VECTOR = "RSOYDt4T1cUTdK1PDd93/VVr8B8="

pairs = st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=12)), max_size=8).map(
    tuple
)


def library_says(url: str, form: tuple[tuple[str, str], ...], given_: str, digest: str) -> bool:
    name = {"sha1": "HMAC_SHA1", "sha256": "HMAC_SHA256"}[digest]
    fields = MultiDict(form) if form else {}
    return cast(bool, RequestValidator(TOKEN).validate(url, fields, given_, name))


def test_a_known_vector() -> None:
    assert signature(TOKEN, URL, FORM) == VECTOR
    assert signature(TOKEN, URL, reversed(FORM)) == VECTOR
    assert is_signed([TOKEN], URL, FORM, VECTOR)


@settings(max_examples=200, deadline=None)
@given(
    pairs,
    st.sampled_from(
        ["https://a.example/x", "https://a.example:8443/x?q=%2B1", "http://a.example:80/", URL]
    ),
    st.sampled_from(["sha1", "sha256"]),
)
def test_the_library_agrees(form: tuple[tuple[str, str], ...], url: str, digest: str) -> None:
    header = {"sha1": "", "sha256": "key=k,algorithm=HMAC_SHA256"}[digest]
    made = signature(TOKEN, url, form, digest)
    assert library_says(url, form, made, digest)
    assert is_signed([TOKEN], url, form, made, settings=header)
    other = (*form, ("CallSid", "CAother-than-before"))
    assert not library_says(url, other, made, digest)
    assert not is_signed([TOKEN], url, other, made, settings=header)


def test_every_value_of_a_repeated_name_counts() -> None:
    form = (("Media", "a"), ("Media", "b"))
    made = signature(TOKEN, URL, form)
    assert library_says(URL, form, made, "sha1")
    assert not is_signed([TOKEN], URL, form[:1], made)


@pytest.mark.parametrize(
    ("signed", "seen"),
    [
        ("https://a.example/x", "https://a.example:443/x"),
        ("https://a.example:443/x", "https://a.example/x"),
        ("http://a.example:80/x", "http://a.example/x"),
        ("https://a.example/x", "https://a.example:8443/x"),
    ],
)
def test_the_port_may_be_signed_or_not(signed: str, seen: str) -> None:
    made = signature(TOKEN, signed, FORM)
    assert is_signed([TOKEN], seen, FORM, made)
    assert library_says(seen, FORM, made, "sha1")


def test_two_tokens_are_accepted_while_they_change() -> None:
    assert is_signed(["new", TOKEN], URL, FORM, VECTOR)
    assert not is_signed(["new", "newer"], URL, FORM, VECTOR)


@pytest.mark.parametrize("given_", ["", "x", VECTOR[:-1], "é" * 28, VECTOR.lower()])
def test_anything_else_is_refused_without_an_exception(given_: str) -> None:
    assert not is_signed([TOKEN], URL, FORM, given_)


@pytest.mark.parametrize(
    ("header", "digest"),
    [
        ("", "sha1"),
        ("key=a,algorithm=HMAC_SHA256", "sha256"),
        ("algorithm=hmac_sha1", "sha1"),
        ("algorithm=MD5", ""),
    ],
)
def test_the_settings_header_names_the_digest(header: str, digest: str) -> None:
    assert algorithm_of(header) == digest
    assert is_signed([TOKEN], URL, FORM, VECTOR, settings=header) is (digest == "sha1")


def test_other_bodies_sign_the_address_and_carry_their_digest() -> None:
    body = b'{"a": 1}'
    url = f"https://a.example/x?bodySHA256={hashlib.sha256(body).hexdigest()}"
    made = signature(TOKEN, url, ())
    assert RequestValidator(TOKEN).validate(url, body.decode(), made)
    assert is_signed([TOKEN], url, (), made, body=body)
    assert not is_signed([TOKEN], url, (), made, body=b'{"a": 2}')
    bare = "https://a.example/x"
    assert not is_signed([TOKEN], bare, (), signature(TOKEN, bare, ()), body=body)
