"""What the operating system must give, where to look for it, and how to get it.

Standard library only: dev.py imports this on a machine that has nothing but Python.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CHROMIUM_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
)
MACOS_BUNDLES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
DEBIAN_PACKAGES = ("chromium", "fonts-wqy-microhei", "libatomic1")


@dataclass(frozen=True)
class MissingPart:
    """Something the tests need that this machine does not have."""

    name: str
    reason: str
    command: str
    """What to type to get it."""
    is_needed: bool = True
    """False: tests run without it at home, but show less."""


def find_chromium(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The browser to drive: ``CC_TEST_CHROMIUM``, then PATH, then the macOS bundles.

    A set but wrong ``CC_TEST_CHROMIUM`` finds nothing: falling back would test another browser
    than the one that was asked for.
    """
    named = environ.get("CC_TEST_CHROMIUM")
    if named is not None:
        path = Path(named)
        return path if path.is_file() and os.access(path, os.X_OK) else None
    for name in CHROMIUM_NAMES:
        found = shutil.which(name, path=environ.get("PATH"))
        if found:
            return Path(found)
    return next((Path(bundle) for bundle in MACOS_BUNDLES if Path(bundle).is_file()), None)


def missing_parts() -> list[MissingPart]:
    """What the browser tests need and this machine lacks."""
    missing = []
    if find_chromium() is None:
        missing.append(MissingPart("Chromium", "no Chromium or Chrome found", _install("chromium")))
    if sys.platform == "linux":
        if not _has_library("libatomic.so.1"):
            missing.append(
                MissingPart(
                    "libatomic", "the browser driver is linked to it", _install("libatomic1")
                )
            )
        if not _has_chinese_font():
            missing.append(
                MissingPart(
                    "Chinese font",
                    "Chinese shows as boxes",
                    _install("fonts-wqy-microhei"),
                    is_needed=False,
                )
            )
    return missing


def _install(package: str) -> str:
    if sys.platform == "darwin":
        return "brew install --cask chromium"
    if shutil.which("apt-get") is None:
        return f"install {package} with your system's package manager"
    return f"{'' if os.geteuid() == 0 else 'sudo '}apt-get install -y {package}"


def _has_library(name: str) -> bool:
    """Ask the loader's cache, then the usual folders (musl has no cache)."""
    for tool in ("/sbin/ldconfig", "/usr/sbin/ldconfig"):
        if Path(tool).exists():
            listing = subprocess.run([tool, "-p"], capture_output=True, text=True, check=False)
            if name in listing.stdout:
                return True
    return any(
        next(Path(root).glob(f"**/{name}"), None) is not None
        for root in ("/usr/lib", "/usr/local/lib")
        if Path(root).is_dir()
    )


def _has_chinese_font() -> bool:
    """True when fontconfig, or its folder, knows a font that draws Chinese."""
    lister = shutil.which("fc-list")
    if lister:
        listing = subprocess.run([lister, ":lang=zh"], capture_output=True, text=True, check=False)
        return bool(listing.stdout.strip())
    marks = ("wqy", "cjk", "noto-sans-sc", "sourcehan")
    fonts = Path("/usr/share/fonts")
    return fonts.is_dir() and any(
        any(mark in path.name.lower() for mark in marks) for path in fonts.rglob("*.tt[cf]")
    )
