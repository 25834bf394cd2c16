"""Every page that a link leads to, for every role, on a wide and a narrow screen, in both languages
and both lights: without an uncaught error, a fault that axe finds, or a line too wide."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Error, Page, expect

from tests.services.axe import faults
from tests.stories.demo_site import DemoSite, demo_site

_ALSO = {
    "marketer": ["campaigns/new", "segments/new", "templates/new"],
    "administrator": ["nowhere", "routing/queues/q:nowhere", "routing/hours/new"],
}
_ROLES = ("agent", "supervisor", "marketer", "administrator")
_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_LINKS = "[...document.querySelectorAll('a[href^=\"/desk/\"]')].map((a) => a.pathname)"
_BUSY = "main [aria-busy=true], main .mantine-Skeleton-root"
_KEY = re.compile(r"(?<![\w.@/-])(?!attributes\.)[a-z]+\.[a-z]+_[a-z_]+\b")
_ONE_OF_MANY = re.compile(r"/(?:[a-z]:[^/]+|[0-9a-f]{8}-[0-9a-f-]{27})")
_EACH_KIND = 2


@dataclass(frozen=True, slots=True)
class Look:
    lang: str
    width: int
    light: Literal["light", "dark"]


async def _signed_in(
    browser: Browser, site: DemoSite, role: str, look: Look, found: list[str]
) -> Page:
    context = await browser.new_context(
        locale=look.lang,
        timezone_id="UTC",
        viewport={"width": look.width, "height": 800},
        color_scheme=look.light,
        reduced_motion="reduce",
    )
    await context.add_init_script(
        f"localStorage.setItem('cc-language', '{look.lang}');"
        f"localStorage.setItem('mantine-color-scheme-value', '{look.light}');"
    )
    page = await context.new_page()

    def note(fault: Error) -> None:
        found.append(f"{page.url}: {fault}")

    page.on("pageerror", note)
    await page.goto(site.url)
    name = next(user["name"] for user in site.ready["users"] if user["role"] == role)
    await page.get_by_test_id("sign-in-name").fill(name)
    await page.get_by_test_id("sign-in-password").fill(site.password(name))
    found += [f"sign-in: {one}" for one in await faults(page, "page")]
    await page.get_by_test_id("sign-in-submit").click()
    await expect(page.get_by_test_id("account")).to_be_visible()
    return page


async def _judged(page: Page, path: str) -> list[str]:
    await expect(page.locator(_BUSY)).to_have_count(0)
    found: list[str] = await faults(page, "page")
    if (wide := await page.evaluate(_WIDE)) > 0:
        found.append(f"{wide} px too wide")
    found += [f"no words for {key}" for key in _KEY.findall(await page.inner_text("main"))]
    return [f"{path}: {one}" for one in found]


async def _walk(page: Page, site: DemoSite, role: str, found: list[str]) -> list[str]:
    """Breadth first over the links; of pages about one of many, the first two."""
    await page.wait_for_url("**/desk/*")
    start = page.url.removeprefix(site.url.rstrip("/"))
    ahead = deque([start, *(f"/desk/{one}" for one in _ALSO.get(role, []))])
    seen: list[str] = []
    kinds: dict[str, int] = {}
    while ahead:
        path = ahead.popleft()
        kind = _ONE_OF_MANY.sub("/*", path)
        if path in seen or kinds.get(kind, 0) == _EACH_KIND:
            continue
        seen.append(path)
        kinds[kind] = kinds.get(kind, 0) + 1
        await page.goto(site.url.rstrip("/") + path)
        await expect(page.get_by_test_id("account")).to_be_visible()
        found += await _judged(page, path)
        ahead.extend(await page.evaluate(_LINKS))
    return seen


async def _handset(page: Page, site: DemoSite) -> list[str]:
    found: list[str] = []
    await page.goto(f"{site.url}/handset")
    for app in ("phone", "texts", "mail"):
        await page.get_by_test_id(f"app-{app}").click()
        found += await _judged(page, f"/handset {app}")
    return found


async def _at_work(page: Page) -> list[str]:
    """The agent's desk with an offer, with work in hand, and at its wrap-up."""
    await page.get_by_test_id("presence").click()
    await page.get_by_test_id("presence-available").click()
    await expect(page.get_by_test_id("offer").first).to_be_visible(timeout=30_000)
    found = await _judged(page, "an offer")
    await page.get_by_test_id("offer-accept").first.click()
    await expect(page.get_by_test_id("workspace")).to_be_visible()
    found += await _judged(page, "work in hand")
    work = page.get_by_test_id("workspace")
    await work.get_by_test_id("call-hang-up").or_(work.get_by_test_id("finish")).click()
    await expect(page.get_by_test_id("wrap-up-done")).to_be_visible()
    found += await _judged(page, "wrap-up")
    return found


@pytest.mark.browser
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "look", [Look("en", 1280, "light"), Look("zh-CN", 390, "dark")], ids=["wide", "narrow"]
)
async def test_every_page_can_be_read_by_all(browser: Browser, tmp_path: Path, look: Look) -> None:
    found: list[str] = []
    async with demo_site(tmp_path / "demo", "--callers", "1/s") as site:
        for role in _ROLES:
            page = await _signed_in(browser, site, role, look, found)
            seen = await _walk(page, site, role, found)
            assert len(seen) > (role != "agent") * 10, (role, seen)
            if role == "agent":
                found += [*await _at_work(page), *await _handset(page, site)]
            await page.context.close()
    assert not found, "\n".join(found)
