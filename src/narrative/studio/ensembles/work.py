"""What an ensemble's job does in a child process: a table and the record of a run in, a comparison out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

Report = Callable[[dict[str, Any]], None]


def train(payload: dict[str, Any], report: Report) -> dict[str, Any]:
    """Judge an ensemble; leave ``model.narrative``, ``report.html``, ``detail.json`` and ``stories.json`` in
    ``folder`` when it is kept.

    Args:
        payload: ``table`` (Parquet), ``record`` (zip), ``config``, ``name``, ``profile`` (JSON file or None),
            ``import_report``, ``threads``, ``folder``, ``test_uses`` (hash of test rows -> runs scored on them before).

    Returns:
        ``comparison``, and for a kept ensemble what :func:`account` gives.
    """
    import polars as pl

    from narrative.engine.ensembles.config import EnsembleConfig
    from narrative.engine.ensembles.training import train_ensemble
    from narrative.engine.pipeline import write_papers as write_model
    from narrative.engine.profile.types import TableProfile
    from narrative.engine.tables.types import ImportReport
    from narrative.engine.training.evaluation import after_uses
    from narrative.studio.experiments.work import account, write_papers

    folder = Path(payload["folder"])
    frame = pl.read_parquet(payload["table"])
    imported = ImportReport.model_validate(payload["import_report"])
    profile = payload["profile"]

    def say(message: str, share: float) -> None:
        report({"share": share, "message": message})

    outcome = train_ensemble(
        frame,
        Path(payload["record"]),
        EnsembleConfig.model_validate(payload["config"]),
        folder / "pieces",
        profile=TableProfile.model_validate_json(Path(profile).read_bytes()) if profile else None,
        threads=payload["threads"],
        say=say,
    )
    told = {"comparison": outcome.comparison.model_dump(mode="json")}
    if outcome.result is None:
        return told
    say("Writing the model and the report", 0.95)
    earlier = payload["test_uses"].get(outcome.result.test_rows_hash, 0)
    result = replace(outcome.result, evaluation=after_uses(outcome.result.evaluation, earlier + 1))
    written = write_model(folder, result, frame, name=payload["name"], imported=imported)
    write_papers(folder, result, result.warnings, written.stories, written.bundle.path)
    return told | account(result)
