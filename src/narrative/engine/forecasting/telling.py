"""A forecast in words: every number is a fact over the table of its forecasts and of its test."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from narrative.engine.forecasting.types import ForecastPoint
from narrative.engine.story.draft import Draft, assemble
from narrative.engine.story.facts import FactBook
from narrative.engine.story.sources import Sources
from narrative.engine.story.types import Story
from narrative.engine.types import FloatArray

_Mask = np.ndarray[Any, np.dtype[np.bool_]]
TEST = [{"column": "part", "op": "=", "value": "test"}]
INSIDE = [{"column": "inside", "op": "=", "value": "true"}]


def account_table(
    points: list[ForecastPoint], errors: FloatArray, baseline: FloatArray, known: _Mask, inside: _Mask
) -> pl.DataFrame:
    """Forecasts and every tested one below each other: what the facts of the story are computed from."""
    ahead = pl.DataFrame(
        {
            "part": ["forecast"] * len(points),
            "number": list(range(len(points))),
            "forecast": [point.forecast for point in points],
            "lower": [point.lower for point in points],
            "upper": [point.upper for point in points],
        }
    )
    tests = pl.DataFrame(
        {
            "part": ["test"] * int(known.sum()),
            "error": np.abs(errors)[known],
            "baseline_error": np.abs(baseline)[known],
            "inside": inside[known],
        }
    )
    return pl.concat([ahead, tests], how="diagonal")


def tell_forecast(
    table: pl.DataFrame,
    *,
    target: str,
    table_hash: str,
    is_better: bool | None,
    is_single: bool,
    is_baseline: bool,
    chosen: str,
    baseline: str,
) -> Story:
    """The story of a forecast.

    Args:
        table: as :func:`account_table` gave it.
        is_better: whether the chosen way beats the naive one beyond luck.
        is_single: one series; else only its quality is told.
        is_baseline: the naive way itself was chosen.
    """
    draft = Draft("prediction", book := FactBook(Sources(table=table, table_hash=table_hash)))
    book.add("target", "question.text", "what is forecast", "text", value=target)
    book.add("level", "definition.constant", "level of the intervals", "percent", name="prediction_interval_level")
    _test_facts(book, chosen, baseline)
    if is_single:
        first = [{"column": "part", "op": "=", "value": "forecast"}, {"column": "number", "op": "=", "value": 0}]
        for name in ("forecast", "lower", "upper"):
            book.add(f"next_{name}", "question.statistic", f"{name} of the next period", column=name, statistic="mean",
                     conditions=first)  # fmt: skip
        within = {"op": "within", "value": "next_forecast", "low": "next_lower", "high": "next_upper"}
        draft.say("headline", "{target} next: {next_forecast} ({next_lower} to {next_upper}).", within, type="interval")
        draft.say("headline", "Next: {next_forecast} ({next_lower} to {next_upper}).", within, type="interval")
    else:
        draft.say("headline", "Forecasts of {target} were off by {mae} on average.")
        draft.say("headline", "Forecasts were off by {mae} on average.")
    draft.say("found", "{n_tested} forecasts for the last periods, unseen before, were off by {mae} on average.")
    draft.say("found", "{chosen} forecasts these values.")
    smaller = {"op": "<", "left": "mae", "right": "baseline_mae"}
    if is_baseline:
        draft.say("meaning", "A naive way was as good as any other tried, so it is used.")
    elif is_better:
        draft.say("meaning", "{mae} is less than the {baseline_mae} of the naive way ({baseline}), beyond luck.",
                  smaller, type="order")  # fmt: skip
    elif is_better is None:
        draft.say("meaning", "The naive way ({baseline}) was off by {baseline_mae}; the periods are too few to tell "
                  "whether the difference is luck.")  # fmt: skip
    else:
        draft.say("meaning", "The naive way ({baseline}) was off by {baseline_mae}: the difference may be luck.")
    draft.say("found", "{coverage} of them lay inside their interval, which is meant to hold {level}.")
    draft.say("unknown", "What comes is told from the past of this column alone; news is not in it.")
    return assemble(draft)


def _test_facts(book: FactBook, chosen: str, baseline: str) -> None:
    book.add("n_tested", "question.rows", "forecasts tested", "integer", conditions=TEST)
    for name, column in (("mae", "error"), ("baseline_mae", "baseline_error")):
        book.add(name, "question.statistic", "mean absolute error", column=column, statistic="mean", conditions=TEST)
    book.add("coverage", "question.share", "share inside the interval", "percent", conditions=INSIDE, among=TEST)
    book.add("chosen", "question.text", "way to forecast", "text", value=chosen)
    book.add("baseline", "question.text", "naive way", "text", value=baseline)
