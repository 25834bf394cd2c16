"""Why the distributor did what it did."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from contactcenter.routing.explain import explain
from contactcenter.routing.explain_data import explanation_data, idle_data
from contactcenter.routing.explain_words import Words
from contactcenter.routing.idle import why_idle
from contactcenter.web.call import Call
from contactcenter.web.operation import FLOOR, operation
from contactcenter.web.shapes.routing import ExplainQuery, IdleExplanation, RoutingExplanation

# ``id`` is the path's own word.
# ruff: noqa: A002


@operation("GET", "/interactions/{id}/routing", roles=FLOOR, tag="routing")
async def explain_interaction(call: Call, id: UUID, query: ExplainQuery) -> RoutingExplanation:
    """Why this interaction went where it went, or why it waits.

    Recomputed from the recorded commands: for each decision what woke the matcher, the key that
    decided, and the first reason for every other agent of the queue.
    """
    told = await explain(call.services.db, id)
    return RoutingExplanation.model_validate(explanation_data(told, _words(call, query)))


@operation("GET", "/agents/{id}/routing", roles=FLOOR, tag="routing")
async def explain_agent(call: Call, id: UUID, query: ExplainQuery) -> IdleExplanation:
    """Why this agent has nothing (more) to do: what waits, and why it does not go to them."""
    told = await why_idle(call.services.db, id)
    return IdleExplanation.model_validate(idle_data(told, _words(call, query)))


def _words(call: Call, query: ExplainQuery) -> Words:
    settings = call.services.settings
    reasons = {code: texts.get(query.lang, code) for code, texts in settings.away_reasons}
    return Words(query.lang, ZoneInfo(settings.time_zone), reasons)


OPERATIONS = [explain_interaction, explain_agent]
