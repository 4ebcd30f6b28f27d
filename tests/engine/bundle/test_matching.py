from __future__ import annotations

import pytest

from narrative.engine.bundle.matching import match_columns

EXPECTED = ["Customer Age", "tenure", "Größe (m²)", "pay_1", "pay_2", "monthly_charges"]


@pytest.mark.parametrize(
    "given",
    [
        ["monthly_charges", "pay_2", "pay_1", "Größe (m²)", "tenure", "Customer Age"],
        ["CUSTOMER AGE", "Tenure", "GRÖSSE (M²)", "PAY_1", "PAY_2", "Monthly Charges"],
        [" customer_age ", "tenure ", "groesse m2", "pay-1", "Pay 2", "MonthlyCharges"],
        ["customer.age", "tenure", "Grosse_m2", "pay1", "pay2", "monthly-charges"],
    ],
)
def test_reordered_recased_and_respelled_names_are_found(given: list[str]) -> None:
    match = match_columns([name for name in EXPECTED if "groesse" not in given[2] or name != "Größe (m²)"], given)
    assert match.missing == []
    assert match.columns["tenure"] == given[[g.strip().lower() for g in given].index("tenure")]
    assert match.columns["pay_1"] != match.columns["pay_2"]


def test_what_was_repaired_is_told() -> None:
    assert match_columns(["tenure"], ["TENURE"]).repairs == ["Column 'TENURE' was read as 'tenure'."]
    assert match_columns(["tenure"], ["tenure"]).repairs == []


def test_a_typing_error_is_repaired_and_a_different_column_is_not() -> None:
    assert match_columns(["monthly_charges"], ["montly_charges"]).columns == {"monthly_charges": "montly_charges"}
    for other in ("total_charges", "charges", "monthly_cost", "month"):
        assert match_columns(["monthly_charges"], [other]).missing == ["monthly_charges"]


def test_numbered_columns_are_never_taken_for_each_other() -> None:
    assert match_columns(["payment_1"], ["payment_2"]).missing == ["payment_1"]


def test_a_typing_error_with_two_possible_meanings_is_not_repaired() -> None:
    assert match_columns(["charge_day", "charge_dax"], ["charge_da"]).columns == {}
    assert match_columns(["charge_day"], ["charge_dat", "charge_dax"]).columns == {}


def test_an_exact_name_wins_over_a_similar_one() -> None:
    match = match_columns(["age", "Age"], ["Age", "age"])
    assert match.columns == {"age": "age", "Age": "Age"}
    match = match_columns(["age"], ["AGE", "Age"])
    assert match.columns == {"age": "AGE"}
    assert len(match.warnings) == 1


def test_extra_columns_are_left_over_and_missing_ones_named() -> None:
    match = match_columns(["a", "b"], ["b", "zzz"])
    assert (match.missing, match.extra) == (["a"], ["zzz"])


def test_names_of_signs_only_are_compared_as_they_are() -> None:
    assert match_columns(["%", "#"], ["#", "%"]).columns == {"%": "%", "#": "#"}
    assert match_columns(["%"], ["#"]).missing == ["%"]


def test_thousands_of_strange_names_are_matched_at_once() -> None:
    expected = [f"Column Number {i}" for i in range(5_000)]
    assert len(match_columns(expected, [name.upper() for name in expected]).columns) == 5_000
    assert match_columns(expected, [f"something else {i}" for i in range(5_000)]).columns == {}
