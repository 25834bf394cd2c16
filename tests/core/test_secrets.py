"""The secret key: derivation, rotation, the embedded file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.core.errors import Invalid
from contactcenter.core.secrets import KEY_FILE, Secrets, load

OLD, NEW = "old" * 16, "new" * 16


@given(st.text(min_size=32, max_size=80).filter(str.isascii), st.text(max_size=20))
def test_derivation_is_hkdf(key: str, purpose: str) -> None:
    info = b"contactcenter:" + purpose.encode(errors="replace")
    other = HKDF(SHA256(), 32, salt=None, info=info).derive(key.encode())
    assert Secrets([key]).key(purpose.encode(errors="replace").decode()) == other


def test_purposes_have_different_keys() -> None:
    ours = Secrets([OLD])
    assert len({ours.key(purpose) for purpose in ("csrf", "unsubscribe", "")}) == 3


def test_a_rotation_accepts_both_and_signs_with_the_new() -> None:
    before, during, after = Secrets([OLD]), Secrets([NEW, OLD]), Secrets([NEW])
    early, late = before.sign("link", "m1"), during.sign("link", "m2")
    assert during.unsign("link", early) == "m1"
    assert after.unsign("link", late) == "m2"
    with pytest.raises(Invalid, match="not one of ours"):
        after.unsign("link", early)


@given(st.text(max_size=60))
def test_signed_texts_come_back(payload: str) -> None:
    ours = Secrets([OLD])
    clean = payload.encode(errors="replace").decode()
    assert ours.unsign("link", ours.sign("link", clean)) == clean


@given(st.text(max_size=80))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        Secrets([OLD]).unsign("link", text)
    assert caught.value.code == "bad_signature"


def test_a_signature_is_bound_to_purpose_and_payload() -> None:
    ours = Secrets([OLD])
    signed = ours.sign("link", "m1")
    with pytest.raises(Invalid):
        ours.unsign("other", signed)
    changed = signed[:-1] + ("A" if signed[-1] != "A" else "Q")
    with pytest.raises(Invalid):
        ours.unsign("link", changed)


def test_a_short_mac_is_never_enough() -> None:
    ours = Secrets([OLD])
    full = ours.mac("link", b"m1")
    assert ours.is_mac("link", b"m1", full)
    assert not ours.is_mac("link", b"m1", full[:8])
    assert not ours.is_mac("link", b"m1", b"")


@pytest.mark.parametrize("keys", [[], ["short"], [OLD, "short"]])
def test_too_few_characters_are_refused(keys: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        Secrets(keys)
    assert caught.value.hint
    assert "short" not in str(caught.value)


def test_a_key_is_not_shown() -> None:
    assert OLD not in repr(Secrets([OLD]))


def test_the_embedded_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = load(None, folder=folder)
    file = folder / KEY_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load(None, folder=folder).key("x") == first.key("x")
    assert load(None, folder=tmp_path / "other").key("x") != first.key("x")


def test_an_embedded_key_open_to_others_is_refused(tmp_path: Path) -> None:
    load(None, folder=tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)
    with pytest.raises(Invalid, match="can be read by others"):
        load(None, folder=tmp_path)


def test_a_configured_key_wins_over_the_file(tmp_path: Path) -> None:
    assert load(f"{NEW}\n", folder=tmp_path).key("x") == Secrets([NEW]).key("x")
    assert not (tmp_path / KEY_FILE).exists()


def test_none_at_all_says_what_to_set() -> None:
    with pytest.raises(Invalid) as caught:
        load(None)
    assert "CC_SECRET_KEY" in (caught.value.hint or "")
