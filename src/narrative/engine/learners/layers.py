"""Neural networks: layers of weighted sums with a bend in between."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from narrative.engine.learners._checks import array_of, damaged, feature_matrix, whole_number
from narrative.engine.learners.base import Arrays, Learner
from narrative.engine.types import FloatArray

REACH = 3.0
LARGEST = 1e38
MOST_REFERENCES = 64
"""Every reason is worked out against every reference: a file with a million of them would keep a server busy."""
NUMBERS_AT_ONCE = 65_536
"""Size of the working arrays: small enough for the processor's cache."""
_FLAT = 1e-12
MOST_LAYERS = 8


class Layers(Learner):
    """The mean of several networks with rectified linear units, each reading the same softly bounded features.

    A feature is first shifted and scaled, a gap counting as the shift, then bounded: ``z / sqrt(1 + (z / 3)²)`` leaves
    small values as they are and never passes 3. Each layer is ``inputs @ weights + bias``, followed by ``max(0, ·)``
    except in the last.

    Effects are differences to a few reference rows, carried from the margin back to the features layer by layer, each
    bend passing on its share ``change after / change before``; they add up exactly, and so does their mean over
    references and networks.

    Args:
        shift, scale: per feature, shape ``n_features``; scales are positive.
        weights: one array per layer, ``n_networks × n_inputs × n_units``.
        biases: one array per layer, ``n_networks × n_units``.
        references: rows that effects are differences to, ``n_references × n_features``.

    Source: Shrikumar, Greenside and Kundaje 2017, "Learning Important Features Through Propagating Activation
    Differences" (the rescale rule); Lundberg and Lee 2017, "A Unified Approach to Interpreting Model Predictions"
    (the mean over references); Holzmüller, Grinsztajn and Steinwart 2024, "Better by Default" (the soft bound).
    """

    name: ClassVar[str] = "layers"

    def __init__(
        self,
        *,
        shift: FloatArray,
        scale: FloatArray,
        weights: list[FloatArray],
        biases: list[FloatArray],
        references: FloatArray,
    ) -> None:
        self.shift = np.asarray(shift, dtype=np.float64)
        self.scale = np.asarray(scale, dtype=np.float64)
        self.weights = [np.ascontiguousarray(each, dtype=np.float64) for each in weights]
        self.biases = [np.ascontiguousarray(each, dtype=np.float64) for each in biases]
        self.references = np.ascontiguousarray(references, dtype=np.float64)

    @property
    def n_features(self) -> int:
        return len(self.shift)

    @property
    def n_outputs(self) -> int:
        return int(self.biases[-1].shape[1])

    @property
    def n_networks(self) -> int:
        return len(self.biases[0])

    def margins(self, features: FloatArray) -> FloatArray:
        inputs = self._inputs(features)
        margins = np.zeros((len(inputs), self.n_outputs))
        for network in range(self.n_networks):
            margins += self._forward(inputs, network)[-1]
        return margins / self.n_networks

    def contributions(self, features: FloatArray) -> FloatArray:
        """See the contract; the base is the mean margin of the references."""
        inputs, of_references = self._inputs(features), self._inputs(self.references)
        effects = np.zeros((len(inputs), self.n_outputs, self.n_features + 1))
        for network in range(self.n_networks):
            own, theirs = self._forward(inputs, network), self._forward(of_references, network)
            for reference in range(len(of_references)):
                beside = [values[reference] for values in theirs]
                effects[:, :, :-1] += self._slopes(network, own, beside) * (inputs - beside[0])[:, None, :]
                effects[:, :, -1] += beside[-1]
        return effects / (self.n_networks * len(of_references))

    def to_parts(self) -> tuple[dict[str, Any], Arrays]:
        arrays: Arrays = {"shift": self.shift, "scale": self.scale, "references": self.references}
        for place, (weights, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            arrays |= {f"weights_{place}": weights, f"bias_{place}": bias}
        return {"n_layers": len(self.weights)}, arrays

    @classmethod
    def from_parts(cls, description: dict[str, Any], arrays: Arrays) -> Layers:
        n_layers = whole_number(description, "n_layers", 1)
        if n_layers > MOST_LAYERS:
            damaged(f"it has more than {MOST_LAYERS} layers")
        learner = cls(
            shift=array_of(arrays, "shift", np.float64, 1),
            scale=array_of(arrays, "scale", np.float64, 1),
            weights=[array_of(arrays, f"weights_{place}", np.float64, 3) for place in range(n_layers)],
            biases=[array_of(arrays, f"bias_{place}", np.float64, 2) for place in range(n_layers)],
            references=array_of(arrays, "references", np.float64, 2),
        )
        learner.validate()
        return learner

    def validate(self) -> None:
        """Check that the parts fit each other. Raises ``InvalidInput('learner_damaged')``."""
        width = self.n_features
        if len(self.scale) != width or not (self.scale > 0.0).all():
            damaged("'scale' must have one positive entry per feature")
        if len(self.references) == 0 or self.references.shape[1] != width:
            damaged("'references' must hold at least one row of all features")
        if len(self.references) > MOST_REFERENCES:
            damaged(f"it has more than {MOST_REFERENCES} reference rows")
        if self.n_networks == 0:
            damaged("it has no network")
        for weights, bias in zip(self.weights, self.biases, strict=True):
            if weights.shape != (self.n_networks, width, bias.shape[1]) or len(bias) != self.n_networks:
                damaged("weights and biases do not fit each other")
            width = bias.shape[1]
        if width == 0:
            damaged("it has no output")

    def changed(self, **parts: Any) -> Layers:
        """The same networks with other values for some of the constructor's arguments."""
        kept = {name: getattr(self, name) for name in ("shift", "scale", "weights", "biases", "references")}
        return Layers(**{**kept, **parts})

    def _inputs(self, features: FloatArray) -> FloatArray:
        """Features as the first layer reads them; the bound is a bend of one feature, so effects pass through it."""
        matrix = feature_matrix(features, self.n_features)
        return softly_bounded(np.where(np.isnan(matrix), self.shift, matrix), self.shift, self.scale)

    def _forward(self, inputs: FloatArray, network: int) -> list[FloatArray]:
        """The inputs, what each hidden unit sums up before its bend, and the margins."""
        found = [inputs]
        for weights, bias in zip(self.weights, self.biases, strict=True):
            read = found[-1] if len(found) == 1 else np.maximum(found[-1], 0.0)
            found.append(_product(read, weights[network]) + bias[network])
        return found

    def _slopes(self, network: int, own: list[FloatArray], beside: list[FloatArray]) -> FloatArray:
        """Change of each margin per change of each input against one reference, ``n_rows × n_outputs × n_features``."""
        last = self.weights[-1][network].T
        slopes: FloatArray = np.broadcast_to(last, (len(own[0]), *last.shape))
        for layer in range(len(self.weights) - 2, -1, -1):
            before, now = beside[layer + 1], own[layer + 1]
            change = now - before
            flat = np.abs(change) < _FLAT
            passed = (np.maximum(now, 0.0) - np.maximum(before, 0.0)) / np.where(flat, 1.0, change)
            slopes = slopes * np.where(flat, now > 0.0, passed)[:, None, :]
            slopes = slopes @ self.weights[layer][network].T
        return np.asarray(slopes)


def softly_bounded(features: FloatArray, shift: FloatArray, scale: FloatArray) -> FloatArray:
    """Shifted and scaled features that never pass 3: ``z / sqrt(1 + (z / 3)²)``."""
    even = (np.clip(features, -LARGEST, LARGEST) - shift) / scale
    return np.asarray(even / np.sqrt(1.0 + (even / REACH) ** 2))


def _product(rows: FloatArray, weights: FloatArray) -> FloatArray:
    """``rows @ weights`` with the same bits for a row alone and in a batch.

    Matrix products choose their order of summation by shape; a sum along the middle axis always goes input by input.
    """
    n_inputs, n_units = weights.shape
    if n_units == 1:
        return np.asarray(np.einsum("rf,f->r", rows, np.ascontiguousarray(weights[:, 0]))[:, None])
    product = np.empty((len(rows), n_units))
    step = max(1, NUMBERS_AT_ONCE // max(1, n_inputs * n_units))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        np.add.reduce(rows[part, :, None] * weights, axis=1, out=product[part])
    return product
