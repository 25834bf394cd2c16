"""The proofs by name."""

from __future__ import annotations

from collections.abc import Mapping

from contactcenter.trials.proofs import blending, speed, theory
from contactcenter.trials.proofs.model import Proof

PROOFS: Mapping[str, Proof] = {
    "delay": theory.delay,
    "patience": theory.patience,
    "six-skills": theory.six_skills,
    "two-skills": theory.two_skills,
    "published": theory.published,
    "blending": blending.blending,
    "same-as-bare": speed.same_as_bare,
}
