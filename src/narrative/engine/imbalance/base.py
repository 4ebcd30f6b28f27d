"""What a method against imbalance is: something done to the training rows of a fit so that a rare class is not lost.

One file ``engine/imbalance/<name>.py`` with one :class:`Imbalance` subclass. Methods work on the prepared matrix of the
rows a model learns from, after the split and after the view: rows that judge a model never come here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Final, Generic, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from narrative.core.errors import InvalidInput
from narrative.engine.recipe import FittedRecipe
from narrative.engine.types import FloatArray, IntArray

CATEGORY_TYPES: Final = frozenset({"String", "Boolean"})


class ImbalanceSettings(BaseModel):
    """Settings of a method: numbers with bounds, each with its default."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoSettings(ImbalanceSettings):
    """There is nothing to set."""


class SamplingSettings(ImbalanceSettings):
    """What all methods that make rows have in common."""

    k_neighbors: int = Field(
        default=5, ge=1, le=50, description="Rare rows next to a rare row that a made row may lie towards."
    )
    ratio: float = Field(
        default=1.0, gt=0.0, le=1.0, description="Rows of a rare class afterwards, per row of the most frequent one."
    )


SettingsT = TypeVar("SettingsT", bound=ImbalanceSettings)


@dataclass(frozen=True)
class Layout:
    """Which features belong together: ``blocks`` of a category, never interpolated, and ``groups`` of a number.

    Each is a list of feature positions; together they hold every feature once.
    """

    blocks: list[list[int]]
    groups: list[list[int]]

    @classmethod
    def of(cls, recipe: FittedRecipe) -> Layout:
        """From what a fitted recipe knows about where its features come from."""
        blocks: dict[str, list[int]] = {}
        groups: dict[tuple[str, ...], list[int]] = {}
        for index, name in enumerate(recipe.feature_names):
            raws = tuple(recipe.credits.get(name) or [recipe.sources[name]])
            category = next((raw for raw in raws if recipe.input_types.get(raw) in CATEGORY_TYPES), None)
            if category is not None:
                blocks.setdefault(category, []).append(index)
            else:
                groups.setdefault(raws, []).append(index)
        return cls(list(blocks.values()), list(groups.values()))

    @classmethod
    def numbers(cls, n_features: int) -> Layout:
        """Every feature is a number of its own."""
        return cls([], [[index] for index in range(n_features)])


@dataclass(frozen=True)
class Rows:
    """The prepared training rows of one fit: ``n_rows × n_features`` (NaN where missing), class indices, columns."""

    features: FloatArray
    target: FloatArray
    n_classes: int
    layout: Layout

    @cached_property
    def counts(self) -> IntArray:
        """Rows per class."""
        return np.bincount(self.target.astype(np.int64), minlength=self.n_classes).astype(np.int64)


@dataclass(frozen=True)
class Balanced:
    """What a model learns from instead: the given rows first, made ones after them.

    ``weights`` are per row, None when all count alike. ``notes`` say in plain sentences what went another way than the
    method intends.
    """

    features: FloatArray
    target: FloatArray
    n_classes: int
    n_given: int
    weights: FloatArray | None = None
    notes: list[str] = field(default_factory=list)

    @cached_property
    def before(self) -> IntArray:
        """Rows per class as given."""
        return np.bincount(self.target[: self.n_given].astype(np.int64), minlength=self.n_classes).astype(np.int64)

    @cached_property
    def after(self) -> FloatArray:
        """Rows per class by weight, the made ones included."""
        return np.bincount(self.target.astype(np.int64), weights=self.weights, minlength=self.n_classes).astype(
            np.float64
        )

    @property
    def shift(self) -> FloatArray | None:
        """What must be added to the margins (one per output) so that they mean the shares of classes as given.

        None when the shares are what they were. Source: Saerens, Latinne & Decaestecker (2002), "Adjusting the outputs
        of a classifier to new a priori probabilities", Neural Computation 14, equation 2.4 (on the scale of log-odds
        the correction is a constant).
        """
        if not self.n_classes:  # a number has no classes
            return None
        known = self.before > 0
        moved = np.zeros(self.n_classes)
        moved[known] = np.log(self.before[known] / self.before.sum()) - np.log(self.after[known] / self.after.sum())
        if np.allclose(moved, 0.0):
            return None
        return moved[1:] - moved[:1] if self.n_classes == 2 else moved

    def weights_of(self, target: FloatArray) -> FloatArray | None:
        """Weights for untouched rows that judge when to stop, so that their classes count as in training.

        Without them a model that learned from moved shares would be judged by the old ones, and stop at once.
        """
        if self.shift is None:
            return None
        factor = np.ones(self.n_classes)
        known = self.before > 0
        factor[known] = self.after[known] / self.before[known]
        weights = factor[target.astype(np.int64)]
        return np.asarray(weights / weights.mean(), dtype=np.float64)


class Imbalance(ABC, Generic[SettingsT]):
    """A method against imbalance."""

    name: ClassVar[str]
    title: ClassVar[str]
    sentence: ClassVar[str]
    """What it does and when it helps, in one plain sentence."""
    changes_rows: ClassVar[bool] = True
    """Whether a model learns from other rows or weights than without it; then it is compared with doing nothing."""

    def __init__(self, settings: SettingsT) -> None:
        self.settings = settings

    @classmethod
    @abstractmethod
    def settings_type(cls) -> type[SettingsT]:
        """The class of its settings; source of forms."""

    @abstractmethod
    def balance(self, rows: Rows, seed: int) -> Balanced:
        """What to learn from instead of the rows. The given rows stay as they are; deterministic for a seed."""


def as_given(rows: Rows) -> Balanced:
    """The rows as they are."""
    return Balanced(rows.features, rows.target, rows.n_classes, rows.target.size)


def made_method(kind: type[Imbalance[Any]], settings: dict[str, Any]) -> Imbalance[Any]:
    """A method with settings; those not named keep their defaults.

    Raises:
        InvalidInput: ``imbalance_setting_invalid``, naming the setting and its value.
    """
    try:
        return kind(kind.settings_type().model_validate(settings))
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else kind.name
        known = ", ".join(kind.settings_type().model_fields)
        raise InvalidInput(
            "imbalance_setting_invalid",
            f"{kind.title} cannot be set up with {name} = {str(settings.get(name))[:40]!r}: {first['msg']}.",
            fix=f"It knows {known}." if known else "It has no settings; leave them out.",
        ) from None
