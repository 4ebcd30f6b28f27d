"""A question in, an answer out: read, compute, verify."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from narrative.engine.story.draft import verifying
from narrative.engine.story.facts import FactBook
from narrative.engine.story.questions.answers import replies
from narrative.engine.story.questions.nearest import nearest_questions
from narrative.engine.story.questions.parser import parse
from narrative.engine.story.questions.types import Answer, NotUnderstood, Vocabulary
from narrative.engine.story.relations import fact_ids
from narrative.engine.story.sentences import references, render
from narrative.engine.story.sources import Sources

Load = Callable[[list[str]], pl.DataFrame]


def ask(question: str, vocabulary: Vocabulary, load: Load, *, table_hash: str) -> Answer:
    """Answer a question about a table by computing, or say why not and what could be asked instead.

    Args:
        vocabulary: of the table.
        load: gives the named columns of the table, all rows.
        table_hash: content hash of the table; every fact carries it.
    """
    try:
        query = parse(question, vocabulary)
        columns = query.columns() or [vocabulary.columns[0].name]
        book = FactBook(Sources(table=load(columns), table_hash=table_hash))
        claims = replies(query, vocabulary, book)
    except NotUnderstood as why:
        return _refused(question, str(why), vocabulary)
    check = verifying(book.sources, book)
    problems = [problem for claim in claims if (problem := check(claim)) is not None]
    if problems or not claims:
        reason = f"The answer could not be proven: {problems[0]}." if problems else "There is nothing to compute."
        return _refused(question, reason, vocabulary)
    used = {key for claim in claims for key, _ in references(claim.text)}
    used |= {key for claim in claims for key in fact_ids(claim.relation)}
    return Answer(
        question=question,
        is_answered=True,
        sentences=[render(claim, book.facts) for claim in claims],
        facts=[fact for key, fact in book.facts.items() if key in used],
    )


def _refused(question: str, reason: str, vocabulary: Vocabulary) -> Answer:
    return Answer(question=question, is_answered=False, reason=reason, nearest=nearest_questions(question, vocabulary))
