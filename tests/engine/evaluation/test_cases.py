from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.cases import nearest_cases, worst_errors
from narrative.engine.evaluation.clusters import error_clusters, k_means
from narrative.engine.evaluation.rows import Rows
from narrative.engine.evaluation.space import Space, distances_between
from tests.fixtures.evaluated import LINE, SUBJECT, scored, scored_numbers


def test_distances_are_root_mean_squares() -> None:
    random = np.random.default_rng(1)
    one, other = random.normal(size=(5, 3)), random.normal(size=(7, 3))
    expected = np.sqrt(((one[:, None, :] - other[None, :, :]) ** 2).mean(axis=2))
    assert distances_between(one, other) == pytest.approx(expected)


def test_the_nearest_cases_are_those_of_a_search_by_hand() -> None:
    rows = scored_numbers(400)
    space = Space.learn(LINE, rows.cells)
    found = nearest_cases(space, rows, rows.cells[7])
    points = space.place(rows.cells)
    away = np.sqrt(((points - points[7]) ** 2).mean(axis=1))
    assert [each.row for each in found.neighbours] == np.argsort(away, kind="stable")[1:6].tolist()
    assert found.outcome == pytest.approx(rows.target[[each.row for each in found.neighbours]].mean())
    assert found.baseline == pytest.approx(rows.target.mean())
    assert found.words.sentence is not None


def test_cases_are_told_how_alike_they_are_and_in_what_they_differ() -> None:
    rows = scored(1_000)
    space = Space.learn(SUBJECT, rows.cells)
    twin = rows.cells[[3]].with_columns(a=pl.col("a") + 1e-6)
    found = nearest_cases(space, rows, twin)
    assert found.neighbours[0].row == 3
    assert found.neighbours[0].words == "very alike"
    assert list(found.neighbours[0].differs) == ["a"]
    far = rows.cells[[3]].with_columns(a=pl.lit(40.0))
    assert nearest_cases(space, rows, far).neighbours[0].words == "not alike"


def test_the_worst_errors_come_first_with_what_was_said() -> None:
    rows = scored_numbers(500)
    found = worst_errors(rows, [])
    misses = (rows.target - rows.predictions) ** 2
    assert [each.row for each in found.rows] == np.argsort(-misses, kind="stable")[:20].tolist()
    assert found.rows[0].times_the_mean == pytest.approx(misses.max() / misses.mean())
    assert found.share_of_loss == pytest.approx(np.sort(misses)[-25:].sum() / misses.sum())
    assert found.interval[0] <= found.share_of_loss <= found.interval[1]
    classes = worst_errors(scored(), SUBJECT.classes).rows[0]
    assert classes.actual != classes.answer
    assert classes.prediction < 0.5


def test_a_faultless_model_has_no_worst_error() -> None:
    rows = scored_numbers(50)
    with pytest.raises(NotApplicable, match="without any error"):
        worst_errors(Rows("regression", rows.target, rows.target, rows.positions), [])


def test_a_planted_cluster_of_errors_is_found_and_named() -> None:
    rows = scored(2_000, turned=True)
    found = error_clusters(Space.learn(SUBJECT, rows.cells), rows).found
    assert found
    assert found[0].interval[0] > 0
    assert {each["column"] for trait in found[0].traits[:2] for each in trait.conditions} & {"c", "g"}


@pytest.mark.slow
def test_errors_that_the_model_foresees_form_no_cluster() -> None:
    told = 0
    for seed in range(6):
        rows = scored(1_000, seed=seed)
        told += bool(error_clusters(Space.learn(SUBJECT, rows.cells), rows, seed=seed).found)
    assert told <= 1


def test_clusters_that_are_far_apart_are_told_apart() -> None:
    random = np.random.default_rng(6)
    points = np.concatenate([random.normal(centre, 0.1, (20, 2)) for centre in (0.0, 5.0, 10.0)])
    labels = k_means(points, 3)
    assert [len(set(labels[start : start + 20].tolist())) for start in (0, 20, 40)] == [1, 1, 1]
    assert len(set(labels.tolist())) == 3
