"""Three questions that can be answered, as near as possible to one that cannot."""

from __future__ import annotations

import difflib
from typing import Final

from narrative.engine.story.questions.parser import parse
from narrative.engine.story.questions.reader import stem, words_of_name
from narrative.engine.story.questions.types import ColumnWords, NotUnderstood, Vocabulary

OFFERED: Final = 3
MOST_COLUMNS: Final = 40


def nearest_questions(question: str, vocabulary: Vocabulary) -> list[str]:
    """At most three, different in kind, each of which the grammar reads."""
    said = {stem(word) for word in question.replace("?", " ").split()}
    columns = sorted(vocabulary.columns, key=lambda column: -_kinship(said, column))[:MOST_COLUMNS]
    scored = [
        (_closeness(question, text), -place, kind, text) for place, (kind, text) in enumerate(_templates(columns))
    ]
    chosen: list[str] = []
    kinds: set[str] = set()
    for _, _, kind, text in sorted(scored, reverse=True):
        if kind not in kinds and len(chosen) < OFFERED and _is_readable(text, vocabulary):
            chosen.append(text)
            kinds.add(kind)
    return chosen


def _templates(columns: list[ColumnWords]) -> list[tuple[str, str]]:
    """Questions by kind, about the columns nearest to what was asked."""
    numbers = [column.name for column in columns if column.sort == "number"]
    groups = [column for column in columns if column.sort == "category" and len(column.values) <= 50]
    made: list[tuple[str, str]] = [("count", "How many rows are there?")]
    for name in numbers[:8]:
        made.append(("mean", f'What is the average "{name}"?'))
        made.append(("median", f'What is the median "{name}"?'))
        made.append(("missing", f'How many "{name}" are missing?'))
        made += [("groups", f'What is the average "{name}" by "{column.name}"?') for column in groups[:2]]
    for column in groups[:8]:
        made.append(("top", f'What are the most common "{column.name}"?'))
        if column.values:
            value = column.positive or column.values[0]
            made.append(("share", f'What share has "{column.name}" = "{value}"?'))
            made.append(("rows", f'How many rows have "{column.name}" = "{value}"?'))
    if len(numbers) > 1:
        made.append(("correlation", f'What is the correlation between "{numbers[0]}" and "{numbers[1]}"?'))
    made += [("missing", f'How many "{column.name}" are missing?') for column in columns[:3]]
    made += [("distinct", f'How many different "{column.name}" are there?') for column in columns[:3]]
    return made


def _kinship(said: set[str], column: ColumnWords) -> float:
    """How much of a column is spoken of: words of its name, or one of its values."""
    words = set(words_of_name(column.name))
    shared = len(words & said) / max(1, len(words))
    near = max((difflib.SequenceMatcher(None, a, b).ratio() for a in words for b in said), default=0.0)
    spoken = any(stem(value) in said for value in column.values[:100])
    return 2.0 * shared + near + (1.0 if spoken else 0.0)


def _closeness(question: str, text: str) -> float:
    return difflib.SequenceMatcher(None, question.casefold(), text.replace('"', "").casefold()).ratio()


def _is_readable(text: str, vocabulary: Vocabulary) -> bool:
    try:
        parse(text, vocabulary)
    except NotUnderstood:
        return False
    return True
