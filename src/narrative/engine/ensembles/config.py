"""What people decide about an ensemble: its kind, its members, how much each counts."""

from __future__ import annotations

import math
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from narrative.core.errors import InvalidInput
from narrative.core.plugins import discover
from narrative.engine.ensembles.kinds.base import Ensemble
from narrative.engine.types import FloatArray, Problem

Kind = Literal["stacking", "blending", "voting_soft", "voting_hard", "greedy"]
LEAST_MEMBERS: Final = 2
MOST_MEMBERS: Final = 12


class EnsembleConfig(BaseModel):
    """An ensemble as it is asked for. ``members`` are candidate names of one run."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Kind
    members: list[str] = Field(min_length=LEAST_MEMBERS, max_length=MOST_MEMBERS)
    weights: dict[str, float] | None = Field(
        default=None, description="How much each member counts, by name; null lets the kind decide."
    )


def kind_of(config: EnsembleConfig, problem: Problem) -> Ensemble:
    """The kind of an ensemble, when it fits the problem and what was asked for makes sense.

    Raises:
        InvalidInput: ``ensemble_kind_unfit``, ``ensemble_members_repeated``, ``ensemble_weights_unfit``.
    """
    kind = kinds()[config.kind]()
    if not kind.fits(problem):
        raise InvalidInput(
            "ensemble_kind_unfit",
            f"{kind.title} needs classes to name, and this run predicts a number.",
            fix="Choose Stack, Blend or Soft vote.",
        )
    if len(set(config.members)) != len(config.members):
        raise InvalidInput("ensemble_members_repeated", "A member stands twice.", fix="Name every member once.")
    if config.weights is not None:
        _check_weights(config, kind)
    return kind


def kinds() -> dict[str, type[Ensemble]]:
    """All kinds by name."""
    return dict(discover("narrative.engine.ensembles.kinds", Ensemble))


def weights_of(config: EnsembleConfig) -> FloatArray | None:
    """The weights in the order of the members; a member that is not named counts nothing."""
    if config.weights is None:
        return None
    return np.array([config.weights.get(name, 0.0) for name in config.members])


def _check_weights(config: EnsembleConfig, kind: Ensemble) -> None:
    weights = config.weights or {}
    strange = sorted(set(weights) - set(config.members))
    wrong = [name for name, weight in weights.items() if not math.isfinite(weight) or weight < 0]
    said = None
    if not kind.takes_weights:
        said = f"{kind.title} finds the weights itself."
    elif strange:
        said = f"There is a weight for {strange[0][:80]!r}, which is not a member."
    elif wrong:
        said = f"The weight of {wrong[0][:80]!r} is not zero or a positive number."
    elif sum(weight > 0 for weight in weights.values()) < LEAST_MEMBERS:
        said = "Fewer than two members have a weight above zero."
    if said is not None:
        fix = "Leave the weights out, or give every member a number from 0 upwards."
        raise InvalidInput("ensemble_weights_unfit", said, fix=fix)
