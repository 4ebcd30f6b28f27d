"""Stages 1 to 6 without a page: from a file or a frame to a model file and a report, within one budget.

The command line, the SDK and the studio all come through here, so they can never disagree about a number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import polars as pl

from narrative.core.clock import Clock, SystemClock
from narrative.core.errors import Canceled
from narrative.core.hashing import hash_json
from narrative.core.version import program_version
from narrative.engine.bundle import BundleInfo, build_contract, write_bundle
from narrative.engine.bundle.write import model_columns
from narrative.engine.files import usable_folder, write_atomically
from narrative.engine.hiding import hide_personal
from narrative.engine.profile import check_target, profile_table
from narrative.engine.profile.types import TableProfile
from narrative.engine.report import ReportInput, build_report
from narrative.engine.report.account import account_of, kept_part, retold, timeless, used_once
from narrative.engine.report.assessment import SECONDS as ASSESSING_SECONDS
from narrative.engine.report.assessment import assess
from narrative.engine.story import tell_pipeline
from narrative.engine.story.types import Story
from narrative.engine.tables import ImportReport, ReadOptions, frame_from, read_table
from narrative.engine.training.evaluation import after_uses
from narrative.engine.training.machine import busy_factor
from narrative.engine.training.prepare import sampled_rows
from narrative.engine.training.train import train
from narrative.engine.training.types import (
    CandidateReport,
    Progress,
    ProgressCallback,
    TrainingOptions,
    TrainingResult,
)

BUNDLE_NAME: Final = "model.narrative"
TWIN_NAME: Final = "twin.narrative"
HTML_NAME: Final = "report.html"
JSON_NAME: Final = "report.json"
WRITING_SECONDS: Final = 0.25
WRITING_SHARE: Final = 0.05
MOST_WRITING_SECONDS: Final = 20.0
"""Time kept for stories, report and model file: so much, a share of the budget on top, more for large tables."""
WRITING_SECONDS_PER_CELL: Final = 3e-7
WRITING_SECONDS_PER_COLUMN: Final = 4e-4
WRITING_PER_READING_SECOND: Final = 0.15
"""More time is kept the longer reading and profiling took: a busy machine will be as slow at the end."""
LEAST_ASSESSING_SECONDS: Final = 1.0
ASSESSING_SHARE: Final = 0.05
"""Part of the budget after which nothing dear of the assessment is begun; half of it is kept for it."""
READING_PART: Final = 0.05
"""Parts of the progress bar: reading up to here, writing from ``WRITING_PART`` on."""
WRITING_PART: Final = 0.93
CHECK_ROWS: Final = 20
ALWAYS_PROFILED: Final = 500
"""Columns that are looked at however short the time is."""
PROFILING_SHARE: Final = 0.35
"""Part of the time left after reading that looking at the columns of a very wide table may take."""
PROBED_COLUMNS: Final = 200


@dataclass(frozen=True)
class PipelineOutcome:
    """Everything stages 1 to 6 gave, and where it was written."""

    result: TrainingResult
    frame: pl.DataFrame
    """The table as loaded, target included."""
    imported: ImportReport | None
    stories: list[Story]
    bundle: BundleInfo
    report_html: Path
    report_json: Path
    seconds: float
    """Wall time of the whole pipeline, with what the caller had spent before."""
    warnings: list[str]
    """Of the import and of training, plain sentences."""
    twin: BundleInfo | None = None
    """The file of the small model that answers as the full one does, when there is one."""

    @property
    def profile(self) -> TableProfile:
        return self.result.profile

    @property
    def timings(self) -> dict[str, float]:
        """Where the wall time went: the parts that training measured, and writing, which is the rest."""
        measured = self.result.timings
        return {**measured, "writing": max(self.seconds - sum(measured.values()), 0.0)}

    def to_dict(self) -> dict[str, Any]:
        """The fields of ``narrative model --json``."""
        result, evaluation = self.result, self.result.evaluation
        return {
            "rows": self.frame.height,
            "columns": self.frame.width,
            "target": evaluation.target,
            "problem": result.problem,
            "primary_metric": evaluation.metric,
            "higher_is_better": evaluation.higher_is_better,
            "score": evaluation.score,
            "interval": list(evaluation.interval),
            "baseline_score": evaluation.baseline_score,
            "best_candidate": result.best_candidate,
            "candidates": [_candidate_dict(line) for line in result.candidates],
            "seconds": self.seconds,
            "timings": self.timings,
            "warnings": self.warnings,
            "bundle": str(self.bundle.path),
            "report": str(self.report_html),
            "classes": list(evaluation.classes),
            "threshold": evaluation.threshold,
            "cross_validated_score": evaluation.cross_validated_score,
            "honesty_gap": evaluation.honesty_gap,
            "imbalance": None if result.imbalance is None else result.imbalance.model_dump(mode="json"),
            "costs": None if evaluation.costs is None else evaluation.costs.model_dump(mode="json"),
            "method": evaluation.method,
            "group_column": evaluation.group_column,
            "rows_scored": evaluation.n_test_rows,
            "test_uses": evaluation.test_uses,
            "companions": evaluation.companions,
            "findings": [finding.model_dump(mode="json") for finding in self.profile.findings],
            "bundle_sha256": self.bundle.sha256,
            "report_json": str(self.report_json),
            "twin": self._twin_dict(),
        }

    def _twin_dict(self) -> dict[str, Any] | None:
        """The account of the twin and its file; None when none was asked for."""
        twin, file = self.result.twin, self.twin
        if twin is None:
            return None
        return {**twin.report.model_dump(mode="json"), "bundle": None if file is None else str(file.path)}


def run_pipeline(
    source: Path | str | pl.DataFrame | Any,
    options: TrainingOptions,
    out_dir: Path | str,
    *,
    name: str | None = None,
    read_options: ReadOptions | None = None,
    imported: ImportReport | None = None,
    profile: TableProfile | None = None,
    on_progress: ProgressCallback | None = None,
    should_stop: Callable[[], bool] | None = None,
    clock: Clock | None = None,
    elapsed_seconds: float = 0.0,
    run_folder: Path | None = None,
    record_to: Path | None = None,
    test_uses: Mapping[str, int] | None = None,
) -> PipelineOutcome:
    """Load, profile, train, and write ``model.narrative``, ``report.html`` and ``report.json`` to a folder.

    Args:
        source: a file, or a table (Polars, pandas, mapping of columns, list of rows).
        options: ``budget_seconds`` is the wall time of everything, writing included.
        out_dir: is made if it does not exist; each file appears whole or not at all.
        name: what the data are called in the report; the file name by default.
        imported: the account of the import when ``source`` is a table that was read before.
        profile: of the table with this target, when it is there already.
        on_progress: receives live progress over all stages.
        should_stop: asked several times a second; after a first model the best so far is written.
        elapsed_seconds: what the caller has used of the budget already.
        run_folder: where training keeps its pieces; the same run, begun there and killed, goes on where it was.
        record_to: file for what later ensembles and comparisons of runs need.
        test_uses: how many earlier runs were scored on the rows with this hash (:attr:`TrainingResult.test_rows_hash`).

    Raises:
        NarrativeError: whatever reading, profiling or training raise; nothing is written then. ``out_not_writable``.
    """
    clock = clock or SystemClock()
    started = clock.monotonic() - elapsed_seconds
    folder = usable_folder(Path(out_dir))
    say = _scaled(on_progress)
    say(Progress(phase="reading", message="Reading the table", share=0.0))
    frame, imported, name, lines = _loaded(source, name, imported, read_options, should_stop)
    read, whole, notes = clock.monotonic(), frame, list[str]()
    if should_stop is not None and should_stop():
        raise Canceled("canceled", "Stopped before training began.")
    if profile is None:
        say(Progress(phase="reading", message="Looking at every column", share=READING_PART / 2))
        check_target(frame, options.target, options.problem, lines=lines)
        kept, notes = sampled_rows(frame, options)
        if kept is not None:  # what training would not use anyway need not be looked at
            frame, lines = frame[kept], lines if lines is None else lines[kept]
        frame, shortened = _affordable(frame, options, clock, started + options.budget_seconds - clock.monotonic())
        notes += shortened
        profile = profile_table(frame, target=options.target, problem=options.problem)
    used = clock.monotonic() - started
    writing = _writing_seconds(frame, options, used)
    result = train(
        frame,
        options,
        profile=profile,
        on_progress=lambda progress: say(_within(progress)),
        should_stop=should_stop,
        clock=clock,
        lines=lines,
        record_to=record_to,
        time_limit_seconds=options.budget_seconds - used - writing,
        folder=run_folder,
        elapsed_seconds=used,
        tail_seconds=writing,
    )
    before = {"reading": read - started, "profiling": started + used - read}
    result = replace(
        result,
        timings=before | result.timings,
        warnings=[*notes, *result.warnings],
        evaluation=after_uses(result.evaluation, (test_uses or {}).get(result.test_rows_hash, 0) + 1),
    )
    told = {"candidates": result.candidates, "best": result.best_candidate}
    say(Progress(phase="writing", message="Writing the model and the report", share=WRITING_PART, **told))
    written = write_papers(folder, result, frame, name=name, imported=imported)
    say(Progress(phase="done", message="Done", share=1.0, candidates=result.candidates, best=result.best_candidate))
    warnings = [*(imported.warnings if imported is not None else []), *result.warnings]
    return PipelineOutcome(
        result=result,
        frame=whole,
        imported=imported,
        stories=written.stories,
        bundle=written.bundle,
        report_html=written.report_html,
        report_json=written.report_json,
        seconds=clock.monotonic() - started,
        warnings=warnings,
        twin=written.twin,
    )


@dataclass(frozen=True)
class Written:
    """The files of a result, and the stories they tell."""

    stories: list[Story]
    bundle: BundleInfo
    report_html: Path
    report_json: Path
    twin: BundleInfo | None = None


def write_papers(
    folder: Path, result: TrainingResult, frame: pl.DataFrame, *, name: str, imported: ImportReport | None
) -> Written:
    """Write ``model.narrative``, ``report.html`` and ``report.json`` of a result to a folder.

    Args:
        frame: the table it learned from, target included.
        name: what the data are called in the report.

    Raises:
        InvalidInput: ``out_not_writable``.
    """
    stories = list(tell_pipeline(result, frame, imported=imported))
    given = ReportInput(
        name=name,
        profile=result.profile,
        result=result,
        stories=stories,
        imported=imported,
        program_version=program_version(),
        assessment=assess(result, frame, seconds=_assessing_seconds(result.options)),
    )
    kept = account_of(replace(given, result=used_once(result)))
    bundle = _write_model(folder / BUNDLE_NAME, result, frame, stories, imported, report=kept_part(kept))
    html, json = _write_report(folder, replace(given, bundle_sha256=bundle.sha256))
    return Written(stories, bundle, html, json, _write_twin(folder / TWIN_NAME, result, frame, stories, imported))


def _assessing_seconds(options: TrainingOptions) -> float:
    """How long dear parts of the assessment may be begun; a run that repeats another is not hurried."""
    if options.plan is not None:
        return math.inf
    return min(max(ASSESSING_SHARE * options.budget_seconds, LEAST_ASSESSING_SECONDS), ASSESSING_SECONDS)


def _loaded(
    source: Any,
    name: str | None,
    imported: ImportReport | None,
    read_options: ReadOptions | None,
    should_stop: Callable[[], bool] | None,
) -> tuple[pl.DataFrame, ImportReport | None, str, pl.Series | None]:
    if isinstance(source, str | Path):
        options = read_options or ReadOptions()
        table = read_table(Path(source), name=name, options=options, should_stop=should_stop)
        shown, report = hide_personal(table.frame, table.report, options.personal, otherwise="keep")
        return shown, report, name or Path(source).name, table.lines
    return frame_from(source), imported, name or "table", None


def _affordable(
    frame: pl.DataFrame, options: TrainingOptions, clock: Clock, left: float
) -> tuple[pl.DataFrame, list[str]]:  # fmt: skip
    """The table, or of a very wide one its first columns: as many as can be looked at in their share of the time
    that is left.

    How long a column takes is measured on a few of them. Which columns matter cannot be asked of the target here,
    because no row has been set aside yet.
    """
    if frame.width <= ALWAYS_PROFILED:
        return frame, []
    started = clock.monotonic()
    profile_table(frame[:, :PROBED_COLUMNS])
    per_column = (clock.monotonic() - started) / PROBED_COLUMNS
    most = max(int(PROFILING_SHARE * left / max(per_column, 1e-9)), ALWAYS_PROFILED)
    if most >= frame.width:
        return frame, []
    kept = [name for name in frame.columns if name != options.target][: most - 1]
    note = (
        f"Only the first {len(kept):,} of the {frame.width - 1:,} columns beside the target were used: looking at all "
        f"of them would not fit into {options.budget_seconds:g} seconds."
    )
    return frame.select([*kept, options.target]), [note]


def _scaled(on_progress: ProgressCallback | None) -> ProgressCallback:
    return on_progress if on_progress is not None else lambda _progress: None


def _within(progress: Progress) -> Progress:
    """Progress of training, as a part of the whole."""
    share = READING_PART + progress.share * (WRITING_PART - READING_PART)
    return progress.model_copy(update={"share": share})


def _writing_seconds(frame: pl.DataFrame, options: TrainingOptions, used: float) -> float:
    base = min(WRITING_SECONDS * busy_factor() + WRITING_SHARE * options.budget_seconds, MOST_WRITING_SECONDS)
    base += min(WRITING_PER_READING_SECOND * used, WRITING_SHARE * options.budget_seconds)
    base += min(ASSESSING_SHARE * options.budget_seconds, ASSESSING_SECONDS) / 2
    return base + WRITING_SECONDS_PER_CELL * frame.height * frame.width + WRITING_SECONDS_PER_COLUMN * frame.width


def _write_model(
    path: Path,
    result: TrainingResult,
    frame: pl.DataFrame,
    stories: list[Story],
    imported: ImportReport | None,
    *,
    report: dict[str, Any] | None = None,
) -> BundleInfo:
    """The model file; it holds no times and no count of earlier runs, so equal runs give equal hashes."""
    bare = timeless(used_once(result))
    told = retold(stories, bare)
    known = set(model_columns(result.model))
    used = frame.select([name for name in frame.columns if name in known])  # of a wide table the least part
    contract = build_contract(
        result.profile,
        used,
        result.model.target,
        result.model.classes,
        problem=result.problem,
        missing_markers=_missing_markers(imported),
    )
    rows = result.test_rows[:CHECK_ROWS].astype("int64").tolist()
    return write_bundle(
        path,
        result.model,
        contract=contract,
        evaluation=bare.evaluation,
        importances=result.importances,
        candidates=bare.candidates,
        story={story.stage: story for story in told},
        card=_card(result),
        plan=result.plan,
        lineage=_lineage(result, imported),
        check_frame=frame.drop(result.model.target)[rows],
        report=report,
    )


def _write_twin(
    path: Path, result: TrainingResult, frame: pl.DataFrame, stories: list[Story], imported: ImportReport | None
) -> BundleInfo | None:
    """The model file of the twin, when there is one: its own evaluation, and the account of it among its limits."""
    twin = result.twin
    if twin is None or twin.model is None or twin.evaluation is None:
        path.unlink(missing_ok=True)  # of an earlier run in the same folder
        return None
    own = replace(
        result,
        model=twin.model,
        evaluation=twin.evaluation,
        importances=[],
        warnings=[twin.report.sentence, *result.warnings],
    )
    untold = [story for story in stories if story.stage not in {"model_training", "model_evaluation"}]
    return _write_model(path, own, frame, untold, imported)


def _missing_markers(imported: ImportReport | None) -> list[str]:
    """Texts the import has read as "no value"."""
    guesses = [] if imported is None else imported.guesses
    return [text for guess in guesses if guess.name == "missing_markers" for text in str(guess.value).split(", ")]


def _card(result: TrainingResult) -> dict[str, Any]:
    """What a reader of the model file must know before using it."""
    evaluation = result.evaluation
    return {
        "purpose": f"Predicts {evaluation.target} ({evaluation.problem}).",
        "learned_from": {"rows": result.n_rows_learned, "rows_without_target": result.n_rows_without_target},
        "score": {
            "metric": evaluation.metric,
            "value": evaluation.score,
            "interval": list(evaluation.interval),
            "baseline": evaluation.baseline_score,
            "method": evaluation.method_sentence,
        },
        "imbalance": None if result.imbalance is None else result.imbalance.model_dump(mode="json"),
        "costs": None if evaluation.costs is None else evaluation.costs.model_dump(mode="json"),
        "members": [{"candidate": member.candidate, "share": member.weight} for member in result.model.members],
        "limits": list(result.warnings),
    }


def _lineage(result: TrainingResult, imported: ImportReport | None) -> dict[str, Any]:
    """From the file to the model, by hashes."""
    return {
        "file_sha256": None if imported is None else imported.sha256,
        "table": result.data_hash,
        "options": result.options.model_dump(mode="json"),
        "plan": hash_json(result.plan),
        "program_version": program_version(),
    }


def _write_report(folder: Path, given: ReportInput) -> tuple[Path, Path]:
    files = build_report(given)
    html, json = folder / HTML_NAME, folder / JSON_NAME
    write_atomically(html, files.html)
    write_atomically(json, files.json)
    return html, json


def _candidate_dict(line: CandidateReport) -> dict[str, Any]:
    return {
        "name": line.name,
        "score": line.score,
        "seconds": line.seconds,
        "state": line.state,
        "weight": line.weight,
        **({"reason": line.reason} if line.reason else {}),
    }
