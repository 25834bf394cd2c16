"""The what-if page in a browser: a question, its progress, the measures side by side, the list."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import update

from contactcenter.core.leases import lease
from contactcenter.routing import whatif_runs
from contactcenter.routing.whatif_runs import Asked
from contactcenter.web.ports import Services
from tests.services.axe import faults
from tests.web.floor import running, set_state
from tests.web.parts import Client, People
from tests.web.records import customer, waiting
from tests.web.test_routing_pages import configured, page_for, picture

PLACE = "/desk/routing/whatif"


@pytest.mark.browser
async def test_a_question_from_the_empty_list_to_its_answer(
    browser: Browser, client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await configured(services)
        await set_state(client, "agent", "available")
        for _ in range(3):
            await waiting(services.db, await customer(services.db))
        page = await page_for(browser, client, "supervisor", "/desk/routing")
        await page.get_by_test_id("routing-whatif").click()
        await expect(page.get_by_text("No question asked yet")).to_be_visible()
        assert await faults(page) == []
        await page.get_by_test_id("whatif-new").click()
        rules = page.get_by_test_id("document-yaml")
        await expect(rules).to_contain_text("care:")
        await expect(page.get_by_test_id("whatif-start")).to_be_enabled()
        assert await faults(page) == []
        await rules.fill("queues:\n  care: {colour: red}\n")
        await expect(page.get_by_test_id("document-faults")).to_contain_text("unknown key 'colour'")
        await expect(page.get_by_test_id("whatif-start")).to_be_disabled()
        await rules.fill("queues:\n  care: {target_s: 5, priority: 30}\n")
        await page.get_by_test_id("period-to").fill("2020-01-01T00:00")
        await expect(page.get_by_text("The end must come after the beginning.")).to_be_visible()
        await expect(page.get_by_test_id("whatif-start")).to_be_disabled()
        await page.get_by_test_id("period-recent").click()
        await page.get_by_role("option", name="the last hour").click()
        # the record ends this minute: what came in it is in the question
        await page.get_by_test_id("period-to").fill("2099-01-01T00:00")
        await page.get_by_test_id("whatif-note").fill("Care first")
        await expect(page.get_by_test_id("whatif-start")).to_be_enabled()
        await picture(page, "whatif-ask")
        await page.get_by_test_id("whatif-start").click()
        await expect(page.get_by_role("heading", name="Care first")).to_be_visible()
        await expect(page.get_by_test_id("try-result")).to_be_visible(timeout=30_000)
        await expect(page.get_by_test_id("whatif-state")).to_have_text("done")
        await expect(page.get_by_test_id("try-result")).to_contain_text("Whole floor")
        assert await faults(page) == []
        await picture(page, "whatif-run")
        await page.get_by_test_id("whatif-vary").click()
        await expect(page.get_by_test_id("document-yaml")).to_contain_text("priority: 30")
        await expect(page.get_by_test_id("whatif-note")).to_have_value("Care first")
        await page.get_by_test_id("routing-whatif").click()
        await expect(page.get_by_test_id("whatif-entry")).to_have_count(1)
        await expect(page.get_by_test_id("whatif-entry")).to_contain_text("Supervisor")
        assert await faults(page) == []


@pytest.mark.browser
async def test_a_run_whose_server_died_is_started_again(
    browser: Browser, client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await configured(services)
        await set_state(client, "agent", "available")
        await waiting(services.db, await customer(services.db))
        now = services.clock.now()
        asked = Asked(
            {"queues": {"care": {"target_s": 5}}},
            now.replace(year=now.year - 1),
            now.replace(year=now.year + 1),
        )
        run, _ = await services.db.write(lambda tx: whatif_runs.begin(tx, asked, "system"))
        await services.db.write(lambda tx: tx.execute(update(lease).values(until=asked.start)))
        page = await page_for(browser, client, "supervisor", f"{PLACE}/{run.id}", lang="zh-CN")
        await expect(page.get_by_test_id("whatif-state")).to_have_text("已中断")
        assert await faults(page) == []
        await page.get_by_test_id("whatif-again").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("try-result")).to_be_visible(timeout=30_000)
        await picture(page, "whatif-run-zh")
        await page.get_by_test_id("whatif-forget").click()
        await page.get_by_test_id("whatif-forget-sure").click()
        await expect(page.get_by_text("还没有提问")).to_be_visible()


@pytest.mark.browser
async def test_an_old_version_is_asked_about_on_a_small_screen(
    browser: Browser, client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await configured(services)
        page = await page_for(browser, client, "administrator", "/desk/routing/history", width=390)
        await page.get_by_test_id("version-whatif").first.click()
        await expect(page.get_by_test_id("whatif-remove")).to_be_checked()
        await expect(page.get_by_test_id("document-yaml")).to_contain_text("care:")
        assert await faults(page) == []
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(wide) <= 0
        await picture(page, "whatif-small")
