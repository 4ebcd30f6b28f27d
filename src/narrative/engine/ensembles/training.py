"""An ensemble from the record of a run and its table: judged first; its members learn again only when it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.core.clock import Clock, SystemClock
from narrative.core.errors import Conflict
from narrative.engine.ensembles.comparing import Material, compare, material_of
from narrative.engine.ensembles.config import EnsembleConfig, kinds
from narrative.engine.ensembles.judging import Judged
from narrative.engine.ensembles.record import read_facts, unpack_record
from narrative.engine.ensembles.refitting import Refit
from narrative.engine.ensembles.types import EnsembleComparison, EnsembleOutcome
from narrative.engine.profile.types import TableProfile
from narrative.engine.training.assemble import assemble
from narrative.engine.training.board import ENSEMBLE
from narrative.engine.training.calibration import probabilities
from narrative.engine.training.machine import available_memory_bytes
from narrative.engine.training.plan import Plan
from narrative.engine.training.prepare import prepare
from narrative.engine.training.run import Run
from narrative.engine.training.select import OutOfFold, Selection, write_selection
from narrative.engine.training.store import RunFolder
from narrative.engine.training.threshold import threshold_of_run
from narrative.engine.training.types import TrainingOptions, TrainingResult

Say = Callable[[str, float], None]
"""Receives what is going on, and the share of the work that is done (0 to 1)."""
JUDGED_SHARE: Final = 0.1


def train_ensemble(
    frame: pl.DataFrame,
    record: Path,
    config: EnsembleConfig,
    folder: Path,
    *,
    profile: TableProfile | None = None,
    threads: int = 2,
    say: Say | None = None,
    clock: Clock | None = None,
) -> EnsembleOutcome:
    """The ensemble against its best member; when it is kept, its members fitted again and the model with its score.

    Args:
        frame: the table of the run.
        record: what :func:`write_record` wrote.
        folder: empty, for pieces of work.

    Raises:
        InvalidInput: what :func:`compare` raises.
        Conflict: ``ensemble_rows_differ``, the table does not give the rows of the run.
    """
    clock, say = clock or SystemClock(), say or (lambda _message, _share: None)
    started = clock.monotonic()
    say("Comparing with the best single model", 0.02)
    facts = read_facts(record)
    store = RunFolder(folder)
    unpack_record(record, folder)
    material = material_of(store, facts)
    judged, found, told = compare(material, config)
    if not told.kept:
        return EnsembleOutcome(told, None)
    say("Preparing the table for training", JUDGED_SHARE)
    run = _same_run(frame, material, record, profile, threads)
    selection = _selection(material, judged, found)
    write_selection(store, selection)
    Refit(run, selection, clock, say).work()
    result = assemble(run, was_stopped=False, seconds=clock.monotonic() - started)
    return EnsembleOutcome(told, _named(result, config, told))


def _same_run(frame: pl.DataFrame, material: Material, record: Path, profile: TableProfile | None, threads: int) -> Run:
    """The run as it was, its pieces laid over a fresh preparation of the same table."""
    options = TrainingOptions(**material.facts["options"]).model_copy(update={"threads": threads})
    setup = dict(material.folder.read_json("setup") or {})
    run = prepare(frame, options, profile, material.folder, available_memory_bytes())
    same = run.target.values.shape == material.values.shape and bool(np.all(run.target.values == material.values))
    if not same or not np.array_equal(run.split.test, material.split.test):
        raise Conflict(
            "ensemble_rows_differ", "The table no longer gives the rows this run was made from.", fix="Train again."
        )
    unpack_record(record, material.folder.path)
    return replace(run, split=material.split, plan=Plan.from_dict(setup["plan"]))


def _selection(material: Material, judged: Judged, found: OutOfFold) -> Selection:
    """The members that count, with what the whole procedure said about rows it had not seen."""
    rows, mixture = found.rows[judged.rows], judged.mixture
    kept = [index for index, share in enumerate(mixture.shares) if share > 0]
    threshold = None
    if material.problem == "binary":
        positive = probabilities(material.problem, judged.margins)[:, 1]
        threshold = threshold_of_run(material.folder, material.values[rows], positive)
    return Selection(
        trials=[found.trials[index] for index in kept],
        shares=[float(mixture.shares[index]) for index in kept],
        slope=mixture.slope,
        offsets=mixture.offsets,
        threshold=threshold,
        rows=rows,
        margins=judged.margins,
        score=judged.score,
        n_folds=found.n_folds,
        vote=mixture.vote,
    )


def _named(result: TrainingResult, config: EnsembleConfig, told: EnsembleComparison) -> TrainingResult:
    """The line of the combination says which kind it is, and the plan what was asked for."""
    kind = kinds()[config.kind]
    about: dict[str, Any] = {"title": told.title, "sentence": kind.sentence}
    lines = [line.model_copy(update=about) if line.name == ENSEMBLE else line for line in result.candidates]
    plan = result.plan | {"ensemble": config.model_dump(mode="json")}
    return replace(result, candidates=lines, plan=plan)
