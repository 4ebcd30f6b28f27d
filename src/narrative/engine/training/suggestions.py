"""Three to five candidates worth trying on a table, each with the reason: a function of the table alone."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict

from narrative.engine.training.plan import available_candidates
from narrative.engine.types import Problem

MOST: Final = 5
FEW_ROWS: Final = 2_000
MANY_ROWS: Final = 100_000


class Suggestion(BaseModel):
    """A candidate for a table, and why it is worth its time."""

    model_config = ConfigDict(frozen=True)
    name: str
    title: str
    why: str


def suggestions(problem: Problem, n_rows: int, n_columns: int) -> list[Suggestion]:
    """Candidates that suit the problem and are installed here, the easiest to explain first, at most five."""
    known = available_candidates()
    found = []
    for name, why in _reasons(problem, n_rows):
        candidate = known.get(name)
        if candidate is None or problem not in candidate.problems or candidate.unavailable_reason() is not None:
            continue
        seconds = candidate.estimated_seconds(n_rows, 2 * n_columns, 2 if problem != "regression" else 0)
        found.append(Suggestion(name=name, title=candidate.title, why=f"{why} {_time(seconds)}"))
    return found[:MOST]


def _reasons(problem: Problem, n_rows: int) -> list[tuple[str, str]]:
    linear = "ridge" if problem == "regression" else "logistic_regression"
    rows = f"{n_rows:,} rows"
    reasons = [
        (linear, "Easiest to explain, and the yardstick for all others."),
        ("lightgbm", f"Fast, and finds steps and combinations of columns; at home on {rows}."),
        ("catboost", "Grows even trees that seldom overdo it, and needs little tuning."),
        ("extra_trees", f"Steady on {rows}, and makes other mistakes than boosting."),
        ("xgboost", "A second view of boosting, good to combine with the first."),
    ]
    if n_rows < FEW_ROWS:
        return [reasons[0], reasons[3], reasons[2], ("naive_bayes", f"Learns from little: {rows} are enough for it.")]
    return reasons if n_rows <= MANY_ROWS else [*reasons[:3], reasons[4]]


def _time(seconds: float) -> str:
    """In words of one size: exact seconds would promise what no machine keeps."""
    if seconds < 1.0:
        return "One fit takes less than a second."
    return f"One fit takes about {seconds:,.0f} {'second' if round(seconds) == 1 else 'seconds'}."
