"""Neural network: layers of weighted sums, several networks averaged."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from narrative.engine.candidates._even_columns import even_columns
from narrative.engine.candidates._learning import LearningCandidate
from narrative.engine.candidates._log_loss import log_odds, mean_loss
from narrative.engine.candidates._network import Averaged, Networks, Shape, Single, batches, mean_margins
from narrative.engine.candidates._parity import answers, check_parity
from narrative.engine.candidates._work import BestRound, Watch
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData, View
from narrative.engine.learners.layers import Layers, softly_bounded
from narrative.engine.types import FloatArray, Problem

MOST_EPOCHS = 200
EPOCHS_WITHOUT_VALIDATION = 40
PATIENCE = 16
REFERENCES = 8
BATCHES_BETWEEN_LOOKS = 8


class NeuralNetwork(LearningCandidate):
    """Log loss or squared error by small steps on a few rows at a time; the rows for early stopping choose the epoch.

    A round is an epoch. Nothing depends on how many epochs there will be, so a number of epochs can be repeated.
    """

    name: ClassVar[str] = "neural_network"
    title: ClassVar[str] = "Neural network"
    sentence: ClassVar[str] = (
        "Builds its own columns out of yours, layer by layer; smooth, good with many rows of numbers, and a good "
        "partner for trees, which err differently."
    )
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass", "regression"})
    view: ClassVar[View] = "linear"
    order: ClassVar[int] = 70
    by_default_share: ClassVar[float] = 0.1
    seconds_at_least: ClassVar[float] = 0.1
    seconds_per_million_cells: ClassVar[float] = 4.0
    growth_of_small: ClassVar[float] = 0.7
    stops_early: ClassVar[bool] = True

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        hidden = [64, 32] if n_rows < 5_000 else [128, 64]
        standard = {
            "hidden": hidden,
            "networks": 4 if n_rows < 20_000 else 2,
            "rows_per_step": int(np.clip(n_rows // 40, 16, 256)),
            "learning_rate": 0.003,
            "weight_decay": 0.03,
            "dropout": 0.1,
        }
        return [
            {"note": "Standard: two hidden layers, a tenth of the units left out at each step.", **standard},
            {
                "note": "Careful: more units left out, a higher price on weights.",
                **standard,
                "dropout": 0.3,
                "weight_decay": 0.1,
            },
            {
                "note": "Deep: three layers, smaller steps.",
                **standard,
                "hidden": [*hidden, 32],
                "learning_rate": 0.0015,
            },
            {
                "note": "Small: one layer, nothing left out.",
                **standard,
                "hidden": [48],
                "learning_rate": 0.006,
                "dropout": 0.0,
            },
            {
                "note": "Wide: larger layers, many units left out.",
                **standard,
                "hidden": [256, 128],
                "networks": 2,
                "learning_rate": 0.002,
                "dropout": 0.25,
            },
        ]

    def estimated_seconds(self, n_rows: int, n_features: int, n_classes: int) -> float:
        """All rows pass through all layers in every epoch; classes only widen the last one."""
        return super().estimated_seconds(n_rows, n_features + 40, 0)

    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        return 40_000_000 + 24 * n_rows * n_features + 12 * n_rows * max(1, n_classes) + 40_000 * n_features

    def train(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):  # Products of this size gain nothing from threads, and their order stays the same.
            return _Training(data, settings, options).run()


class _Training:
    """One fit."""

    def __init__(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> None:
        self._data, self._options = data, options
        shift, scale = even_columns(data)
        self._shift = shift
        # The learner divides; a feature that does not vary is shifted to zero and its size does not matter.
        self._scale = np.where(scale > 0.0, 1.0 / np.where(scale > 0.0, scale, 1.0), 1.0)
        self._rows = self._even(data.features)
        self._truth = _truth(data)
        weights = np.ones(len(data.target)) if data.weights is None else data.weights / data.weights.mean()
        self._weights: Single = weights.astype(np.float32)
        self._random = np.random.default_rng(options.seed)
        start = np.zeros(1) if data.problem == "regression" else log_odds(data)
        shape = Shape((data.features.shape[1], *settings["hidden"], len(start)), int(settings["networks"]))
        self._networks = Networks(shape, start, settings, self._random)
        self._size = int(settings["rows_per_step"])
        judged = data.valid_features is not None and options.rounds is None
        self._valid = self._even(data.valid_features) if judged and data.valid_features is not None else None
        self._most = options.rounds or (MOST_EPOCHS if judged else EPOCHS_WITHOUT_VALIDATION)
        self._watch = Watch(options, self._most)

    def run(self) -> Fitted:
        """The networks after the best epoch, or the last in time."""
        averaged, best = Averaged(), BestRound(PATIENCE)
        kept, done = None, 0
        while done < self._most:
            whole = self._epoch(done + 1)
            if not whole and done > 0:
                break
            done += 1
            averaged.follow(self._networks)
            stop, loss = False, self._valid_loss(averaged)
            if loss is not None:
                stop = best.should_stop(done, loss)
                if best.best_round == done:
                    kept = done, averaged.copy()
            if stop or not whole or self._watch.time_is_up(done):
                break
        return self._fitted(*(kept or (done, averaged.copy())))

    def _epoch(self, epoch: int) -> bool:
        """All rows once in a new order. False when time ran out before the end."""
        for place, part in enumerate(batches(len(self._rows), self._size, self._random)):
            self._networks.step(self._rows[part], self._truth[part], self._weights[part], self._data.problem)
            if place % BATCHES_BETWEEN_LOOKS == BATCHES_BETWEEN_LOOKS - 1 and self._watch.time_is_up(epoch):
                return False
        return True

    def _valid_loss(self, averaged: Averaged) -> float | None:
        """Mean loss on the rows for early stopping; None without such rows, or when the epochs are given."""
        if self._valid is None or self._data.valid_target is None:
            return None
        margins = mean_margins(averaged.weights, averaged.biases, self._valid)
        return mean_loss(self._data.problem, margins, self._data.valid_target, self._data.valid_weights)

    def _even(self, features: FloatArray) -> Single:
        """Features as the first layer reads them."""
        filled = np.where(np.isnan(features), self._shift, features)
        return softly_bounded(filled, self._shift, self._scale).astype(np.float32)

    def _fitted(self, epochs: int, networks: tuple[list[Single], list[Single]]) -> Fitted:
        data = self._data
        weights, biases = networks
        # Spread over the targets: what an answer differs from is then the usual answer, more or less.
        order = np.argsort(data.target, kind="stable")
        places = np.linspace(0, len(order) - 1, 2 * REFERENCES + 1)[1::2].round().astype(np.int64)
        references = data.features[order[places]]
        learner = Layers(
            shift=self._shift,
            scale=self._scale,
            weights=[each.astype(np.float64) for each in weights],
            biases=[each.astype(np.float64) for each in biases],
            references=np.where(np.isnan(references), self._shift, references),
        )
        learner.validate()

        def trained(rows: FloatArray) -> FloatArray:
            return answers(data.problem, mean_margins(weights, biases, self._even(rows)))

        difference = check_parity(learner, data, trained)
        return Fitted(learner, epochs, self._watch.stopped_by_deadline, {"parity": difference})


def _truth(data: TrainingData) -> Single:
    """The target per output, ``n_rows × n_outputs``."""
    if data.problem == "multiclass":
        return np.eye(data.n_classes, dtype=np.float32)[data.target.astype(np.int64)]
    return data.target[:, None].astype(np.float32)
