"""The emergency of a line on the floor page: switched on and off, seen by everybody who looks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.async_api import Browser, Page, expect

from contactcenter.handling import emergencies
from contactcenter.web.ports import Services
from tests.services.axe import faults
from tests.web.floor import running
from tests.web.parts import Client, People
from tests.web.test_routing_pages import page_for, picture

_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
async def services(services: Services) -> Services:
    return replace(services, extras={"menus": ("front", "storm")})


async def filled(page: Page) -> None:
    await page.get_by_test_id("emergency").click()
    await expect(page.get_by_test_id("emergency-sure")).to_be_disabled()
    await page.get_by_test_id("emergency-reason").fill("storm")
    await expect(page.get_by_test_id("emergency-sure")).to_be_disabled()
    await page.get_by_test_id("emergency-words-en").fill("Please stay at home.")
    await page.get_by_test_id("emergency-words-zh-CN").fill("请勿外出。")


@pytest.mark.browser
async def test_a_supervisor_begins_and_ends_an_emergency(
    browser: Browser, client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        page = await page_for(browser, client, "supervisor", "/desk/floor")
        other = await page_for(browser, client, "administrator", "/desk/floor", lang="zh-CN")
        await filled(page)
        await page.get_by_test_id("emergency-menu").click()
        await page.get_by_role("option", name="storm").click()
        assert await faults(page) == []
        await picture(page, "emergency-begin")
        await page.get_by_test_id("emergency-sure").click()
        banner = page.get_by_test_id("emergency-banner")
        await expect(banner).to_contain_text("storm")
        await expect(banner).to_contain_text("They hear: Please stay at home.")
        await expect(banner).to_contain_text("by Supervisor")
        await expect(other.get_by_test_id("emergency-banner")).to_contain_text("请勿外出。")
        assert await faults(page) == []
        await picture(page, "emergency")
        (found, *_) = await services.db.read(emergencies.in_force)
        assert (found.reason, found.menu, found.by) == ("storm", "storm", people["supervisor"])
        end = other.get_by_test_id("emergency-end")
        await end.focus()
        await other.keyboard.press("Enter")
        assert await faults(other) == []
        await other.get_by_test_id("emergency-end-sure").click()
        await expect(banner).to_be_hidden()
        assert await services.db.read(emergencies.in_force) == []


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_the_whole_floor_page_is_sound_and_fits_a_phone(
    browser: Browser, client: Client, services: Services, people: People, lang: str
) -> None:
    async with running(services, people):
        page = await page_for(browser, client, "supervisor", "/desk/floor", lang=lang, width=390)
        await expect(page.get_by_test_id("queue").first).to_be_visible()
        await filled(page)
        await page.get_by_test_id("emergency-sure").click()
        await expect(page.get_by_test_id("emergency-banner")).to_be_visible()
        await expect(page.get_by_test_id("emergency-form")).to_be_hidden()
        assert await faults(page, "page") == []
        assert await page.evaluate(_WIDE) <= 0
        await picture(page, f"emergency-small-{lang}")
