"""The comparison of an ensemble with its best member, with the words for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from narrative.core.errors import InvalidInput
from narrative.engine.ensembles.config import EnsembleConfig, kind_of, weights_of
from narrative.engine.ensembles.judging import NORMAL, Judged, judge, paired_gain
from narrative.engine.ensembles.kinds.base import Ensemble
from narrative.engine.ensembles.types import EnsembleComparison, MemberReport
from narrative.engine.scores import primary_score
from narrative.engine.training.calibration import probabilities
from narrative.engine.training.select import OutOfFold, folds_done, out_of_fold, read_selection
from narrative.engine.training.splits import Split
from narrative.engine.training.store import RunFolder
from narrative.engine.types import FloatArray, Problem


@dataclass(frozen=True)
class Material:
    """A run as far as an ensemble needs it: its folder (unpacked), its facts, its folds and its target."""

    folder: RunFolder
    facts: dict[str, Any]
    split: Split
    values: FloatArray

    @property
    def problem(self) -> Problem:
        problem: Problem = self.facts["problem"]
        return problem

    def line(self, name: str) -> dict[str, Any]:
        """The line of the leaderboard of a candidate."""
        return next(line for line in self.facts["candidates"] if line["name"] == name)


def material_of(folder: RunFolder, facts: dict[str, Any]) -> Material:
    """From an unpacked record."""
    split, values = folder.read_split()
    return Material(folder, facts, split, values)


def compare(material: Material, config: EnsembleConfig) -> tuple[Judged, OutOfFold, EnsembleComparison]:
    """The ensemble judged, the predictions it was judged on, and what is said about it.

    Raises:
        InvalidInput: ``ensemble_member_unknown``, ``ensemble_members_apart``, and what :func:`kind_of` raises.
    """
    kind = kind_of(config, material.problem)
    found = _predictions(material, config)
    target = material.values[found.rows]
    seed = int(material.facts["options"]["seed"])
    judged = judge(
        kind,
        material.problem,
        found.margins,
        target,
        weights=weights_of(config),
        seed=seed,
        metric=str(material.facts["metric"]),
    )
    return judged, found, _told(material, config, kind, found, judged)


def _predictions(material: Material, config: EnsembleConfig) -> OutOfFold:
    known = material.facts["members"]
    for name in config.members:
        if name not in known:
            raise InvalidInput(
                "ensemble_member_unknown",
                f"{name[:80]!r} did not finish in this run.",
                fix=f"Choose among {', '.join(known)}.",
            )
    trials = [known[name] for name in config.members]
    n_folds = len(material.split.folds)
    folds = sorted(set.intersection(*(set(folds_done(material.folder, trial, n_folds)) for trial in trials)))
    if not folds:
        raise InvalidInput(
            "ensemble_members_apart",
            "The chosen models were not measured on the same rows.",
            fix="Leave out the model with the fewest finished folds, or train again with more time.",
        )
    return out_of_fold(material.folder, material.split, trials, folds)


def _told(
    material: Material, config: EnsembleConfig, kind: Ensemble, found: OutOfFold, judged: Judged
) -> EnsembleComparison:
    members = [
        _member(material, name, trial, float(share))
        for name, trial, share in zip(config.members, found.trials, judged.mixture.shares, strict=True)
    ]
    used = [member for member in members if member.share > 0]
    single, facts = members[judged.single], material.facts
    delivered = _against_delivered(material, found, judged)
    several = len(used) >= 2
    worse = delivered is not None and delivered[1] < 0
    kept = judged.is_better and several and not worse
    title = f"{kind.title} of {len(used)}"
    ms = [member.ms_per_row for member in used]
    total_ms = sum(each for each in ms if each is not None) if any(each is not None for each in ms) else None
    megabytes = sum(member.megabytes for member in used)
    metric = str(facts["metric_title"])
    gain = f"{signed(judged.gain)} {metric} (95% interval {signed(judged.low)} to {signed(judged.high)})"
    where = f"on {judged.rows.size:,} rows that neither had seen"
    if kept:
        headline = f"{title} beats {single.title}, so it is kept."
        reason = f"Better by {gain}, paired {where}."
    elif judged.is_better and worse:
        headline = "Better than any single model, but not than the present model."
        reason = f"Better than {single.title} by {gain}, but the run's own combination is better still. It stays."
    elif not several:
        headline = f"No real gain: {single.title} alone stays."
        reason = "Nothing but one model got a share: the others add nothing to it."
    else:
        headline = f"No real gain: {single.title} stays."
        luck = "that is worse" if judged.high < 0 else "that may be luck"
        reason = f"The difference is {gain}, paired {where}; {luck}."
    return EnsembleComparison(
        kind=config.kind,
        title=title,
        metric=facts["metric"],
        metric_title=metric,
        higher_is_better=facts["higher_is_better"],
        score=judged.score,
        single=single.name,
        single_title=single.title,
        single_score=judged.single_score,
        gain=judged.gain,
        interval=(judged.low, judged.high),
        delivered_gain=None if delivered is None else delivered[0],
        n_rows=int(judged.rows.size),
        kept=kept,
        headline=headline,
        reason=reason,
        cost=_cost(single, total_ms, megabytes),
        members=members,
        ms_per_row=total_ms,
        single_ms_per_row=single.ms_per_row,
        megabytes=megabytes,
        single_megabytes=single.megabytes,
    )


def _member(material: Material, name: str, trial: str, share: float) -> MemberReport:
    line = material.line(name)
    fit = material.folder.read_json(f"fit-{trial}-fold_0") or {}
    return MemberReport(
        name=name,
        title=line["title"],
        share=share,
        score=line["score"],
        ms_per_row=line["predict_ms_per_row"],
        megabytes=float(fit.get("size_bytes", 0)) / 1e6,
    )


def _against_delivered(material: Material, found: OutOfFold, judged: Judged) -> tuple[float, float] | None:
    """Gain over the run's own combination and the upper end of its interval; None when that is a single model."""
    selection = read_selection(material.folder)
    if selection is None or len(selection.trials) < 2:
        return None
    rows = found.rows[judged.rows]
    both = np.intersect1d(rows, selection.rows)
    if both.size == 0:
        return None
    own = probabilities(material.problem, judged.margins[np.searchsorted(rows, both)])
    other = probabilities(material.problem, selection.margins[np.searchsorted(selection.rows, both)])
    gain, error = paired_gain(
        primary_score(material.problem, str(material.facts["metric"])), material.values[both], own, other
    )
    return gain, gain + NORMAL * error


def _cost(single: MemberReport, ms: float | None, megabytes: float) -> str:
    sizes = f"{_short(megabytes)} MB instead of {_short(single.megabytes)} MB"
    if ms is None or single.ms_per_row is None:
        return f"It takes about {sizes}."
    return f"It takes about {_short(ms)} ms a row instead of {_short(single.ms_per_row)} ms, and {sizes}."


def signed(value: float) -> str:
    """With sign, three decimals; a number of another size as many digits as it needs."""
    size = abs(value)
    text = f"{size:.3f}" if size < 100 else f"{size:,.0f}"
    return f"\N{MINUS SIGN}{text}" if value < 0 and float(text.replace(",", "")) > 0 else text


def _short(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:,.0f}"
