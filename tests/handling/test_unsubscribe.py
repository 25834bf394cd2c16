"""The signed link of a marketing message: whoever holds it may end marketing to that address."""

from __future__ import annotations

from uuid import UUID

import pytest

from contactcenter.core.errors import Invalid, NotFound
from contactcenter.core.ids import new_id
from contactcenter.core.secrets import Secrets
from contactcenter.crm import permission
from contactcenter.handling import unsubscribe
from tests.handling.office import MARY, Office
from tests.handling.test_outbound import _queued

SECRETS = Secrets(["s" * 40])


def _token(message: UUID, secrets: Secrets = SECRETS) -> str:
    return unsubscribe.link(secrets, "https://x.example/", message).rpartition("/")[2]


async def _refused(office: Office, purpose: str) -> bool:
    found = await office.read(
        lambda tx: permission.may_contact(tx, channel="sms", address=MARY, purpose=purpose)
    )
    return found is not None


async def test_the_link_names_its_recipient_and_ends_marketing_alone(office: Office) -> None:
    (key,) = await _queued(office)
    to = await office.read(lambda tx: unsubscribe.recipient(tx, SECRETS, _token(key)))
    assert (to.message, to.channel, to.address) == (key, "sms", MARY)
    for _ in range(2):
        await office.db.write(lambda tx: unsubscribe.opt_out(tx, to, "one_click"))
    assert await _refused(office, "marketing")
    assert not await _refused(office, "service")
    assert (await office.last("opted_out")).data["how"] == "one_click"


async def test_looking_at_the_link_changes_nothing(office: Office) -> None:
    (key,) = await _queued(office)
    before = await office.kinds()
    await office.read(lambda tx: unsubscribe.recipient(tx, SECRETS, _token(key)))
    assert await office.kinds() == before
    assert not await _refused(office, "marketing")


async def test_a_forged_or_foreign_link_is_refused(office: Office) -> None:
    (key,) = await _queued(office)
    good = _token(key)
    for forged in (good[:-2] + "AA", "x", "", _token(key, Secrets(["t" * 40]))):
        with pytest.raises(Invalid) as refused:
            await office.read(lambda tx, one=forged: unsubscribe.recipient(tx, SECRETS, one))  # type: ignore[misc]  # bound now
        assert refused.value.code == "bad_signature"


async def test_a_message_that_is_no_longer_known(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.read(lambda tx: unsubscribe.recipient(tx, SECRETS, _token(new_id())))


async def test_a_link_outlives_the_rotation_of_the_key(office: Office) -> None:
    (key,) = await _queued(office)
    rotated = Secrets(["n" * 40, "s" * 40])
    to = await office.read(lambda tx: unsubscribe.recipient(tx, rotated, _token(key)))
    assert to.message == key
