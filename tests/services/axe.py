"""What axe-core, a checker of WCAG rules, finds wrong in a page that is open in a browser."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Page

_AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
_LOOK = """async (place) => {
    // what fades from one look into another has the contrast of neither
    const once = (one) => one.effect.getTiming().iterations === 1;
    const fading = document.getAnimations().filter(once);
    await Promise.all(fading.map((one) => one.finished.catch(() => null)));
    const part = place === 'page' ? document
        : document.querySelector('[role=dialog]') ?? document.querySelector('main');
    return (await axe.run(part)).violations
        .map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' ')}`);
}"""
_SETTLES_S = 1.0


async def faults(page: Page, place: Literal["part", "page"] = "part") -> Any:
    """What is wrong in the open dialog, or in the main part if none is open; or in the whole page.

    axe reads a page in steps: a button that becomes usable between two of them is judged as
    usable with the colours of one that is not. So what it finds is looked at once more, at rest.
    """
    await page.evaluate(_AXE.read_text(encoding="utf-8"))
    if not (found := await page.evaluate(_LOOK, place)):
        return found
    await asyncio.sleep(_SETTLES_S)
    return await page.evaluate(_LOOK, place)
