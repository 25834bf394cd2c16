"""The routing pages in a browser: a queue's form, the skill matrix, document, history; and the
floor by hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from contactcenter.core.db import Tx
from contactcenter.routing import history
from contactcenter.web.ports import Services
from tests.services.axe import faults
from tests.web.floor import running, set_state
from tests.web.parts import PASSWORD, Client, People
from tests.web.records import customer, waiting

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = {
    "skills": {"german": "Speaks German", "refunds": "May grant refunds", "billing": ""},
    "hours": {"office": {"zone": "Europe/Berlin", "weekly": {"mon-fri": ["09:00-17:00"]}}},
    "queues": {
        "care": {
            "requires": {"and": [{"skill": "german", "level": 2}, {"not": "billing"}]},
            "rings": [{"after_s": 30, "drop": ["german"]}, {"after_s": 60, "add": ["sales"]}],
            "overflow": [{"measure": "longest_wait_s", "above": 120, "then": {"callback": True}}],
        },
        "sales": {"hours": "office", "sticky": {}},
    },
    "agents": {
        "agent": {"skills": {"german": 4, "refunds": 2}, "queues": ["care"]},
        "second": {
            "skills": {"german": {"level": 3, "active": False}},
            "queues": {"care": {"delay_s": 20}, "sales": {}},
        },
    },
}


async def page_for(
    browser: Browser, client: Client, name: str, path: str, lang: str = "en", width: int = 1280
) -> Page:
    """A page of the desks, signed in."""
    context = await browser.new_context(
        locale=lang,
        timezone_id="UTC",
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    await context.add_init_script(f"localStorage.setItem('cc-language', '{lang}')")
    page = await context.new_page()
    await page.goto(str(client.make_url("/")))
    await page.get_by_test_id("sign-in-name").fill(name)
    await page.get_by_test_id("sign-in-password").fill(PASSWORD)
    await page.get_by_test_id("sign-in-submit").click()
    await expect(page.get_by_test_id("account")).to_be_visible()
    await page.goto(str(client.make_url(path)))
    return page


async def configured(services: Services) -> None:
    def work(tx: Tx) -> None:
        history.apply(tx, DOCUMENT, actor="system", note="opening day")

    await services.db.write(work)


async def picture(page: Page, name: str) -> None:
    """For the documents; kept where CC_TEST_IMAGES says."""
    folder = os.environ.get("CC_TEST_IMAGES")
    shot = await page.screenshot(animations="disabled")
    if folder:
        target = Path(folder) if Path(folder).is_dir() else ROOT / "docs" / "images"
        (target / f"{name}.png").write_bytes(shot)


async def version(services: Services) -> int:
    return (await services.db.read(history.standing)).version


@pytest.mark.browser
async def test_a_queue_is_changed_with_faults_at_the_field(
    browser: Browser, client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await configured(services)
        first = await version(services)
        page = await page_for(browser, client, "administrator", "/desk/routing")
        await expect(page.get_by_test_id("routing-queue")).to_have_count(2)
        assert await faults(page) == []
        await picture(page, "routing-queues")
        await page.get_by_role("link", name="care", exact=True).click()
        form = page.get_by_test_id("queue-form")
        await expect(form).to_be_visible()
        assert await faults(page) == []
        await picture(page, "routing-queue")
        await page.get_by_test_id("field-target_s").fill("0")
        await expect(form).to_contain_text("a whole number from 1 to")
        await expect(page.get_by_test_id("queue-review")).to_be_disabled()
        await page.get_by_test_id("field-target_s").fill("30")
        await page.get_by_test_id("field-limits.full_then").click()
        await page.get_by_role("option", name="leave the queue").click()
        await expect(form).to_contain_text("can never happen: limits.max_length is not given")
        assert await faults(page) == []
        await page.get_by_test_id("field-limits.max_length").fill("5")
        await expect(page.get_by_test_id("queue-review")).to_be_enabled()
        await page.get_by_test_id("queue-review").click()
        review = page.get_by_test_id("routing-review")
        await expect(review).to_contain_text("queues.care.target_s")
        await expect(review).to_contain_text("queues.care.limits")
        assert await faults(page) == []
        await picture(page, "routing-review")
        await page.get_by_test_id("routing-note").fill("faster")
        await page.get_by_test_id("routing-apply").click()
        await expect(page.get_by_test_id("notices")).to_contain_text(f"Version {first + 1}")
        book = (await services.db.read(history.standing)).book
        assert book.queues["care"]["target_s"] == 30
        assert book.queues["care"]["limits"]["max_length"] == 5
        assert book.queues["care"]["rings"] == DOCUMENT["queues"]["care"]["rings"]
        await page.context.close()


@pytest.mark.browser
async def test_skills_are_given_and_a_change_is_tried_before_it_is_made(
    browser: Browser, client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await configured(services)
        await waiting(services.db, await customer(services.db))
        page = await page_for(browser, client, "administrator", "/desk/routing/agents")
        matrix = page.get_by_test_id("skill-matrix")
        await expect(matrix.get_by_label("Second: level of german")).to_have_value("3")
        await matrix.get_by_label("Second: german in use").click()
        await matrix.get_by_label("Agent: level of billing").select_option("5")
        await page.get_by_test_id("skill-name").fill("polish")
        await page.get_by_test_id("skill-add").click()
        await matrix.get_by_label("Agent: level of polish").select_option("1")
        assert await faults(page) == []
        await picture(page, "routing-skills")
        await page.get_by_test_id("matrix-review").click()
        await page.get_by_test_id("try-start").click()
        result = page.get_by_test_id("try-result")
        await expect(result).to_contain_text("care", timeout=60_000)
        assert await faults(page) == []
        await picture(page, "routing-try")
        await page.get_by_test_id("routing-apply").click()
        await expect(page.get_by_test_id("notices")).to_contain_text("is in force")
        agents = (await services.db.read(history.standing)).book.agents
        assert agents["Agent"]["skills"] == {"billing": 5, "german": 4, "polish": 1, "refunds": 2}
        assert agents["Second"]["skills"] == {"german": 3}
        await page.context.close()


@pytest.mark.browser
async def test_the_document_names_lines_and_history_goes_back(
    browser: Browser, client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await configured(services)
        first = await version(services)
        page = await page_for(browser, client, "administrator", "/desk/routing/document")
        area = page.get_by_test_id("document-yaml")
        told = page.get_by_test_id("document-faults")
        await expect(told).to_contain_text("No faults")
        good = await area.input_value()
        await area.fill(good.replace("german: Speaks German, ", ""))
        await expect(told).to_contain_text("unknown skill 'german'")
        assert await faults(page) == []
        await picture(page, "routing-document")
        await area.fill("queues: [")
        await expect(told).to_contain_text("line 1")
        await area.fill(good.replace("Speaks German", "Speaks it well"))
        await expect(page.get_by_test_id("document-review")).to_be_enabled()
        await page.get_by_test_id("document-review").click()
        await page.get_by_test_id("routing-apply").click()
        await expect(page.get_by_test_id("notices")).to_contain_text(f"Version {first + 1}")
        await page.get_by_test_id("routing-history").click()
        rows = page.get_by_test_id("routing-version")
        await expect(rows.first).to_contain_text("Administrator")
        await rows.first.get_by_role("button").first.click()
        await expect(rows.first).to_contain_text("Speaks it well")
        assert await faults(page) == []
        await picture(page, "routing-history")
        await page.get_by_role("button", name=f"Roll back to version {first}", exact=True).click()
        assert await faults(page) == []
        await page.get_by_test_id("rollback-sure").click()
        await expect(page.get_by_test_id("notices")).to_contain_text(f"Version {first + 2}")
        skills = (await services.db.read(history.standing)).book.skills
        assert skills["german"] == "Speaks German"
        await page.context.close()


@pytest.mark.browser
async def test_a_supervisor_looks_in_chinese_on_a_small_screen(
    browser: Browser, client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await configured(services)
        page = await page_for(browser, client, "supervisor", "/desk/routing", "zh-CN", 390)
        for tab in ("queues", "agents", "document", "history"):
            await page.get_by_test_id(f"routing-{tab}").click()
            await expect(page.locator("h1")).to_be_visible()
            assert await faults(page) == []
            assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await page.get_by_test_id("routing-queues").click()
        await page.get_by_role("link", name="care", exact=True).click()
        await expect(page.get_by_test_id("queue-form")).to_contain_text("扩圈")
        await expect(page.get_by_test_id("queue-review")).to_have_count(0)
        await expect(page.get_by_test_id("field-target_s")).to_be_disabled()
        assert await faults(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await picture(page, "routing-queue-zh")
        await page.context.close()


@pytest.mark.browser
async def test_the_floor_is_worked_by_hand(
    browser: Browser, client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await configured(services)
        await set_state(client, "agent", "away", "meal")
        await waiting(services.db, await customer(services.db))
        page = await page_for(browser, client, "supervisor", "/desk/floor")
        row = page.get_by_test_id("waiting-row")
        await row.get_by_role("button", name="Act on Li Na").focus()
        await page.keyboard.press("Enter")
        await page.get_by_test_id("move-sales").click()
        await expect(row).to_contain_text("sales")
        await page.get_by_test_id("move-back").click()
        await expect(row).to_contain_text("care")
        queue = page.locator("[data-queue=care]")
        await queue.get_by_test_id("act").click()
        await page.get_by_test_id("queue-close").click()
        await expect(page.get_by_test_id("close-sure")).to_be_disabled()
        await page.get_by_test_id("close-reason").fill("fire drill")
        assert await faults(page) == []
        await page.get_by_test_id("close-sure").click()
        await expect(queue).to_contain_text("closed: fire drill")
        await picture(page, "floor-by-hand")
        await queue.get_by_test_id("act").click()
        await page.get_by_test_id("queue-open").click()
        await expect(queue).not_to_contain_text("closed")
        agent = page.locator("[data-agent=Agent]")
        await agent.get_by_test_id("act").click()
        await page.get_by_test_id("agent-skills").click()
        skills = page.get_by_test_id("floor-skills")
        await skills.get_by_test_id("skill-german").click()
        await expect(skills.get_by_test_id("skill-german")).not_to_be_checked()
        assert await faults(page) == []
        await page.keyboard.press("Escape")
        await row.get_by_test_id("act").click()
        await page.get_by_test_id("give-Agent").click()
        await expect(row).to_have_count(0)
        await agent.get_by_test_id("act").click()
        await page.get_by_test_id("state-available").click()
        assert await faults(page) == []
        await page.get_by_test_id("state-sure").click()
        await expect(agent).to_have_attribute("data-state", "busy")
        await page.context.close()
