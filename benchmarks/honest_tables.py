"""Tables drawn from known processes, so that as many fresh rows as wanted come from the same one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from narrative.engine.types import FloatArray, IntArray, Problem

N_NUMBERS = 8
COLOURS = np.array(["red", "green", "blue", "violet", "grey", "black"])


@dataclass(frozen=True)
class Process:
    """One process: its problem, what drives the target, and how clear that is.

    Attributes:
        shape: ``linear``, ``bent`` (products and bends), ``none`` (the target has nothing to do with the columns).
        noise: spread of the noise beside a signal of spread 1.
        rare: binary: share of the positive class.
    """

    name: str
    problem: Problem
    n_rows: int
    shape: str
    noise: float
    seed: int
    rare: float = 0.4

    def draw(self, n_rows: int, seed: int) -> pl.DataFrame:
        """Rows with a target column ``target``; other seeds give other rows of the same process."""
        fixed, random = np.random.default_rng(self.seed), np.random.default_rng([self.seed, seed])
        weights, of_colour = fixed.normal(size=N_NUMBERS), fixed.normal(size=COLOURS.size)
        scales = np.exp(fixed.normal(size=N_NUMBERS))
        numbers, colours = random.normal(size=(n_rows, N_NUMBERS)), random.integers(0, COLOURS.size, n_rows)
        signal = self._signal(numbers, colours, weights, of_colour)
        columns: dict[str, object] = {
            f"number_{index}": numbers[:, index] * scales[index] for index in range(N_NUMBERS)
        }
        columns["colour"] = COLOURS[colours]
        columns["target"] = self._target(signal + self.noise * random.normal(size=n_rows))
        frame = pl.DataFrame(columns)
        gaps = pl.Series(random.random(n_rows) < 0.08)
        return frame.with_columns(pl.when(gaps).then(None).otherwise(pl.col("number_1")).alias("number_1"))

    def _signal(self, numbers: FloatArray, colours: IntArray, weights: FloatArray, of_colour: FloatArray) -> FloatArray:
        if self.shape == "none":
            return np.zeros(len(numbers))
        spread = np.tanh(numbers)
        if self.shape == "linear":
            signal = spread @ weights + of_colour[colours]
        else:
            signal = 2.0 * spread[:, 0] * spread[:, 1] + np.abs(spread[:, 2]) + np.sin(2.0 * numbers[:, 3])
            signal = signal + of_colour[colours] * (spread[:, 4] > 0)
        # A fixed scale, not that of these rows: rows must not depend on one another.
        return np.asarray(signal / (2.5 if self.shape == "linear" else 1.3))

    def _target(self, score: FloatArray) -> list[object]:
        if self.problem == "regression":
            return list(100.0 + 15.0 * score)
        spread = float(np.hypot(1.0 if self.shape != "none" else 0.0, self.noise))
        if self.problem == "binary":
            from scipy.stats import norm

            return ["yes" if each else "no" for each in score > spread * norm.ppf(1.0 - self.rare)]
        return [("low", "middle", "high")[each] for each in np.digitize(score, [-0.4 * spread, 0.5 * spread])]


def processes(count: int) -> list[Process]:
    """Problems, sizes, shapes and noise in turn."""
    problems: tuple[Problem, ...] = ("binary", "regression", "multiclass")
    sizes, shapes, noises = (250, 700, 1_500, 4_000), ("linear", "bent", "none", "bent"), (0.3, 1.0, 2.0)
    made = []
    for index in range(count):
        problem, size = problems[index % 3], sizes[(index // 3) % 4]
        shape, noise = shapes[(index + index // 4) % 4], noises[(index // 2) % 3]
        rare = (0.4, 0.1)[index % 2]
        name = f"{problem} {size} {shape} {noise:g}" + (f" {rare:.0%}" if problem == "binary" else "")
        made.append(Process(name, problem, size, shape, noise, 7_000 + index, rare))
    return made
