"""Sentences of an evaluation: every number in them is a fact of the account, and the verifier lets them through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from narrative.core.hashing import hash_json
from narrative.engine.story.draft import words_of_chart
from narrative.engine.story.facts import FactBook
from narrative.engine.story.sources import Sources
from narrative.engine.story.types import ChartStory, Claim, ClaimType, FactFormat


@dataclass(frozen=True)
class Named:
    """A value of the account: what it is called on its card, and how it is written."""

    value: float | int | str | bool | None
    name: str
    form: FactFormat = "decimal"
    unit: str = ""


def tell(
    account: Mapping[str, Named], *alternatives: tuple[str, Mapping[str, Any] | None, ClaimType] | str
) -> ChartStory:
    """The first of the alternatives that is proven, as a sentence, with its facts.

    Args:
        account: values by fact id.
        alternatives: a template alone, or with the relation it asserts and the type of the claim.
    """
    table = pl.DataFrame({key: [each.value] for key, each in account.items()})
    book = FactBook(Sources(table=table, table_hash=hash_json({key: each.value for key, each in account.items()})))
    for key, each in account.items():
        book.add(key, "assessment.figure", each.name, each.form, unit=each.unit, rows="rows evaluated", name=key)
    return words_of_chart(book, [], _claims(alternatives))


def _claims(alternatives: Sequence[tuple[str, Mapping[str, Any] | None, ClaimType] | str]) -> list[Claim]:
    claims = []
    for each in alternatives:
        text, relation, kind = (each, None, "value") if isinstance(each, str) else each
        claims.append(Claim(type=kind, text=text, relation=None if relation is None else dict(relation)))
    return claims


def among(value: str, low: str, high: str) -> dict[str, Any]:
    """The relation that a value lies between two others."""
    return {"op": "within", "value": value, "low": low, "high": high}


def beyond(value: str, low: str, high: str) -> dict[str, Any]:
    """The relation that a value does not lie between two others."""
    return {"op": "outside", "value": value, "low": low, "high": high}


def present(fact: str) -> dict[str, Any]:
    """The relation that a count is above zero."""
    return {"op": "present", "fact": fact}


def absent(fact: str) -> dict[str, Any]:
    """The relation that a count is zero."""
    return {"op": "absent", "fact": fact}


def more(left: str, right: str) -> dict[str, Any]:
    """The relation that a value is above another."""
    return {"op": ">", "left": left, "right": right}
