from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.extrapolation import Known


def people(n_rows: int, seed: int) -> pl.DataFrame:
    """Height and weight that go together, a skewed income, a town, a day."""
    random = np.random.default_rng(seed)
    height = random.normal(170, 10, n_rows)
    return pl.DataFrame(
        {
            "height": height,
            "weight": 0.9 * height - 85 + random.normal(0, 3, n_rows),
            "income": random.lognormal(10, 0.8, n_rows),
            "town": random.choice(["Paris", "Rome", "Oslo"], n_rows),
            "day": [date(2024, 1, 1) + timedelta(days=int(each)) for each in random.integers(0, 300, n_rows)],
        }
    )


PLANTED: dict[str, dict[str, object]] = {
    "too tall": {"height": 290.0},
    "too rich": {"income": 5e7},
    "a town never seen": {"town": "Atlantis"},
    "years later": {"day": date(2031, 5, 5)},
    "tall and light": {"height": 185.0, "weight": 50.0},
    "short and heavy": {"height": 155.0, "weight": 95.0},
}


@pytest.fixture(scope="module")
def known() -> Known:
    return Known.learn(people(2_000, 1))


def planted(cells: dict[str, object]) -> pl.DataFrame:
    frame = people(30, 2)
    return frame.with_columns(pl.lit(value, dtype=frame.schema[name]).alias(name) for name, value in cells.items())


@pytest.mark.parametrize("kind", list(PLANTED))
def test_every_planted_row_is_found(known: Known, kind: str) -> None:
    found = known.judge(planted(PLANTED[kind]))
    assert found.n_alarmed == 30
    assert found.words.sentence is not None


def test_clean_rows_are_alarmed_no_more_often_than_stated() -> None:
    shares = []
    for seed in range(6):
        judged = Known.learn(people(1_500, 10 + seed), seed=seed).judge(people(1_000, 50 + seed))
        assert judged.stated_rate <= 0.05
        shares.append(judged.share)
    assert np.mean(shares) <= 0.05


def test_without_the_look_at_columns_together_odd_pairs_of_usual_values_get_by(known: Known) -> None:
    blind = {**known.limits, "together": np.full(1_000, np.inf)}
    found = replace(known, limits=blind).judge(planted({"height": 178.0, "weight": 63.0}))
    seeing = known.judge(planted({"height": 178.0, "weight": 63.0}))
    assert seeing.n_alarmed > found.n_alarmed


def test_an_alarm_names_the_column_and_its_value(known: Known) -> None:
    alarm = known.judge(planted(PLANTED["too tall"])).alarms[0]
    assert (alarm.column, alarm.value) == ("height", 290.0)
    new = known.judge(planted(PLANTED["a town never seen"])).alarms[0]
    assert (new.look, new.column, new.value) == ("category", "town", "Atlantis")


def test_names_that_are_new_in_every_row_raise_no_alarm() -> None:
    frame = people(1_000, 3).with_columns(pl.Series("name", [f"n{row}" for row in range(1_000)]))
    fresh = people(500, 4).with_columns(pl.Series("name", [f"m{row}" for row in range(500)]))
    assert Known.learn(frame).judge(fresh).share <= 0.05


def test_few_known_rows_cannot_keep_the_rate() -> None:
    with pytest.raises(NotApplicable, match="300"):
        Known.learn(people(200, 1))
