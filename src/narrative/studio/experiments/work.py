"""What a training job does in a child process: a table in, a model file, a report and their papers out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

Report = Callable[[dict[str, Any]], None]
STOP_FILE: Final = "stop"
"""Its presence in the folder asks to stop and keep the best so far."""
TOLD_STAGES: Final = ("data_preparation", "feature_engineering", "model_training", "model_evaluation")


def train_model(payload: dict[str, Any], report: Report) -> dict[str, Any]:
    """Train; leave ``model.narrative``, ``report.html``, ``detail.json`` and ``stories.json`` in ``folder``.

    Args:
        payload: ``table`` (Parquet), ``name``, ``profile`` (JSON file or None), ``import_report``, ``options``
            (TrainingOptions), ``folder``.

    Returns:
        the fields of a model version that the engine computed, the leaderboard, and whether it was stopped early.
    """
    import polars as pl

    from narrative.engine.pipeline import run_pipeline
    from narrative.engine.profile.types import TableProfile
    from narrative.engine.tables.types import ImportReport
    from narrative.engine.training.types import Progress, TrainingOptions

    folder = Path(payload["folder"])
    stop = folder / STOP_FILE

    def show(progress: Progress) -> None:
        report(
            {
                "share": progress.share,
                "message": progress.message,
                "seconds_left": progress.seconds_left,
                "detail": plain(progress),
            }
        )

    profile = payload["profile"]
    outcome = run_pipeline(
        pl.read_parquet(payload["table"]),
        TrainingOptions(**payload["options"]),
        folder,
        name=payload["name"],
        imported=ImportReport.model_validate(payload["import_report"]),
        profile=TableProfile.model_validate_json(Path(profile).read_bytes()) if profile else None,
        on_progress=show,
        should_stop=stop.exists,
    )
    _write_papers(folder, outcome)
    result, evaluation = outcome.result, outcome.result.evaluation
    return {
        "stopped_early": stop.exists(),
        "candidates": [plain(line) for line in result.candidates],
        "n_features": max(len(recipe.feature_names) for recipe in result.model.recipes.values()),
        "facts": {
            "target": evaluation.target,
            "problem": evaluation.problem,
            "metric": evaluation.metric,
            "metric_title": evaluation.metric_title,
            "higher_is_better": evaluation.higher_is_better,
            "score": evaluation.score,
            "interval": evaluation.interval,
            "baseline_score": evaluation.baseline_score,
            "best_candidate": result.best_candidate,
        },
    }


def _write_papers(folder: Path, outcome: Any) -> None:
    """What the pages of the version show, and the stories of the stages that ran."""
    from narrative.engine.bundle import load_bundle
    from narrative.engine.report import chart_papers

    result = outcome.result
    words, pictures = chart_papers(result)
    detail = {
        "evaluation": plain(result.evaluation),
        "importances": [plain(line) for line in result.importances],
        "candidates": [plain(line) for line in result.candidates],
        "warnings": outcome.warnings,
        "contract": plain(load_bundle(outcome.bundle.path).contract),
        "plan": result.plan,
        "charts": [said.model_dump(mode="json") for said in words],
        "pictures": pictures,
    }
    stories = [plain(story) for story in outcome.stories if story.stage in TOLD_STAGES]
    (folder / "detail.json").write_text(json.dumps(detail, allow_nan=False), encoding="utf-8")
    (folder / "stories.json").write_text(json.dumps(stories, allow_nan=False), encoding="utf-8")


def plain(value: BaseModel) -> dict[str, Any]:
    """JSON of a typed value, a number that is not finite as null: documents and pages hold no NaN."""
    return dict(json.loads(value.model_dump_json()))
