"""Any sum or average of decision trees: boosted trees, forests, a single tree."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, Literal, cast, get_args

import numpy as np
import numpy.typing as npt

from narrative.engine.learners._attribution import Attribution
from narrative.engine.learners._checks import array_of, damaged, feature_matrix, whole_number
from narrative.engine.learners._grid import Grid
from narrative.engine.learners._scale import exponential_slopes, floored_margins, margin_slopes
from narrative.engine.learners._topology import BoolArray, Topology, topology_of
from narrative.engine.learners._walk import Walk
from narrative.engine.learners.base import Arrays, Learner
from narrative.engine.types import FloatArray, IntArray

Link = Literal["margin", "probability", "exponential"]


class Trees(Learner):
    """Trees whose leaf values add up, to margins or to probabilities.

    Nodes of a tree stand in breadth-first order, siblings side by side: the children of the i-th inner node of a tree
    are its nodes 1+2i (left) and 2+2i (right). A row goes left where ``feature <= threshold``, or, when the feature
    is missing, where ``missing_left`` says so; values above 1e38 are read as 1e38. Libraries that compare ``<`` or in
    single precision are brought to this one form, with thresholds that decide every float64 value alike (see
    ``engine/candidates/_thresholds.py``).

    Args:
        n_features: features of a row.
        n_outputs: outputs of the learner.
        tree_nodes: number of nodes of each tree, int64.
        tree_output: output each tree adds to, int32; all 0 when leaves carry one value per output.
        inner: for every node whether it splits, bool.
        feature: for every inner node, int32.
        threshold: for every inner node, float64.
        missing_left: for every inner node, bool.
        left_share: for every inner node the share of training rows that went left, within (0, 1), float64.
        value: for every leaf one value, or one per output; shape ``n_leaves × 1`` or ``n_leaves × n_outputs``.
        base: value of each output before any tree, float64.
        link: "margin" when base and leaves add up to margins; "probability" when they add up to probabilities of the
            classes (of the second class if there is one output), which become margins by the (log-odds) logarithm;
            "exponential" when they add up to the logarithm of ``margin + origin``.
        floor: smallest probability, for link "probability".
        origin: what was added before the logarithm was taken, for link "exponential".
    """

    name: ClassVar[str] = "trees"

    def __init__(
        self,
        *,
        n_features: int,
        n_outputs: int,
        tree_nodes: IntArray,
        tree_output: npt.NDArray[np.int32],
        inner: BoolArray,
        feature: npt.NDArray[np.int32],
        threshold: FloatArray,
        missing_left: BoolArray,
        left_share: FloatArray,
        value: FloatArray,
        base: FloatArray,
        link: Link = "margin",
        floor: float = 1e-6,
        origin: float = 0.0,
    ) -> None:
        self._n_features = n_features
        self._n_outputs = n_outputs
        self.tree_nodes = tree_nodes
        self.tree_output = tree_output
        self.inner = inner
        self.feature = feature
        self.threshold = threshold
        self.missing_left = missing_left
        self.left_share = left_share
        self.value = value
        self.base = base
        self.link = link
        self.floor = floor
        self.origin = origin

    @property
    def n_features(self) -> int:
        return self._n_features

    @property
    def n_outputs(self) -> int:
        return self._n_outputs

    @property
    def n_trees(self) -> int:
        return len(self.tree_nodes)

    def margins(self, features: FloatArray) -> FloatArray:
        return self._linked(self._walk.sums(feature_matrix(features, self.n_features)) + self.base)

    def of_row(self, cells: Sequence[float | None]) -> FloatArray:
        sums = self._walk.of_row(cells)
        if sums is None:
            return super().of_row(cells)
        return np.asarray(self._linked((sums + self.base)[None])[0], dtype=np.float64)

    def _linked(self, sums: FloatArray) -> FloatArray:
        """Margins from sums, ``n_rows × n_outputs``."""
        if self.link == "exponential":
            return np.asarray(np.exp(sums) - self.origin)
        return floored_margins(sums, self.floor) if self.link == "probability" else sums

    def contributions(self, features: FloatArray) -> FloatArray:
        """See the contract; exact path-dependent TreeSHAP, about as fast as the libraries' native code.

        With another link than "margin" the effects are exact in what the trees add up to, then stretched to the margin
        by one factor per row and output, so that they keep their proportions and still add up exactly.
        """
        effects = self._attribution.effects(feature_matrix(features, self.n_features))
        effects[:, :, -1] += self.base
        if self.link == "margin":
            return effects
        base, change = effects[:, :, -1].copy(), effects[:, :, :-1].sum(axis=2)
        if self.link == "exponential":
            effects[:, :, :-1] *= exponential_slopes(base, change)[:, :, None]
            effects[:, :, -1] = np.exp(base) - self.origin
            return effects
        effects[:, :, :-1] *= margin_slopes(base, change, self.margins(features), self.floor)[:, :, None]
        effects[:, :, -1] = floored_margins(base, self.floor)
        return effects

    def to_parts(self) -> tuple[dict[str, Any], Arrays]:
        description = {
            "n_features": self.n_features,
            "n_outputs": self.n_outputs,
            "link": self.link,
            "floor": self.floor,
            "origin": self.origin,
        }
        return description, {name: getattr(self, name) for name in _ARRAYS}

    def changed(self, **parts: Any) -> Trees:
        """The same trees with other values for some of the constructor's arguments."""
        description, arrays = self.to_parts()
        return Trees(**{**description, **arrays, **parts})

    @classmethod
    def from_parts(cls, description: dict[str, Any], arrays: Arrays) -> Trees:
        parts = {name: array_of(arrays, name, kind, n) for name, (kind, n) in _ARRAYS.items()}
        link, floor = cast(Link, description.get("link")), description.get("floor")
        if link not in get_args(Link):
            damaged(f"'link' must be margin, probability or exponential, it is {link!r}")
        if not isinstance(floor, float) or not 0.0 < floor < 0.5:
            damaged("'floor' must be a number between 0 and 0.5")
        origin = description.get("origin", 0.0)
        if not isinstance(origin, float) or not np.isfinite(origin):
            damaged("'origin' must be a finite number")
        learner = cls(
            n_features=whole_number(description, "n_features", 0),
            n_outputs=whole_number(description, "n_outputs", 1),
            link=link,
            floor=floor,
            origin=origin,
            **parts,
        )
        learner.validate()
        return learner

    def validate(self) -> None:
        """Check shapes, ranges and the form of every tree. Raises ``InvalidInput('learner_damaged')``."""
        topology = self._topology
        n_inner = len(topology.inner_nodes)
        n_leaves = topology.n_nodes - n_inner
        for name in ("feature", "threshold", "missing_left", "left_share"):
            if len(getattr(self, name)) != n_inner:
                damaged(f"'{name}' must have one entry per split")
        if not _within(self.feature, 0, self.n_features - 1):
            damaged("a split reads a feature that does not exist")
        if not ((self.left_share > 0.0) & (self.left_share < 1.0)).all():
            damaged("'left_share' must lie between 0 and 1")
        if self.value.shape not in {(n_leaves, 1), (n_leaves, self.n_outputs)}:
            damaged("'value' must have one row per leaf")
        if len(self.base) != self.n_outputs:
            damaged("'base' must have one entry per output")
        last_output = self.n_outputs - 1 if self.value.shape[1] == 1 else 0
        if len(self.tree_output) != self.n_trees or not _within(self.tree_output, 0, last_output):
            damaged("'tree_output' must name an existing output for every tree")

    @cached_property
    def _topology(self) -> Topology:
        return topology_of(self.tree_nodes, self.inner)

    @cached_property
    def _grid(self) -> Grid:
        return Grid(self)

    @cached_property
    def _walk(self) -> Walk:
        return Walk(self, self._topology, self._grid)

    @cached_property
    def _attribution(self) -> Attribution:
        return Attribution(self, self._topology, self._grid)


def _within(values: npt.NDArray[np.int32], lowest: int, highest: int) -> bool:
    return bool(((values >= lowest) & (values <= highest)).all())


_ARRAYS: dict[str, tuple[type[np.generic], int]] = {
    "tree_nodes": (np.int64, 1),
    "tree_output": (np.int32, 1),
    "inner": (np.bool_, 1),
    "feature": (np.int32, 1),
    "threshold": (np.float64, 1),
    "missing_left": (np.bool_, 1),
    "left_share": (np.float64, 1),
    "value": (np.float64, 2),
    "base": (np.float64, 1),
}
