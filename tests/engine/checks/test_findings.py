"""Every check finds its planted fault, and nothing in a clean table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narrative.engine.checks import Finding, checks
from narrative.engine.profile import infer_kinds, profile_table
from narrative.engine.recipe import Recipe

RANDOM = np.random.default_rng(4)
N = 400


def clean() -> pl.DataFrame:
    """An ordinary table: numbers, a city, a date, an answer, none of them remarkable."""
    random = np.random.default_rng(21)
    return pl.DataFrame(
        {
            "age": random.integers(18, 80, N),
            "height": random.normal(170, 8, N).clip(152, 188),
            "city": random.choice([f"City {i}" for i in range(45)], N),
            "since": [date(2020, 1, 1 + i % 28) for i in range(N)],
            "left": random.choice(["yes", "no"], N, p=[0.4, 0.6]),
        }
    )


def with_column(**columns: object) -> pl.DataFrame:
    return clean().with_columns(**{name: pl.Series(values) for name, values in columns.items()})  # type: ignore[arg-type]  # any values a series takes


def moving(n: int = 1_200) -> pl.DataFrame:
    """A table in the order of its dates, in which the level of one column rises in the last third."""
    level = np.where(np.arange(n) < 800, 0.0, 2.0)
    return pl.DataFrame(
        {
            "day": [date(2020, 1, 1) + timedelta(days=i) for i in range(n)],
            "steady": RANDOM.normal(0, 1, n).clip(-2, 2),
            "v": RANDOM.normal(level, 1).clip(-2, 4),
            "left": RANDOM.choice(["yes", "no"], n),
        }
    )


def entered_twice() -> pl.DataFrame:
    """Some rows once more under another number and with another case."""
    table = with_column(customer_no=[f"C{i:05d}" for i in range(N)], weight=RANDOM.normal(70, 9, N).clip(50, 90))
    again = table.head(9).with_columns(
        pl.col("city").str.to_uppercase(), customer_no=pl.Series([f"D{i}" for i in range(9)])
    )
    return pl.concat([table, again])


PLANTED: dict[str, Callable[[], pl.DataFrame]] = {
    "change_over_time": moving,
    "constant": lambda: with_column(v=["x"] * N),
    "date_gaps": lambda: moving().filter((pl.col("day") < date(2021, 3, 1)) | (pl.col("day") > date(2021, 3, 9))),
    "duplicates": lambda: pl.concat([clean(), clean().head(30)]),
    "empty": lambda: clean().with_columns(v=pl.lit(None, dtype=pl.String)),
    "few_rows": lambda: clean().head(50),
    "groups": lambda: with_column(customer_id=[i // 3 for i in range(N)]),
    "high_cardinality": lambda: with_column(v=[f"v{i // 2}" for i in range(N)]),
    "identifier": lambda: with_column(customer_id=RANDOM.permutation(N)),
    "imbalance": lambda: with_column(left=["yes"] * 12 + ["no"] * (N - 12)),
    "leak_suspect": lambda: clean().with_columns(reason=pl.when(pl.col("left") == "yes").then(pl.lit("moved"))),
    "many_columns": lambda: with_column(**{f"c{i}": RANDOM.integers(0, 9, N) for i in range(120)}),
    "missing_some": lambda: with_column(v=[None, *RANDOM.normal(0, 1, N - 1).clip(-2, 2)]),
    "mixed_types": lambda: with_column(v=["7"] * 4 + ["red", "blue"] * ((N - 4) // 2)),
    "mostly_missing": lambda: with_column(v=[1.0, 2.0, 4.0] * 50 + [None] * (N - 150)),
    "near_duplicates": entered_twice,
    "nearly_constant": lambda: with_column(v=[1] + [0] * (N - 1)),
    "numeric_codes": lambda: with_column(store_code=RANDOM.integers(1, 9, N)),
    "outliers": lambda: with_column(v=[9_000.0, *RANDOM.normal(0, 1, N - 1)]),
    "personal_data": lambda: with_column(v=[f"user{i % 90}@example.org" for i in range(N)]),
    "placeholder": lambda: with_column(v=[-999] * 5 + RANDOM.integers(10, 60, N - 5).tolist()),
    "skewed": lambda: with_column(v=np.exp(RANDOM.normal(0, 2, N))),
    "spelling_variants": lambda: with_column(v=["red", "RED "] + ["Red", "Blue"] * ((N - 2) // 2)),
    "stray_spaces": lambda: with_column(v=["red "] * 4 + ["red", "blue"] * ((N - 4) // 2)),
    "target_missing": lambda: clean().with_columns(left=pl.when(pl.int_range(N) > 20).then(pl.col("left"))),
}  # fmt: skip


def findings(frame: pl.DataFrame) -> list[Finding]:
    return profile_table(frame, target="left").findings


def test_every_check_has_a_planted_fault() -> None:
    assert set(PLANTED) == set(checks())


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_a_planted_fault_is_found(name: str) -> None:
    assert name in {finding.code for finding in findings(PLANTED[name]())}


def test_nothing_is_found_in_a_clean_table_and_a_plain_city_column_is_not_flagged() -> None:
    assert findings(clean()) == []


def test_urgent_findings_come_first() -> None:
    frame = clean().with_columns(same=pl.lit(1), noted=pl.lit(None, dtype=pl.String)).head(60)
    severities = [finding.severity for finding in findings(frame)]
    order = ["fix", "decide", "good_to_know", "fine"]
    assert severities == sorted(severities, key=order.index)
    assert severities[0] == "fix"


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_findings_are_short_speak_of_real_columns_and_offer_what_training_can_do(name: str) -> None:
    frame = PLANTED[name]()
    keys = {"left", "customer_id"}
    frame = frame.rename({column: column + "_" + "x" * 60 for column in frame.columns if column not in keys})
    kinds = {column: kind for column, kind in infer_kinds(frame).items() if column != "left"}
    for finding in findings(frame):
        assert len(finding.headline) <= 90, finding.headline
        assert any(character.isdigit() for character in finding.headline)
        assert finding.reason.endswith(".")
        assert set(finding.columns) <= set(frame.columns)
        assert finding.facts
        for action in finding.actions:
            if action.step is not None:
                assert action.kind == "apply_step"
                recipe = Recipe([action.step])
                recipe.validate(kinds)
                recipe.fit(frame.drop("left"))
        if finding.columns:
            assert finding.actions[-1].kind == "show_column"
            assert finding.actions[-1].column == finding.columns[0]


NO_STEP_HELPS = {"change_over_time", "date_gaps", "few_rows", "imbalance", "many_columns", "target_missing"}


@pytest.mark.parametrize("name", sorted(set(PLANTED) - NO_STEP_HELPS - {"near_duplicates"}))
def test_the_first_button_of_a_finding_takes_care_of_it(name: str) -> None:
    frame = PLANTED[name]()
    found = next(finding for finding in findings(frame) if finding.code == name)
    step = found.actions[0].step
    assert step is not None
    _, after = Recipe([step]).fit_apply(frame)
    left = [item for item in findings(after) if item.code == name]
    assert not [item for item in left if not item.columns or set(item.columns) & set(found.columns)]


def test_rows_entered_twice_are_one_after_both_buttons() -> None:
    frame = entered_twice()
    found = next(finding for finding in findings(frame) if finding.code == "near_duplicates")
    steps = [action.step for action in found.actions if action.step is not None]
    _, after = Recipe(steps).fit_apply(frame)
    assert (frame.height, after.height) == (N + 9, N)


def test_no_button_works_on_the_column_to_predict() -> None:
    frame = clean().with_columns(left=pl.when(pl.int_range(N) < 9).then(pl.lit("yes ")).otherwise("left"))
    found = [finding for finding in findings(frame) if "left" in finding.columns]
    assert found
    assert {action.kind for finding in found for action in finding.actions} == {"show_column"}


CELLS = st.one_of(
    st.none(), st.integers(-5, 5), st.floats(allow_nan=True), st.text(max_size=3), st.booleans(), st.dates()
)


@settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELLS, min_size=1, max_size=12), min_size=1, max_size=4))
def test_checks_never_fail_on_odd_tables(columns: list[list[object]]) -> None:
    n_rows = min(len(column) for column in columns)
    from narrative.engine.tables import frame_from

    frame = frame_from({f"c{i}": column[:n_rows] for i, column in enumerate(columns)})
    profile = profile_table(frame)
    assert all(len(finding.headline) <= 90 for finding in profile.findings)


def test_change_is_found_in_a_table_of_which_only_some_rows_are_looked_at() -> None:
    n = 120_000
    late = np.arange(n) > 0.7 * n
    frame = pl.DataFrame(
        {
            "moment": pl.Series(np.arange(n)).cast(pl.Datetime("us")),
            "steady": RANDOM.normal(0, 1, n),
            "moved": RANDOM.normal(0, 1, n) + 1.5 * late,
            "kind": np.where(RANDOM.random(n) < np.where(late, 0.8, 0.2), "a", "b"),
        }
    ).sample(fraction=1.0, shuffle=True, seed=3)
    found = next(item for item in profile_table(frame).findings if item.code == "change_over_time")
    assert set(found.columns) == {"moved", "kind"}
    assert float(found.facts["rows_in_each_part"]) <= 20_000


@pytest.mark.parametrize(("name", "step"), [("change_over_time", "drop_columns"), ("date_gaps", "date_parts")])
def test_a_finding_without_a_cure_offers_a_step_that_helps_the_model(name: str, step: str) -> None:
    found = next(finding for finding in findings(PLANTED[name]()) if finding.code == name)
    assert [action.step.type for action in found.actions if action.step is not None] == [step]
    assert found.actions[-1].kind == "show_column"
