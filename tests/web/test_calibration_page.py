"""The page on waits told, in a browser: what it says, the empty state, a phone, both languages."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from contactcenter.web.ports import Services
from tests.services.axe import faults
from tests.web.floor import running
from tests.web.parts import Client, People
from tests.web.test_routing_calibration import day
from tests.web.test_routing_pages import configured, page_for, picture

PLACE = "/desk/routing/calibration"
_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SPILT = """() => [...document.querySelectorAll('td')]
    .filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent)"""
"""Cells whose content runs into the next."""


@pytest.mark.browser
async def test_whether_the_waits_told_were_true(
    browser: Browser, client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await configured(services)
        await day(services, 200)
        page = await page_for(browser, client, "supervisor", PLACE)
        await expect(page.get_by_text("Nobody was told a wait in this period")).to_be_visible()
        assert await faults(page) == []
        await page.get_by_test_id("period-from").fill("2026-03-02T00:00")
        await page.get_by_test_id("period-to").fill("2026-03-04T00:00")
        shown = page.get_by_test_id("calibration")
        await expect(shown).to_be_visible()
        await expect(page.get_by_test_id("calibration-told")).to_contain_text("200")
        # 180 answered: every fourth in time order was later than the band
        await expect(page.get_by_test_id("calibration-coverage")).to_contain_text("72.2%")
        await expect(page.get_by_test_id("calibration-verdict").first).to_have_text("too narrow")
        await expect(shown).to_contain_text("customers are promised too much")
        assert await page.evaluate(_SPILT) == []
        assert await faults(page) == []
        await picture(page, "calibration")
        await page.get_by_test_id("calibration-queue").click()
        await page.get_by_role("option", name="sales").click()
        await expect(page.get_by_text("Nobody was told a wait in this period")).to_be_visible()
        await page.get_by_test_id("period-to").fill("2026-03-01T00:00")
        await expect(page.get_by_text("The end must come after the beginning.")).to_be_visible()


@pytest.mark.browser
async def test_in_chinese_on_a_phone(
    browser: Browser, client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await configured(services)
        await day(services, 30)
        page = await page_for(browser, client, "supervisor", PLACE, lang="zh-CN", width=390)
        await page.get_by_test_id("period-from").fill("2026-03-02T00:00")
        await page.get_by_test_id("period-to").fill("2026-03-04T00:00")
        await expect(page.get_by_test_id("calibration-verdict").first).to_have_text("太少")
        assert await faults(page) == []
        assert await page.evaluate(_WIDE) <= 0
        await picture(page, "calibration-small")
