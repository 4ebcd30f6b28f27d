"""Where a model is weakest: groups of rows with larger losses than the others, found on one half, proven on the other.

For classes the loss counts that goes beyond what the model itself expects: rows that it calls a toss-up are hard, and
it says so; a weak spot is where it is further off than it says. The plain loss can be asked for.

Looking at many groups finds a bad one in any table. So the rows are cut in two: on one half the groups are looked for
and the most suspicious are kept; on the other each of them is tested once, by shuffling the losses among its rows, and
the false discovery rate over these few tests is held at 5 %. Sizes, losses and intervals are those of the second half,
which the choice has not seen, so the weakest group is not made to look weaker than it is.
Source: Cox (1975), "A note on data-splitting for the evaluation of significance levels", Biometrika 62; Benjamini &
Hochberg (1995), JRSS B 57; Chung et al. (2019), "Slice Finder", ICDE.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.figures import Figure, ranking_figure
from narrative.engine.evaluation.pieces import Mask, Piece, pieces_of, told_conditions
from narrative.engine.evaluation.rows import Rows
from narrative.engine.evaluation.telling import Named, absent, more, tell
from narrative.engine.evaluation.uncertainty import difference_bounds, found_by_false_discovery, welch_p
from narrative.engine.story.types import ChartStory
from narrative.engine.types import FloatArray, IntArray

LEVEL: Final = 0.05
LEAST_ROWS: Final = 200
SMALLEST: Final = 20
"""Rows a group needs on either half."""
TESTED: Final = 20
SHUFFLES: Final = 2_000
TESTED_ROWS: Final = 10_000
PAIRED_COLUMNS: Final = 8
"""Columns, those with the worst groups, whose pairs are looked at."""
BLOCK: Final = 100


class Slice(BaseModel):
    """A group of rows with a larger loss than the others, measured on rows that did not help to find it.

    ``conditions`` are ``{"column", "op", "value"}``; ``loss`` is the mean inside (beyond what the model expects, unless
    the plain one was asked for), ``loss_outside`` the baseline, ``extra_loss`` their difference with a 95 % interval;
    ``score`` is the score that ranks models, inside, and ``outside`` the same of all other rows.
    """

    model_config = ConfigDict(frozen=True)
    name: str
    conditions: list[dict[str, Any]]
    n_rows: int
    share: float
    loss: float
    loss_outside: float
    extra_loss: float
    interval: tuple[float, float]
    p_value: float
    score: Figure
    outside: Figure
    rows: list[int]
    """Positions in the given table, of both halves; at most 200."""


class Slices(BaseModel):
    """The weakest groups, worst first; none is an answer."""

    model_config = ConfigDict(frozen=True)
    found: list[Slice]
    n_looked_at: int
    n_tested: int
    n_rows_tested: int
    level: float = LEVEL
    method: str = (
        "Groups are looked for on one half of the rows; on the other half each of the most suspicious ones is tested "
        "by shuffling, with at most 5 % false ones among those told (Benjamini-Hochberg)."
    )
    words: ChartStory


def weakest(
    rows: Rows, *, columns: list[str] | None = None, by: Literal["surprise", "loss"] = "surprise", seed: int = 42
) -> Slices:
    """The groups of one or two columns in which the model loses most.

    Args:
        columns: that groups may be made of; None: all of the cells.
        by: the loss beyond what the model expects, or the plain loss. They are one for numbers.

    Raises:
        NotApplicable: ``too_few_rows`` below 200 rows.
    """
    if rows.size < LEAST_ROWS:
        raise NotApplicable("too_few_rows", f"It takes {LEAST_ROWS} rows to tell weak spots from luck.")
    order = np.random.default_rng(seed).permutation(rows.size)
    half = rows.size // 2
    looking, testing = np.sort(order[:half]), np.sort(order[half : half + TESTED_ROWS])
    pieces = pieces_of(rows.cells, columns, least=2 * SMALLEST)
    losses = surprises(rows) if by == "surprise" else rows.losses()
    suspects, n_looked_at = _suspects(pieces, losses[looking], looking)
    suspects = [suspect for suspect in suspects if _fits(suspect.mask[testing])][:TESTED]
    if not suspects:
        return _outcome([], n_looked_at, 0, testing.size)
    masks = np.stack([suspect.mask[testing] for suspect in suspects])
    # Losses vary more where the model is unsure, which shuffling does not know; Welch's test does.
    shuffled = shuffled_p(losses[testing], masks, seed=seed)
    p_values = [
        max(p, welch_p(losses[testing][mask], losses[testing][~mask])) for p, mask in zip(shuffled, masks, strict=True)
    ]
    stands = found_by_false_discovery(p_values, LEVEL)
    found = [
        _slice(suspect, rows, losses, testing, p_value)
        for suspect, p_value, stays in zip(suspects, p_values, stands, strict=True)
        if stays
    ]
    return _outcome(
        _distinct(found, suspects, losses, testing),
        n_looked_at,
        len(suspects),
        testing.size,
        plain=by == "loss" or rows.problem == "regression",
    )


def _fits(mask: Mask) -> bool:
    return SMALLEST <= int(mask.sum()) <= mask.size - SMALLEST


def _suspects(pieces: list[Piece], losses: FloatArray, looking: IntArray) -> tuple[list[Piece], int]:
    """Pieces and pairs of them by how far their mean loss is above that of the others, in standard errors."""
    single = [(_excess(piece.mask[looking], losses), piece) for piece in pieces]
    single.sort(key=lambda item: -item[0])
    worst = list(dict.fromkeys(piece.column for _, piece in single))[:PAIRED_COLUMNS]
    by_column = {name: [piece for piece in pieces if piece.column == name] for name in worst}
    both = []
    for one, other in combinations(worst, 2):
        for first in by_column[one]:
            for second in by_column[other]:
                pair = first.and_(second)
                excess = _excess(pair.mask[looking], losses)
                # A pair is worth telling only where it is worse than either of its halves.
                if excess > max(_excess(first.mask[looking], losses), _excess(second.mask[looking], losses)):
                    both.append((excess, pair))
    ranked = sorted([*single, *both], key=lambda item: (-item[0], item[1].name))
    return [piece for excess, piece in ranked if excess > 0.0], len(ranked)


def _excess(mask: Mask, losses: FloatArray) -> float:
    """Welch's t of inside against outside; minus infinity for groups that are too small or too large."""
    inside = int(mask.sum())
    if not _fits(mask):
        return -np.inf
    own, others = losses[mask], losses[~mask]
    error = float(np.sqrt(own.var(ddof=1) / inside + others.var(ddof=1) / others.size))
    gap = float(own.mean() - others.mean())
    return gap / error if error > 0 else (0.0 if gap <= 0 else np.inf)


def surprises(rows: Rows) -> FloatArray:
    """Loss of each row beyond what the model's own probabilities expect; squared errors as they are."""
    losses = rows.losses()
    if rows.problem == "regression":
        return losses
    shares = np.clip(rows.predictions, np.finfo(np.float64).tiny, 1.0)
    return np.asarray(losses + (rows.predictions * np.log(shares)).sum(axis=1), dtype=np.float64)


def shuffled_p(losses: FloatArray, masks: Mask, *, seed: int = 42) -> list[float]:
    """Of each group (a row of ``masks``) the chance that shuffled losses give it as large a mean loss.

    Source: Phipson & Smyth (2010), "Permutation p-values should never be zero", Statistical Applications in Genetics
    and Molecular Biology 9.
    """
    random = np.random.default_rng(seed)
    weights = masks.astype(np.float64)
    own = weights @ losses
    reached = np.zeros(len(masks))
    slack = 1e-12 * np.abs(own)
    for _ in range(0, SHUFFLES, BLOCK):
        shuffled = random.permuted(np.tile(losses, (BLOCK, 1)), axis=1)
        reached += (shuffled @ weights.T >= own - slack).sum(axis=0)
    return [float(value) for value in (1.0 + reached) / (1.0 + SHUFFLES)]


def _slice(piece: Piece, rows: Rows, losses: FloatArray, testing: IntArray, p_value: float) -> Slice:
    inside, outside = testing[piece.mask[testing]], testing[~piece.mask[testing]]
    own, others = losses[inside], losses[outside]
    return Slice(
        name=piece.name,
        conditions=piece.conditions,
        n_rows=int(inside.size),
        share=inside.size / testing.size,
        loss=float(own.mean()),
        loss_outside=float(others.mean()),
        extra_loss=float(own.mean() - others.mean()),
        interval=difference_bounds(own, others),
        p_value=p_value,
        score=ranking_figure(rows.at(inside)),
        outside=ranking_figure(rows.at(outside)),
        rows=[int(row) for row in np.sort(rows.positions[piece.mask])[:200]],
    )


def _distinct(found: list[Slice], suspects: list[Piece], losses: FloatArray, testing: IntArray) -> list[Slice]:
    """Surest extra loss first; a group is told only if it is weak without the rows of those told before."""
    masks = {piece.name: piece.mask[testing] for piece in suspects}
    told = np.zeros(testing.size, dtype=np.bool_)
    kept: list[Slice] = []
    for each in sorted(found, key=lambda item: (-item.interval[0], item.name)):
        rest = masks[each.name] & ~told
        others = losses[testing][~told & ~rest]
        if not kept or (int(rest.sum()) >= SMALLEST and welch_p(losses[testing][rest], others) <= LEVEL):
            kept.append(each)
            told |= masks[each.name]
    return kept


def _outcome(found: list[Slice], n_looked_at: int, n_tested: int, n_rows: int, *, plain: bool = False) -> Slices:
    account = {
        "found": Named(len(found), "weak groups that stand", "integer"),
        "looked": Named(n_looked_at, "groups looked at", "integer"),
        "n": Named(n_rows, "rows they were tested on", "integer", "rows"),
    }
    if not found:
        words = tell(
            account,
            ("None of {looked} groups is weak beyond luck, tested on {n:unit}.", absent("found"), "presence"),
        )
        return Slices(found=[], n_looked_at=n_looked_at, n_tested=n_tested, n_rows_tested=n_rows, words=words)
    where, named = told_conditions(found[0].conditions)
    account |= {
        **named,
        "size": Named(found[0].n_rows, "rows of the weakest group", "integer", "rows"),
        "loss": Named(found[0].loss, "mean loss inside"),
        "outside": Named(found[0].loss_outside, "mean loss of the other rows"),
    }
    what = "mean loss" if plain else "loss beyond what it expects"
    text = f"Where {where}, its {what} is {{loss}}, more than {{outside}} elsewhere, beyond luck ({{size:unit}})."
    words = tell(account, (text, more("loss", "outside"), "order"))
    return Slices(found=found, n_looked_at=n_looked_at, n_tested=n_tested, n_rows_tested=n_rows, words=words)
