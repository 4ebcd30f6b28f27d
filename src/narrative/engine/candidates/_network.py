"""Training of several small networks side by side, in single precision, with nothing but numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from narrative.engine.types import FloatArray, IntArray, Problem

Single = npt.NDArray[np.float32]
FIRST_MOMENT, SECOND_MOMENT = 0.9, 0.98
AVERAGE_OVER = 3.0
"""Weights are averaged over about so many epochs: that smooths what the last rows happened to say."""


@dataclass(frozen=True)
class Shape:
    """Widths of inputs, hidden layers and outputs, and how many networks there are."""

    widths: tuple[int, ...]
    n_networks: int


class Networks:
    """Networks that see the same rows and differ in where they start and which units they leave out.

    Layers are rectified linear; weights are drawn as He et al. 2015 do, the last layer's start at zero so that the
    first answer is ``start``. Steps are Adam's with weight decay on its own.

    Source: Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization"; Loshchilov and Hutter 2019, "Decoupled
    Weight Decay Regularization"; Srivastava et al. 2014, "Dropout".
    """

    def __init__(self, shape: Shape, start: FloatArray, settings: dict[str, Any], random: np.random.Generator) -> None:
        self._random = random
        self._rate, self._decay = float(settings["learning_rate"]), float(settings["weight_decay"])
        self._dropout = float(settings["dropout"])
        self.weights: list[Single] = []
        self.biases: list[Single] = []
        for n_inputs, n_units in zip(shape.widths[:-1], shape.widths[1:], strict=True):
            drawn = random.normal(size=(shape.n_networks, n_inputs, n_units)) * np.sqrt(2.0 / max(1, n_inputs))
            self.weights.append(drawn.astype(np.float32))
            self.biases.append(np.zeros((shape.n_networks, n_units), dtype=np.float32))
        self.weights[-1] *= np.float32(0.0)
        self.biases[-1] += start.astype(np.float32)
        self._first = [np.zeros_like(each) for each in self._all()]
        self._second = [np.zeros_like(each) for each in self._all()]
        self._steps = 0

    def step(self, rows: Single, truth: Single, row_weights: Single, problem: Problem) -> None:
        """One step of all networks on some rows; ``truth`` is ``n_rows × n_outputs``."""
        inputs: list[Single] = [np.broadcast_to(rows, (len(self.weights[0]), *rows.shape))]
        kept: list[Single] = []
        for weights, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            units = np.maximum(inputs[-1] @ weights + bias[:, None, :], np.float32(0.0))
            mask = np.ones((1, 1, 1), dtype=np.float32)
            if self._dropout > 0.0:
                mask = (self._random.random(units.shape, dtype=np.float32) >= self._dropout).astype(np.float32)
                mask /= np.float32(1.0 - self._dropout)
            kept.append(mask)
            inputs.append(units * mask)
        errors = _errors(inputs[-1] @ self.weights[-1] + self.biases[-1][:, None, :], truth, problem)
        errors *= (row_weights / np.float32(len(rows)))[None, :, None]
        slopes: list[Single] = []
        for layer in range(len(self.weights) - 1, -1, -1):
            slopes = [inputs[layer].transpose(0, 2, 1) @ errors, errors.sum(axis=1), *slopes]
            if layer:
                errors = (errors @ self.weights[layer].transpose(0, 2, 1)) * kept[layer - 1] * (inputs[layer] > 0.0)
        self._move(slopes)

    def _all(self) -> list[Single]:
        return [each for pair in zip(self.weights, self.biases, strict=True) for each in pair]

    def _move(self, slopes: list[Single]) -> None:
        self._steps += 1
        first_left, second_left = 1.0 - FIRST_MOMENT**self._steps, 1.0 - SECOND_MOMENT**self._steps
        for place, (values, slope) in enumerate(zip(self._all(), slopes, strict=True)):
            first, second = self._first[place], self._second[place]
            first += np.float32(1.0 - FIRST_MOMENT) * (slope - first)
            second += np.float32(1.0 - SECOND_MOMENT) * (slope * slope - second)
            if values.ndim == 3:  # Biases have no price.
                np.multiply(values, np.float32(1.0 - self._rate * self._decay), out=values)
            size = np.sqrt(second / np.float32(second_left)) + np.float32(1e-8)
            np.subtract(values, np.float32(self._rate / first_left) * first / size, out=values)


class Averaged:
    """Weights averaged over the last few epochs."""

    def __init__(self) -> None:
        self.weights: list[Single] = []
        self.biases: list[Single] = []
        self._epochs = 0

    def follow(self, networks: Networks) -> None:
        """Take the weights after one more epoch in."""
        self._epochs += 1
        share = np.float32(max(1.0 / self._epochs, 1.0 / AVERAGE_OVER))
        if self._epochs == 1:
            self.weights, self.biases = [w.copy() for w in networks.weights], [b.copy() for b in networks.biases]
            return
        for own, new in zip([*self.weights, *self.biases], [*networks.weights, *networks.biases], strict=True):
            np.add(own, share * (new - own), out=own)

    def copy(self) -> tuple[list[Single], list[Single]]:
        """Weights and biases as they are now."""
        return [each.copy() for each in self.weights], [each.copy() for each in self.biases]


def mean_margins(weights: list[Single], biases: list[Single], rows: Single) -> FloatArray:
    """Mean margins of networks, ``n_rows × n_outputs``."""
    units: Single = np.broadcast_to(rows, (len(weights[0]), *rows.shape))
    for place, (each, bias) in enumerate(zip(weights, biases, strict=True)):
        units = (np.maximum(units, np.float32(0.0)) if place else units) @ each + bias[:, None, :]
    return np.asarray(units.mean(axis=0), dtype=np.float64)


def batches(n_rows: int, size: int, random: np.random.Generator) -> list[IntArray]:
    """The rows in a new order, cut into parts of about ``size`` rows."""
    return np.array_split(random.permutation(n_rows), max(1, round(n_rows / size)))


def _errors(margins: Single, truth: Single, problem: Problem) -> Single:
    """How the loss rises along each margin, ``n_networks × n_rows × n_outputs``."""
    if problem == "binary":
        margins = np.float32(0.5) * (np.float32(1.0) + np.tanh(np.float32(0.5) * margins))
    elif problem == "multiclass":
        margins = np.exp(margins - margins.max(axis=2, keepdims=True))
        margins /= margins.sum(axis=2, keepdims=True)
    return margins - truth
