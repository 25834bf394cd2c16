"""One customer, three channels, one agent: two browser pages and one timeline."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from tests.stories.demo_site import DemoSite, demo_site

IMAGES = Path(__file__).parents[2] / "docs" / "images"
CHINESE = "+447700900001"
MAILBOX = "customer2@mail.test"


async def _page(browser: Browser, locale: str, width: int = 1280) -> Page:
    context = await browser.new_context(
        locale=locale, timezone_id="UTC", viewport={"width": width, "height": 800}
    )
    return await context.new_page()


async def sign_in(page: Page, site: DemoSite, name: str) -> None:
    """Sign in as a person would."""
    await page.goto(site.url)
    await page.get_by_test_id("sign-in-name").fill(name)
    await page.get_by_test_id("sign-in-password").fill(site.password(name))
    await page.get_by_test_id("sign-in-submit").click()


async def _shot(page: Page, name: str) -> None:
    """A picture for the documents; taken always, kept when CC_TEST_IMAGES says so."""
    picture = await page.screenshot()
    if os.environ.get("CC_TEST_IMAGES"):
        IMAGES.mkdir(parents=True, exist_ok=True)
        (IMAGES / f"{name}.png").write_bytes(picture)


async def _available(agent: Page) -> None:
    await agent.get_by_test_id("presence").click()
    await agent.get_by_test_id("presence-available").click()


async def _wrap_up(agent: Page) -> None:
    await agent.get_by_test_id("wrap-up-disposition").first.click()
    await agent.get_by_text("Solved", exact=True).first.click()
    await agent.get_by_test_id("wrap-up-note").fill("Explained the bill.")
    await agent.get_by_test_id("wrap-up-done").click()


@pytest.mark.timeout(180)
async def test_a_customer_calls_texts_and_mails(browser: Browser, tmp_path: Path) -> None:
    async with demo_site(tmp_path / "demo") as site:
        agent, handset = await _page(browser, "en-GB"), await _page(browser, "zh-CN", 420)
        await sign_in(agent, site, "anna")
        await _available(agent)

        await handset.goto(f"{site.url}/handset?from=%2B{CHINESE[1:]}&mail={MAILBOX}")
        await handset.get_by_test_id("dial-input").fill(site.line("voice"))
        await handset.get_by_test_id("dial-call").click()
        await expect(handset.get_by_test_id("prompt-list")).to_contain_text("北风电信")
        await handset.get_by_test_id("key-2").click()
        pressed = time.monotonic()
        offer = agent.get_by_test_id("offer")
        await expect(offer).to_be_visible(timeout=5000)
        rang_after = time.monotonic() - pressed
        name = await agent.get_by_test_id("offer-name").inner_text()
        assert re.search(r"[\u4e00-\u9fff]", name)
        await _shot(agent, "agent-offer")
        assert rang_after < 5  # the promise of 1 s is measured by the bench, not by a busy machine

        await agent.get_by_test_id("offer-accept").click()
        await expect(agent.get_by_test_id("call-hold")).to_be_enabled()
        await agent.get_by_test_id("say-input").fill("您好，请讲。")
        await agent.get_by_test_id("say-send").click()
        await expect(handset.get_by_test_id("prompt-list")).to_contain_text("您好，请讲。")
        await agent.get_by_test_id("call-hold").click()
        await expect(handset.locator("body")).to_contain_text(re.compile("保持"))
        await agent.get_by_test_id("call-hold").click()
        await _shot(agent, "agent-call")
        await _shot(handset, "handset-call")
        await agent.get_by_test_id("call-hang-up").click()
        await _wrap_up(agent)

        await handset.get_by_test_id("app-texts").click()
        await handset.get_by_test_id("sms-to").fill(site.line("sms"))
        await handset.get_by_test_id("sms-text").fill("账单")
        await handset.get_by_test_id("sms-send").click()
        await expect(handset.get_by_test_id("sms-list")).to_contain_text("北风电信")
        await handset.get_by_test_id("sms-text").fill("0")
        await handset.get_by_test_id("sms-send").click()
        await expect(offer).to_be_visible()
        await agent.get_by_test_id("offer-accept").click()
        await agent.get_by_test_id("composer").fill("我来帮您查看。")
        await agent.get_by_test_id("send").click()
        await expect(handset.get_by_test_id("sms-list")).to_contain_text("我来帮您查看。")
        await _shot(agent, "agent-sms")
        await agent.get_by_test_id("finish").click()
        await _wrap_up(agent)

        await handset.get_by_test_id("app-mail").click()
        await handset.get_by_test_id("mail-new").click()
        await handset.get_by_test_id("mail-to").fill(site.line("email"))
        await handset.get_by_test_id("mail-subject").fill("发票")
        await handset.get_by_test_id("mail-body").fill("请把发票寄给我。")
        await handset.get_by_test_id("mail-send").click()
        await expect(offer).to_be_visible()
        await agent.get_by_test_id("offer-accept").click()
        await agent.get_by_test_id("composer").fill("发票已发送。")
        await agent.get_by_test_id("send").click()
        await expect(handset.get_by_test_id("mail-list")).to_contain_text("发票")
        await _shot(agent, "agent-mail")
        await agent.get_by_test_id("finish").click()
        await _wrap_up(agent)

        supervisor = await _page(browser, "en-GB")
        await sign_in(supervisor, site, "sofia")
        await expect(supervisor.get_by_test_id("queues")).to_be_visible()
        await _shot(supervisor, "floor")
        assert await _channels(site) == ["email", "sms", "voice"]


async def _channels(site: DemoSite) -> list[str]:
    """The channels of the customer's timeline, newest first."""
    async with aiohttp.ClientSession(site.url) as session:
        given = {"name": "sofia", "password": site.password("sofia")}
        async with session.post("/api/v1/session", json=given) as reply:
            headers = {"Authorization": f"Bearer {(await reply.json())['token']}"}
        async with session.get(
            "/api/v1/customers", params={"address": CHINESE}, headers=headers
        ) as reply:
            customer = (await reply.json())["items"][0]["id"]
        async with session.get(f"/api/v1/customers/{customer}/timeline", headers=headers) as reply:
            items = (await reply.json())["items"]
    assert [one["interaction"]["state"] for one in items] == ["closed"] * 3
    return [one["interaction"]["channel"] for one in items]
