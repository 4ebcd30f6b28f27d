"""A trained model: prepared views of a table, weighted learners, calibration. Pure composition, no files.

Margins of the members are averaged (weights sum to 1) and calibrated by one slope; both are linear, so effects of
features still add up exactly after combining. Members may vote instead; :mod:`narrative.engine.mixing` says how effects
add up then.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from narrative.engine.candidates.base import View
from narrative.engine.learners.base import Learner, sigmoid, softmax
from narrative.engine.mixing import Vote, mix, mixed_effects
from narrative.engine.recipe import FittedRecipe
from narrative.engine.types import FloatArray, Label, Problem


@dataclass(frozen=True)
class Member:
    """One learner of a model, the candidate it came from, the view it reads and its share (0 to 1).

    ``shift``, one number per output, is added to its margins before it votes: a learner of balanced rows then speaks
    of the shares of classes as they were. None for nothing; members that are averaged have it in the model's offsets.
    """

    candidate: str
    view: View
    learner: Learner
    weight: float
    shift: FloatArray | None = None

    def margins(self, features: FloatArray) -> FloatArray:
        """What it votes with, ``n_rows × n_outputs``."""
        margins = self.learner.margins(features)
        return margins if self.shift is None else margins + self.shift


@dataclass(frozen=True)
class Intervals:
    """90 % prediction intervals for regression, by the size of the prediction.

    ``edges`` (ascending, length k-1) cut predictions into k groups; a group's interval is prediction + ``lower[g]``
    to prediction + ``upper[g]``: quantiles of errors on rows the model had not seen (split conformal).
    """

    coverage: float
    edges: FloatArray
    lower: FloatArray
    upper: FloatArray

    def bounds(self, predictions: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Lower and upper bound per row."""
        group = np.searchsorted(self.edges, predictions, side="right")
        return predictions + self.lower[group], predictions + self.upper[group]


@dataclass(frozen=True)
class Model:
    """Everything that turns a raw table (input columns of the contract, any order) into predictions.

    ``classes`` are the labels in the order of the outputs; binary: ``classes[1]`` is the positive class. ``threshold``
    is the positive-class probability from which the answer is ``classes[1]``.
    """

    problem: Problem
    target: str
    classes: list[Label]
    recipes: dict[View, FittedRecipe]
    members: list[Member]
    slope: float = 1.0
    offsets: FloatArray = field(default_factory=lambda: np.zeros(1))
    threshold: float = 0.5
    intervals: Intervals | None = None
    vote: Vote = "margins"

    def features(self, frame: pl.DataFrame) -> dict[View, FloatArray]:
        """Prepared matrices, one per view in use."""
        views = {member.view for member in self.members}
        return {view: self.recipes[view].matrix(frame) for view in sorted(views)}

    def margins(self, frame: pl.DataFrame) -> FloatArray:
        """Calibrated margins, ``n_rows × n_outputs``."""
        matrices = self.features(frame)
        if self.vote != "margins":
            own = np.stack([member.margins(matrices[member.view]) for member in self.members])
            return mix(self.problem, self.vote, own, self._weights()) * self.slope + self.offsets
        total = sum(member.weight * member.margins(matrices[member.view]) for member in self.members)
        return np.asarray(total) * self.slope + self.offsets

    def predictions(self, margins: FloatArray) -> FloatArray:
        """Values (n_rows) for regression, probabilities (n_rows × n_classes) otherwise."""
        if self.problem == "regression":
            return margins[:, 0]
        if self.problem == "binary":
            positive = sigmoid(margins[:, 0])
            return np.column_stack([1.0 - positive, positive])
        return softmax(margins)

    def answers(self, predictions: FloatArray) -> list[Label]:
        """One value or label per row, exactly as labels stand in the data."""
        if self.problem == "regression":
            return [float(value) for value in predictions]
        if self.problem == "binary":
            return [self.classes[int(positive >= self.threshold)] for positive in predictions[:, 1]]
        return [self.classes[index] for index in predictions.argmax(axis=1)]

    def contributions(self, frame: pl.DataFrame) -> tuple[list[str], FloatArray]:
        """Input columns, and effects ``n_rows × n_outputs × (n_columns + 1)`` on the calibrated margin.

        The last entry is the base value; along the last axis they sum to :meth:`margins` to 1e-9. The effect of a
        feature that is made of several columns is shared among them equally: nothing in it says which of them did it.
        Source: Shapley (1953), "A value for n-person games": players who only count together get equal shares.
        """
        matrices = self.features(frame)
        made_of = {view: _made_of(recipe) for view, recipe in self.recipes.items()}
        columns = sorted({name for features in made_of.values() for names in features for name in names})
        place = {column: index for index, column in enumerate(columns)}
        n_outputs = self.members[0].learner.n_outputs
        shape = (frame.height, n_outputs, len(columns) + 1)
        effects = np.zeros(shape)
        apart = []
        for member in self.members:
            if self.vote != "margins":
                effects, weight = np.zeros(shape), 1.0
                apart.append(effects)
            else:
                weight = member.weight * self.slope
            own = member.learner.contributions(matrices[member.view]) * weight
            for index, names in enumerate(made_of[member.view]):
                share = own[:, :, index] / len(names) if len(names) > 1 else own[:, :, index]
                for name in names:
                    effects[:, :, place[name]] += share
            effects[:, :, -1] += own[:, :, -1] if member.shift is None else own[:, :, -1] + member.shift * weight
        if apart:
            effects = mixed_effects(self.problem, self.vote, np.stack(apart), self._weights()) * self.slope
        effects[:, :, -1] += self.offsets
        return columns, effects

    def _weights(self) -> FloatArray:
        return np.array([member.weight for member in self.members])


def _made_of(recipe: FittedRecipe) -> list[list[str]]:
    """The raw columns that each feature is put down to."""
    return [recipe.credits.get(name) or [recipe.sources[name]] for name in recipe.feature_names]
