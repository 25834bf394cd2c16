"""One typed settings object: defaults, then a TOML file, then ``CC_*`` variables.

``CC_DATABASE`` sets ``database``, ``CC_SMTP__HOST`` sets ``smtp.host``, ``CC_LINES`` takes JSON.
A secret may come from a file: ``CC_SECRET_KEY_FILE``. Everything wrong is reported at once, each
with its place, what was given and what is allowed; an unknown name is refused.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError, model_validator
from pydantic_core import PydanticCustomError

from contactcenter.core.errors import Invalid
from contactcenter.core.settings_faults import Fault, field_faults, pruned
from contactcenter.core.settings_model import LineSettings, SettingsFields
from contactcenter.core.settings_sources import Given, known, read
from contactcenter.core.settings_whole import whole_faults

__all__ = ["LineSettings", "Settings", "load"]


class Settings(SettingsFields):
    """Everything a server node is told, and that it goes together."""

    @model_validator(mode="after")
    def _whole(self) -> Settings:
        faults = whole_faults(self)
        if faults:
            told = "; ".join(fault.text() for fault in faults)
            raise PydanticCustomError("whole", "{told}", {"told": told, "faults": faults})
        return self

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data_dir / 'contactcenter.db'}"

    @property
    def url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def load(
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings; ``Invalid`` with every fault at once."""
    given = read(known(Settings), file, os.environ if environ is None else environ)
    given.merge(dict(overrides or {}))
    settings, faults = _validated(given)
    if settings is None or faults:
        lines = "\n".join(f"  {fault.text()}" for fault in faults)
        raise Invalid(
            f"the settings are wrong:\n{lines}",
            code="settings",
            hint="contactcenter doctor --settings lists each setting",
            details={"settings": [fault.setting for fault in faults]},
        )
    return settings


def _validated(given: Given) -> tuple[Settings | None, list[Fault]]:
    """The settings of what is right, and every fault.

    What is wrong by itself is taken away, so that what is wrong together is seen in the same round.
    """
    faults = list(given.faults)
    values: Any = given.values
    while True:
        try:
            return Settings.model_validate(values), faults
        except ValidationError as error:
            found = error.errors()
            together = [one["ctx"]["faults"] for one in found if one["type"] == "whole"]
            if together:
                told = {fault.setting.removesuffix("_file") for fault in faults}
                faults += [fault for fault in together[0] if not fault.about & told]
                return None, faults
            faults += field_faults(Settings, values, found)
            values = pruned(values, [one["loc"] for one in found], LineSettings)
