"""Fixtures for pages in a real headless Chromium, driven by playwright's async API."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Error, Page, async_playwright

from tests.services.report import REPORT, lack
from tests.services.system import find_chromium, missing_parts

FLAGS = (
    "--no-sandbox",  # CI runs as root, where Chromium's sandbox refuses to start
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser per worker. Contexts are cheap: make one per person in a story."""
    for part in missing_parts():
        if part.is_needed or os.environ.get("CI") == "true":
            lack(part)
    executable = find_chromium()
    async with async_playwright() as driver:
        started = await driver.chromium.launch(
            executable_path=str(executable), args=list(FLAGS), headless=True
        )
        REPORT.against["browser"] = f"Chromium {started.version}"
        yield started
        await started.close()


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A fresh profile: English, 1280 x 800; no request leaves this machine unnoticed."""
    made = await browser.new_context(
        locale="en-GB", timezone_id="UTC", viewport={"width": 1280, "height": 800}
    )
    yield made
    await made.close()


@pytest.fixture
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """A blank page. An uncaught error in its scripts fails the test that opened it."""
    faults: list[Error] = []
    made = await context.new_page()

    def note(fault: Error) -> None:  # playwright can not take a built-in method
        faults.append(fault)

    made.on("pageerror", note)
    yield made
    assert not faults, f"uncaught errors in the page: {[str(fault) for fault in faults]}"
