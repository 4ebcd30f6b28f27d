"""Groups in words: every size, share and typical value is a fact over the table with its groups as a column."""

from __future__ import annotations

from typing import Final

import polars as pl

from narrative.engine.exploration.types import Group, GroupTrait
from narrative.engine.story.draft import Draft, assemble, prove
from narrative.engine.story.facts import FactBook
from narrative.engine.story.sources import Sources
from narrative.engine.story.types import Claim, FactFormat, Story
from narrative.engine.story.years import holds_years
from narrative.engine.types import IntArray

GROUP_COLUMN: Final = "group"


def tell_groups(
    frame: pl.DataFrame,
    labels: IntArray,
    traits: list[list[GroupTrait]],
    stability: list[float],
    *,
    typical: list[list[int]],
    table_hash: str,
    is_clear: bool,
    is_sharp: bool,
) -> tuple[list[Group], Story]:
    """The groups with their sentences, and the story of all of them.

    Args:
        labels: group of every row, from 1; all 0 when there are none.
        traits, stability, typical: of every group, in order.
        table_hash: content hash of the frame, which facts carry.
        is_sharp: the groups stand well apart.
    """
    name = free_name(frame, GROUP_COLUMN)
    labelled = frame.with_columns(pl.Series(name, [f"Group {label}" for label in labels.tolist()], pl.String))
    book = FactBook(Sources(table=labelled, table_hash=table_hash))
    groups = [
        _group(book, name, number + 1, traits=own, stability=stable, rows=rows)
        for number, (own, stable, rows) in enumerate(zip(traits, stability, typical, strict=True))
    ]
    return groups, _story(book, name, len(groups), is_clear=is_clear, is_sharp=is_sharp)


def free_name(frame: pl.DataFrame, wanted: str) -> str:
    """The name, with a number behind it when the table has such a column already."""
    name, number = wanted, 1
    while name in frame.columns:
        number += 1
        name = f"{wanted}_{number}"
    return name


def _group(
    book: FactBook, name: str, number: int, *, traits: list[GroupTrait], stability: float, rows: list[int]
) -> Group:
    label, key = f"Group {number}", f"g{_letters(number)}"
    condition = [{"column": name, "op": "=", "value": label}]
    book.add(f"{key}_name", "question.value", "a group", "text", column=name, value=label)
    size = book.add(f"{key}_rows", "question.rows", "rows of the group", "integer", unit="rows", conditions=condition)
    book.add("n_rows", "question.rows", "all rows", "integer", unit="rows", conditions=[])
    share = book.add(f"{key}_share", "question.share", "share of rows", "percent", conditions=condition, among=[])
    relation = {"op": "share", "part": f"{key}_rows", "whole": "n_rows", "result": f"{key}_share"}
    text = f"{{{key}_name}} holds {{{key}_rows:unit}}, {{{key}_share}} of {{n_rows:unit}}."
    claims = [Claim(type="share", text=text, relation=relation)]
    claims += [_trait(book, f"{key}_{_letters(place + 1)}", name, label, trait) for place, trait in enumerate(traits)]
    told = [sentence for claim in claims if (sentence := prove(book, [claim])) is not None]
    shown = {part["fact"] for sentence in told for part in sentence.parts if "fact" in part}
    return Group(
        number=number,
        label=label,
        n_rows=int(size.value or 0),
        share=float(share.value or 0.0),
        stability=stability,
        traits=traits,
        sentences=told,
        facts=[fact for id_, fact in book.facts.items() if id_ in shown],
        typical_rows=rows,
    )


def _trait(book: FactBook, key: str, name: str, label: str, trait: GroupTrait) -> Claim:
    """A typical value inside and outside, or the share of a value."""
    inside = [{"column": name, "op": "=", "value": label}]
    outside = [{"column": name, "op": "!=", "value": label}]
    book.add(f"{key}_column", "table.column_name", "name of a column", "text", column=trait.column)
    if trait.level is None:
        form: FactFormat = "text" if holds_years(book.sources.need_table()[trait.column]) else "decimal"
        for part, rows in (("in", inside), ("out", outside)):
            book.add(
                f"{key}_{part}", "question.statistic", f"median of {trait.column}", form,
                column=trait.column, statistic="median", conditions=rows,
            )  # fmt: skip
        text = f"Typical {{{key}_column}}: {{{key}_in}} here, {{{key}_out}} in the other rows."
        return Claim(type="value", text=text)
    value = [{"column": trait.column, "op": "=", "value": trait.level}]
    book.add(
        f"{key}_level", "question.value", f"a value of {trait.column}", "text", column=trait.column, value=trait.level
    )
    for part, rows in (("in", inside), ("out", outside)):
        book.add(f"{key}_{part}", "question.share", "share of rows", "percent", conditions=value, among=rows)
    text = f"{{{key}_column}} is {{{key}_level}} in {{{key}_in}} of its rows and in {{{key}_out}} of the other rows."
    return Claim(type="value", text=text)


def _story(book: FactBook, name: str, number: int, *, is_clear: bool, is_sharp: bool) -> Story:
    draft = Draft("data_profiling", book)
    book.add("n_rows", "question.rows", "all rows", "integer", unit="rows", conditions=[])
    if number:
        book.add(
            "n_groups", "question.statistic", "groups", "integer", column=name, statistic="distinct", conditions=[]
        )
        clear = "form" if is_clear else "were put into"
        draft.say("headline", f"{{n_rows:unit}} {clear} {{n_groups}} groups.", type="count")
        for each in range(1, number + 1):
            key = f"g{_letters(each)}"
            relation = {"op": "share", "part": f"{key}_rows", "whole": "n_rows", "result": f"{key}_share"}
            draft.say("found", f"{{{key}_name}}: {{{key}_rows:unit}} ({{{key}_share}}).", relation, type="share")
    else:
        draft.say("headline", "The rows form a single cloud, without clear groups.")
    if is_clear:
        draft.say("meaning", "Rows of a group are alike in several columns at a time, and drawing the rows anew gives "
                  "the same groups.")  # fmt: skip
        if not is_sharp:
            draft.say("meaning", "The groups fade into each other: rows near a border could be in either.")
        draft.say("unknown", "A group says what rows have in common, not why.")
    else:
        draft.say("meaning", "What single columns and their relations tell by themselves accounts for how rows lie.")
        draft.say("unknown", "Groups may still show in columns that are not in this table.")
    return assemble(draft)


def _letters(number: int) -> str:
    """A number in letters, for ids of facts that may hold digits as well but must differ.

    >>> _letters(1), _letters(27)
    ('a', 'aa')
    """
    text = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("a") + rest) + text
    return text
