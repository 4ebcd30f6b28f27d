"""What a table does not allow to compute, said in sentences rather than left blank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from narrative.engine.profile.correlation import MOST_COLUMNS
from narrative.engine.profile.relations import LEAST_ROWS, MOST_CATEGORY_COLUMNS, MOST_DETERMINING, MOST_NUMBER_COLUMNS
from narrative.engine.tables.values import counted
from narrative.engine.types import NUMERIC_KINDS


def not_computed(n_rows: int, fields: Sequence[Mapping[str, Any]]) -> list[str]:
    """Sentences about statistics that this table does not allow, or that stop at a number of columns.

    >>> not_computed(1, [{"name": "a", "kind": "constant", "count": 1, "distinct": 1}])[0]
    'There is 1 row: spread, shape and relations between columns need more.'
    """
    said = []
    if n_rows < 2:
        held = "is 1 row" if n_rows == 1 else "are no rows"
        said.append(f"There {held}: spread, shape and relations between columns need more.")
    elif n_rows < LEAST_ROWS:
        said.append(f"Keys and dependencies were not looked for: with {counted(n_rows, 'row')} they would be chance.")
    empty = [item["name"] for item in fields if not item["count"]]
    if len(empty) == len(fields):
        said.append("No column has any value: nothing but rows and columns could be counted.")
    elif empty:
        said.append(f"{counted(len(empty), 'column')} without any value: nothing could be computed for {_them(empty)}.")
    numbers = sum(item["kind"] in NUMERIC_KINDS for item in fields)
    if numbers < 2 <= n_rows and len(empty) < len(fields):
        held = "no column of numbers" if not numbers else "only one column of numbers"
        said.append(f"Correlations need two columns of numbers; the table has {held}.")
    if numbers > MOST_COLUMNS:
        said.append(f"Correlations cover {MOST_COLUMNS} of the {numbers:,} columns of numbers.")
    if len(fields) > MOST_DETERMINING:
        said.append(
            f"Relations between columns were looked for among the first {MOST_NUMBER_COLUMNS} columns of numbers and "
            f"{MOST_CATEGORY_COLUMNS} of categories, keys and dependencies among the first {MOST_DETERMINING} columns "
            "that may be some."
        )
    return said


def _them(names: list[str]) -> str:
    return repr(names[0]) if len(names) == 1 else f"{names[0]!r} and {counted(len(names) - 1, 'other')}"
