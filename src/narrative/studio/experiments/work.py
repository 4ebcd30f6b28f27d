"""What a training job does in a child process: a table in, a model file, a report and their papers out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel

if TYPE_CHECKING:
    from narrative.engine.story.types import Story
    from narrative.engine.training.types import TrainingResult

Report = Callable[[dict[str, Any]], None]
RECORD_FILE: Final = "run.zip"
TWIN_NAME: Final = "twin.narrative"
"""As the pipeline calls the model file of the twin."""
STOP_FILE: Final = "stop"
"""Its presence in the folder asks to stop and keep the best so far."""
TOLD_STAGES: Final = ("data_preparation", "feature_engineering", "model_training", "model_evaluation")


def train_model(payload: dict[str, Any], report: Report) -> dict[str, Any]:
    """Train; leave ``model.narrative``, ``report.html``, ``detail.json``, ``stories.json`` and
    ``run.zip`` (unless it would be too large) in ``folder``.

    Args:
        payload: ``table`` (Parquet), ``name``, ``profile`` (JSON file or None), ``import_report``, ``options``
            (TrainingOptions), ``folder``, ``run_folder`` (training goes on there when a worker was killed),
            ``test_uses`` (hash of test rows -> how many runs were scored on them before).

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
        run_folder=Path(payload["run_folder"]),
        record_to=folder / RECORD_FILE,
        test_uses=payload["test_uses"],
    )
    write_papers(folder, outcome.result, outcome.warnings, outcome.stories, outcome.bundle.path)
    return {"stopped_early": stop.exists(), **account(outcome.result)}


def account(result: TrainingResult) -> dict[str, Any]:
    """The fields of a model version and of its run that the engine computed."""
    from narrative.core.hashing import hash_json

    evaluation = result.evaluation
    facts = {
        "target": evaluation.target,
        "problem": evaluation.problem,
        "metric": evaluation.metric,
        "metric_title": evaluation.metric_title,
        "higher_is_better": evaluation.higher_is_better,
        "score": evaluation.score,
        "interval": evaluation.interval,
        "baseline_score": evaluation.baseline_score,
        "best_candidate": result.best_candidate,
    }
    return {
        "candidates": [plain(line) for line in result.candidates],
        "n_features": max(len(recipe.feature_names) for recipe in result.model.recipes.values()),
        "facts": facts,
        "imbalance": None if result.imbalance is None else plain(result.imbalance),
        "twin": None if result.twin is None else plain(result.twin.report),
        "curve": [point.model_dump(mode="json") for point in result.curve],
        "test_rows_hash": result.test_rows_hash,
        "test_uses": evaluation.test_uses,
        "interval_after_uses": evaluation.interval_after_uses,
        "replay_hash": hash_json(json.loads(json.dumps(result.plan, default=str))),
    }


def write_papers(
    folder: Path, result: TrainingResult, warnings: list[str], told: Sequence[Story], bundle: Path
) -> None:
    """What the pages of the version show, and the stories of the stages that ran."""
    from narrative.engine.bundle import load_bundle
    from narrative.engine.report import chart_papers

    words, pictures = chart_papers(result)
    detail = {
        "evaluation": plain(result.evaluation),
        "importances": [plain(line) for line in result.importances],
        "candidates": [plain(line) for line in result.candidates],
        "warnings": warnings,
        "contract": plain(load_bundle(bundle).contract),
        "plan": result.plan,
        "charts": [said.model_dump(mode="json") for said in words],
        "pictures": pictures,
    }
    stories = [plain(story) for story in told if story.stage in TOLD_STAGES]
    (folder / "detail.json").write_text(json.dumps(detail, allow_nan=False), encoding="utf-8")
    (folder / "stories.json").write_text(json.dumps(stories, allow_nan=False), encoding="utf-8")


def plain(value: BaseModel) -> dict[str, Any]:
    """JSON of a typed value, a number that is not finite as null: documents and pages hold no NaN."""
    return dict(json.loads(value.model_dump_json()))
