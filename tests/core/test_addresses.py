"""Addresses: what is taken, in which form it is kept, and what the refusal says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.core.addresses import (
    Address,
    channels_of,
    display_phone,
    parse_address,
    region_of,
)
from contactcenter.core.errors import Invalid


@pytest.mark.parametrize(
    ("raw", "region", "value", "country"),
    [
        ("+44 20 7946 0958", None, "+442079460958", "GB"),
        ("020 7946 0958", "GB", "+442079460958", "GB"),
        ("020 7946 0958", "gb", "+442079460958", "GB"),
        ("00 44 20 7946 0958", "DE", "+442079460958", "GB"),
        ("138 0013 8000", "CN", "+8613800138000", "CN"),
        ("（010）6552-9988", "CN", "+861065529988", "CN"),
        ("＋８６ １３８００１３８０００", None, "+8613800138000", "CN"),
        ("tel:+1-202-555-0142", None, "+12025550142", "US"),
        ("+1 500 555 0006", None, "+15005550006", None),
        ("+800 1234 5678", None, "+80012345678", ""),
    ],
)
def test_phone_numbers_become_e164(
    raw: str, region: str | None, value: str, country: str | None
) -> None:
    found = parse_address(raw, region)
    assert (found.kind, found.value, found.raw) == ("phone", value, raw)
    if country is not None:
        assert found.region == country
    assert channels_of(found) == ("voice", "sms")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("anna@example.com", "anna@example.com"),
        ("  Anna.B@Example.COM ", "anna.b@example.com"),
        ("mailto:anna@example.com", "anna@example.com"),
        ("anna+offers@example.com", "anna+offers@example.com"),
        ("o'neil@example.com", "o'neil@example.com"),
        ("info@Bücher.example", "info@xn--bcher-kva.example"),
        ("wang@例子.example", "wang@xn--fsqu00a.example"),
        ("desk@office.local", "desk@office.local"),
        ("anna@Mail.Test", "anna@mail.test"),
    ],
)
def test_mail_addresses_become_comparable(raw: str, value: str) -> None:
    found = parse_address(raw)
    assert found == Address("email", value, raw)
    assert channels_of(found) == ("email",)


@pytest.mark.parametrize(
    ("raw", "region", "says"),
    [
        ("", None, "empty"),
        ("   ", None, "empty"),
        ("020 7946 0958", None, "country code"),
        ("hello", None, "not a phone number"),
        ("+44 20", None, "too short"),
        ("+44 20 7946 0958 1234 5678", None, "not a phone number|too long"),
        ("555-0142", "US", "area code"),
        ("020 7946 0958", "XX", "not a country"),
        ("1" * 400, "GB", "too long"),
        ("sip:anna@example.com", None, "SIP"),
        ("anna@", None, "e-mail"),
        ("anna@@example.com", None, "e-mail"),
        ("Anna <anna@example.com>", None, "e-mail"),
        ("anna b@example.com", None, "e-mail"),
        ("anna@example.com\r\nBcc: eve@example.com", None, "control character"),
        ("王@example.com", None, "e-mail"),
        ("anna@[127.0.0.1]", None, "e-mail"),
    ],
)
def test_a_refusal_says_what_and_what_is_allowed(raw: str, region: str | None, says: str) -> None:
    with pytest.raises(Invalid, match=says) as caught:
        parse_address(raw, region)
    assert caught.value.code == "invalid_address"
    assert "allowed:" in (caught.value.hint or "")
    assert caught.value.details["field"] in ("address", "region")


def test_a_refusal_does_not_repeat_the_number() -> None:
    with pytest.raises(Invalid) as caught:
        parse_address("020 7946 0958")
    assert "7946" not in str(caught.value) + str(caught.value.hint)


@given(st.text(max_size=60), st.sampled_from([None, "GB", "CN", "US"]))
def test_any_text_is_taken_or_refused_and_taking_is_idempotent(
    raw: str, region: str | None
) -> None:
    try:
        found = parse_address(raw, region)
    except Invalid:
        return
    again = parse_address(found.value)
    assert (again.kind, again.value) == (found.kind, found.value)


def test_display_and_region() -> None:
    assert display_phone("+442079460958", "GB") == "020 7946 0958"
    assert display_phone("+442079460958", "CN") == "+44 20 7946 0958"
    assert display_phone("anonymous") == "anonymous"
    assert region_of("+8613800138000") == "CN"
    assert region_of("10086") == ""
