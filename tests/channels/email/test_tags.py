"""Signed parts of addresses: read back, survive case changes, can not be forged."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.channels.email.tags import AddressTags, message_id_of, without_tag
from contactcenter.core.errors import Invalid

TAGS = AddressTags([b"k" * 32])
THREAD = UUID("01900000-0000-7000-8000-000000000001")


def test_a_reply_address_names_its_thread() -> None:
    address = TAGS.reply_address("support@shop.example", THREAD)
    local, _, domain = address.partition("@")
    assert local.startswith("support+")
    assert domain == "shop.example"
    assert len(local) <= 64
    assert TAGS.thread_of(address) == THREAD
    assert TAGS.thread_of(address.upper()) == THREAD
    assert without_tag(address) == "support@shop.example"


@given(st.uuids(), st.integers(0, 38), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_changed_token_is_worth_nothing(thread: UUID, place: int, char: str) -> None:
    address = TAGS.reply_address("s@x.example", thread)
    changed = address[: 2 + place] + char + address[3 + place :]
    assert TAGS.thread_of(changed) in ((thread,) if changed == address else (None,))


@pytest.mark.parametrize(
    "address",
    ["support@x.example", "support+@x.example", "support+offers@x.example", "", "@", "a+b",
     "support+" + "a" * 39 + "@x.example", "support+" + "!" * 39 + "@x.example"],
)  # fmt: skip
def test_other_addresses_name_no_thread(address: str) -> None:
    assert TAGS.thread_of(address) is None
    assert TAGS.message_key_of(address) is None


def test_another_key_does_not_open_it_but_a_rotated_one_does() -> None:
    address = TAGS.reply_address("support@x.example", THREAD)
    bounce = TAGS.return_path("key-1", "x.example")
    other, rotated = AddressTags([b"o" * 32]), AddressTags([b"n" * 32, b"k" * 32])
    assert (other.thread_of(address), other.message_key_of(bounce)) == (None, None)
    assert (rotated.thread_of(address), rotated.message_key_of(bounce)) == (THREAD, "key-1")


@given(st.from_regex(r"[a-z0-9][a-z0-9._=-]{0,43}", fullmatch=True))
def test_a_return_path_names_its_message(key: str) -> None:
    address = TAGS.return_path(key, "shop.example")
    assert len(address.partition("@")[0]) <= 64
    assert TAGS.message_key_of(address) == key
    assert TAGS.message_key_of(address.upper()) == key
    assert TAGS.message_key_of(address.replace("bounce+", "bounce+x")) is None
    assert TAGS.thread_of(address) is None


def test_a_uuid_fits_as_message_key() -> None:
    key = str(uuid4())
    assert TAGS.message_key_of(TAGS.return_path(key, "shop.example")) == key
    assert message_id_of(key, "shop.example") == f"{key}@shop.example"


@pytest.mark.parametrize("key", ["", "A" * 4, "a b", "a@b", "x" * 45, "a\r\nb", "-a"])
def test_a_key_that_does_not_fit_is_refused(key: str) -> None:
    with pytest.raises(Invalid):
        TAGS.return_path(key, "x.example")


def test_a_line_too_long_for_a_token_is_refused() -> None:
    with pytest.raises(Invalid, match="too long"):
        TAGS.reply_address("customer.service.department@x.example", THREAD)
    with pytest.raises(Invalid):
        TAGS.reply_address("no-address", THREAD)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(Invalid):
        AddressTags([b"short"])
    with pytest.raises(Invalid):
        AddressTags([])
