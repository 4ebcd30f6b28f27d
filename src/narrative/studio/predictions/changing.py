"""One row answered as it is and with some cells changed, both by the model itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from narrative.core.errors import InvalidInput
from narrative.studio.predictions.answers import unreadable
from narrative.studio.predictions.rows import frame_of

if TYPE_CHECKING:
    from narrative.engine.bundle import Predictor
    from narrative.engine.evaluation import WhatIf


@dataclass(frozen=True)
class Changed:
    """Both answers, and what was repaired in the rows or looked odd in the changed one."""

    found: WhatIf
    repairs: list[str]
    warnings: list[str]


def changed(predictor: Predictor, row: Mapping[str, Any], changes: Mapping[str, Any]) -> Changed:
    """What the model answers to a row, and to the same row with some cells changed.

    Raises:
        InvalidInput: ``column_unknown``, a change of a column that the model does not read; ``no_known_column``;
            ``value_unreadable``, where row 2 is the changed one.
    """
    from narrative.engine.evaluation import subject_of, what_if

    known = [column.name for column in predictor.contract.columns]
    for name in changes:
        if name not in known:
            raise InvalidInput(
                "column_unknown",
                f"The model does not read a column '{name}'.",
                column=name,
                fix=f"Choose one of {', '.join(known[:20])}.",
            )
    table = predictor.read(frame_of([row, {**row, **changes}]), lines=[1, 2])
    if table.bad_rows:
        raise unreadable(table.bad_rows)
    after = {name: table.frame[name][1] for name in changes}
    found = what_if(subject_of(predictor), table.frame[:1], after)
    return Changed(
        found, table.repairs, [*predictor.absence(table.missing, of_row=True), *table.row_warnings.get(1, [])]
    )
