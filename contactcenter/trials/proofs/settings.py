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


def pooling(
    skills_each: int,
    interactions: int,
    seed: int,
    serves_first: ServesFirst = "primary",
) -> Scenario:
    """Wallace and Whitt's setting (*A staffing algorithm for call centers with skill-based
    routing*, 2005): six kinds, 1.40 a minute each, 90 agents, 30 waiting places, 10 minutes."""
    kinds = range(SKILLS)
    return Scenario(
        name=f"pooling, {skills_each} skills each",
        queues=tuple(
            QueueLoad(
                name=f"q{kind + 1}",
                config={"requires": f"s{kind + 1}", "wrap_up": "none"},
                arrivals=PoissonArrivals(((0.0, 1.40 / 60),)),
                service=Exponential(600.0),
                service_level_s=30.0,
            )
            for kind in kinds
        ),
        agents=tuple(
            AgentGroup(
                name=f"group {kind + 1}",
                count=15,
                config={
                    "skills": {
                        f"s{(kind + more) % SKILLS + 1}": 3 if more else 5
                        for more in range(skills_each)
                    }
                },
                primary=f"s{kind + 1}",
                serves_first=serves_first,
            )
            for kind in kinds
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
