"""Formulas: read, refused with a place, computed alike for a frame and for one row."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings

from narrative.core.errors import InvalidInput
from narrative.engine.formula import columns_named, compile_formula, compiled
from narrative.engine.formula.functions import ALIASES, callable_names
from narrative.engine.formula.tree import Node, Value
from tests.fixtures.formulas import COLUMNS, HARMLESS, Reference, fuzzed, hostile, table, valid
from tests.fixtures.frames import SCHEMA, frames

REFERENCE_PAGE = Path(__file__).parents[3] / "docs" / "reference" / "formulas.md"
WATCHED = ("open", "socket.", "subprocess.", "os.", "compile", "exec", "import", "ctypes.")


def value_of(text: str, **cells: Any) -> Any:
    """The value for one row, which must be the same by both ways."""
    schema = {"a": pl.Float64(), "b": pl.Int64(), "t": pl.String(), "f": pl.Boolean(), "d": pl.Date()}
    row = dict.fromkeys(schema) | cells
    formula = compile_formula(text, schema)
    found = pl.DataFrame([row], schema=schema).with_columns(formula.expression().alias("value"))["value"][0]
    assert formula.row_function()(row) == found
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3 * 4", 14.0),
        ("-2 ^ 2", -4.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("7 // -2", -4.0),
        ("7 % -2", -1.0),
        ("1 / 0", None),
        ("1e308 * 10", None),
        ("sqrt(-1)", None),
        ("round(2.5)", 3.0),
        ("round(-2.5)", -3.0),
        ("round(1234.5, -2)", 1200.0),
        ("log10(1000)", 3.0),
        ("sum(1, missing, 2)", 3.0),
        ("mean(missing, missing)", None),
        ("missing > 1 or yes", True),
        ("missing > 1 and yes", None),
        ("if(missing > 1, 'met', 'not')", "not"),
        ('"say ""hi""" & \'!\'', 'say "hi"!'),
        ("text(0.1) & text(3)", "0.13"),
        ("number(' -1.5e3 ')", -1500.0),
        ("number('1_000')", None),
        ("right('abc', 2)", "bc"),
        ("left('abc', -1)", None),
        ("date('2024-03-01') - date('2024-02-28')", 2.0),
        ("weekday(date('2026-11-23'))", 1.0),
        ("hour(datetime('2026-11-23T14:30:00+01:00'))", 13.0),
        ("= IF(AND, 1, 2)", None),
    ],
)
def test_a_formula_means_what_people_expect(text: str, value: Any) -> None:
    if value is None and "AND" in text:
        with pytest.raises(InvalidInput, match="cannot stand here"):
            value_of(text)
    else:
        assert value_of(text) == value


def test_missing_cells_stay_missing_unless_asked_for() -> None:
    assert value_of("a + b", a=1.0) is None
    assert value_of("coalesce(a, b, 0) + 1") == 1.0
    assert value_of("t is empty and f is not empty", f=False) is True
    assert value_of("a in (1, 2)") is None


@pytest.mark.parametrize(
    ("text", "start", "end", "says", "fix"),
    [
        ("a + pric", 4, 8, "there is no column 'pric'", "Did you mean [price]?"),
        ("sumn(a)", 0, 4, "there is no function 'sumn'", "Did you mean sum(...)?"),
        ("a + t", 0, 5, "'+' cannot work with a number, text", "Join texts with &"),
        ("1 < a < 3", 6, 7, "comparisons cannot be chained", "a < b and b < c"),
        ("a ** 2", 3, 4, "'*' cannot stand here", "write ^"),
        ("(a + 1", 6, 6, "the end cannot stand here", "')'"),
        ("'abc", 0, 4, "this text is not closed", "End it with '"),
        ("a; b", 1, 2, "',' cannot stand here", "should end"),
        ("a.b", 1, 2, "'.' is not part of the language", "[in brackets]"),
        ("date(t)", 0, 7, "takes one date that is written down", "2026-01-31"),
        ("if(a > 1, 2, 'x')", 0, 17, "'if' cannot work with", "one kind"),
    ],
)
def test_a_fault_names_its_place_and_what_would_be_right(text: str, start: int, end: int, says: str, fix: str) -> None:
    with pytest.raises(InvalidInput, match=r"^Formula, character") as caught:
        compile_formula(text, {"a": pl.Float64(), "price": pl.Float64(), "t": pl.String()})
    error = caught.value
    assert (error.code, error.context["start"], error.context["end"]) == ("formula_invalid", start, end)
    assert says in error.message
    assert fix in (error.fix or "")


def test_an_unknown_column_comes_with_the_names_that_there_are() -> None:
    with pytest.raises(InvalidInput) as caught:
        compile_formula("[net prise]", COLUMNS)
    assert caught.value.column == "net prise"
    assert caught.value.context["nearest"] == "net price"
    assert caught.value.context["allowed"] == list(COLUMNS)


def test_columns_with_brackets_in_their_name_can_be_written() -> None:
    schema = {"a [kg]": pl.Float64()}
    formula = compile_formula("[a [[kg]]] * 2", schema)
    assert formula.row_function()({"a [kg]": 2.0}) == 4.0
    assert columns_named("[a [[kg]]] + b + b") == ["a [kg]", "b"]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 500 + "n" + ")" * 500,
        "not " * 500 + "flag",
        "n" + "+n" * 2000,
        "n" + "^n" * 300,
        "sum(" + "n, " * 900 + "n)",
        "x" * 5001,
        "replace(" * 9 + "city" + ", 'o', 'oooooooooooooooooooo')" * 9,
        "concat(" + "city, " * 520 + "city)",
    ],
)
def test_what_could_exhaust_the_machine_is_refused_before_it_runs(text: str) -> None:
    with pytest.raises(InvalidInput, match="at most") as caught:
        compile_formula(text, COLUMNS)
    assert caught.value.code == "formula_invalid"


def test_right_formulas_equal_the_answers_of_sqlite() -> None:
    frame = table(40, 5)
    reference, compared = Reference(frame), 0
    for kind, text, sql in valid(250, 5):
        found = frame.with_columns(compile_formula(text, COLUMNS).expression().alias("value"))["value"].to_list()
        wanted = reference.values(sql)
        if kind == "boolean":
            wanted = [None if value is None else bool(value) for value in wanted]
        assert [value is None for value in found] == [value is None for value in wanted], text
        expected: Any = [value for value in wanted if value is not None]
        if kind == "number":
            expected = pytest.approx(expected, rel=1e-12, abs=1e-9)
        assert [value for value in found if value is not None] == expected, text
        compared += len(wanted)
    assert compared == 250 * 40


@settings(max_examples=25, deadline=None)
@given(rows=frames(max_rows=4))
def test_one_row_has_the_bits_of_the_frame(rows: pl.DataFrame) -> None:
    for text in ROW_FORMULAS:
        formula = compile_formula(text, SCHEMA)
        found = rows.with_columns(formula.expression().alias("value"))["value"].to_list()
        value = formula.row_function()
        assert [repr(value(row)) for row in rows.iter_rows(named=True)] == [repr(cell) for cell in found], text


ROW_FORMULAS = [
    "amount / count + amount // 3 - amount % 0.7",
    "round(amount, 2) + round(amount) + floor(amount) + ceil(count / 7)",
    "log(amount) + log10(count) + exp(amount / 50) + sqrt(amount) + amount ^ 1.7",
    "sum(amount, count, flag) / mean(amount, count)",
    "min(amount, count, 3) + max(amount, 0) + clip(amount, -5, count)",
    "if(flag or amount > 3, city, note) & ': ' & amount",
    "trim(upper(city)) & lower(note) & left(note, 3) & right(city, count)",
    "replace(note, 'a', city)",
    "contains(note, city) or starts_with(note, 'r') or ends_with(city, 'e')",
    "year(day) + month(moment) * 100 + weekday(day) + hour(moment)",
    "days_between(day, moment) + (moment - day)",
    "number(city) + length(note)",
    "coalesce(gone, city) in ('Rome', '') and day > '2000-01-01'",
    "text(moment) & text(day) & text(count)",
]


class Watch:
    """Counts what Python reports of itself while it is armed; a hook can never be taken off again."""

    def __init__(self) -> None:
        self.armed = False
        self.events: Counter[str] = Counter()
        sys.addaudithook(self.see)

    def see(self, event: str, _: Any) -> None:
        if self.armed and event.startswith(WATCHED):
            self.events[event] += 1


def compute_watched(watch: Watch, text: str) -> None:
    frame = table(3)
    watch.armed = True
    try:
        formula = compile_formula(text, COLUMNS)
        frame.with_columns(formula.expression().alias("value"))
    except InvalidInput as error:
        fault = error
    else:
        return
    finally:
        watch.armed = False
    assert fault.code == "formula_invalid", text
    assert 0 <= fault.context["start"] <= fault.context["end"], text


def test_hostile_and_fuzzed_formulas_run_nothing_and_crash_nothing() -> None:
    for _, text, _ in valid(60, 0):  # what is loaded on first use is loaded before anybody watches
        compile_formula(text, COLUMNS)
    watch = Watch()
    compute_watched(watch, "x + 1")
    watch.events.clear()
    for text in [*hostile(300, 1), *fuzzed(1500, 1)]:
        compute_watched(watch, text)
    assert not watch.events


def test_the_watch_sees_a_parser_that_evaluates(monkeypatch: pytest.MonkeyPatch) -> None:
    def evaluated(text: str) -> Node:
        return Value(bool(eval(text)), 0, len(text))  # noqa: S307 - the negative control, with harmless texts

    monkeypatch.setattr(compiled, "parse", evaluated)
    watch = Watch()
    for text in HARMLESS:
        compute_watched(watch, text)
    assert watch.events["compile"] >= len(HARMLESS)
    assert watch.events["open"] >= 1


def test_the_reference_page_names_every_function() -> None:
    page = REFERENCE_PAGE.read_text()
    assert [name for name in [*callable_names(), *ALIASES] if f"`{name}" not in page] == []
