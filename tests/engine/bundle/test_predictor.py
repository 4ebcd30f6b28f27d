from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from polars.testing import assert_frame_equal

from narrative.core.errors import InvalidInput
from narrative.engine.bundle import Bundle, Predictions, bad_rows_frame, load_bundle, predictions_frame
from narrative.engine.bundle import predictor as predictor_module
from narrative.engine.bundle.vocabulary import KnownCategories
from narrative.engine.tables import frame_from
from narrative.engine.tables.types import BadRow
from narrative.engine.types import Problem
from tests.fixtures.bundles import PROBLEMS, small_bundle, write_small
from tests.fixtures.frames import frames, mixed

ROWS = mixed()[10:40]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[Problem, Bundle]:
    return {problem: small_bundle(tmp_path_factory.mktemp(problem), problem) for problem in PROBLEMS}


@pytest.fixture
def bundle(bundles: dict[Problem, Bundle]) -> Bundle:
    return bundles["binary"]


def probabilities(predictions: Predictions) -> np.ndarray[Any, Any]:
    assert predictions.probabilities is not None
    return predictions.probabilities


@pytest.mark.parametrize("problem", PROBLEMS)
def test_predictions_are_those_of_the_model(problem: Problem, bundles: dict[Problem, Bundle]) -> None:
    model = bundles[problem].model
    found = bundles[problem].predict(ROWS)
    expected = model.predictions(model.margins(ROWS))
    assert found.answers == model.answers(expected)
    assert found.bad_rows == []
    if problem == "regression":
        assert found.probabilities is None
        assert found.lower is not None
        assert found.upper is not None
        assert (found.lower < np.array(found.answers)).all()
        assert (found.upper > np.array(found.answers)).all()
    else:
        assert probabilities(found).tobytes() == expected.tobytes()
        np.testing.assert_allclose(probabilities(found).sum(axis=1), 1.0)


def test_one_row_alone_gets_the_answer_it_gets_in_a_table(bundle: Bundle) -> None:
    whole = probabilities(bundle.predict(ROWS.vstack(mixed(100, seed=4))))
    for row in range(5):
        assert probabilities(bundle.predict(ROWS[row])).tobytes() == whole[row : row + 1].tobytes()


@pytest.mark.parametrize("problem", PROBLEMS)
@settings(max_examples=15, deadline=None)
@given(rows=frames())
def test_every_readable_table_gets_finite_predictions(
    problem: Problem, bundles: dict[Problem, Bundle], rows: pl.DataFrame
) -> None:
    found = bundles[problem].predict(rows, reasons=True, n_reasons=None)
    assert found.n_predicted == rows.height
    numbers = np.array(found.answers) if problem == "regression" else probabilities(found)
    assert np.isfinite(numbers).all()
    assert found.base is not None
    assert found.effects is not None
    shown = numbers if problem == "regression" else numbers[:, 1] if problem == "binary" else numbers.max(axis=1)
    np.testing.assert_allclose(found.base + found.effects.sum(axis=1), shown, atol=1e-9)


def test_order_case_and_extra_columns_do_not_change_answers(bundle: Bundle) -> None:
    changed = ROWS.select(reversed(ROWS.columns)).rename(str.upper).with_columns(pl.lit(1).alias("extra"))
    found = bundle.predict(changed)
    assert probabilities(found).tobytes() == probabilities(bundle.predict(ROWS)).tobytes()
    assert len(found.repairs) == len(bundle.contract.columns)


def test_a_missing_column_counts_as_missing_and_is_told(bundle: Bundle) -> None:
    found = bundle.predict(ROWS.drop("city"))
    gap = bundle.predict(ROWS.with_columns(pl.lit(None, dtype=pl.String).alias("city")))
    assert probabilities(found).tobytes() == probabilities(gap).tobytes()
    assert gap.warnings == []
    assert bundle.predict(ROWS.drop("amount")).warnings == [
        "Column 'amount' is not there: it counts as missing in every row."
    ]


def test_the_effect_of_a_missing_column_is_told_by_its_importance(bundle: Bundle) -> None:
    losses = {"city": 0.1, "amount": 0.3, "note": -0.001}
    importances = [{"column": column, "loss": loss, "low": 0.0, "high": 1.0} for column, loss in losses.items()]
    measured = replace(bundle, documents={"importances": importances})
    said = measured.predict(ROWS.drop(*losses)).warnings
    start = "is not there: it counts as missing in every row."
    assert set(said) == {
        f"Column 'city' {start} It is number 2 by importance of the 3 columns measured, so answers are less certain.",
        f"Column 'amount' {start} It is the most important of the 3 columns measured, so answers are less certain.",
        f"Column 'note' {start} The model hardly uses it.",
    }


def test_no_known_column_is_refused_with_the_expected_list(bundle: Bundle) -> None:
    with pytest.raises(InvalidInput) as caught:
        bundle.predict(pl.DataFrame({"foo": [1], "bar": ["x"]}))
    assert caught.value.code == "no_known_column"
    assert set(caught.value.context["expected"]) == {column.name for column in bundle.contract.columns}
    assert "'city'" in str(caught.value.fix)


def test_unseen_categories_count_as_missing_and_are_counted(bundle: Bundle) -> None:
    new = ROWS.with_columns(pl.lit("Atlantis").alias("city"))
    gap = ROWS.with_columns(pl.lit(None, dtype=pl.String).alias("city"))
    found = bundle.predict(new)
    assert probabilities(found).tobytes() == probabilities(bundle.predict(gap)).tobytes()
    assert found.warnings == [
        "30 rows have a category of 'city' the model has not seen ('Atlantis'): it counts as missing."
    ]
    assert len(found.row_warnings) == 30


def test_categories_with_other_case_or_blanks_are_repaired(bundle: Bundle) -> None:
    city = ROWS["city"].fill_null("Rome")
    plain = bundle.predict(ROWS.with_columns(city))
    found = bundle.predict(ROWS.with_columns((" " + city.str.to_uppercase() + " ").alias("city")))
    assert probabilities(found).tobytes() == probabilities(plain).tobytes()
    assert found.warnings == []
    assert len(found.repairs) == 1
    assert found.repairs[0].startswith("30 values of 'city' were matched to a known spelling (")
    assert "' BERN ' to 'Bern'" in found.repairs[0]


def test_of_several_known_spellings_the_most_frequent_is_meant(tmp_path: Path) -> None:
    frame = mixed()
    odd = pl.when(pl.int_range(pl.len()) < 3).then(pl.lit("ROME")).otherwise(pl.col("city")).alias("city")
    known = load_bundle(write_small(tmp_path / "m.narrative", frame=frame.with_columns(odd)))
    row = ROWS.head(1)
    said = {text: known.predict(row.with_columns(pl.lit(text).alias("city"))) for text in ("Rome", "ROME", " rome")}
    assert probabilities(said[" rome"]).tobytes() == probabilities(said["Rome"]).tobytes()
    assert probabilities(said[" rome"]).tobytes() != probabilities(said["ROME"]).tobytes()
    assert said[" rome"].repairs == ["1 value of 'city' was matched to a known spelling (' rome' to 'Rome')."]
    assert said["ROME"].repairs == []


def test_a_spelling_nobody_can_rank_is_not_guessed() -> None:
    words = KnownCategories(["Bonn", "BONN", "Köln"], frequent=["Köln"])
    assert words.alike("bonn ") is None
    assert words.alike("KÖLN") == "Köln"
    assert words.alike("Ulm") is None


def test_markers_of_the_import_are_missing_in_every_input(bundle: Bundle) -> None:
    markers = ["nix da", "77"]
    told = replace(bundle, contract=bundle.contract.model_copy(update={"missing_markers": markers}))
    row = ROWS.head(1)
    for column, text in (("amount", "Nix da"), ("amount", "77"), ("day", "nix da"), ("city", "77")):
        gap = told.predict(row.with_columns(pl.lit(None, dtype=row[column].dtype).alias(column)))
        found = told.predict(row.with_columns(pl.lit(text).alias(column)))
        assert (found.bad_rows, found.warnings, found.repairs) == ([], [], [])
        assert probabilities(found).tobytes() == probabilities(gap).tobytes()
    typed = told.predict(row.with_columns(pl.lit(77.0).alias("amount")))
    assert (
        probabilities(typed).tobytes()
        == probabilities(told.predict(row.with_columns(pl.lit(None, dtype=pl.Float64).alias("amount")))).tobytes()
    )
    assert bundle.predict(row.with_columns(pl.lit("nix da").alias("amount"))).n_predicted == 0


def test_many_missing_columns_are_told_together_with_what_they_carry(bundle: Bundle) -> None:
    losses = {"city": 0.3, "amount": 0.5, "count": 0.1, "day": -0.2, "flag": 0.1}
    importances = [{"column": column, "loss": loss, "low": 0.0, "high": 1.0} for column, loss in losses.items()]
    measured = replace(bundle, documents={"importances": importances})
    said = measured.predict(ROWS.drop("city", "amount", "count", "day")).warnings
    total = len(bundle.contract.columns)
    assert len(said) == 1
    assert said[0].startswith(f"4 of {total} columns are not there: ")
    assert said[0].endswith("They carry 90% of the measured importance, so answers are less certain.")


def test_values_out_of_range_are_predicted_and_flagged(bundle: Bundle) -> None:
    found = bundle.predict(ROWS.with_columns(pl.Series("count", [400] + [1] * 29)))
    assert found.n_predicted == 30
    assert found.warnings == ["1 row has 'count' outside 0 to 5, the range the model has learned from."]
    assert list(found.row_warnings) == [0]


def test_text_is_read_as_the_type_the_model_expects(bundle: Bundle) -> None:
    as_text = ROWS.select(pl.all().cast(pl.String)).with_columns(
        pl.col("amount").str.replace(".", ",", literal=True),
        pl.col("flag").replace(["true", "false"], ["Yes", "no"]),
        ROWS["day"].dt.strftime("%d.%m.%Y").alias("day"),
        pl.col("count").fill_null("n/a"),
    )
    found, expected = bundle.predict(as_text), bundle.predict(ROWS)
    assert found.bad_rows == []
    assert probabilities(found).tobytes() == probabilities(expected).tobytes()
    assert any("values of 'amount' read anew, for example" in repair for repair in found.repairs)


def test_a_value_that_cannot_be_read_makes_a_bad_row_and_never_a_failed_table(bundle: Bundle) -> None:
    text = ROWS.with_columns(pl.col("amount").cast(pl.String)).with_columns(
        pl.when(pl.int_range(30) == 4).then(pl.lit("abc")).otherwise(pl.col("amount")).alias("amount")
    )
    found = bundle.predict(text, lines=[row + 2 for row in range(30)])
    good = [row for row in range(30) if row != 4]
    assert found.row_index.tolist() == good
    assert probabilities(found).tobytes() == probabilities(bundle.predict(ROWS[good])).tobytes()
    (bad,) = found.bad_rows
    assert (bad.line, bad.column, bad.value) == (6, "amount", "abc")
    assert bad.reason == "'amount' cannot be used: it is not a number."


def test_one_bad_row_stands_once_however_many_cells_are_bad(bundle: Bundle) -> None:
    found = bundle.predict(pl.DataFrame({"amount": ["x", "1"], "count": ["y", "2"]}))
    assert [(bad.line, bad.column) for bad in found.bad_rows] == [(1, "amount")]
    assert found.n_predicted == 1


def test_a_table_of_bad_rows_gives_no_prediction_and_no_error(bundle: Bundle) -> None:
    found = bundle.predict(pl.DataFrame({"amount": ["x", "y"], "day": [None, "z"]}), reasons=True)
    assert (found.n_predicted, len(found.bad_rows)) == (0, 2)
    assert found.answers == []
    assert predictions_frame(pl.DataFrame({"amount": ["x", "y"]}), found, bundle.contract).height == 0


@pytest.mark.parametrize("problem", PROBLEMS)
def test_nothing_but_gaps_is_predicted(problem: Problem, bundles: dict[Problem, Bundle]) -> None:
    found = bundles[problem].predict(pl.DataFrame({"city": [None, None], "amount": [None, None]}))
    assert found.n_predicted == 2
    assert found.bad_rows == []


@pytest.mark.parametrize("problem", PROBLEMS)
def test_no_rows_give_no_predictions(problem: Problem, bundles: dict[Problem, Bundle]) -> None:
    found = bundles[problem].predict(ROWS.clear(), reasons=True)
    assert found.answers == []
    assert predictions_frame(ROWS.clear(), found, bundles[problem].contract).height == 0


def test_a_column_of_another_nature_is_bad_where_it_has_values(bundle: Bundle) -> None:
    found = bundle.predict(pl.DataFrame({"amount": [date(2024, 1, 1), None], "day": [None, 5]}))
    assert [bad.reason for bad in found.bad_rows] == [
        "'amount' cannot be used: it is a date, a number is expected.",
        "'day' cannot be used: it is a number, a date is expected.",
    ]


def test_other_number_types_are_as_good(bundle: Bundle) -> None:
    cast = ROWS.with_columns(
        pl.col("count").cast(pl.Float32), pl.col("flag").cast(pl.Int8), pl.col("city").cast(pl.Categorical)
    )
    assert probabilities(bundle.predict(cast)).tobytes() == probabilities(bundle.predict(ROWS)).tobytes()


def test_the_table_given_is_not_changed(bundle: Bundle) -> None:
    before = ROWS.clone()
    bundle.predict(ROWS, reasons=True)
    assert_frame_equal(ROWS, before)


def test_long_tables_are_computed_in_pieces_with_the_same_answers(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = bundle.predict(ROWS, reasons=True)
    monkeypatch.setattr(predictor_module, "CHUNK_ROWS", 7)
    monkeypatch.setattr(predictor_module, "REASON_CHUNK_ROWS", 4)
    pieces = bundle.predict(ROWS, reasons=True)
    assert probabilities(pieces).tobytes() == probabilities(whole).tobytes()
    assert pieces.reasons == whole.reasons


def test_reasons_explain_the_positive_class_or_the_answer(bundles: dict[Problem, Bundle]) -> None:
    binary = bundles["binary"].predict(ROWS, reasons=True)
    assert set(binary.explained or []) == {"low"}
    many = bundles["multiclass"].predict(ROWS, reasons=True)
    assert many.explained == many.answers
    assert bundles["regression"].predict(ROWS, reasons=True).explained is None
    assert binary.reasons is not None
    assert [len(row) for row in binary.reasons] == [3] * 30
    strengths = [[abs(reason.effect) for reason in row] for row in binary.reasons]
    assert strengths == [sorted(row, reverse=True) for row in strengths]


def test_an_answer_is_the_same_with_and_without_reasons(bundle: Bundle) -> None:
    with_reasons, without = bundle.predict(ROWS, reasons=True), bundle.predict(ROWS)
    assert probabilities(with_reasons).tobytes() == probabilities(without).tobytes()
    assert without.reasons is None


def test_the_output_keeps_all_columns_and_adds_the_answers(bundles: dict[Problem, Bundle]) -> None:
    table = ROWS.with_columns(pl.lit("me").alias("extra"))
    added = {
        "binary": ["prediction", "probability_high", "probability_low"],
        "multiclass": ["prediction", "probability_high", "probability_low", "probability_middle"],
        "regression": ["prediction", "lower", "upper"],
    }
    for problem, names in added.items():
        bundle = bundles[problem]  # type: ignore[index]
        out = predictions_frame(table, bundle.predict(table), bundle.contract)
        assert out.columns == [*table.columns, *names]
        assert_frame_equal(out.select(table.columns), table)
        out = predictions_frame(table, bundle.predict(table, reasons=True), bundle.contract)
        assert out.columns == [*table.columns, *names, "reason_1", "reason_2", "reason_3"]


def test_an_input_column_with_the_name_of_an_answer_is_kept_as_original(bundle: Bundle) -> None:
    table = ROWS.with_columns(pl.lit(7).alias("prediction"), pl.lit(8).alias("prediction_original"))
    out = predictions_frame(table, bundle.predict(table), bundle.contract)
    assert out["prediction_original"].unique().to_list() == [8]
    assert out["prediction_original_original"].unique().to_list() == [7]
    assert set(out["prediction"]) <= {"high", "low"}


def test_bad_rows_come_with_their_original_cells(bundle: Bundle) -> None:
    table = pl.DataFrame({"amount": ["1", "x"], "row": ["a", "b"], "city": ["Rome", "Rome"]})
    found = bundle.predict(table, lines=[2, 3])
    bad = bad_rows_frame(table, found)
    assert bad is not None
    assert bad.to_dicts() == [
        {
            "row": 3,
            "column": "amount",
            "value": "x",
            "reason": "'amount' cannot be used: it is not a number.",
            "amount": "x",
            "row_original": "b",
            "city": "Rome",
        }
    ]
    assert predictions_frame(table, found, bundle.contract)["row"].to_list() == ["a"]


def test_rows_the_reader_left_out_stand_among_the_bad_rows_in_the_order_of_the_source(bundle: Bundle) -> None:
    table = pl.DataFrame({"amount": ["1", "x"], "city": ["Rome", "Rome"], "original_text": [1.5, 2.5]})
    found = bundle.predict(table, lines=[2, 4])
    left_out = [BadRow(line=3, reason="too many cells", text="a,b,c,d")]
    bad = bad_rows_frame(table, found, left_out)
    assert bad is not None
    told = ["row", "column", "value", "reason", "original_text"]
    assert bad.columns == [*told, "amount", "city", "original_text_original"]
    assert bad["row"].to_list() == [3, 4]
    assert bad["original_text"].to_list() == ["a,b,c,d", None]
    assert bad["amount"].to_list() == [None, "x"]
    assert bad["original_text_original"].to_list() == [None, 2.5]


def test_without_a_bad_row_there_is_no_table_of_them(bundle: Bundle) -> None:
    assert bad_rows_frame(ROWS, bundle.predict(ROWS)) is None


def test_a_bundle_can_be_loaded_and_asked_by_path(tmp_path: Path) -> None:
    small_bundle(tmp_path)
    assert Bundle.load(str(tmp_path / "model.narrative")).predict(ROWS).n_predicted == 30


def test_pandas_frames_columns_and_rows_are_tables_too(bundle: Bundle) -> None:
    import pandas as pd

    rows = [{"amount": 40.0, "city": "Rome"}, {"amount": None, "city": "Oslo"}]
    expected = probabilities(bundle.predict(pl.DataFrame(rows)))
    for table in (pd.DataFrame(rows), rows, {"amount": [40.0, None], "city": ["Rome", "Oslo"]}):
        assert probabilities(bundle.predict(table)).tobytes() == expected.tobytes()
    with pytest.raises(InvalidInput):
        bundle.predict(7)


@pytest.mark.parametrize("column", ["city", "note"])
@pytest.mark.parametrize("blank", ["", "  "])
def test_no_text_is_no_value_by_whichever_way_it_comes(column: str, blank: str, bundle: Bundle) -> None:
    row = ROWS.drop("gone").drop_nulls().row(0, named=True)
    missing = bundle.predict(pl.DataFrame([row | {column: None}], schema_overrides=ROWS.schema))
    given = row | {column: blank}
    assert probabilities(missing).tobytes() != probabilities(bundle.predict(pl.DataFrame([row]))).tobytes()
    for table in (pl.DataFrame([given]), frame_from([given])):
        found = bundle.predict(table)
        assert probabilities(found).tobytes() == probabilities(missing).tobytes()
        assert found.warnings == missing.warnings
    assert bundle.predict_one(given).probabilities == tuple(probabilities(missing)[0].tolist())
