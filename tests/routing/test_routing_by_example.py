"""The worked configurations of docs/howto/routing-by-example.md, played as the page tells."""

from __future__ import annotations

import re
from pathlib import Path

from contactcenter.routing import actions as do
from contactcenter.routing.book import Book
from contactcenter.routing.book_file import read_document
from contactcenter.routing.check import checked
from contactcenter.routing.effects import Announced, CallbackDue, Dequeued
from tests.routing.floors import Bench, agent_id, call_id

PAGE = Path(__file__).parents[2] / "docs/howto/routing-by-example.md"
SECTIONS = {
    part.partition("\n")[0]: part
    for part in re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]
}


class Shop(Bench):
    """The configuration under a heading of the page, its agents there but not available."""

    def __init__(self, begins: str) -> None:
        super().__init__()
        (section,) = (part for title, part in SECTIONS.items() if title.startswith(begins))
        (source,) = re.findall(r"```yaml\n(.*?)```", section, flags=re.DOTALL)
        book, warnings = checked(read_document(source, "page").plain, Book())
        assert warnings == []
        for name in book.queues:
            self.queue(name, **book.resolved(name))
        self.numbers = {name: n for n, name in enumerate(book.agents, start=1)}
        for name, n in self.numbers.items():
            self.do(do.ChangeAgent(agent_id(n), 1, name, book.agents[name]))

    def comes(self, *names: str) -> None:
        for name in names:
            self.do(do.SetState(agent_id(self.numbers[name]), "available"))

    def asked_about(self, n: int) -> str | None:
        number = self.given_to(n)
        return next((name for name, one in self.numbers.items() if one == number), None)


def test_every_example_of_the_page_is_played_here() -> None:
    begins = ("Language", "Important", "A partner", "Callbacks", "Campaign")
    assert [title for title in SECTIONS if not title.startswith(begins)] == []
    assert len(SECTIONS) == len(begins)


def test_language_skills_widen_from_the_expert_to_anybody() -> None:
    shop = Shop("Language")
    shop.comes("Ann", "Bob", "Cid")
    for n, waits_s, expected in ((1, 0, "Ann"), (2, 20, "Bob"), (3, 40, "Cid")):
        shop.enqueue(n, "german")
        shop.wait(max(0, waits_s - 1))
        assert (shop.asked_about(n) is None) == (waits_s > 0)
        shop.wait(1)
        assert shop.asked_about(n) == expected
        shop.talk(n)


def test_the_place_of_a_german_caller_is_that_of_their_arrival() -> None:
    shop = Shop("Language")
    for n in (1, 2):
        shop.enqueue(n, "german")
        shop.wait(25)
    shop.comes("Cid")
    assert shop.asked_about(1) == "Cid"
    assert shop.asked_about(2) is None


def test_important_customers_are_worth_ten_minutes_of_waiting() -> None:
    for waited_s, first in ((599, 2), (601, 1)):
        shop = Shop("Important")
        shop.enqueue(1, "loans")
        shop.wait(waited_s)
        shop.enqueue(2, "loans", priority=10)
        shop.comes("Ann")
        assert shop.asked_about(first) == "Ann"


def test_who_knows_enough_is_asked_before_the_expert() -> None:
    shop = Shop("Important")
    shop.comes("Ann", "Bob")
    shop.enqueue(1, "loans")
    assert shop.asked_about(1) == "Bob"


def test_the_partner_helps_once_somebody_is_there() -> None:
    shop = Shop("A partner")
    shop.enqueue(1, "care")
    shop.wait(200)
    assert shop.queue_now(1) == "care"
    shop.comes("Pat")
    shop.wait(5)
    assert (shop.queue_now(1), shop.asked_about(1)) == ("partner", "Pat")
    shop.enqueue(2, "care")
    shop.wait(119)
    assert shop.queue_now(2) == "care"
    shop.wait(6)
    assert shop.queue_now(2) == "partner"


def test_the_eleventh_goes_to_voicemail() -> None:
    shop = Shop("A partner")
    for n in range(1, 12):
        shop.enqueue(n, "care")
    assert [(one.interaction, one.reason) for one in shop.seen(Dequeued)] == [
        (call_id(11), "voicemail")
    ]


def test_the_fourth_in_line_is_offered_a_callback_and_keeps_the_place() -> None:
    shop = Shop("Callbacks")
    for n in (1, 2, 3):
        shop.enqueue(n, "care")
        assert shop.seen(Announced) == []
    shop.enqueue(4, "care")
    assert [(one.interaction, one.callback) for one in shop.seen(Announced)] == [(call_id(4), True)]
    shop.do(do.AskCallback(call_id(4), "+4930123456"))
    shop.do(do.Leave(call_id(4), "abandoned"))
    for n in (1, 2, 3):
        shop.do(do.Leave(call_id(n), "abandoned"))
    assert shop.queue_now(4) == "care"
    shop.enqueue(5, "care")
    shop.comes("Ann")
    assert [one.interaction for one in shop.seen(CallbackDue)] == [call_id(4)]
    shop.do(do.Leave(call_id(5), "abandoned"))
    shop.do(do.CallbackFailed(call_id(4), "busy"))
    shop.wait(299)
    assert shop.seen(CallbackDue) == []
    shop.wait(1)
    assert [one.attempt for one in shop.seen(CallbackDue)] == [2]
    shop.do(do.CallbackFailed(call_id(4), "busy"))
    assert [one.reason for one in shop.seen(Dequeued)] == ["callback_failed"]


def campaign_calls(shop: Shop, *numbers: int) -> list[str]:
    """Calls that are made now."""
    for n in numbers:
        shop.enqueue(n, "renewals", direction="outbound")
    return [name for n in numbers if (name := shop.asked_about(n))]


def test_campaign_calls_leave_room_for_inbound_ones() -> None:
    shop = Shop("Campaign")
    shop.comes("Ann", "Bob", "Cid", "Dee")
    assert len(campaign_calls(shop, 1, 2, 3)) == 2
    shop.enqueue(10, "care")
    assert shop.asked_about(10) is not None


def test_inbound_calls_come_before_campaign_calls() -> None:
    shop = Shop("Campaign")
    campaign_calls(shop, 1)
    shop.wait(600)
    shop.enqueue(10, "care")
    shop.comes("Ann")
    assert shop.asked_about(10) == "Ann"


def test_after_a_bad_spell_no_campaign_call_is_made() -> None:
    shop = Shop("Campaign")
    for n in range(10, 15):
        shop.enqueue(n, "care")
    shop.wait(60)
    shop.comes("Ann")
    for n in range(10, 15):
        shop.serve(n, 5)
    shop.comes("Bob", "Cid", "Dee")
    assert campaign_calls(shop, 1) == []
    answered_well = 0
    while shop.asked_about(1) is None:
        answered_well += 1
        shop.enqueue(100 + answered_well, "care")
        shop.serve(100 + answered_well, 5)
    assert 15 < answered_well <= 20, "four of five in time again; what is older counts less"
