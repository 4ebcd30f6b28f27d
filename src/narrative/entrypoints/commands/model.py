"""``narrative model``: from a file to a tested model and a report, within one budget of wall time."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final, Literal

from narrative.core.clock import SystemClock
from narrative.core.errors import NotFound
from narrative.entrypoints.failures import UsageFault
from narrative.entrypoints.interrupts import stop_on_interrupt
from narrative.entrypoints.lines import import_data
from narrative.entrypoints.output import Output, check_writable

LEAST_BUDGET: Final = 1.0
MOST_BUDGET: Final = 7 * 24 * 3600.0
STOPPING: Final = "Stopping. The best so far is being written; press Ctrl-C again to leave without it."


def run_model(
    file: str,
    target: str,
    *,
    out: str,
    budget: float,
    problem: Literal["auto", "binary", "multiclass", "regression"],
    seed: int,
    metric: str = "auto",
    group: str | None = None,
    imbalance: Literal["auto", "none", "threshold", "class_weights", "smote", "adasyn", "borderline_smote"] = "auto",
    costs: tuple[float | None, float | None] = (None, None),
    limits: tuple[float | None, float | None] = (None, None),
    twin: bool = False,
    output: Output,
    started_at: float,
) -> None:
    """Run stages 1 to 6 and say what came of it.

    Args:
        metric: name of the score that ranks models, or "auto".
        group: column whose values must not be on both sides of a split.
        costs: of a wrong yes and of a wrong no; either both or none.
        limits: milliseconds per row and megabytes the model may take; None for no limit.
        twin: make a small model beside the full one.
        started_at: monotonic time at which the budget began to run.

    Raises:
        UsageFault: a budget that is no sensible number of seconds, or only one of the two costs.
        NarrativeError: whatever the pipeline raises.
    """
    if not math.isfinite(budget) or not LEAST_BUDGET <= budget <= MOST_BUDGET:
        raise UsageFault("--budget must lie between 1 second and a week.", "60 is a good start: `--budget 60`.")
    if (costs[0] is None) != (costs[1] is None):
        raise UsageFault(
            "A cut needs the costs of both mistakes.", "Add --cost-false-positive and --cost-false-negative."
        )
    if not Path(file).exists():
        raise NotFound(
            "file_not_found", f"There is no file '{file}'.", fix="Check the name and the folder, or give a full path."
        )
    # From here on Ctrl-C is a request: raised in the middle of an import, it could be lost.
    with stop_on_interrupt(lambda: output.note(STOPPING)) as asked:
        check_writable(Path(out), folder=True)
        from narrative.engine.pipeline import run_pipeline
        from narrative.engine.story.wording import format_seconds
        from narrative.engine.training.imbalance_types import Costs
        from narrative.engine.training.types import TrainingOptions
        from narrative.entrypoints.live import progress_view

        options = TrainingOptions(
            target=target,
            problem=problem,
            budget_seconds=budget,
            seed=seed,
            metric=metric,
            split="auto" if group is None else "group",
            group_column=group,
            imbalance=imbalance,
            max_ms_per_row=limits[0],
            max_megabytes=limits[1],
            twin=twin,
            costs=None if None in costs else Costs(false_positive=costs[0] or 0.0, false_negative=costs[1] or 0.0),
        )
        title = f"Learning to predict {target} from {Path(file).name}, within {format_seconds(budget)}"
        with progress_view(output, title) as show:
            outcome = run_pipeline(
                file,
                options,
                out,
                on_progress=show,
                should_stop=asked,
                elapsed_seconds=SystemClock().monotonic() - started_at,
            )
    from narrative.entrypoints.summary import model_summary

    data = outcome.to_dict() | {"interrupted": asked.is_asked}
    if outcome.imported is not None:
        data["import"] = import_data(outcome.imported)
    output.result(data, model_summary(outcome))
