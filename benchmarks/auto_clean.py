"""Auto-clean against faults planted with known truth: how many are repaired, and whether anything else is touched.

    python -m benchmarks.auto_clean [--tables 60] [--seed N] [--careless]

Each table has columns that must stay as they are (codes with leading zeros, countries that are called NA, grades whose
case matters). ``--careless`` adds a rule that merges all spellings everywhere; the run must go red then.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

import numpy as np
import polars as pl

from narrative.engine.cleaning import clean_proposals
from narrative.engine.recipe import Recipe, StepSpec
from tests.fixtures.planted_faults import Planted, finished, plant

LEAST_REPAIRED = 0.8


def outcome(planted: Planted, *, careless: bool) -> tuple[Counter[str], Counter[str], int]:
    """Faults planted and repaired by kind, and the cells changed that should not have been."""
    steps = [proposal.step for proposal in clean_proposals(planted.dirty, target="target")]
    if careless:
        steps.append(StepSpec(type="merge_spellings", params={}, id="careless"))
    target = planted.dirty["target"]
    after = planted.dirty.drop("target")
    kept = pl.Series([True] * after.height)
    if steps:
        fitted = Recipe(steps).fit(after)
        kept, after = fitted.kept(after), fitted.apply(after, training=True)
    after = after.with_columns(target.filter(kept))
    planted_by, harmed = Counter(planted.columns.values()), 0
    repaired: Counter[str] = Counter()
    for name, kind in planted.columns.items():
        repaired[kind] += name not in after.columns
    if planted.n_rows:
        planted_by["repeated_rows"] += planted.n_rows
        repaired["repeated_rows"] += planted.clean.height + planted.n_rows - after.height
    rows_right = kept.head(planted.clean.height).all()
    if not rows_right:
        return planted_by, repaired, planted.clean.height * planted.clean.width
    for name in planted.clean.columns:
        kind, rows = planted.cells.get(name, ("", set()))
        if name not in after.columns:
            harmed += planted.clean.height
            continue
        same = _same(after[name].head(planted.clean.height), planted.clean[name])
        right = np.flatnonzero(same)
        planted_by[kind] += len(rows)
        repaired[kind] += len(rows & set(right.tolist()))
        harmed += planted.clean.height - len(set(right.tolist()) | rows)
    del planted_by[""], repaired[""]
    return planted_by, repaired, harmed


def _same(found: pl.Series, truth: pl.Series) -> np.ndarray:
    if truth.dtype.is_numeric() and found.dtype.is_numeric():
        return found.cast(pl.Float64).eq_missing(truth.cast(pl.Float64)).to_numpy()
    if found.dtype != truth.dtype:
        return np.zeros(len(truth), dtype=bool)
    return found.eq_missing(truth).to_numpy()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=60)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--careless", action="store_true")
    chosen = parser.parse_args()
    planted_all: Counter[str] = Counter()
    repaired_all: Counter[str] = Counter()
    harmed_all = 0
    for number in range(chosen.tables):
        rng = np.random.default_rng([chosen.seed, number])
        planted_by, repaired, harmed = outcome(finished(plant(rng)), careless=chosen.careless)
        planted_all += planted_by
        repaired_all += repaired
        harmed_all += harmed
        if harmed:
            print(f"table {number}: {harmed} cells changed that should not be")
    shares = {kind: repaired_all[kind] / count for kind, count in sorted(planted_all.items())}
    for kind, share in shares.items():
        print(f"{kind:18} {planted_all[kind]:6} planted, {share:7.1%} repaired")
    mean = sum(shares.values()) / len(shares)
    whole = sum(repaired_all.values()) / sum(planted_all.values())
    print(f"{len(shares)} kinds on {chosen.tables} tables: {whole:.1%} of cells, {mean:.1%} on average over kinds")
    print(f"cells changed that should not be: {harmed_all}")
    return int(min(mean, whole) < LEAST_REPAIRED or harmed_all > 0)


if __name__ == "__main__":
    sys.exit(main())
