"""What one fit of every candidate costs, beside what the candidate says of itself.

    python -m benchmarks.fits [--only NAME ...] [--threads 2] [--all-settings]

Each line is one fit with early stopping on a fifth of the rows: processor seconds of all its threads, seconds on the
clock, and the candidate's own estimate for two idle cores. Processor seconds are the figure to hold on to when other
work runs beside; ``seconds_at_least`` and ``seconds_per_million_cells`` of the candidates are set from it.
"""

from __future__ import annotations

import argparse
import time
from importlib import import_module

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.core.plugins import discover
from narrative.engine.candidates.base import Candidate, FitOptions, TrainingData, View
from narrative.engine.types import Problem

SIZES: tuple[tuple[int, int, int], ...] = (
    (1_000, 20, 2),
    (10_000, 20, 2),
    (50_000, 20, 2),
    (2_000, 300, 2),
    (10_000, 20, 10),
    (1_000, 20, 0),
    (10_000, 20, 0),
    (50_000, 20, 0),
)
"""Rows, columns, classes (0: regression)."""


def main() -> None:
    """Print one line per candidate and size."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--only", nargs="*", default=None)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--all-settings", action="store_true")
    options = arguments.parse_args()
    print("| candidate | settings | rows × columns, classes | CPU s | clock s | estimate s | rounds |")
    print("|---|--:|---|--:|--:|--:|--:|")
    for name, kind in discover("narrative.engine.candidates", Candidate).items():
        if options.only and name not in options.only:
            continue
        candidate = kind()
        for library in candidate.libraries:
            import_module(library)
        _fit(candidate, (200, 5, 2 if "binary" in candidate.problems else 0), 0, 1)
        for size in SIZES:
            if _problem(size[2]) in candidate.problems:
                settings = candidate.settings(_problem(size[2]), size[0], size[1])
                for place in range(len(settings) if options.all_settings else 1):
                    print(_fit(candidate, size, place, options.threads), flush=True)


def _problem(n_classes: int) -> Problem:
    return "regression" if n_classes == 0 else "binary" if n_classes == 2 else "multiclass"


def _fit(candidate: Candidate, size: tuple[int, int, int], place: int, threads: int) -> str:
    n_rows, n_features, n_classes = size
    data = _data(n_rows, n_features, n_classes, candidate.view)
    settings = candidate.settings(data.problem, n_rows, n_features)[place]
    clock, processor = time.perf_counter(), time.process_time()
    try:
        fitted = candidate.fit(data, settings, FitOptions(threads=threads))
    except NotApplicable as reason:
        return f"| {candidate.name} | {place} | {n_rows:,} × {n_features}, {n_classes} | | | | {reason} |"
    processor, clock = time.process_time() - processor, time.perf_counter() - clock
    told = candidate.estimated_seconds(n_rows, n_features, n_classes)
    return (
        f"| {candidate.name} | {place} | {n_rows:,} × {n_features}, {n_classes} | {processor:.2f} | {clock:.2f} | "
        f"{told:.2f} | {fitted.rounds or ''} |"
    )


def _data(n_rows: int, n_features: int, n_classes: int, view: View) -> TrainingData:
    """Bent and joint effects, columns of few values, noise, 5 % missing; a quarter as many rows again to stop by."""
    random = np.random.default_rng(0)
    total = n_rows + n_rows // 4
    features = random.normal(size=(total, n_features))
    few = n_features - n_features // 5
    features[:, few:] = random.integers(0, 8, (total, n_features - few))
    signal = features[:, 0] + features[:, 1] * features[:, 2] + np.sin(features[:, 3] * 2) + 0.3 * features[:, -1]
    signal += random.normal(size=total)
    target = signal
    if n_classes:
        target = np.searchsorted(np.quantile(signal, np.arange(1, n_classes) / n_classes), signal).astype(np.float64)
    features[random.random(features.shape) < 0.05] = np.nan
    if view == "linear":
        features = (features - np.nanmean(features, axis=0)) / np.nanstd(features, axis=0)
        features = np.nan_to_num(features)
    part, rest = slice(n_rows), slice(n_rows, None)
    return TrainingData(features[part], target[part], _problem(n_classes), n_classes, features[rest], target[rest])


if __name__ == "__main__":
    main()
