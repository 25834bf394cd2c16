"""Forms of hours and agents, and taking queues and agents away, in a browser."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from contactcenter.core.db import Tx
from contactcenter.routing import history
from contactcenter.routing.book import Book
from contactcenter.web.ports import Services
from tests.services.axe import faults
from tests.web.floor import running
from tests.web.parts import Client, People
from tests.web.test_routing_pages import configured, page_for, picture

_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def book(services: Services) -> Book:
    return (await services.db.read(history.standing)).book


def _without_rings(tx: Tx) -> None:
    history.apply(tx, {"queues": {"care": {}}}, actor="system")


async def applied(page: Page, review: str) -> None:
    await expect(page.get_by_test_id(review)).to_be_enabled()
    await page.get_by_test_id(review).click()
    await page.get_by_test_id("routing-apply").click()
    await expect(page.get_by_test_id("routing-review")).to_be_hidden()


@pytest.mark.browser
async def test_hours_are_written_and_seen_before_they_hold(
    browser: Browser, client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await configured(services)
        page = await page_for(browser, client, "administrator", "/desk/routing/hours")
        await expect(page.get_by_test_id("hours-row")).to_have_count(1)
        assert await faults(page) == []
        await page.get_by_role("link", name="office", exact=True).click()
        await expect(page.get_by_test_id("hours-day")).to_have_count(14)
        assert await faults(page) == []
        saturday = page.get_by_test_id("week-sat")
        await saturday.fill("9 to 5")
        await saturday.press("Enter")
        await expect(page.get_by_test_id("hours-form")).to_contain_text("write 09:00-17:30")
        await page.get_by_test_id("field-holidays.country").fill("DEX")
        await expect(page.get_by_test_id("hours-form")).to_contain_text("unknown country 'DEX'")
        assert await faults(page) == []
        await page.get_by_test_id("field-holidays.country").fill("")
        await expect(page.get_by_test_id("hours-preview")).to_contain_text("Shown once")
        await expect(page.get_by_test_id("hours-review")).to_be_disabled()
        await saturday.press("Backspace")
        await saturday.fill("10:00-14:00")
        await saturday.press("Enter")
        await expect(page.get_by_test_id("hours-preview")).to_contain_text("10:00–14:00")
        await page.get_by_test_id("field-holidays.country").fill("DE")
        await page.get_by_test_id("add-overrides").click()
        await page.get_by_test_id("field-overrides.0.from").fill("2026-01-05")
        await page.get_by_test_id("field-overrides.0.to").fill("2099-12-31")
        await page.get_by_test_id("field-overrides.0.name").fill("moving")
        await expect(page.get_by_test_id("hours-day").first).to_contain_text("closed")
        await expect(page.get_by_test_id("hours-day").first).to_contain_text("moving")
        await expect(page.get_by_test_id("hours-now")).to_have_text("closed now")
        assert await faults(page) == []
        await picture(page, "routing-hours")
        await applied(page, "hours-review")
        assert (await book(services)).hours["office"] == {
            "zone": "Europe/Berlin",
            "weekly": {"mon-fri": ["09:00-17:00"], "sat": ["10:00-14:00"]},
            "holidays": {"country": "DE"},
            "overrides": [
                {"from": "2026-01-05", "to": "2099-12-31", "open": False, "name": "moving"}
            ],
        }
        # what a queue uses can not be taken away
        await page.get_by_role("link", name="office", exact=True).click()
        await page.get_by_test_id("hours-remove").click()
        await expect(page.get_by_test_id("routing-review")).to_contain_text("queues.sales.hours")
        await expect(page.get_by_test_id("routing-apply")).to_be_disabled()


@pytest.mark.browser
async def test_a_queue_gets_hours_of_its_own(
    browser: Browser, client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await configured(services)
        page = await page_for(browser, client, "administrator", "/desk/routing/queues/q:care")
        await page.get_by_test_id("hours-own").click()
        sunday = page.get_by_test_id("week-sun")
        await sunday.fill("00:00-24:00")
        await sunday.press("Enter")
        await expect(page.get_by_test_id("queue-review")).to_be_enabled()
        assert await faults(page) == []
        await applied(page, "queue-review")
        assert (await book(services)).queues["care"]["hours"] == {
            "zone": "UTC",
            "weekly": {"mon-fri": ["09:00-17:00"], "sun": ["00:00-24:00"]},
        }


@pytest.mark.browser
async def test_an_agent_is_given_places_capacity_and_attributes(
    browser: Browser, client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await configured(services)
        page = await page_for(browser, client, "administrator", "/desk/routing/agents")
        await page.get_by_role("link", name="Second", exact=True).click()
        await expect(page.get_by_test_id("agent-form")).to_be_visible()
        assert await faults(page) == []
        await page.get_by_test_id("field-queues.sales.priority").fill("3")
        await page.get_by_test_id("field-queues.care.delay_s").fill("-1")
        await expect(page.get_by_test_id("agent-form")).to_contain_text("a whole number from 0")
        await expect(page.get_by_test_id("agent-review")).to_be_disabled()
        await page.get_by_test_id("field-queues.care.delay_s").fill("45")
        await page.get_by_test_id("field-capacity.sms").fill("2")
        await page.get_by_test_id("add-shared").click()
        attributes = page.get_by_test_id("agent-attributes")
        await attributes.fill("team = north")
        await attributes.press("Enter")
        await attributes.fill("senior = true")
        await attributes.press("Enter")
        await expect(page.get_by_test_id("agent-review")).to_be_enabled()
        assert await faults(page) == []
        await picture(page, "routing-agent")
        await applied(page, "agent-review")
        agent = (await book(services)).agents["Second"]
        assert agent["queues"] == {"care": {"delay_s": 45}, "sales": {"priority": 3}}
        assert agent["capacity"]["sms"] == 2
        assert agent["shared"] == [{"channels": ["sms", "email"], "most": 3}]
        assert agent["attributes"] == {"team": "north", "senior": True}


@pytest.mark.browser
async def test_queues_and_agents_are_taken_away(
    browser: Browser, client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await configured(services)
        page = await page_for(browser, client, "administrator", "/desk/routing/queues/q:sales")
        await page.get_by_test_id("queue-remove").click()
        # the rings of care speak of it
        dialog = page.get_by_test_id("remove-dialog")
        await expect(dialog).to_contain_text("queues.care.rings[1].add")
        await expect(page.get_by_test_id("remove-sure")).to_be_disabled()
        assert await faults(page) == []
        await services.db.write(_without_rings)
        await page.reload()
        await page.get_by_test_id("queue-remove").click()
        await expect(dialog).to_contain_text("agents.Second.queues.sales")
        await page.get_by_test_id("remove-sure").click()
        await expect(page.get_by_test_id("routing-queue")).to_have_count(1)
        assert sorted((await book(services)).queues) == ["care"]
        await page.goto(str(client.make_url("/desk/routing/agents/a:Agent")))
        await page.get_by_test_id("agent-remove").click()
        await expect(dialog).to_contain_text("agents.Agent")
        await page.get_by_test_id("remove-sure").click()
        await expect(page.get_by_test_id("matrix-row")).to_have_count(1)
        assert "Agent" not in (await book(services)).agents


@pytest.mark.browser
@pytest.mark.parametrize(
    "path", ["hours/h:office", "agents/a:Second", "queues/q:care", "agents", "whatif", "hours/new"]
)
async def test_forms_in_chinese_on_a_small_screen(
    browser: Browser, client: Client, services: Services, people: People, path: str
) -> None:
    async with running(services, people):
        await configured(services)
        url = f"/desk/routing/{path}"
        page = await page_for(browser, client, "administrator", url, lang="zh-CN", width=390)
        await expect(page.locator("h1")).to_be_visible()
        await page.wait_for_load_state("networkidle")
        assert await faults(page) == []
        assert await page.evaluate(_WIDE) <= 0
        await picture(page, f"small-{path.replace('/', '-').replace(':', '-')}")
