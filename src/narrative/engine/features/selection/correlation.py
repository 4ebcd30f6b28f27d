"""Columns that say the same as another one."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from narrative.engine.features.selection.base import Method, MethodResult, Question, Verdict
from narrative.engine.profile.association import Association, association, target_codes
from narrative.engine.profile.correlation import MOST_COLUMNS, correlation_matrix
from narrative.engine.profile.types import Correlation
from narrative.engine.steps._columns import is_number


class CorrelationFilter(Method):
    """Of two columns that rise and fall together, the one nearer the target stays."""

    name: ClassVar[str] = "correlation"
    title: ClassVar[str] = "Correlation"
    sentence: ClassVar[str] = "Of two number columns that say almost the same, the one nearer the target stays."
    unit: ClassVar[str] = "strongest correlation with a column that stays"
    order: ClassVar[int] = 10

    def judge(self, question: Question) -> MethodResult:
        frame = numbers_after_steps(question)
        strength = nearness(frame, question)
        ranked = sorted(frame.columns, key=lambda name: (-strength[name], frame.columns.index(name)))
        limit, stays, gone = question.options.correlation, list[str](), dict[str, tuple[str, float]]()
        table = _table(frame, ranked)
        closest: dict[str, tuple[str, float]] = {}
        for name in ranked:
            known = [(other, table.get((name, other), 0.0)) for other in stays]
            if known:
                closest[name] = max(known, key=lambda item: abs(item[1]))
            if known and abs(closest[name][1]) > limit:
                gone[name] = closest[name]
            else:
                stays.append(name)
        verdicts = [self._verdict(name, gone, closest) for name in question.columns]
        shown = correlation_matrix(frame, ranked[:MOST_COLUMNS])
        return self.result(verdicts, matrix=shown)

    def _verdict(self, name: str, gone: dict[str, tuple[str, float]], closest: dict[str, tuple[str, float]]) -> Verdict:
        if name in gone:
            other, value = gone[name]
            reason = f"Its correlation with '{other}' is {value:.2f}; '{other}' is nearer the target."
            return Verdict(column=name, kept=False, value=abs(value), reason=reason)
        if name in closest:
            other, value = closest[name]
            reason = f"Its strongest correlation is {value:.2f}, with '{other}'."
            return Verdict(column=name, kept=True, value=abs(value), reason=reason)
        return Verdict(column=name, kept=True, reason="No other number column stands nearer the target.")


def numbers_after_steps(question: Question) -> pl.DataFrame:
    """Number columns of the question, as the steps of people leave them."""
    frame = question.material.after_steps()
    names = [name for name in question.columns if name in frame.columns and is_number(frame.schema[name])]
    return frame.select(pl.col(names).cast(pl.Float64))


def nearness(frame: pl.DataFrame, question: Question) -> dict[str, float]:
    """Association of each column with the target, 0 to 1."""
    codes = target_codes(question.material.labels, question.material.problem)
    found: dict[str, float] = {}
    for name in frame.columns:
        ordered = frame[name].drop_nulls().drop_nans().sort().to_numpy()
        strength: Association | None = association(frame[name].fill_nan(None), ordered, codes) if ordered.size else None
        found[name] = 0.0 if strength is None else strength.value
    return found


def _table(frame: pl.DataFrame, names: list[str]) -> dict[tuple[str, str], float]:
    """Correlation of every pair, in both orders; the matrix of the profile takes forty at a time."""
    found: dict[tuple[str, str], float] = {}
    half = MOST_COLUMNS // 2
    blocks = [names[start : start + half] for start in range(0, len(names), half)]
    for i, first in enumerate(blocks):
        for second in blocks[i:] if len(blocks) == 1 else blocks[i + 1 :] or [[]]:
            chosen = list(dict.fromkeys([*first, *second]))
            matrix: Correlation | None = correlation_matrix(frame, chosen)
            if matrix is None:
                continue
            for a, row in zip(matrix.columns, matrix.matrix, strict=True):
                found |= {(a, b): value for b, value in zip(matrix.columns, row, strict=True) if value is not None}
    return found
