"""What carrying steps out does in a child process: files in, files out, no store and no network."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import polars as pl

    from narrative.engine.tables.stored import StoredTable

Report = Callable[[dict[str, Any]], None]
YIELDS: Final = 10
"""How much this work stands back when somebody waits for a preview."""


def apply(payload: dict[str, Any], report: Report) -> dict[str, Any]:
    """Carry steps out; leave ``table.parquet``, ``profile.json``, ``stories.json`` and ``fitted.json`` in ``folder``.

    Args:
        payload: ``path`` (Parquet), ``steps``, ``target``, ``problem``, ``tables``, ``allow_data_loss``, ``report`` (of
            the table's import), ``quality`` (of the table before), ``is_base``, ``folder``.

    Returns:
        what ``describe_table`` gives, and ``done``: rows before and after, shares lost.
    """
    from narrative.engine.effects import carry_out
    from narrative.engine.recipe import Recipe, StepSpec
    from narrative.engine.tables.store import open_table
    from narrative.engine.tables.stored import StoredTable
    from narrative.engine.tables.types import ImportReport
    from narrative.studio.datasets.work import describe_table

    os.nice(YIELDS)
    folder = Path(payload["folder"])
    recipe = Recipe([StepSpec.model_validate(step) for step in payload["steps"]])
    report({"share": 0.05, "message": "Learning the steps"})
    before = StoredTable(Path(payload["path"]))
    done = carry_out(
        recipe,
        before,
        folder / "table.parquet",
        target=payload["target"],
        problem=payload["problem"],
        tables=payload["tables"],
        allow_data_loss=payload["allow_data_loss"],
        report=lambda share: report({"share": 0.05 + 0.6 * share, "message": "Carrying out the steps"}),
    )
    (folder / "fitted.json").write_text(json.dumps(done.fitted.to_dict(), allow_nan=False), encoding="utf-8")
    table = open_table(folder / "table.parquet")
    known = ImportReport.model_validate(payload["report"])
    n_steps = len(recipe.steps)
    said = f"{n_steps:,} step{' was' if n_steps == 1 else 's were'} carried out."
    account = known.model_copy(
        update={"n_rows": table.height, "n_columns": table.width, "repairs": [*known.repairs, said]}
    )
    facts = describe_table(table, account, folder, report)
    _tell(payload, before, table, facts, len(recipe.steps))
    counts = {
        "n_fitted": done.n_fitted, "n_before": done.n_before, "n_after": done.n_after,
        "rows_lost": done.rows_lost, "cells_lost": done.cells_lost,
    }  # fmt: skip
    return facts | {"done": counts}


def _tell(
    payload: dict[str, Any], before: StoredTable, after: pl.DataFrame | StoredTable, facts: dict[str, Any], n_steps: int
) -> None:
    """Add the story of the stage to those that were told of the table."""
    from narrative.engine.story import CarriedOutFacts, tell_carried_out

    empty = [int(table.lazy().null_count().collect().sum_horizontal().item()) for table in (before, after)]
    story = tell_carried_out(
        CarriedOutFacts(
            n_steps=n_steps,
            rows_before=before.height,
            rows_after=after.height,
            columns_before=before.width,
            columns_after=after.width,
            empty_before=empty[0],
            empty_after=empty[1],
            quality_before=payload["quality"],
            quality_after=facts["summary"]["quality"],
            is_base=payload["is_base"],
        )
    )
    path = Path(payload["folder"], "stories.json")
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps([*told, story.model_dump(mode="json")], allow_nan=False), encoding="utf-8")
