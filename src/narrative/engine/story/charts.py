"""What each chart of a profile shows, in words: a headline that states the finding and a sentence, both verified."""

from __future__ import annotations

from typing import Any, Final

from narrative.engine.profile.types import ColumnProfile, TableProfile
from narrative.engine.story.chart_relations import tell_missing, tell_pairs, tell_target
from narrative.engine.story.draft import words_of_chart
from narrative.engine.story.facts import FactBook
from narrative.engine.story.sources import Sources
from narrative.engine.story.types import ChartStory, Claim, ClaimType, FactFormat
from narrative.engine.story.wording import format_fact
from narrative.engine.story.years import is_year
from narrative.engine.types import NUMERIC_KINDS, TIME_KINDS

OFTEN: Final = 0.3
"""A number that is this share of a column is told before its spread."""
MOSTLY_EMPTY: Final = 0.5
SKEWED: Final = 1.0
FEW_VALUES: Final = 12
"""Numbers that take no more values than this are told value by value."""
RARE: Final = 0.05
MEASURES: Final = ("spearman", "categories", "ratios")


def tell_charts(profile: TableProfile) -> TableProfile:
    """The profile with the words of its charts: of each column, of each table of relations, of target and gaps."""
    columns = [
        column.model_copy(update=dict(_column_words(profile.model_copy(update={"columns": [column]}))))
        for column in profile.columns
    ]
    relations = profile.relations
    if relations is not None:
        told: dict[str, Any] = {}
        for measure in MEASURES:
            table = getattr(relations, measure)
            if table is not None:
                told[measure] = table.model_copy(update=dict(tell_pairs(profile, measure)))
        relations = relations.model_copy(update=told)
    correlation = profile.correlation
    if correlation is not None:
        correlation = correlation.model_copy(update=dict(tell_pairs(profile, "pearson")))
    return profile.model_copy(
        update={
            "columns": columns,
            "relations": relations,
            "correlation": correlation,
            "target_chart": tell_target(profile),
            "missing_chart": tell_missing(profile),
        }
    )


class _Words:
    """Claims about the only column of a profile, in the order in which they are tried."""

    def __init__(self, profile: TableProfile) -> None:
        self.book = FactBook(Sources(profile=profile))
        self.column = profile.columns[0]
        self.headlines: list[Claim] = []
        self.sentences: list[Claim] = []
        self.form: FactFormat = "text" if _is_year(self.column) else "decimal"
        self.number("n", "count", "filled rows", "integer", unit="rows")
        self.number("missing", "missing", "empty cells", "integer", unit="cells")
        self.number("distinct", "distinct", "different values", "integer", unit="values")
        self.fact("name", "column_name", "the column", "text")
        self.fact("gap", "column_missing_share", "share of rows that are empty", "percent")

    def fact(self, id: str, formula: str, name: str, form: FactFormat, /, *, unit: str = "", **arguments: Any) -> None:
        self.book.add(id, f"profile.{formula}", name, form, unit=unit, column=self.column.name, **arguments)

    def number(self, id: str, statistic: str, name: str, form: FactFormat, /, *, unit: str = "") -> None:
        self.fact(id, "column_number", f"{name} of {self.column.name}", form, unit=unit, statistic=statistic)

    def quantile(self, id: str, share: str) -> None:
        self.fact(id, "column_quantile", f"value that {float(share):.0%} lie below", self.form, share=share)

    def constant(self, id: str, name: str, form: FactFormat) -> None:
        self.book.add(id, "definition.constant", name.replace("_", " "), form, name=name)

    def value(self, id: str, position: int) -> None:
        form: FactFormat = self.form if self.column.kind in NUMERIC_KINDS else "text"
        self.fact(id, "column_value", "a value of the column", form, position=position)
        self.fact(f"{id}_share", "column_value_share", "its share of filled rows", "percent", position=position)

    def text(self, id: str) -> str:
        return format_fact(self.book.facts[id])

    def headline(self, text: str, relation: dict[str, Any] | None = None, *, type: ClaimType = "value") -> None:
        self.headlines.append(Claim(type=type, text=text, relation=relation))

    def sentence(self, text: str, relation: dict[str, Any] | None = None, *, type: ClaimType = "value") -> None:
        if 0 < self.column.missing_share <= MOSTLY_EMPTY:
            self.sentences.append(Claim(type=type, text=f"{text} Empty: {{gap}} of rows.", relation=relation))
        self.sentences.append(Claim(type=type, text=text, relation=relation))


def _column_words(profile: TableProfile) -> ChartStory:
    words = _Words(profile)
    column = words.column
    if not column.count:
        gone = {"op": "absent", "fact": "n"}
        words.headline("{name} is empty in each row.", gone, type="presence")
        words.sentences.append(Claim(type="presence", text="There is nothing to draw.", relation=gone))
        return words_of_chart(words.book, words.headlines, words.sentences)
    if column.missing_share > MOSTLY_EMPTY:
        words.headline("{name} is empty in {gap} of rows.", type="share")
    if column.kind == "constant":
        _constant(words)
    elif column.kind in TIME_KINDS:
        _times(words)
    elif column.kind in NUMERIC_KINDS and column.distinct > FEW_VALUES:
        _numbers(words)
    elif column.kind == "identifier" or (column.distinct == column.count and column.kind != "boolean"):
        _codes(words)
    elif column.kind == "text":
        _texts(words)
    else:
        _categories(words)
    return words_of_chart(words.book, words.headlines, words.sentences)


def _constant(words: _Words) -> None:
    words.value("top", 0)
    words.constant("one", "perfect", "integer")
    alone = {"op": "==", "left": "distinct", "right": "one"}
    words.headline("{name} is always {top}." if not words.column.missing else "{name} is {top} where filled.", alone)
    words.sentence("All {n:unit} with a value hold the same.", alone)


def _numbers(words: _Words) -> None:
    column = words.column
    words.number("mean", "mean", "mean", words.form)
    words.number("low", "minimum", "smallest value", words.form)
    words.number("high", "maximum", "largest value", words.form)
    for key, share in (("p05", "0.05"), ("p25", "0.25"), ("middle", "0.5"), ("p75", "0.75"), ("p95", "0.95")):
        words.quantile(key, share)
    if column.top_values and column.top_values[0].share >= OFTEN:
        words.value("top", 0)
        words.headline(_share_text(column), type="share")
    quantiles = column.quantiles or {}
    skewed = column.skewness is not None and abs(column.skewness) >= SKEWED
    if skewed and column.mean is not None and column.mean != quantiles.get("0.5"):
        up = column.mean > quantiles.get("0.5", column.mean)
        side, word = (">", "above") if up else ("<", "below")
        words.headline(
            f"{{name}} has a long tail: mean {{mean}}, {word} the middle {{middle}}.",
            {"op": side, "left": "mean", "right": "middle"},
            type="order",
        )
    if words.text("p05") != words.text("p95"):
        inside = {"op": "within", "value": "middle", "low": "p05", "high": "p95"}
        words.headline("{name} mostly lies between {p05} and {p95}.", inside, type="interval")
    words.headline("{name} runs from {low} to {high}.")
    words.constant("half", "middle_half", "percent")
    if words.text("p25") != words.text("p75"):
        inside = {"op": "within", "value": "middle", "low": "p25", "high": "p75"}
        text = "{half} of values lie between {p25} and {p75}; the middle is {middle}."
        if column.outliers:
            words.number("outliers", "outliers", "values that lie far out", "integer", unit="values")
            words.sentence(f"{text} Far out: {{outliers:unit}}.", inside, type="interval")
        words.sentence(text, inside, type="interval")
    words.sentence("{name} runs from {low} to {high}, with {distinct} different values.")


def _categories(words: _Words) -> None:
    column = words.column
    words.value("top", 0)
    if column.top_values[0].share >= RARE:
        words.headline(_share_text(column), type="share")
    words.headline("{name} has {distinct} different values in {n:unit}.", type="count")
    if column.distinct > 1:
        words.value("second", 1)
        if column.distinct == len(column.top_values) and len(column.top_values) < 3:
            words.sentence("The rest, {second_share}, is {second}.", type="share")
        else:
            words.sentence("It has {distinct:unit}; after {top} comes {second} with {second_share}.", type="share")
    words.sentence("It has {distinct:unit} in {n:unit}.", type="count")


def _texts(words: _Words) -> None:
    words.headline("{name} holds {distinct} different texts in {n:unit}.", type="count")
    _lengths(words)


def _codes(words: _Words) -> None:
    each = {"op": "==", "left": "distinct", "right": "n"}
    words.headline("Each row has its own {name}." if not words.column.missing else "Each {name} is different.", each)
    words.headline("{distinct} of {n} values of {name} differ.", type="count")
    if words.column.kind in ("text", "identifier", "category") and words.column.max_length is not None:
        _lengths(words)
    else:
        words.sentence("There are {distinct:unit} in {n:unit}.", type="count")


def _lengths(words: _Words) -> None:
    words.number("short", "min_length", "characters of the shortest text", "integer")
    words.number("long", "max_length", "characters of the longest text", "integer", unit="characters")
    words.number("usual", "median_length", "characters of a text in the middle", "decimal")
    if words.column.min_length == words.column.max_length:
        words.sentence("Each value has {long:unit}.", {"op": "==", "left": "short", "right": "long"})
    words.sentence("A value has {short} to {long:unit}, {usual} in the middle.")


def _times(words: _Words) -> None:
    words.number("first", "minimum", "earliest time", "text")
    words.number("last", "maximum", "latest time", "text")
    words.headline("{name} runs from {first} to {last}.")
    if words.column.gaps is not None and words.column.gaps.n_gaps:
        words.fact("holes", "column_gaps", "holes in time", "integer", unit="gaps")
        words.fact("lost", "column_steps_missing", "steps without a value", "integer", unit="steps")
        words.sentence("There are {holes:unit} in time, with {lost:unit} left out.", type="count")
    words.sentence("{n:unit} have a date, with {distinct} different ones.", type="count")


def _share_text(column: ColumnProfile) -> str:
    return "{name} is {top} in {top_share} of " + ("filled rows." if column.missing else "rows.")


def _is_year(column: ColumnProfile) -> bool:
    return column.kind == "integer" and is_year(column.name, column.minimum, column.maximum)
