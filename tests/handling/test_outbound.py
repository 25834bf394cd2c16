"""The one outbound path: one message per key, claims under a lease, states that only move on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from contactcenter.core.db import Tx, now_us
from contactcenter.core.ids import new_id
from contactcenter.crm import customers, log, permission
from contactcenter.crm.permission import Refused
from contactcenter.handling import conversations, outbound
from contactcenter.handling.outbound import RANK, Draft, Message
from contactcenter.handling.tables import outbound_message as m
from tests.handling.office import MARY, SMS_PLAIN, Office


async def _interaction(office: Office) -> UUID:
    def work(tx: Tx) -> UUID:
        customer, address, _ = customers.create_or_find(tx, "phone", MARY, MARY)
        line = office.lines.get("sms", SMS_PLAIN)
        return conversations.open_outbound(
            tx, new_id(), customer_id=customer, address_id=address, line=line, actor="system"
        ).id

    return await office.db.write(work)


def _draft(interaction: UUID, **more: Any) -> Draft:
    values: dict[str, Any] = {
        "key": new_id(), "interaction_id": interaction, "customer_id": new_id(), "channel": "sms",
        "provider": "simulated", "line": SMS_PLAIN, "address": MARY, "purpose": "marketing",
        "actor": "system", "text": "Hello",
    }  # fmt: skip
    return Draft(**(values | more))


async def _queued(office: Office, count: int = 1, **more: Any) -> list[UUID]:
    key = await _interaction(office)
    drafts = [_draft(key, **more) for _ in range(count)]
    return await office.db.write(lambda tx: [outbound.queue_message(tx, one) for one in drafts])


async def _claim(office: Office, owner: str = "me") -> list[Message]:
    return await office.db.write(lambda tx: outbound.claim(tx, owner))


async def _begin(office: Office, message: Message, owner: str = "me", gates: Any = ()) -> bool:
    return await office.db.write(lambda tx: outbound.begin(tx, message, owner, gates))


async def _handing_over(office: Office, **more: Any) -> Message:
    await _queued(office, **more)
    (message,) = await _claim(office)
    assert await _begin(office, message)
    return message


async def _settle(office: Office, message: Message, state: str, **more: Any) -> None:
    await office.db.write(lambda tx: outbound.settle(tx, message, state, **more))


async def _row(office: Office, key: UUID) -> Any:
    return await office.read(lambda tx: tx.first(select(m).where(m.c.id == key)))


async def _lease_ends(office: Office) -> None:
    now = await office.read(lambda tx: tx.scalar(select(now_us())))
    ended = update(m).values(lease_until=now - timedelta(seconds=1))
    await office.db.write(lambda tx: tx.execute(ended))


# -- queueing ------------------------------------------------------------------------------------


async def test_a_key_is_one_message_for_ever(office: Office) -> None:
    draft = _draft(await _interaction(office))
    first = await office.db.write(lambda tx: outbound.queue_message(tx, draft))
    again = await asyncio.gather(
        *(office.db.write(lambda tx: outbound.queue_message(tx, draft)) for _ in range(4))
    )
    assert {first, *again} == {draft.key}
    assert (await office.kinds()).count("message_queued") == 1


async def test_the_same_key_at_the_same_time_is_one_message(office: Office) -> None:
    draft = _draft(await _interaction(office))
    await asyncio.gather(
        *(office.db.write(lambda tx: outbound.queue_message(tx, draft)) for _ in range(8))
    )
    assert (await office.kinds()).count("message_queued") == 1


async def test_words_and_address_are_content_and_the_row_names_their_event(office: Office) -> None:
    (key,) = await _queued(office, subject="S", html="<p>H</p>", campaign_id=new_id())
    queued = await office.last("message_queued")
    assert queued.content == {"text": "Hello", "address": MARY, "subject": "S", "html": "<p>H</p>"}
    assert MARY not in str(queued.data)
    assert (await _row(office, key)).extra["seq"] == queued.seq


# -- claims ----------------------------------------------------------------------------------------


async def test_messages_are_claimed_once_each(office: Office) -> None:
    keys = await _queued(office, 150)
    first, second = await asyncio.gather(_claim(office, "a"), _claim(office, "b"))
    rest = await _claim(office, "c")
    taken = [one.id for one in (*first, *second, *rest)]
    assert sorted(taken) == sorted(keys)
    assert max(len(first), len(second)) <= outbound.BATCH
    assert await _claim(office, "d") == []


async def test_agents_replies_go_before_campaigns(office: Office) -> None:
    await _queued(office, 120, campaign_id=new_id())
    replies = await _queued(office, 5, purpose="service")
    batch = {one.id for one in await _claim(office)}
    assert set(replies) <= batch


async def test_nothing_is_claimed_before_its_time(office: Office) -> None:
    await _queued(office, due_at=office.clock.now() + timedelta(minutes=5))
    assert await _claim(office) == []
    await office.clock.advance(301)
    assert len(await _claim(office)) == 1


async def test_a_claim_whose_lease_ended_is_taken_by_another(office: Office) -> None:
    await _queued(office)
    (mine,) = await _claim(office, "dead")
    assert await _claim(office, "next") == []
    await _lease_ends(office)
    (theirs,) = await _claim(office, "next")
    assert (theirs.id, theirs.tries) == (mine.id, 2)
    assert not await _begin(office, mine, "dead")
    assert await _begin(office, theirs, "next")


# -- hand-over -----------------------------------------------------------------------------------


async def test_a_hand_over_is_begun_once(office: Office) -> None:
    await _queued(office)
    (message,) = await _claim(office)
    begun = await asyncio.gather(*(_begin(office, message) for _ in range(5)))
    assert sorted(begun) == [False] * 4 + [True]
    row = await _row(office, message.id)
    assert (row.state, row.handed_at) == ("handing_over", office.clock.now())


async def test_no_hand_over_begins_after_a_stop(office: Office) -> None:
    await _queued(office)
    (message,) = await _claim(office)
    await office.db.write(
        lambda tx: permission.opt_out(tx, channel="sms", address=MARY, source="stop_word")
    )
    assert not await _begin(office, message)
    row = await _row(office, message.id)
    assert (row.state, row.reply_code) == ("rejected", "refused:opted_out")
    said = await office.last("message_state")
    assert said.data == {
        "message": str(message.id), "state": "rejected", "code": "refused:opted_out",
    }  # fmt: skip


async def test_a_stop_does_not_hold_back_its_own_confirmation(office: Office) -> None:
    await _queued(office, purpose="transactional")
    (message,) = await _claim(office)
    await office.db.write(
        lambda tx: permission.opt_out(tx, channel="sms", address=MARY, source="stop_word")
    )
    assert await _begin(office, message)


async def test_a_gate_may_refuse_for_good_or_put_off(office: Office) -> None:
    later = office.clock.now() + timedelta(hours=1)
    answers: list[Refused | None] = [Refused("paused", later), Refused("cancelled")]
    await _queued(office)

    def gate(tx: Tx, message: Message) -> Refused | None:
        return answers[0]

    (message,) = await _claim(office)
    assert not await _begin(office, message, gates=(gate,))
    row = await _row(office, message.id)
    assert (row.state, row.due_at, row.reply_code) == ("queued", later, "refused:paused")
    assert row.tries == 0, "waiting is not trying"
    assert "message_state" not in await office.kinds()
    await office.clock.advance(3601)
    answers.pop(0)
    (message,) = await _claim(office)
    assert not await _begin(office, message, gates=(gate,))
    assert (await _row(office, message.id)).state == "rejected"


async def test_permission_goes_before_every_gate(office: Office) -> None:
    asked: list[Message] = []
    await _queued(office)
    (message,) = await _claim(office)
    await office.db.write(
        lambda tx: permission.suppress(tx, channel="sms", address=MARY, reason="landline")
    )

    def gate(tx: Tx, message: Message) -> Refused | None:
        asked.append(message)
        return None

    assert not await _begin(office, message, gates=(gate,))
    assert asked == []
    assert (await _row(office, message.id)).reply_code == "refused:landline"


# -- how it ended ----------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["sent", "rejected", "failed", "in_doubt"])
async def test_every_end_is_a_state_and_an_event(office: Office, state: str) -> None:
    message = await _handing_over(office)
    await _settle(office, message, state, code="42")
    row = await _row(office, message.id)
    assert (row.state, row.reply_code, row.owner) == (state, "42", None)
    assert (await office.last("message_state")).data["state"] == state


async def test_a_deferred_message_comes_due_again(office: Office) -> None:
    message = await _handing_over(office)
    await _settle(office, message, "deferred", code="421", pause=timedelta(seconds=20))
    assert await _claim(office) == []
    await office.clock.advance(21)
    (again,) = await _claim(office)
    assert (again.id, again.tries) == (message.id, 2)


async def test_what_a_holder_knows_settles_what_was_put_in_doubt_meanwhile(
    office: Office,
) -> None:
    message = await _handing_over(office)
    await _lease_ends(office)
    assert await office.db.write(lambda tx: outbound.doubt_abandoned(tx, "b", alone=False)) == 1
    assert (await _row(office, message.id)).state == "in_doubt"
    await _settle(office, message, "sent", provider_ref="SM1")
    row = await _row(office, message.id)
    assert (row.state, row.provider_ref) == ("sent", "SM1")


async def test_a_report_faster_than_the_answer_stands_and_the_name_is_kept(office: Office) -> None:
    message = await _handing_over(office)
    await office.db.write(lambda tx: outbound.report(tx, message.id, "", "delivered"))
    await _settle(office, message, "sent", provider_ref="SM1")
    row = await _row(office, message.id)
    assert (row.state, row.provider_ref) == ("delivered", "SM1")


def test_the_rank_has_every_state_and_ends_alike() -> None:
    assert sorted(RANK) == sorted(
        ["queued", "claimed", "handing_over", "deferred", "in_doubt", "sent", "delivered",
         "bounced", "rejected", "failed"]
    )  # fmt: skip
    finals = {RANK[one] for one in ("bounced", "rejected", "failed")}
    assert finals == {max(RANK.values())}


@pytest.mark.parametrize("seed", range(6))
async def test_reports_in_any_order_end_the_same(office: Office, seed: int) -> None:
    import random

    reports = ["sent", "delivered", "sent", "bounced", "delivered"]
    random.Random(seed).shuffle(reports)
    message = await _handing_over(office)
    for state in reports:
        await office.db.write(lambda tx, one=state: outbound.report(tx, message.id, "", one))  # type: ignore[misc]  # bound now
    assert (await _row(office, message.id)).state == "bounced"
    states = [e.data["state"] for e in await office.events() if e.kind == "message_state"]
    assert [RANK[one] for one in states] == sorted({RANK[one] for one in states})


async def test_of_two_final_states_the_first_stands(office: Office) -> None:
    message = await _handing_over(office)
    await office.db.write(lambda tx: outbound.report(tx, message.id, "", "failed", "1"))
    await office.db.write(lambda tx: outbound.report(tx, message.id, "", "bounced", "2"))
    assert (await _row(office, message.id)).reply_code == "1"


async def test_an_unknown_message_is_said_so(office: Office) -> None:
    assert not await office.db.write(lambda tx: outbound.report(tx, new_id(), "", "sent"))
    assert not await office.db.write(lambda tx: outbound.report(tx, None, "SM9", "sent"))
    assert await office.read(lambda tx: outbound.find(tx, new_id())) is None


# -- after a crash -------------------------------------------------------------------------------


async def test_an_embedded_store_doubts_a_dead_process_at_once(office: Office) -> None:
    await _queued(office, 2)
    first, second = await _claim(office, "dead")
    assert await _begin(office, first, "dead")
    count = await office.db.write(lambda tx: outbound.doubt_abandoned(tx, "new", alone=True))
    assert count == 1
    assert (await _row(office, first.id)).state == "in_doubt"
    assert (await _row(office, second.id)).state == "queued"
    assert [one.id for one in await _claim(office, "new")] == [second.id]


async def test_the_living_are_not_doubted(office: Office) -> None:
    message = await _handing_over(office)
    assert await office.db.write(lambda tx: outbound.doubt_abandoned(tx, "b", alone=False)) == 0
    assert await office.db.write(lambda tx: outbound.doubt_abandoned(tx, "me", alone=True)) == 0
    assert (await _row(office, message.id)).state == "handing_over"


async def test_after_a_restore_whatever_stood_to_be_sent_is_in_doubt(office: Office) -> None:
    keys = await _queued(office, 4)
    states: Sequence[str] = ("queued", "claimed", "deferred", "delivered")
    for key, state in zip(keys, states, strict=True):
        changed = update(m).where(m.c.id == key).values(state=state)
        await office.db.write(lambda tx, one=changed: tx.execute(one))  # type: ignore[misc]  # bound now
    assert await office.db.write(outbound.doubt_restored) == 3
    rows = [await _row(office, key) for key in keys]
    assert [row.state for row in rows] == ["in_doubt", "in_doubt", "in_doubt", "delivered"]
    assert rows[0].reply_code == "restored"
    assert await _claim(office) == []
    events = await office.read(lambda tx: log.events_of(tx, rows[0].interaction_id))
    assert [one.kind for one in events].count("message_state") == 3
    await office.assert_sound()
