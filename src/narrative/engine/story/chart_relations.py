"""Words of the charts that set columns side by side: pairs, association with the target, empty cells."""

from __future__ import annotations

from typing import Any, Final

from narrative.engine.profile.types import TableProfile
from narrative.engine.story.draft import words_of_chart
from narrative.engine.story.facts import FactBook
from narrative.engine.story.formulas.charts import pairs, related
from narrative.engine.story.formulas.definition import CONSTANTS
from narrative.engine.story.sources import Sources
from narrative.engine.story.types import ChartStory, Claim

WEAK: Final = CONSTANTS["weak_relation"]
STRONG: Final = CONSTANTS["strong_relation"]


def tell_pairs(profile: TableProfile, measure: str) -> ChartStory:
    """What a table of relations shows: its closest pair, and how many pairs are close.

    Args:
        measure: ``pearson``, ``spearman``, ``categories`` or ``ratios``.
    """
    found = pairs(profile, measure)
    if not found:
        return ChartStory()
    book = FactBook(Sources(profile=profile))
    for side, key in enumerate(("one", "other")):
        book.add(key, "profile.closest_pair", "a column of the closest pair", "text", measure=measure, side=side)
    book.add("value", "profile.pair_value", "relation of the closest pair", "score", measure=measure)
    book.add("strength", "profile.pair_strength", "the same without its sign", "score", measure=measure)
    book.add("pairs", "profile.pairs", "pairs compared", "integer", unit="pairs", measure=measure)
    _limits(book)
    book.add(
        "close", "profile.pairs_beyond", "pairs at the limit or beyond", "integer", measure=measure, strength=STRONG
    )
    sentence = Claim(
        type="count",
        text="At {strong} or beyond" + (", whatever the sign" * _signed(measure)) + ": {close} of {pairs:unit}.",
        relation=_limited("close"),
    )
    return words_of_chart(book, _pair_headlines(measure), [sentence])


def _pair_headlines(measure: str) -> list[Claim]:
    weak: dict[str, Any] = {"op": "<", "left": "strength", "right": "weak"}
    strong: dict[str, Any] = {"op": ">=", "left": "strength", "right": "weak"}
    hardly = Claim(
        type="value", text="The columns hardly go together; closest: {one} and {other}, {value}.", relation=weak
    )
    if not _signed(measure):
        return [
            hardly,
            Claim(type="value", text="Closest to each other: {one} and {other}, at {value}.", relation=strong),
        ]
    up = {"op": "all", "of": [strong, {"op": ">", "left": "value", "right": "zero"}]}
    down = {"op": "all", "of": [strong, {"op": "<", "left": "value", "right": "zero"}]}
    return [
        hardly,
        Claim(type="value", text="{one} and {other} go the same way: {value}.", relation=up),
        Claim(type="value", text="{one} and {other} go opposite ways: {value}.", relation=down),
    ]


def tell_target(profile: TableProfile) -> ChartStory | None:
    """Which column goes with the target, and how many do; None without a target or anything to compare."""
    if profile.target is None or not related(profile):
        return None
    book = FactBook(Sources(profile=profile))
    nearest = related(profile)[0].name
    book.add("target", "profile.column_name", "the column to predict", "text", column=profile.target)
    book.add("column", "profile.closest_to_target", "the column closest to it", "text", position=0)
    book.add("value", "profile.association", "strength of their relation", "score", column=nearest)
    book.add("compared", "profile.columns_compared", "columns compared with it", "integer", unit="columns")
    book.add("close", "profile.related_columns", "columns at the limit or beyond", "integer", strength=WEAK)
    book.add("leaks", "profile.findings_with_code", "leak suspects", "integer", unit="findings", code="leak_suspect")
    _limits(book)
    book.add("giveaway", "definition.constant", "where a relation looks like a leak", "decimal", name="giveaway")
    near = {"op": ">=", "left": "value", "right": "giveaway"}
    leak = {"op": "all", "of": [{"op": "present", "fact": "leaks"}, near]}
    weak = {"op": "<", "left": "value", "right": "weak"}
    headlines = [
        Claim(type="presence", text="{column} nearly gives {target} away: {value}.", relation=leak),
        Claim(type="value", text="Each column says little of {target} alone; {column} reaches {value}.", relation=weak),
        Claim(type="value", text="Closest to {target} is {column}, at {value}."),
    ]
    sentence = Claim(
        type="count", text="At {weak} or beyond: {close} of {compared:unit}.", relation=_limited("close", "weak")
    )
    return words_of_chart(book, headlines, [sentence])


def tell_missing(profile: TableProfile) -> ChartStory | None:
    """Where the table is empty; None when no cell is."""
    if not any(column.missing for column in profile.columns):
        return None
    book = FactBook(Sources(profile=profile))
    name = min(profile.columns, key=lambda column: (-column.missing, column.name)).name
    book.add("column", "profile.most_empty", "the column with the most empty cells", "text")
    book.add("gap", "profile.column_missing_share", "share of its rows that are empty", "percent", column=name)
    book.add("holed", "profile.columns_with_gaps", "columns with empty cells", "integer")
    book.add("columns", "profile.columns", "columns of the table", "integer", unit="columns")
    book.add("empty", "profile.empty_share", "share of all cells that are empty", "percent")
    headline = Claim(type="share", text="{column} is empty in {gap} of rows.")
    sentence = Claim(type="count", text="Empty cells: {empty} of the table, in {holed} of {columns:unit}.")
    return words_of_chart(book, [headline], [sentence])


def _limits(book: FactBook) -> None:
    for key in ("weak", "strong"):
        name = f"{key}_relation"
        book.add(key, "definition.constant", f"where a relation counts as {key}", "decimal", name=name)
    book.add("zero", "definition.constant", "no relation", "decimal", name="zero")


def _limited(count: str, limit: str = "strong") -> dict[str, Any]:
    """The count was made with the limit that the sentence names."""
    return {"op": "argument", "of": count, "argument": "strength", "value": limit}


def _signed(measure: str) -> bool:
    return measure in ("pearson", "spearman")
