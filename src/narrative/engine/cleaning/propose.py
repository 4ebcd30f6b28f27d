"""Proposes repairs one after the other, each looked for on the table as the repairs before it leave it."""

from __future__ import annotations

from functools import partial
from typing import Final

import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.alignment import canonical
from narrative.engine.cleaning.rules import columns as column_rules
from narrative.engine.cleaning.rules import numbers, rows, words
from narrative.engine.cleaning.rules.base import Rule
from narrative.engine.cleaning.types import Found, Proposal
from narrative.engine.effects.effect import effect_of
from narrative.engine.recipe import Recipe

RULES: Final[tuple[Rule, ...]] = (
    words.invisible_characters,
    words.stray_spaces,
    words.missing_words,
    words.spellings,
    numbers.numbers_in_text,
    numbers.dates_in_text,
    numbers.truths_in_text,
    numbers.placeholder_numbers,
    column_rules.empty_columns,
    column_rules.constant_columns,
    column_rules.repeated_columns,
)
"""In the order in which they repair: blanks go before words are compared, words that mean missing before numbers.

Repeated rows come last, when all values are what they will be; they are the one rule that looks at the target."""


def clean_proposals(frame: pl.DataFrame, *, target: str | None = None) -> list[Proposal]:
    """Repairs that the table needs without doubt; what is doubtful is left as it is.

    Args:
        target: never touched. Rows are told apart by it, because rows with different labels are no repeats.
    """
    labels = frame[target] if target is not None and target in frame.columns else None
    table = canonical(frame if labels is None else frame.drop(labels.name))
    proposals: list[Proposal] = []
    rules: tuple[Rule, ...] = (*RULES, partial(rows.repeated_rows, labels=labels))
    for rule in rules:
        for found in rule(table):
            outcome = _tried(found, table, len(proposals) + 1)
            if outcome is not None:
                proposal, table = outcome
                proposals.append(proposal)
    return proposals


def _tried(found: Found, table: pl.DataFrame, number: int) -> tuple[Proposal, pl.DataFrame] | None:
    """The repair carried out; None when the step refuses, or would change nothing."""
    step = found.step.model_copy(update={"id": f"clean_{number}"})
    try:
        fitted = Recipe([step]).fit(table)
    except InvalidInput:
        return None  # a rule that is sure of something a step cannot do proposes nothing
    effect = effect_of(fitted, table, n=table.height)
    gone = set(effect.columns_removed)
    types = {name for name in effect.after.columns if effect.after[name].dtype != table[name].dtype}
    if not (effect.cells_changed or effect.rows_dropped or gone or types):
        return None
    proposal = Proposal(
        **found.model_dump(exclude={"step"}),
        step=step,
        id=step.id,
        title=fitted.steps[0].step.title,
        effect=effect.sentence,
        cells_changed=effect.cells_changed,
        rows_dropped=effect.rows_dropped,
    )
    return proposal, effect.after
