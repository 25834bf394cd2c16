"""The supervisor asks the floor page why: by keyboard, in both languages, on a small screen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from contactcenter.web.ports import Services
from tests.services.axe import faults
from tests.web.floor import running, set_state
from tests.web.parts import PASSWORD, Client, People
from tests.web.records import customer, waiting

ROOT = Path(__file__).parents[2]


async def floor_page(browser: Browser, client: Client, lang: str = "en", width: int = 1280) -> Page:
    """The floor, as the supervisor sees it after signing in."""
    context = await browser.new_context(
        locale=lang, timezone_id="UTC", viewport={"width": width, "height": 800}
    )
    await context.add_init_script(f"localStorage.setItem('cc-language', '{lang}')")
    page = await context.new_page()
    await page.goto(str(client.make_url("/")))
    await page.get_by_test_id("sign-in-name").fill("supervisor")
    await page.get_by_test_id("sign-in-password").fill(PASSWORD)
    await page.get_by_test_id("sign-in-submit").click()
    await expect(page.get_by_test_id("waiting-row")).to_be_visible()
    return page


async def picture(page: Page, name: str) -> None:
    """For the documents; kept when CC_TEST_IMAGES says so."""
    shot = await page.screenshot(animations="disabled")
    if os.environ.get("CC_TEST_IMAGES"):
        (ROOT / "docs" / "images" / f"{name}.png").write_bytes(shot)


@pytest.mark.browser
async def test_why_it_waits_and_why_an_agent_is_idle(
    browser: Browser, client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await set_state(client, "second", "away", "meal")
        await waiting(services.db, await customer(services.db))
        page = await floor_page(browser, client)
        why = page.get_by_test_id("waiting-row").get_by_role("button", name="Why does Li Na wait?")
        await why.focus()
        await page.keyboard.press("Enter")
        told = page.get_by_test_id("why-interaction")
        await expect(told).to_contain_text("in care (sms), 0 ahead of it")
        await expect(told).to_contain_text("Agent" + "not signed in")
        await expect(told).to_contain_text("Second" + "away (Meal)")
        assert await faults(page) == []
        await page.keyboard.press("Escape")
        await expect(told).to_be_hidden()
        await expect(why).to_be_focused()
        await page.get_by_role("button", name="What keeps Second from work?").click()
        idle = page.get_by_test_id("why-agent")
        await expect(idle).to_contain_text("Second is away (Meal) since")
        assert await faults(page) == []
        await idle.get_by_role("button", name="care").click()
        await expect(page.get_by_test_id("why-interaction")).to_contain_text("not signed in")
        await page.context.close()


@pytest.mark.browser
async def test_why_it_went_there_in_chinese_on_a_small_screen(
    browser: Browser, client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await set_state(client, "second", "away", "meal")
        await set_state(client, "agent", "available")
        await waiting(services.db, await customer(services.db))
        page = await floor_page(browser, client, "zh-CN", 390)
        await page.get_by_test_id("waiting-row").get_by_test_id("why").click()
        story = page.get_by_test_id("why-decision")
        await expect(story).to_contain_text("Agent")
        await expect(story).to_contain_text("交互进入队列")
        await expect(story).to_contain_text("离开（用餐）")
        assert await faults(page) == []
        box = await page.get_by_role("dialog").bounding_box()
        assert box is not None
        assert (box["x"] >= 0, box["x"] + box["width"] <= 390) == (True, True)
        assert await page.get_by_role("dialog").evaluate("it => it.scrollWidth <= it.clientWidth")
        await picture(page, "why-decision-zh")
        await page.context.close()
        wide_page = await floor_page(browser, client)
        await wide_page.get_by_test_id("waiting-row").get_by_test_id("why").click()
        await expect(wide_page.get_by_test_id("why-decision")).to_be_visible()
        await picture(wide_page, "why-decision")
        await wide_page.context.close()
