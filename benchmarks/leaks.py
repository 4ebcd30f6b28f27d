"""Does the leak detective prove planted leaks, and does it leave clean twins alone?

    python benchmarks/leaks.py [--traps 60] [--first 5000] [--kind KIND] [--show]

Every seed plants one trap of one of eight kinds (several forms of each) into a table of its own, and makes the clean
twin: the same table with the same kind of column or rows, honestly made. A trap is caught when a *proven* suspect names
the planted column, or is of the planted kind where rows are planted. A false alarm is any proven suspect in a twin.

The numbers in the code were chosen on seeds below 1,000; the reported run uses seeds from 5,000 on.
Exit code 1 when fewer than 95 % are caught or more than 5 % of the twins raise an alarm.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from narrative.engine.features.leaks.detective import find_leaks
from narrative.engine.features.leaks.types import LeakReport
from narrative.engine.training.types import TrainingOptions

Random = np.random.Generator


Cells = np.ndarray | Sequence[object]
Columns = dict[str, Cells]


@dataclass(frozen=True)
class Trap:
    """A table, and which of its columns is planted (None: rows are)."""

    frame: pl.DataFrame
    column: str | None = None


def base(random: Random, n: int = 800) -> tuple[Columns, np.ndarray]:
    """Six honest columns and what they say together."""
    columns: Columns = {f"measure_{i}": random.normal(size=n) for i in range(5)}
    regions = random.integers(0, 6, n)
    columns["region"] = [f"region {code}" for code in regions]
    weights = random.uniform(0.4, 1.0, 5) * random.choice([-1, 1], 5)
    signal = sum(w * np.asarray(columns[f"measure_{i}"]) for i, w in enumerate(weights))
    return columns, np.asarray(signal + 0.5 * random.normal(size=6)[regions])


def outcome(random: Random, signal: np.ndarray, problem: str, rate: float = 0.4) -> np.ndarray:
    """A number, or 1 for about the given share of rows."""
    noisy = signal + random.normal(scale=signal.std(), size=signal.size)
    return noisy if problem == "regression" else (noisy > np.quantile(noisy, 1 - rate)).astype(float)


def finished(columns: Columns, target: np.ndarray, problem: str) -> pl.DataFrame:
    """The table with its target last."""
    label = target.tolist() if problem == "regression" else ["yes" if value else "no" for value in target]
    return pl.DataFrame({**columns, "target": label})


def target_proxy(random: Random, form: int, *, clean: bool) -> Trap:
    """A scaled, recoded or blurred copy, or a difference of two columns; the twin is a strong honest column."""
    problem = ("regression", "binary")[form % 2]
    columns, signal = base(random)
    y = outcome(random, signal, problem)
    n = y.size
    if clean:
        columns["planted"] = signal + random.normal(scale=signal.std() * 0.7, size=n)
    elif problem == "binary":
        flipped = np.where(random.random(n) < 0.01, 1 - y, y)
        if form % 4 == 1:
            columns["planted"] = [f"code {int(7 - 3 * value)}" for value in flipped]
        else:
            columns["planted"] = 20 + 15 * y + random.normal(scale=4.0, size=n)
    elif form % 4 == 0:
        columns["planted"] = np.exp(0.3 * (y + random.normal(scale=0.05 * y.std(), size=n)))
    else:
        part = random.normal(scale=y.std(), size=n)
        columns["first part"], columns["planted"] = part, y - part
    return Trap(finished(columns, y, problem), "planted")


def future_column(random: Random, form: int, *, clean: bool) -> Trap:
    """Filled once the outcome is known; the twin is filled at random, or looks back."""
    problem = "regression" if form % 4 == 3 else "binary"
    columns, signal = base(random)
    y = outcome(random, signal, problem)
    n, day = y.size, date(2021, 1, 1)
    there = random.random(n) < (y.mean() if clean and problem == "binary" else 0.01)
    if problem == "binary" and not clean:
        there = there | ((y == 1) & (random.random(n) < 0.9))
        there[(y == 0) & (random.random(n) < 0.995)] = False
    if form % 4 == 0:
        columns["planted"] = [float(v) if t else None for v, t in zip(random.gamma(2, 50, n), there, strict=True)]
    elif form % 4 == 1:
        days = random.integers(0, 600, n)
        columns["planted"] = [day + timedelta(int(d)) if t else None for d, t in zip(days, there, strict=True)]
    elif form % 4 == 2:
        columns["planted"] = np.where(there, random.gamma(2, 50, n).round(2), 0.0)
    else:
        columns["day"] = [day + timedelta(i) for i in range(n)]
        padded = np.concatenate([np.full(3, y.mean()), y, np.full(3, y.mean())])
        means = np.convolve(padded, np.ones(3) / 3, mode="valid")  # of rows t-3 … t-1 from place 0 on
        columns["planted"] = means[:n] if clean else means[3 : 3 + n] if form % 8 == 3 else means[2 : 2 + n]
    return Trap(finished(columns, y, problem), "planted")


def identifier(random: Random, form: int, *, clean: bool) -> Trap:
    """Numbers in the order of the outcome, names that hold it; the twin has numbers at random."""
    problem = ("binary", "regression")[form % 2]
    columns, signal = base(random)
    y = outcome(random, signal, problem)
    n = y.size
    order = np.argsort(np.argsort(y + random.normal(scale=0.3 * y.std(), size=n)))
    if clean:
        order = random.permutation(n)
    if form % 3 == 0:
        columns["planted_id"] = 10_000 + order
    elif form % 3 == 1:
        columns["planted_id"] = [f"C-{100_000 + 7 * int(place)}" for place in order]
    else:
        high = order > np.median(order)
        odd = random.random(n) < 0.1
        letters = np.where(high ^ odd, "X", "K")
        columns["planted_id"] = [f"{a}{b:05d}" for a, b in zip(letters, random.permutation(n), strict=True)]
    return Trap(finished(columns, y, problem), "planted_id")


def group(random: Random, form: int, *, clean: bool) -> Trap:
    """Patients with their own level that no column tells; the twin's patients have none."""
    problem = ("binary", "regression")[form % 2]
    per = (8, 5, 12)[form % 3]
    columns, signal = base(random)
    n = signal.size
    owner = np.arange(n) // per
    level = random.normal(scale=1.5 * signal.std(), size=int(owner.max()) + 1)
    stable = random.normal(size=(int(owner.max()) + 1, 2))
    columns["height"], columns["build"] = stable[owner, 0], stable[owner, 1]
    columns["patient_id"] = [f"P{code:04d}" for code in owner] if form % 4 < 2 else owner + 500
    y = outcome(random, signal if clean else signal + level[owner], problem)
    shuffled = random.permutation(n)
    return Trap(finished(columns, y, problem)[shuffled.tolist()])


def duplicate(random: Random, form: int, *, clean: bool) -> Trap:
    """A third of the rows twice, exactly or nearly; the twin has each case once, or few categories by nature."""
    problem = ("binary", "regression")[form % 2]
    columns, signal = base(random)
    y = outcome(random, signal, problem)
    if clean and form % 3 == 2:
        few: Columns = {f"answer_{i}": [f"level {c}" for c in random.integers(0, 3, y.size)] for i in range(4)}
        return Trap(finished(few, outcome(random, random.normal(size=y.size), problem), problem))
    frame = finished(columns, y, problem)
    if not clean:
        again = frame.sample(fraction=0.5, seed=form)
        if form % 3 == 1:
            jitter = [pl.col(f"measure_{i}") * (1 + 1e-9) for i in range(5)]
            again = again.with_columns(jitter)
        frame = pl.concat([frame, again]).sample(fraction=1.0, shuffle=True, seed=form)
    return Trap(frame.with_columns(pl.Series("row_id", random.permutation(frame.height) + 1)))


def encoder(random: Random, form: int, *, clean: bool) -> Trap:
    """A shop replaced by the mean of the target of these rows; the twin's means come from rows of last year."""
    problem = ("binary", "regression")[form % 2]
    columns, signal = base(random)
    n = signal.size
    levels = 200
    shop = random.integers(0, levels, n)
    effect = random.normal(scale=0.3, size=levels)
    y = outcome(random, signal + effect[shop], problem)
    if clean:
        old_signal = np.asarray(base(random)[1])
        old_shop = random.integers(0, levels, n)
        source, codes = outcome(random, old_signal + effect[old_shop], problem), old_shop
    else:
        source, codes = y, shop
    sums, counts = np.bincount(codes, source, minlength=levels), np.bincount(codes, minlength=levels)
    smooth = 5.0 if clean or form % 3 == 1 else 0.0
    means = (sums + smooth * source.mean()) / np.maximum(counts + smooth, 1e-9)
    encoded = means[shop]
    if form % 3 == 2 and not clean:
        encoded = np.where(counts[shop] > 1, (sums[shop] - y) / np.maximum(counts[shop] - 1, 1), y.mean())
    columns["planted"] = encoded
    if form % 3 or form % 2:
        columns["shop"] = [f"shop {code}" for code in shop]
    return Trap(finished(columns, y, problem), "planted")


def resampling(random: Random, form: int, *, clean: bool) -> Trap:
    """The rarer class copied or mixed until both are as frequent; the twin is as it was collected."""
    columns, signal = base(random)
    del columns["region"]
    y = outcome(random, signal, "binary", rate=0.15)
    frame = finished(columns, y, "binary")
    if clean:
        return Trap(frame)
    rare = frame.filter(pl.col("target") == "yes")
    missing = int((y == 0).sum() - (y == 1).sum())
    if form % 2 == 0:
        more = rare.sample(missing, with_replacement=True, seed=form)
    else:
        points = rare.drop("target").to_numpy()
        distance = ((points[:, None] - points[None]) ** 2).sum(axis=2)
        near = np.argsort(distance, axis=1)[:, 1:6]
        own = random.integers(0, len(points), missing)
        other = near[own, random.integers(0, 5, missing)]
        mixed = points[own] + random.random((missing, 1)) * (points[other] - points[own])
        more = pl.DataFrame(mixed, schema=rare.drop("target").columns).with_columns(target=pl.lit("yes"))
    return Trap(pl.concat([frame, more]).sample(fraction=1.0, shuffle=True, seed=form))


def time_order(random: Random, form: int, *, clean: bool) -> Trap:
    """The level of the target drifts with the days; the twin's does not."""
    problem = ("regression", "binary")[form % 2]
    columns, signal = base(random)
    n = signal.size
    drift = np.cumsum(random.normal(size=n)) if form % 3 else np.sin(np.arange(n) / 15) * 10
    drift = 1.5 * signal.std() * (drift - drift.mean()) / drift.std()
    y = outcome(random, signal if clean else signal + drift, problem)
    columns["day"] = [date(2020, 1, 1) + timedelta(i) for i in range(n)]
    order = random.permutation(n) if form % 2 else np.arange(n)
    return Trap(finished(columns, y, problem)[order.tolist()])


KINDS: dict[str, Callable[..., Trap]] = {
    make.__name__: make
    for make in (target_proxy, future_column, identifier, group, duplicate, encoder, resampling, time_order)
}


def is_caught(report: LeakReport, kind: str, column: str | None) -> bool:
    """A proven suspect names the planted column, or is of the planted kind."""
    return any(column in each.columns if column else each.kind == kind for each in report.proven())


def main() -> int:
    """Print the table; 1 when the requirement is missed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--traps", type=int, default=60)
    arguments.add_argument("--first", type=int, default=5_000)
    arguments.add_argument("--kind", choices=list(KINDS))
    arguments.add_argument("--show", action="store_true", help="print what was missed and what was a false alarm")
    options = arguments.parse_args()
    kinds = [options.kind] if options.kind else list(KINDS)
    caught: dict[str, list[bool]] = defaultdict(list)
    alarms: dict[str, list[bool]] = defaultdict(list)
    started = time.process_time()
    for place in range(options.traps):
        kind, form, seed = kinds[place % len(kinds)], place // len(kinds), options.first + place
        for clean in (False, True):
            trap = KINDS[kind](np.random.default_rng((seed, 0 if clean else 1)), form, clean=clean)
            report = find_leaks(trap.frame, TrainingOptions(target="target", seed=seed))
            if clean:
                alarms[kind].append(bool(report.proven()))
            else:
                caught[kind].append(is_caught(report, kind, trap.column))
            if options.show and (alarms[kind][-1] if clean else not caught[kind][-1]):
                _show(kind, form, report, clean=clean)
    print(f"{options.traps} traps and {options.traps} clean twins, seeds from {options.first}\n")
    print("| kind | traps | caught | false alarms in twins |\n|---|--:|--:|--:|")
    for kind, hits in caught.items():
        print(f"| {kind} | {len(hits)} | {sum(hits)} | {sum(alarms[kind])} |")
    hit = sum(map(sum, caught.values())) / options.traps
    alarm = sum(map(sum, alarms.values())) / options.traps
    print(f"| **all** | {options.traps} | **{hit:.1%}** | **{alarm:.1%}** |")
    print(f"\n{(time.process_time() - started) / (2 * options.traps):.1f} processor seconds per table")
    return 0 if hit >= 0.95 and alarm <= 0.05 else 1


def _show(kind: str, form: int, report: LeakReport, *, clean: bool) -> None:
    print(f"{'alarm in the twin of' if clean else 'missed'} {kind}, form {form}")
    for each in report.suspects:
        proofs = "; ".join(f"{p.score_with:.4f} {p.score_without:.4f} [{p.low:.4f}, {p.high:.4f}]" for p in each.proofs)
        print(f"    {each.verdict} {each.kind} {each.columns}: {proofs}")


if __name__ == "__main__":
    raise SystemExit(main())
