"""Explanations as plain data, words beside the codes: what the API and ``--json`` give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contactcenter.routing.explain import DecisionStory, Explanation
from contactcenter.routing.explain_words import Words
from contactcenter.routing.idle import IdleStory
from contactcenter.routing.reasons import REASONS, text_of
from contactcenter.routing.verdicts import Candidate, Verdict

LISTED = 200
"""Candidates, or interactions withheld, that are listed one by one; the counts are of all."""


def explanation_data(told: Explanation, words: Words) -> dict[str, Any]:
    """Times are datetimes, ids are text, durations seconds."""
    waiting = told.waiting
    return {
        "interaction": str(told.interaction),
        "at": told.at,
        "state": told.state,
        "lines": words.explanation(told),
        "earlier": told.earlier,
        "decisions": [_decision(one, words) for one in told.decisions],
        "by_hand": [
            {"agent": str(one.agent), "agent_name": one.agent_name, "at": one.at}
            for one in told.by_hand
        ],
        "waiting": waiting
        and {
            "queue": waiting.queue,
            "channel": waiting.channel,
            "since": waiting.since,
            "waited_s": waiting.waited_s,
            "ahead": waiting.ahead,
            "rule_version": waiting.rule_version,
            "text": words.waiting(waiting)[0],
            "refused": _candidates(waiting.refused, words),
            "counts": _counts(waiting.counts, words),
        },
    }


def _decision(story: DecisionStory, words: Words) -> dict[str, Any]:
    return {
        "applied": story.applied,
        "place": story.place,
        "at": story.at,
        "woken": {
            "kind": story.woken.kind,
            "command": str(story.woken.id),
            "by": story.woken.by,
            "text": words.woken(story),
        },
        "cause": story.cause,
        "queue": story.queue,
        "channel": story.channel,
        "rule_version": story.rule_version,
        "agent": str(story.agent),
        "agent_name": story.agent_name,
        "waited_s": story.waited_s,
        "key": dict(story.key),
        "tie_break": story.tie_break,
        "passed_over": story.passed_over,
        "text": words.deciding(story),
        "outcome": story.outcome,
        "outcome_text": words.outcome(story) if story.outcome else "",
        "is_as_recorded": story.is_as_recorded,
        "refused": _candidates(story.refused, words),
        "counts": _counts(story.counts, words),
    }


def idle_data(story: IdleStory, words: Words) -> dict[str, Any]:
    """As ``explanation_data``."""
    return {
        "agent": str(story.agent),
        "name": story.name,
        "at": story.at,
        "state": story.state,
        "reason": story.reason,
        "since": story.since,
        "idle_since": story.idle_since,
        "free": list(story.free),
        "load": dict(story.load),
        "lines": words.idle(story),
        "withheld": [
            {
                "interaction": str(one.interaction),
                "queue": one.queue,
                "channel": one.channel,
                "waited_s": one.waited_s,
                **_verdict(one.verdict, words),
            }
            for one in story.withheld[:LISTED]
        ],
        "counts": _counts(story.counts, words),
        "elsewhere": dict(story.elsewhere),
    }


def _candidates(found: Sequence[Candidate], words: Words) -> list[dict[str, Any]]:
    return [
        {"agent": str(one.agent), "name": one.name, **_verdict(one.verdict, words)}
        for one in found[:LISTED]
    ]


def _verdict(verdict: Verdict, words: Words) -> dict[str, Any]:
    return {"reason": verdict.reason, "until": verdict.until, "text": words.reason(verdict)}


def _counts(counts: Mapping[str, int], words: Words) -> list[dict[str, Any]]:
    return [
        {"reason": reason, "count": n, "text": text_of(REASONS, reason, words.lang)}
        for reason, n in counts.items()
    ]
