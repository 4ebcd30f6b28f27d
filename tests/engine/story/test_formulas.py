"""Values of formulas against scikit-learn and against counts by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from sklearn import metrics

from narrative.engine.story import Sources
from narrative.engine.story.formulas import REGISTRY, compute_value
from tests.fixtures.outcomes import outcome

TABLE = pl.DataFrame(
    {
        "n": [1.0, 2.0, None, float("nan"), 10.0],
        "word": ["a", "b", "b", None, "a"],
        "flag": [True, False, True, True, None],
        "day": [date(2024, 3, 1), None, date(2025, 1, 2), date(2024, 3, 1), date(2024, 5, 5)],
    }
)
SOURCES = Sources(table=TABLE, table_hash="ab" * 32)


@pytest.mark.parametrize(
    ("formula", "arguments", "value"),
    [
        ("table.rows", {}, 5),
        ("table.columns", {}, 4),
        ("table.missing", {"column": "n"}, 2),
        ("table.missing_share", {"column": "word"}, 0.2),
        ("table.missing_cells", {}, 5),
        ("table.missing_cells_share", {}, 0.25),
        ("table.columns_with_gaps", {}, 4),
        ("table.distinct", {"column": "word"}, 2),
        ("table.mean", {"column": "n"}, 13 / 3),
        ("table.minimum", {"column": "n"}, 1),
        ("table.maximum", {"column": "n"}, 10),
        ("table.quantile", {"column": "n", "share": 0.5}, 2),
        ("table.quantile", {"column": "n", "share": 0.75}, 6),
        ("table.time_span_start", {"column": "day"}, "2024-03-01"),
        ("table.time_span_end", {"column": "day"}, "2025-01-02"),
        ("table.value_at", {"column": "word", "position": 0}, "a"),
        ("table.count", {"conditions": [{"column": "word", "op": "==", "value": "b"}]}, 2),
        ("table.share", {"conditions": [{"column": "flag", "op": "==", "value": "true"}]}, 0.6),
        ("table.count", {"conditions": [{"column": "n", "op": ">", "value": 1}]}, 2),
        ("table.group_rows", {"conditions": [{"column": "n", "op": "<=", "value": 2}]}, 2),
        (
            "table.group_share",
            {"column": "word", "value": "a", "conditions": [{"column": "n", "op": "<=", "value": 2}]},
            0.5,
        ),
        ("table.group_median", {"column": "n", "conditions": [{"column": "word", "op": "==", "value": "a"}]}, 5.5),
        ("table.group_name", {"conditions": [{"column": "n", "op": "<=", "value": 2.0}]}, "n up to 2"),
    ],
)
def test_a_fact_of_a_table_equals_the_count_by_hand(formula: str, arguments: dict[str, object], value: object) -> None:
    assert compute_value(formula, SOURCES, arguments) == (value if isinstance(value, str) else pytest.approx(value))


def test_facts_of_a_binary_score_agree_with_scikit_learn() -> None:
    result = outcome("binary").result
    target, chance = result.test_target, result.test_predictions[:, 1]
    said, sources = chance >= 0.5, Sources(result=result)
    expected = {
        ("evaluation.score", "roc_auc"): metrics.roc_auc_score(target, chance),
        ("evaluation.precision", 1): metrics.precision_score(target, said),
        ("evaluation.recall", 1): metrics.recall_score(target, said),
        ("evaluation.accuracy", None): metrics.accuracy_score(target, said),
        ("evaluation.class_share", 1): target.mean(),
        ("evaluation.predicted_share", 1): chance.mean(),
    }
    for (formula, argument), value in expected.items():
        name = "metric" if formula == "evaluation.score" else "index"
        arguments: dict[str, object] = {} if argument is None else {name: argument}
        assert compute_value(formula, sources, arguments) == pytest.approx(value), formula


def test_what_is_found_at_a_share_of_false_alarms_lies_on_the_roc_curve_of_scikit_learn() -> None:
    result = outcome("binary").result
    false_alarms, found, _ = metrics.roc_curve(
        result.test_target, result.test_predictions[:, 1], drop_intermediate=False
    )
    for rate in (0.0, 0.05, 0.1, 0.5, 1.0):
        last = np.flatnonzero(false_alarms <= rate + 1e-9)[-1]
        expected = (
            found[last]
            if last + 1 == len(found)
            else np.interp(rate, false_alarms[last : last + 2], found[last : last + 2])
        )
        value = compute_value("evaluation.recall_at_false_alarms", Sources(result=result), {"rate": rate})
        assert value == pytest.approx(expected)


def test_rows_of_equal_scores_are_found_in_proportion_to_their_false_alarms() -> None:
    """A tree with two leaves: 40 of 50 positive and 10 of 50 other rows in the upper one."""
    result = outcome("binary").result
    target = np.repeat([1, 0], 50)
    chance = np.concatenate([np.repeat([0.8, 0.2], [40, 10]), np.repeat([0.8, 0.2], [10, 40])])
    result = replace(result, test_target=target, test_predictions=np.column_stack([1 - chance, chance]))
    value = compute_value("evaluation.recall_at_false_alarms", Sources(result=result), {"rate": 0.1})
    assert value == pytest.approx(0.4)  # half of the way to (0.2, 0.8)


def test_facts_of_a_regression_score_agree_with_scikit_learn() -> None:
    result = outcome("regression").result
    target, predictions, sources = result.test_target, result.test_predictions, Sources(result=result)
    assert compute_value("evaluation.score", sources, {"metric": "rmse"}) == pytest.approx(
        metrics.root_mean_squared_error(target, predictions)
    )
    assert compute_value("evaluation.mean_absolute_error", sources, {}) == pytest.approx(
        metrics.mean_absolute_error(target, predictions)
    )
    assert compute_value("evaluation.median_absolute_error", sources, {}) == pytest.approx(
        metrics.median_absolute_error(target, predictions)
    )
    assert compute_value("evaluation.r2", sources, {}) == pytest.approx(metrics.r2_score(target, predictions))


def test_facts_of_several_classes_agree_with_scikit_learn() -> None:
    result = outcome("multiclass").result
    target, answers = result.test_target, result.test_predictions.argmax(axis=1)
    recalls = metrics.recall_score(target, answers, average=None)
    values = [compute_value("evaluation.recall", Sources(result=result), {"index": index}) for index in range(3)]
    assert np.allclose(np.array(values, dtype=float), recalls)
    assert compute_value("evaluation.score", Sources(result=result), {"metric": "log_loss"}) == pytest.approx(
        metrics.log_loss(target, result.test_predictions)
    )


def test_every_formula_says_in_words_how_it_computes() -> None:
    assert len(REGISTRY) > 80
    for name, formula in REGISTRY.items():
        assert formula.words, name
        assert name.count(".") == 1
