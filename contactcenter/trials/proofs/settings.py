"""The scenarios of the proofs, as the literature gives them."""

from __future__ import annotations

from contactcenter.routing.simulator.distributions import Exponential
from contactcenter.routing.simulator.scenario import (
    AgentGroup,
    Length,
    PoissonArrivals,
    QueueLoad,
    Scenario,
    ServesFirst,
)

SKILLS = 6
"""Of the pooling setting; as many kinds of call, 15 agents each."""
GROUP = 3
"""Agents with the same skills: the 15 of a kind differ in five ways by what comes second."""


def able(skills_each: int, own: int, way: int) -> list[int]:
    """What an agent can: their own kind, then the others in turn from the ``way``-th on. So with
    two skills each every pair of kinds is spoken by equally many, as Wallace and Whitt have it."""
    others = [kind for kind in range(SKILLS) if kind != own]
    return [own, *(others[(way + more) % len(others)] for more in range(skills_each - 1))]


def pooling(
    skills_each: int,
    interactions: int,
    seed: int,
    serves_first: ServesFirst = "primary",
    agent_order: str = "longest_idle",
) -> Scenario:
    """Wallace and Whitt's setting (*A staffing algorithm for call centers with skill-based
    routing*, 2005): six kinds, 1.40 a minute each, 90 agents, 120 lines, 10 minutes."""
    return Scenario(
        name=f"pooling, {skills_each} skills each",
        queues=tuple(
            QueueLoad(
                name=f"q{kind + 1}",
                config={
                    "requires": f"s{kind + 1}",
                    "wrap_up": "none",
                    "agent_order": agent_order,
                },
                arrivals=PoissonArrivals(((0.0, 1.40 / 60),)),
                service=Exponential(600.0),
                service_level_s=30.0,
            )
            for kind in range(SKILLS)
        ),
        agents=tuple(
            AgentGroup(
                name=f"group {own + 1}.{way + 1}",
                count=GROUP,
                config={
                    "skills": {
                        f"s{kind + 1}": 5 if kind == own else 3
                        for kind in able(skills_each, own, way)
                    }
                },
                primary=f"s{own + 1}",
                serves_first=serves_first,
            )
            for own in range(SKILLS)
            for way in range(SKILLS - 1)
        ),
        length=Length(interactions=interactions, warm_up=interactions // 10),
        seed=seed,
        places=30,
    )


def one_queue(interactions: int, seed: int, patience_s: float | None = None) -> Scenario:
    """Garnett, Mandelbaum and Reiman's example (*Designing a call center with impatient
    customers*, 2002): 48 a minute, 1 minute, 50 agents; if wanted patience of 2 minutes."""
    return Scenario(
        name="48 a minute, 50 agents",
        queues=(
            QueueLoad(
                name="calls",
                config={"wrap_up": "none"},
                arrivals=PoissonArrivals(((0.0, 48 / 60),)),
                service=Exponential(60.0),
                patience=None if patience_s is None else Exponential(patience_s),
            ),
        ),
        agents=(AgentGroup(name="agents", count=50),),
        length=Length(interactions=interactions, warm_up=interactions // 10),
        seed=seed,
    )
