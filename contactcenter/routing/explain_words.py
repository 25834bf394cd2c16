"""Explanations in words: lines of text in English or Chinese, from the stories' values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from contactcenter.routing.explain import DecisionStory, Explanation, WaitStory
from contactcenter.routing.idle import IdleStory
from contactcenter.routing.reasons import (
    CODES,
    KEYS,
    OUTCOMES,
    REASONS,
    SENTENCES,
    STATES,
    WOKEN,
    Texts,
    text_of,
)
from contactcenter.routing.verdicts import Candidate, Verdict

_NAMED = 20
"""Candidates told by name; of more only the counts."""


@dataclass(frozen=True, slots=True)
class Words:
    """One language and one time zone; ``codes`` are the site's own (why agents are away)."""

    lang: str = "en"
    zone: tzinfo = UTC
    codes: Mapping[str, str] = field(default_factory=dict)

    def explanation(self, told: Explanation) -> list[str]:
        """All of it, a line a sentence; deeper lines are indented."""
        lines = [self._say("earlier", n=told.earlier)] if told.earlier else []
        for story in told.decisions:
            lines += self.decision(story)
        lines += [
            self._say("by_hand", at=self.time(one.at), agent=one.agent_name) for one in told.by_hand
        ]
        if told.waiting is not None:
            lines += self.waiting(told.waiting)
            return lines
        if not told.decisions and not told.by_hand:
            lines.append(self._say("never"))
        lines.append(self._say(f"{told.state}_now"))
        return lines

    def decision(self, story: DecisionStory) -> list[str]:
        """Who got it and why, and why not the others."""
        lines = [
            self._say(
                "decided",
                at=self.time(story.at),
                agent=story.agent_name,
                queue=story.queue,
                version=story.rule_version,
                woken=self.woken(story),
            ),
            f"  {self.deciding(story)}",
        ]
        if story.outcome:
            lines.append(f"  {self._say('outcome', outcome=self.outcome(story))}")
        if not story.is_as_recorded:
            lines.append(f"  {self._say('not_recorded')}")
        return lines + [f"  {line}" for line in self.refused(story.refused, story.counts)]

    def waiting(self, story: WaitStory) -> list[str]:
        """Why it waits."""
        waits = self._say(
            "waits",
            waited=duration(story.waited_s),
            queue=story.queue,
            channel=story.channel,
            ahead=story.ahead,
        )
        if not story.refused:
            return [waits, f"  {self._say('nobody')}"]
        return [waits, *(f"  {line}" for line in self.refused(story.refused, story.counts))]

    def idle(self, story: IdleStory) -> list[str]:
        """Why an agent is idle."""
        state = self._code(STATES, story.state)
        if story.reason:
            state = self._say("detail", reason=state, detail=self._own(story.reason))
        since = self.time(story.since) if story.since else "-"
        lines = [self._say("is_in_state", name=story.name, state=state, since=since)]
        if story.load:
            load = ", ".join(f"{channel} {n}" for channel, n in sorted(story.load.items()))
            lines.append(f"  {self._say('has_in_hand', load=load)}")
        if not story.withheld:
            lines.append(f"  {self._say('nothing_waits')}")
        for one in story.withheld[:_NAMED]:
            reason = self.reason(one.verdict)
            values = {"queue": one.queue, "channel": one.channel, "reason": reason}
            lines.append(f"  {self._say('withheld', waited=duration(one.waited_s), **values)}")
        if len(story.withheld) > _NAMED:
            lines += [f"  {n}: {self._code(REASONS, reason)}" for reason, n in story.counts.items()]
        for queue, n in story.elsewhere.items():
            lines.append(f"  {self._say('waits_elsewhere', n=n, queue=queue)}")
        return lines

    # -- parts -------------------------------------------------------------------------------

    def woken(self, story: DecisionStory) -> str:
        """What made the matcher look, and who did it."""
        other = f"{story.woken.kind}_other"
        is_other = story.woken.is_other and other in WOKEN
        woken = self._code(WOKEN, other if is_other else story.woken.kind)
        return self._say("by", woken=woken, by=story.woken.by) if story.woken.by else woken

    def deciding(self, story: DecisionStory) -> str:
        """The order that decided, with its values, and the tie-break."""
        values = story.key.items()
        key = ", ".join(
            f"{self._code(KEYS, name)} {self._value(one)}".rstrip() for name, one in values
        )
        waited = duration(story.waited_s)
        if story.cause == "agent":
            said = self._say("looked_work", waited=waited, key=key, others=story.passed_over + 1)
        else:
            said = self._say("looked_agent", waited=waited, key=key)
        if story.tie_break:
            said += "; " + self._say("tie", key=self._code(KEYS, story.tie_break))
        return said

    def outcome(self, story: DecisionStory) -> str:
        """What became of the offer."""
        text = self._code(OUTCOMES, story.outcome or "")
        if not story.outcome_reason:
            return text
        return self._say("detail", reason=text, detail=self._own(story.outcome_reason))

    def reason(self, verdict: Verdict) -> str:
        """The first reason, with its detail and its end."""
        text = self._code(REASONS, verdict.reason)
        detail = verdict.detail.get("reason")
        if detail:
            text = self._say("detail", reason=text, detail=self._own(str(detail)))
        if "asked" in verdict.detail:
            text = self._say(
                "detail", reason=text, detail=self._say("asked_found", **verdict.detail)
            )
        if verdict.until is not None:
            text = self._say("until", reason=text, until=self.time(verdict.until))
        return text

    def refused(self, found: Sequence[Candidate], counts: Mapping[str, int]) -> Iterator[str]:
        """Each by name, or how many for each reason when they are many."""
        if len(found) > _NAMED:
            for reason, n in counts.items():
                yield self._say("count", n=n, reason=self._code(REASONS, reason))
            return
        for one in found:
            yield self._say("refused", name=one.name, reason=self.reason(one.verdict))

    def time(self, at: datetime) -> str:
        """To the second, in the zone asked for."""
        return at.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def _own(self, code: str) -> str:
        return self.codes.get(code) or self._code(CODES, code)

    def _value(self, value: Any) -> str:
        if value is True or value is None:
            return ""
        if isinstance(value, float):
            return f"{value:.2f}"
        if isinstance(value, str) and "T" in value[:11]:
            return self.time(datetime.fromisoformat(value))
        return str(value)

    def _say(self, sentence: str, **values: object) -> str:
        return text_of(SENTENCES, sentence, self.lang, **values)

    def _code(self, texts: Texts, code: str) -> str:
        return text_of(texts, code, self.lang)


def duration(seconds: float) -> str:
    """``m:ss``, or ``h:mm:ss`` from an hour on."""
    whole = max(0, round(seconds))
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
