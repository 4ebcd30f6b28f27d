"""Parameters for every step, to hold it to the contract with; and the steps learned with them."""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl

from narrative.engine.recipe import FittedRecipe, step_types
from narrative.engine.steps.base import FitContext, State, Step, StepParams
from tests.contracts import step_contract as contract
from tests.fixtures.frames import mixed, target_of

EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "bin_values": [
        {"columns": ["amount", "count"]},
        {"method": "equal_width", "n_bins": 3, "labels": "number"},
        {"columns": ["count"], "method": "edges", "edges": [1, 2.5]},
    ],
    "cast_type": [
        *({"columns": ["amount", "count", "flag"], "to": to} for to in ("text", "integer", "decimal", "boolean")),
        {"columns": ["city", "note", "gone"], "to": "integer"},
        {"columns": ["note", "day", "moment"], "to": "date"},
        {"columns": ["day", "note"], "to": "datetime"},
    ],
    "change_case": [{"case": case} for case in ("lower", "upper", "title", "sentence")],
    "clip_values": [
        {"low": 40, "high": 60},
        {"columns": ["amount", "count"], "low_share": 0.1, "high_share": 0.1},
        {"high": 2.5},
    ],
    "conditional": [
        {
            "name": "size",
            "cases": [
                {"conditions": [{"column": "amount", "operator": "less", "values": [40]}], "value": "small"},
                {
                    "conditions": [
                        {"column": "city", "operator": "is_missing"},
                        {"column": "day", "operator": "at_least", "values": ["2024-06-01"]},
                    ]
                },
            ],
            "otherwise": "large",
        },
        {
            "name": "points",
            "cases": [{"conditions": [{"column": "flag", "operator": "equals", "values": [True]}], "value": 2}],
        },
    ],
    "cyclical_encode": [
        {"columns": ["day", "moment"], "cycles": ["hour", "weekday", "day", "month", "day_of_year"]},
        {"columns": ["count", "amount"], "period": 6, "keep_original": False},
    ],
    "date_difference": [
        {"start": "day", "end": "moment", "unit": "hours"},
        {"start": "moment", "until": "2025-01-01", "unit": "years", "name": "age"},
    ],
    "date_parts": [
        {},
        {"columns": ["day", "moment"], "parts": ["quarter", "day_of_year", "minute", "elapsed"], "keep_original": True},
        {"columns": ["gone"], "drop_constant": False},
    ],
    "drop_columns": [{"columns": ["city", "gone"]}],
    "drop_missing": [{"columns": ["amount"]}, {"columns": ["amount", "city"]}],
    "drop_missing_threshold": [{}, {"axis": "rows", "threshold": 0.2}],
    "drop_duplicates": [{}, {"columns": ["city", "flag"], "keep": "last"}, {"columns": ["moment"], "keep": "none"}],
    "encode": [
        *(
            {"columns": ["city", "flag", "count"], "method": method}
            for method in ("one_hot", "label", "frequency", "hash")
        ),
        {"columns": ["city"], "method": "ordinal", "order": ["Kyiv", "Bern", "Oslo", "Rome", "Paris", "low"]},
        {"columns": ["city", "gone"], "method": "target", "keep_original": True},
        {"method": "one_hot", "max_levels": 2},
    ],
    "extract_pattern": [
        {"column": "note", "pattern": r"(\w+) (\d+)", "group": 2, "name": "digits"},
        {"column": "gone", "pattern": "a*", "name": "nothing"},
    ],
    "filter_rows": [
        {"conditions": [{"column": "amount", "operator": "at_least", "values": [50]}]},
        {
            "conditions": [
                {"column": "city", "operator": "one_of", "values": ["Paris", "Rome"]},
                {"column": "day", "operator": "less", "values": ["2025-01-01"]},
                {"column": "flag", "operator": "equals", "values": [True]},
                {"column": "gone", "operator": "is_present"},
            ],
            "match": "any",
            "mode": "remove",
        },
    ],
    "formula": [
        {"name": "share", "formula": "amount / (count + 1) - clip(count, 1, 3) ^ 2 % 7"},
        {"name": "label", "formula": "if(flag and amount > 40, upper(city) & '-' & count, 'none')"},
        {"name": "age", "formula": "round(days_between(day, moment) / 365.25, 2) + weekday(moment)"},
        {"name": "is late", "formula": "contains(note, 'late') or gone is empty and count in (1, 2)"},
        {"name": "row", "formula": "mean(amount, count, flag) + log(abs(amount)) + exp(count / 100) + length(city)"},
    ],
    "group_aggregate": [
        *(
            {"by": ["city"], "column": "amount", "statistic": statistic}
            for statistic in ("mean", "sum", "min", "max", "median", "std", "distinct")
        ),
        {"by": ["city", "flag", "count"], "statistic": "count"},
        {"by": ["gone"], "column": "gone", "statistic": "sum", "name": "nothing"},
    ],
    "group_rare_categories": [{}, {"columns": ["city"], "min_share": 0.2, "label": "rest"}],
    "impute": [
        {},
        {"method": "mean", "indicator": True},
        {"method": "most_frequent", "indicator": True},
        {"method": "constant", "value": 1.5},
        {"method": "constant", "value": "none", "columns": ["city", "gone"]},
        {"method": "constant", "value": True, "columns": ["flag"]},
        {"method": "forward", "columns": ["city", "amount", "gone"], "order": "moment", "indicator": True},
        {"method": "backward", "columns": ["day", "flag", "moment"], "order": "count", "by": ["city"]},
        {"method": "interpolate", "columns": ["amount", "count"], "order": "day", "by": ["flag"]},
        {"method": "interpolate", "columns": ["amount"], "order": "moment"},
        {"method": "knn", "neighbours": 3},
        {"method": "iterative", "columns": ["amount", "count", "flag"], "indicator": True},
    ],
    "interaction": [
        *({"columns": ["amount", "count"], "operation": operation} for operation in ("difference", "ratio")),
        {"columns": ["amount", "count", "flag"], "operation": "sum", "name": "total"},
        {"columns": ["amount", "count"]},
    ],
    "lag": [
        {"column": "amount", "order": "moment"},
        {"column": "city", "order": "day", "by": ["flag"], "rows": 2},
        {"column": "day", "order": "count", "by": ["city", "gone"], "name": "earlier day"},
        {"column": "gone", "order": "gone"},
    ],
    "mask_values": [
        {"columns": ["city", "note", "amount", "count", "flag", "day", "moment", "gone"], "salt": "s"},
        {"columns": ["amount", "day"], "method": "generalize"},
        {"columns": ["city"], "method": "redact"},
    ],
    "merge_columns": [
        {"columns": ["city", "amount", "count", "day"], "name": "all", "separator": " / "},
        {"columns": ["gone", "flag"], "name": "gone", "skip_missing": False, "keep_original": False},
    ],
    "merge_spellings": [{}, {"columns": ["city"]}],
    "missing_indicator": [{}, {"only_with_gaps": False}],
    "parse_boolean": [
        {"columns": ["city", "flag", "count", "amount", "gone"], "true_values": ["paris", "1"], "false_values": ["0"]}
    ],
    "parse_date": [{"columns": ["note", "city", "gone", "day"]}],
    "parse_number": [{"columns": ["note", "gone"]}, {"columns": ["city"], "decimal": ","}],
    "power_transform": [
        {},
        {"columns": ["count"], "method": "log1p"},
        {"method": "sqrt"},
        {"method": "box_cox"},
        {"columns": ["amount", "count"], "method": "yeo_johnson"},
    ],
    "remove_outliers": [
        *({"method": method} for method in ("iqr", "z_score", "robust_z", "quantile")),
        {"columns": ["amount"], "width": 0.5},
    ],
    "rename_columns": [{"names": {"city": "town", "amount": "count", "count": "amount"}}],
    "replace_values": [
        {"find": "Paris", "replace": "Lutetia"},
        {"find": 3, "replace": 2.5},
        {"columns": ["count", "amount"], "find": 0},
        {"find": True, "replace": False},
        {"columns": ["note", "city"], "find": "E", "match": "part", "ignore_case": True, "replace": "$1"},
        {"find": "(.)a", "match": "regex", "replace": "a${1}"},
    ],
    "rolling_window": [
        *(
            {"column": "amount", "order": "moment", "by": ["city"], "rows": 4, "statistic": statistic}
            for statistic in ("mean", "sum", "min", "max", "std", "count")
        ),
        {"column": "count", "order": "day", "days": 90, "statistic": "std"},
        {"column": "amount", "order": "moment", "by": ["flag", "count"], "days": 45.5},
        {"column": "amount", "order": "count", "days": 2, "name": "near"},
        {"column": "gone", "order": "day", "rows": 3},
    ],
    "round_values": [{}, {"decimals": 1, "mode": "up"}, {"columns": ["amount"], "decimals": 2, "mode": "down"}],
    "sample_rows": [{"n_rows": 10}, {"share": 0.3, "seed": 7}],
    "scale": [{"method": method} for method in ("standard", "min_max", "robust", "max_abs")] + [{"clip": 1.5}],
    "select_columns": [{"columns": ["count", "amount", "city"]}],
    "split_column": [
        {"column": "note", "separator": " ", "n_parts": 3},
        {"column": "gone", "keep_original": False},
        {"column": "city", "separator": "o"},
    ],
    "text_statistics": [{}, {"columns": ["note"], "statistics": ["words"], "keep_original": False}],
    "text_vectors": [{}, {"columns": ["note"], "max_words": 3, "keep_original": True}],
    "trim_whitespace": [{}, {"collapse": True, "blank_is_missing": False}],
}
RESHAPING: dict[str, list[dict[str, Any]]] = {
    "append": [{"table": "other"}],
    "join": [{"table": "other", "keys": ["city"]}, {"table": "other", "keys": ["count"], "how": "inner"}],
    "pivot": [
        *(
            {"by": ["city"], "names_from": "flag", "values_from": "amount", "summary": summary}
            for summary in ("first", "last", "count", "sum", "mean", "min", "max", "median")
        ),
        {"by": ["flag", "gone"], "names_from": "count", "values_from": "note"},
    ],
    "sort_rows": [{"columns": ["city", "amount"]}, {"columns": ["moment"], "descending": True}],
    "unpivot": [
        {"columns": ["amount", "count", "flag"]},
        {"columns": ["city", "day", "gone"], "names_to": "from", "values_to": "held", "drop_missing": True},
    ],
}
"""Steps that make other rows: they have no rows that could be transformed alone."""
TABLES = {"other": mixed(20, seed=9).select("city", "count", pl.col("amount").alias("price"))}
CASES = [(name, params) for name, variants in EXAMPLES.items() for params in variants]
RESHAPING_CASES = [(name, params) for name, variants in RESHAPING.items() for params in variants]


def build(name: str, params: dict[str, Any]) -> tuple[Step[Any], StepParams]:
    """A step with checked parameters."""
    step = step_types()[name]()
    return step, step.Params(**params)


def context_for(frame: pl.DataFrame, problem: str = "binary") -> FitContext:
    """A target for the rows of a table."""
    return FitContext(target_of(frame, problem), problem)  # type: ignore[arg-type]


@cache
def fitted_steps() -> list[tuple[Step[Any], StepParams, State]]:
    """Every example, learned from one table of all kinds of columns."""
    built = [build(*case) for case in CASES]
    return [(step, params, step.fit(mixed(), params, context_for(mixed()))) for step, params in built]


@cache
def fitted_recipes() -> list[FittedRecipe]:
    """The same, each as a recipe of one step."""
    return [contract.fitted_alone(*build(*case), mixed(), context_for(mixed())) for case in CASES]
