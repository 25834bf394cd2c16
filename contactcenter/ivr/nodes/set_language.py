"""``set_language``: go on in another language of the menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from contactcenter.core.located_reader import suggestion
from contactcenter.ivr.model import Input, Running, Target, Texts
from contactcenter.ivr.reading import NodeReader


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """From here on the customer is served in ``language``."""

    name: str
    line: int
    language: str
    next: Target

    KIND: ClassVar[str] = "set_language"
    SPEAKS: ClassVar[bool] = False
    WAITS: ClassVar[bool] = False

    def targets(self) -> tuple[Target, ...]:
        return (self.next,)

    def texts(self) -> tuple[Texts, ...]:
        return ()

    def enter(self, run: Running) -> str | None:
        run.change(language=self.language)
        run.record(self.name, self.KIND, self.language)
        return self.next.node

    def resume(self, run: Running, given: Input) -> str | None:
        return self.enter(run)


def read(reader: NodeReader) -> SetLanguage | None:
    """``set_language: TAG``, ``next: NODE``."""
    language = reader.text("set_language", required=True)
    following = reader.target("next", required=True)
    languages = reader.terms.languages
    if language and language not in languages:
        reader.fault(
            f"{reader.what}: unknown language {language!r}",
            reader.line_of("set_language"),
            suggestion(language, languages),
        )
    if following is None:
        return None
    return SetLanguage(reader.name, reader.line, language, following)
