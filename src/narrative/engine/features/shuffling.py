"""Loss of the quick model on rows it has not seen, when a column tells nothing any more; for whole columns at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from narrative.engine.features.light import LightModel, row_losses
from narrative.engine.types import FloatArray


@dataclass(frozen=True)
class Shuffled:
    """What shuffling costs: mean extra loss per column, in the order of the groups, and the plain loss."""

    plain: float
    losses: FloatArray


def shuffling_losses(
    model: LightModel,
    features: FloatArray,
    target: FloatArray,
    groups: list[list[int]],
    *,
    random: np.random.Generator,
    times: int = 1,
) -> Shuffled:
    """Extra loss per group of features when its rows are shuffled together.

    Source: Breiman (2001), "Random forests", Machine Learning 45; all features of a column are shuffled with one
    permutation, so that what the column says is lost as a whole.
    """
    plain = float(row_losses(model.problem, target, model.predict(features)).mean())
    n = target.size
    losses = np.zeros(len(groups))
    for _ in range(times):
        stacked = np.tile(features, (len(groups), 1))
        for place, group in enumerate(groups):
            order = random.permutation(n)
            stacked[place * n : (place + 1) * n, group] = features[order][:, group]
        own = row_losses(model.problem, np.tile(target, len(groups)), model.predict(stacked))
        losses += own.reshape(len(groups), n).mean(axis=1) - plain
    return Shuffled(plain, losses / times)
