"""The verifier cuts what is not proven, and only that; switched off, false sentences would be shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.engine.story import Sources
from narrative.engine.story.draft import Draft, assemble
from narrative.engine.story.facts import FactBook
from narrative.engine.story.sentences import render
from narrative.engine.story.types import Claim, ClaimType, Fact, Sentence
from narrative.engine.story.verifier import Verifier, scan_sentence, scan_story

TABLE = pl.DataFrame({"age": [20, 30, 40, 50], "left": ["no", "yes", "yes", None], "full": [1, 1, 1, 1]})


def _book() -> FactBook:
    book = FactBook(Sources(table=TABLE, table_hash="ab" * 32))
    book.add("rows", "table.rows", "rows", "integer", unit="rows")
    book.add("columns", "table.columns", "columns", "integer", unit="columns")
    book.add("gaps", "table.missing", "gaps", "integer", unit="cells", column="left")
    book.add("no_gaps", "table.missing", "gaps", "integer", unit="cells", column="full")
    book.add("oldest", "table.maximum", "highest age", column="age")
    book.add("youngest", "table.minimum", "lowest age", column="age")
    young: list[dict[str, Any]] = [{"column": "age", "op": "<=", "value": 30}]
    old: list[dict[str, Any]] = [{"column": "age", "op": ">", "value": 30}]
    book.add("young", "table.group_name", "a group", "text", conditions=young)
    book.add("young_share", "table.group_share", "share", "percent", column="left", value="yes", conditions=young)
    book.add("old_share", "table.group_share", "share", "percent", column="left", value="yes", conditions=old)
    return book


def _verdict(text: str, relation: dict[str, Any] | None = None, type: ClaimType = "value") -> str | None:
    book = _book()
    return Verifier(book.sources, book.facts).why_not(Claim(type=type, text=text, relation=relation))


OLDER = {"op": ">", "left": "oldest", "right": "youngest"}


@pytest.mark.parametrize(
    ("text", "relation", "type"),
    [
        ("The table has {rows:unit} and {columns:unit}.", None, "count"),
        ("The table has {rows} rows.", None, "count"),
        ("The age {oldest} is higher than {youngest}.", OLDER, "order"),
        ("The age {youngest} is lower than {oldest}.", OLDER, "order"),
        ("Nothing is missing.", {"op": "absent", "fact": "no_gaps"}, "presence"),
        ("Some are missing: {gaps:unit}.", {"op": "present", "fact": "gaps"}, "presence"),
        ("The highest age is {oldest}.", {"op": "max", "fact": "oldest", "among": ["oldest", "youngest"]}, "rank"),
        ("{young_share} with {young}.", {"op": "describes", "name": "young", "of": ["young_share"]}, "share"),
    ],
)
def test_a_proven_claim_is_kept(text: str, relation: dict[str, Any] | None, type: ClaimType) -> None:
    assert _verdict(text, relation, type) is None


@pytest.mark.parametrize(
    ("text", "relation", "type", "reason"),
    [
        ("The table has 4 rows.", None, "count", "not bound"),
        ("The table has ٤ rows.", None, "count", "not bound"),
        ("Half of it is there: ½.", None, "count", "not bound"),
        ("The table has four rows.", None, "count", "not bound"),
        ("The table has twenty-five rows.", None, "count", "not bound"),
        ("Half of {rows:unit} left.", None, "share", "not bound"),
        ("It doubled over {rows:unit}.", None, "ratio", "not bound"),
        ("The table has {nothing} rows.", None, "count", "not computed"),
        ("The table has {columns} rows.", None, "count", "does not count"),
        ("The age {oldest} is lower than {youngest}.", OLDER, "order", "direction"),
        ("The age {youngest} is higher than {oldest}.", OLDER, "order", "direction"),
        ("The age {oldest} is higher than {youngest}.", {**OLDER, "op": "<"}, "order", "direction"),
        ("The age {oldest} compares to {youngest}.", {**OLDER, "op": "<"}, "order", "data say otherwise"),
        ("The age rises to {oldest}.", None, "value", "direction"),
        ("The age went from {youngest} to {oldest}.", None, "direction", "needs a relation"),
        ("Nothing is missing.", {"op": "absent", "fact": "gaps"}, "presence", "data say otherwise"),
        ("Nothing is missing.", None, "value", "none without proof"),
        ("The highest age is {youngest}.", None, "value", "most or least"),
        ("The best age is {oldest}.", OLDER, "order", "best without proof"),
        ("It is {oldest} because of {rows:unit}.", None, "value", "cause"),
        ("Age drives {rows:unit}.", None, "value", "cause"),
        ("{old_share} with {young}.", {"op": "describes", "name": "young", "of": ["old_share"]}, "share", "otherwise"),
        ("{rows:unit}.", {"op": "surely", "fact": "rows"}, "presence", "not known"),
        ("{rows:unit}.", {"op": ">", "left": "rows"}, "order", "not complete"),
        ("{rows:unit}.", {"left": "rows"}, "order", "not computed"),
        ("{rows:unit} and {broken.", None, "count", "broken reference"),
    ],
)
def test_a_claim_that_is_not_proven_is_cut(
    text: str, relation: dict[str, Any] | None, type: ClaimType, reason: str
) -> None:
    verdict = _verdict(text, relation, type)
    assert verdict is not None
    assert reason in verdict


def test_a_planted_false_number_is_cut() -> None:
    book = _book()
    facts = book.facts | {"rows": book.facts["rows"].model_copy(update={"value": 5})}
    verdict = Verifier(book.sources, facts).why_not(Claim(type="count", text="The table has {rows:unit}."))
    assert verdict == "the fact rows does not agree with the data"


def test_a_fact_of_other_data_is_cut() -> None:
    book = _book()
    facts = book.facts | {"rows": book.facts["rows"].model_copy(update={"source": "cd" * 32})}
    verdict = Verifier(book.sources, facts).why_not(Claim(type="count", text="The table has {rows:unit}."))
    assert verdict == "the fact rows was computed from other data"


def test_a_fact_with_an_unknown_formula_is_cut() -> None:
    book = _book()
    facts = book.facts | {"rows": book.facts["rows"].model_copy(update={"formula": "table.dreams"})}
    assert "unknown formula" in str(Verifier(book.sources, facts).why_not(Claim(type="count", text="{rows:unit}.")))


def test_a_fact_that_cannot_be_computed_is_cut_and_says_so() -> None:
    book = FactBook(Sources(table=TABLE, table_hash="ab" * 32))
    book.add("middle", "table.quantile", "middle of a text", column="left", share=0.5)
    assert book.facts["middle"].value is None
    assert "cannot be computed" in str(
        Verifier(book.sources, book.facts).why_not(Claim(type="value", text="{middle}."))
    )


def _planted() -> Draft:
    book = _book()
    draft = Draft("data_profiling", book)
    draft.say("headline", "The table has {rows:unit}.", type="count")
    draft.say("found", "Seven rows are empty.", type="count")
    draft.say("found", "The age {youngest} is higher than {oldest}.", OLDER, type="order")
    draft.say("meaning", "It has {columns:unit}.", type="count")
    return draft


def test_false_sentences_leave_the_story_and_are_listed_as_cut() -> None:
    story = assemble(_planted())
    assert story.found == []
    assert [sentence.text for sentence in story.meaning] == ["It has 3 columns."]
    assert len(story.cut) == 2
    assert scan_story(story, Sources(table=TABLE, table_hash="ab" * 32)) == []


def test_without_the_verifier_the_planted_sentences_would_be_told() -> None:
    story = assemble(_planted(), check=lambda _: None)
    assert [sentence.text for sentence in story.found] == ["Seven rows are empty.", "The age 20 is higher than 50."]
    problems = scan_story(story, Sources(table=TABLE, table_hash="ab" * 32))
    assert len(problems) == 1
    assert "not bound" in problems[0]


def test_a_finished_sentence_with_an_altered_number_is_found() -> None:
    book = _book()
    sentence = render(Claim(type="count", text="The table has {rows:unit}."), book.facts)
    assert scan_sentence(sentence, book.facts) is None
    parts = [part | ({"text": "5 rows"} if "fact" in part else {}) for part in sentence.parts]
    altered = Sentence(text="".join(part["text"] for part in parts), parts=parts)
    assert "not the value" in str(scan_sentence(altered, book.facts))
    assert "do not add up" in str(scan_sentence(sentence.model_copy(update={"text": "Else."}), book.facts))


def test_every_planted_false_number_of_two_thousand_is_rejected() -> None:
    random = np.random.default_rng(11)
    book = _book()
    claims = {
        name: Claim(type="value", text=f"It is {{{name}}}.")
        for name, fact in book.facts.items()
        if fact.format != "text"
    }
    rejected = 0
    for _ in range(2_000):
        name = str(random.choice(list(claims)))
        fact: Fact = book.facts[name]
        shift = float(random.choice([-1, 1])) * float(10 ** random.uniform(-4, 3))
        facts = book.facts | {name: fact.model_copy(update={"value": float(fact.value or 0) + shift})}
        rejected += Verifier(book.sources, facts).why_not(claims[name]) is not None
    assert rejected == 2_000
