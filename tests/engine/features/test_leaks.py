"""The leak detective: every kind of trap with its clean twin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import Canceled
from narrative.engine.features.leaks.detective import ORDER, all_detectors, find_leaks
from narrative.engine.features.leaks.kinds.encoder import _is_leave_one_out, _is_smoothed_mean
from narrative.engine.features.leaks.kinds.resampling import _is_between
from narrative.engine.features.leaks.types import LeakReport
from narrative.engine.training.types import TrainingOptions

ROWS = 500
Make = Callable[..., pl.DataFrame]


def base(random: np.random.Generator, n: int = ROWS) -> tuple[dict[str, object], np.ndarray]:
    columns = {f"measure {i}": random.normal(size=n) for i in range(4)}
    signal = sum(values * weight for values, weight in zip(columns.values(), (1.0, -0.8, 0.6, 0.5), strict=True))
    return dict(columns), np.asarray(signal)


def words(signal: np.ndarray, random: np.random.Generator, rate: float = 0.4) -> np.ndarray:
    noisy = signal + random.normal(scale=signal.std(), size=signal.size)
    return (noisy > np.quantile(noisy, 1 - rate)).astype(float)


def labelled(columns: dict[str, object], target: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({**columns, "target": ["yes" if value else "no" for value in target]})


def target_proxy(random: np.random.Generator, *, clean: bool) -> pl.DataFrame:
    columns, signal = base(random)
    y = words(signal, random)
    columns["planted"] = signal + random.normal(size=ROWS) if clean else 3 - 2 * y + 0.1 * random.normal(size=ROWS)
    return labelled(columns, y)


def future_column(random: np.random.Generator, *, clean: bool) -> pl.DataFrame:
    columns, signal = base(random)
    y = words(signal, random)
    there = random.random(ROWS) < 0.4 if clean else (y == 1) & (random.random(ROWS) < 0.9)
    columns["planted"] = [100.0 * v if t else None for v, t in zip(random.random(ROWS), there, strict=True)]
    return labelled(columns, y)


def identifier(random: np.random.Generator, *, clean: bool) -> pl.DataFrame:
    columns, signal = base(random)
    y = words(signal, random)
    order = random.permutation(ROWS) if clean else np.argsort(np.argsort(y + 0.2 * random.normal(size=ROWS)))
    columns["case_id"] = [f"C-{10_000 + int(place)}" for place in order]
    return labelled(columns, y)


def group(random: np.random.Generator, *, clean: bool) -> pl.DataFrame:
    columns, signal = base(random)
    owner = np.arange(ROWS) // 5
    level = random.normal(scale=3.0, size=ROWS // 5)
    stable = random.normal(size=ROWS // 5)
    columns["height"], columns["patient_id"] = stable[owner], [f"P{code:03d}" for code in owner]
    return labelled(columns, words(signal if clean else signal + level[owner], random))


def duplicate(random: np.random.Generator, *, clean: bool) -> pl.DataFrame:
    columns, signal = base(random)
    frame = labelled(columns, words(signal, random))
    frame = frame if clean else pl.concat([frame, frame.head(ROWS // 2)]).sample(fraction=1.0, shuffle=True, seed=1)
    return frame.with_columns(pl.Series("row_id", random.permutation(frame.height)))


def encoder(random: np.random.Generator, *, clean: bool) -> pl.DataFrame:
    columns, signal = base(random)
    y, shop = words(signal, random), random.integers(0, 120, ROWS)
    source = words(random.normal(size=ROWS), random) if clean else y
    sums, counts = np.bincount(shop, source, minlength=120), np.bincount(shop, minlength=120)
    columns["planted"] = (sums / np.maximum(counts, 1))[shop]
    columns["shop"] = [f"shop {code}" for code in shop]
    return labelled(columns, y)


def resampling(random: np.random.Generator, *, clean: bool) -> pl.DataFrame:
    columns, signal = base(random)
    frame = labelled(columns, words(signal, random, rate=0.15))
    if clean:
        return frame
    rare = frame.filter(pl.col("target") == "yes")
    return pl.concat([frame, rare.sample(300, with_replacement=True, seed=2)]).sample(
        fraction=1.0, shuffle=True, seed=3
    )


def time_order(random: np.random.Generator, *, clean: bool) -> pl.DataFrame:
    columns, signal = base(random)
    columns["day"] = [date(2024, 1, 1) + timedelta(i) for i in range(ROWS)]
    drift = np.sin(np.arange(ROWS) / 12) * 4
    noisy = (signal if clean else signal + drift) + random.normal(size=ROWS)
    return pl.DataFrame({**columns, "target": noisy})


TRAPS: dict[str, tuple[Make, str | None]] = {
    "target_proxy": (target_proxy, "planted"),
    "future_column": (future_column, "planted"),
    "identifier": (identifier, "case_id"),
    "group": (group, None),
    "duplicate": (duplicate, None),
    "encoder": (encoder, "planted"),
    "resampling": (resampling, None),
    "time_order": (time_order, None),
}


def found(frame: pl.DataFrame) -> LeakReport:
    return find_leaks(frame, TrainingOptions(target="target"))


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(TRAPS))
def test_a_planted_leak_is_proven_and_its_clean_twin_is_not(kind: str) -> None:
    make, column = TRAPS[kind]
    report = found(make(np.random.default_rng(11), clean=False))
    proven = [each for each in report.proven() if (column in each.columns if column else each.kind == kind)]
    assert proven, [(each.kind, each.columns, each.verdict) for each in report.suspects]
    assert all(proof.high >= proof.gain >= proof.low for proof in proven[0].proofs)
    assert found(make(np.random.default_rng(12), clean=True)).proven() == []


def test_every_kind_has_a_detector() -> None:
    assert [detector.name for detector in all_detectors()] == list(ORDER)
    assert set(ORDER) == set(TRAPS)


def test_the_proof_shows_the_score_with_and_without() -> None:
    suspect = found(target_proxy(np.random.default_rng(1), clean=False)).proven()[0]
    proof = suspect.proofs[0]
    assert (proof.name, suspect.kind, suspect.columns) == ("without_suspect", "target_proxy", ["planted"])
    assert proof.score_with > 0.99 > proof.score_without
    assert proof.gain == pytest.approx(proof.score_with - proof.score_without)
    assert suspect.steps == [{"type": "drop_columns", "params": {"columns": ["planted"]}}]


def test_two_columns_that_hold_the_target_together_are_proven() -> None:
    random = np.random.default_rng(2)
    columns, signal = base(random, 200)
    target = signal + random.normal(size=200)
    part = random.normal(size=200)
    frame = pl.DataFrame({**columns, "first": part, "second": target - part, "target": target})
    assert [suspect.columns for suspect in found(frame).proven()] == [["first", "second"]]


@pytest.mark.parametrize(
    ("scale", "gaps", "said"),
    [
        (1.0, 0, "'first' + 'second' is exactly the target"),
        (2.0, 0, "'first' + 'second' gives the target exactly by a straight line"),
        (-1.0, 5, "'first' + 'second' gives the target exactly by a straight line wherever it can be calculated"),
        (1.0, 5, "'first' + 'second' is exactly the target wherever it can be calculated"),
    ],
)
def test_only_equal_values_are_called_exactly_the_target(scale: float, gaps: int, said: str) -> None:
    random = np.random.default_rng(2)
    columns, signal = base(random, 200)
    target = signal + random.normal(size=200)
    part = random.normal(scale=5.0, size=200)
    first = pl.Series(part).scatter(np.arange(gaps), None)
    made = (target - (scale != 1.0) * 3.0) * scale
    frame = pl.DataFrame({**columns, "first": first, "second": made - part, "target": target})
    assert [suspect.headline for suspect in found(frame).proven()] == [said]


def test_a_search_without_time_says_what_was_not_looked_for() -> None:
    frame = target_proxy(np.random.default_rng(1), clean=True)
    report = find_leaks(frame, TrainingOptions(target="target"), seconds=0.0)
    assert report.not_finished == report.looked_for
    assert report.suspects == []


def test_a_search_can_be_stopped() -> None:
    frame = target_proxy(np.random.default_rng(1), clean=False)
    with pytest.raises(Canceled):
        find_leaks(frame, TrainingOptions(target="target"), should_stop=lambda: True)


def test_a_row_between_two_others_is_told_from_one_beside_them() -> None:
    random = np.random.default_rng(4)
    points = random.normal(size=(60, 3))
    middle = points[0] + 0.3 * (points[1] - points[0])
    near = np.vstack([middle, points[0], points[1], points[2:] + 10])
    assert _is_between(near, 0)
    beside = near.copy()
    beside[0] += 0.01
    assert not _is_between(beside, 0)


def test_encodings_by_the_target_of_these_rows_are_told_from_others() -> None:
    codes = np.repeat(np.arange(8), 5)
    target = np.random.default_rng(6).integers(0, 2, 40).astype(float)
    sums, counts = np.bincount(codes, target), np.bincount(codes).astype(float)
    smoothed = ((sums + 7 * target.mean()) / (counts + 7))[codes]
    left_out = (sums[codes] - target) / (counts[codes] - 1)
    assert _is_smoothed_mean(smoothed, codes, target)
    assert _is_leave_one_out(left_out, codes, target)
    other = np.random.default_rng(7).random(8)[codes]
    assert not _is_smoothed_mean(other, codes, target)
    assert not _is_leave_one_out(other, codes, target)
