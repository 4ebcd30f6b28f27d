"""Runs compared with each other: the delivered models on the rows that both were tested on and neither had seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from narrative.engine.ensembles.comparing import signed
from narrative.engine.ensembles.judging import NORMAL, paired_gain
from narrative.engine.ensembles.record import read_facts, read_tested
from narrative.engine.ensembles.types import RunDifference
from narrative.engine.scores import primary_score

LEAST_ROWS: Final = 30
"""Fewer common rows cannot tell two models apart."""
SAME: Final[dict[str, Callable[[dict[str, Any]], Any]]] = {
    "they predict different things": lambda facts: (facts["options"]["target"], facts["problem"]),
    "they are scored by different measures": lambda facts: facts["metric"],
    "they learned from different tables": lambda facts: facts["data_hash"],
}
"""What has to be the same in both runs, with what is said when it is not."""


def compare_runs(first: Path | None, other: Path | None) -> RunDifference:
    """How much better the model of a run is than that of the first, paired on common test rows.

    Args:
        first, other: what :func:`write_record` wrote, or None where nothing was kept.
    """
    if first is None or other is None:
        return _apart("nothing was kept of one of the runs")
    one, two = read_facts(first), read_facts(other)
    different = next((why for why, read in SAME.items() if read(one) != read(two)), None)
    if different is not None:
        return _apart(different)
    (rows, target, given), (other_rows, _, other_given) = read_tested(first), read_tested(other)
    common, place, other_place = np.intersect1d(rows, other_rows, return_indices=True)
    if common.size < LEAST_ROWS:
        return _apart(
            f"only {common.size:,} of their test rows are the same, because the seed or the way of testing differs"
        )
    score = primary_score(one["problem"], one["metric"])
    gain, error = paired_gain(score, target[place], other_given[other_place], given[place])
    low, high = gain - NORMAL * error, gain + NORMAL * error
    if not np.isfinite(error):
        return _apart("their common test rows hold one class only")
    word = "Better than" if low > 0 else "Worse than" if high < 0 else "As good as"
    doubt = "" if low > 0 or high < 0 else "; a difference this small may be luck"
    size = f"{signed(gain)} {one['metric_title']} (95% interval {signed(low)} to {signed(high)})"
    return RunDifference(
        gain=gain,
        interval=(low, high),
        n_rows=int(common.size),
        sentence=f"{word} the first: {size} on {common.size:,} test rows that neither had seen{doubt}.",
    )


def _apart(why: str) -> RunDifference:
    return RunDifference(sentence=f"Not comparable, because {why}.")
