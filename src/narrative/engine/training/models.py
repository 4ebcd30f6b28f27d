"""Models put together from the run folder: selected members, the recipes of one scope, the calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from narrative.engine.candidates.base import View
from narrative.engine.model import Intervals, Member, Model
from narrative.engine.recipe import FittedRecipe
from narrative.engine.training.plan import available_candidates
from narrative.engine.training.select import Selection
from narrative.engine.training.store import RunFolder
from narrative.engine.types import Label, Problem

DEVELOPMENT: Final = "development"
ALL: Final = "all"


def has_scope(folder: RunFolder, selection: Selection, scope: str) -> bool:
    """Whether every member is fitted in a scope."""
    return all(folder.has_fit(trial, scope) for trial in selection.trials)


def build_model(
    folder: RunFolder,
    selection: Selection,
    scope: str,
    *,
    problem: Problem,
    target: str,
    classes: list[Label],
    candidates: Mapping[str, str],
    intervals: Intervals | None = None,
) -> Model:
    """The model of a scope (``fold_0``, ``development``, ``all``); ``candidates`` maps trial ids to candidate names."""
    members: list[Member] = []
    recipes: dict[View, FittedRecipe] = {}
    known = available_candidates()
    offsets = selection.offsets
    for trial, share in zip(selection.trials, selection.shares, strict=True):
        view = known[candidates[trial]].view
        if view not in recipes:
            recipes[view] = folder.read_recipe(scope, view)
        fit = folder.read_fit(trial, scope)
        shift = None if fit.balance is None or fit.balance.shift is None else np.array(fit.balance.shift)
        if shift is not None and selection.vote == "margins":
            offsets, shift = offsets + selection.slope * share * shift, None
        members.append(Member(candidates[trial], view, fit.learner, share, shift))
    return Model(
        problem=problem,
        target=target,
        classes=classes,
        recipes=recipes,
        members=members,
        slope=selection.slope,
        offsets=offsets,
        threshold=0.5 if selection.threshold is None else selection.threshold,
        intervals=intervals,
        vote=selection.vote,
    )
