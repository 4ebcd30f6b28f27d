"""What a batch job does in a child process: a file and a bundle in, a file of predictions out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

Report = Callable[[dict[str, Any]], None]
PREVIEW_ROWS = 20


def predict_file(payload: dict[str, Any], report: Report) -> dict[str, Any]:
    """Predict every row of a file; leave ``predictions.csv``, ``bad_rows.csv`` and ``story.json`` in ``folder``.

    Args:
        payload: ``path``, ``name``, ``bundle``, ``limits``, ``folder``; ``rules`` (data checks), ``today`` and
            ``anyway`` (predict although a rule is broken); ``personal`` (columns that the table of the model hides)
            and ``salt``.

    Returns:
        facts of the prediction file; or only ``checks``, when rules are broken and it was not asked for ``anyway``.
        Rows that break a rule are in ``failing_rows.csv`` then.

    Raises:
        InvalidInput: the file cannot be read, has no known column, or no row of it can be predicted.
    """
    from narrative.core.clock import SystemClock
    from narrative.core.errors import InvalidInput
    from narrative.engine.bundle import bad_rows_frame, load_bundle, notes_of_file, predictions_frame
    from narrative.engine.hiding import hidden_columns, mask_alike, without_traces
    from narrative.engine.story import summarize, tell_predictions
    from narrative.engine.tables import read_table, write_table
    from narrative.engine.tables.types import PersonalColumn, ReadLimits, ReadOptions
    from narrative.studio.data_checks.work import check_rows
    from narrative.studio.datasets.preview import rows_of

    folder, clock = Path(payload["folder"]), SystemClock()
    report({"share": 0.05, "message": "Reading the file"})
    # A word among numbers makes a bad row here; the reader's kind guess of "missing" would hide it from the person.
    table = read_table(
        Path(payload["path"]),
        name=payload["name"],
        options=ReadOptions(odd_cells="keep"),
        limits=ReadLimits(**payload["limits"]),
    )
    personal = [PersonalColumn.model_validate(item) for item in payload["personal"]]
    rows, hidden = mask_alike(table.frame, personal, payload["salt"]), hidden_columns(personal)
    read = without_traces(table.report, table.frame, hidden) if hidden else table.report
    report({"share": 0.3, "message": "Running the data checks"})
    today = dt.date.fromisoformat(payload["today"])
    checks = check_rows(rows, payload["rules"], today, folder / "failing_rows.csv")
    n_broken = sum(not result["passed"] for result in checks)
    if n_broken and not payload["anyway"]:
        return {"checks": checks}
    bundle = load_bundle(Path(payload["bundle"]))
    report({"share": 0.4, "message": f"Predicting {rows.height:,} rows"})
    started = clock.monotonic()
    lines = None if table.lines is None else table.lines.to_list()
    predictions = bundle.predict(rows, lines=lines)
    seconds = clock.monotonic() - started
    n_bad = read.n_bad_rows + len(predictions.bad_rows)
    if predictions.n_predicted == 0:
        bad_rows = predictions.bad_rows or read.bad_rows
        first = bad_rows[0] if bad_rows else None
        raise InvalidInput(
            "no_row_predicted",
            "No row of this file could be predicted." + (f" {first.reason}" if first else ""),
            row=first.line if first else None,
            column=first.column if first else None,
            fix="Compare the columns with the expected ones.",
        )
    report({"share": 0.7, "message": "Writing the predictions"})
    answers = predictions_frame(rows, predictions, bundle.contract)
    write_table(answers, folder / "predictions.csv")
    left_out = bad_rows_frame(rows, predictions, read.bad_rows)
    if left_out is not None:
        write_table(left_out, folder / "bad_rows.csv")
    story = tell_predictions(summarize(predictions, target=bundle.contract.target, imported=read))
    (folder / "story.json").write_text(story.model_dump_json(), encoding="utf-8")
    return {
        "checks": checks,
        "rows": table.frame.height + read.n_bad_rows,
        "predicted": predictions.n_predicted,
        "bad_rows": n_bad,
        "repairs": [*notes_of_file(read.repairs, bundle.contract), *predictions.repairs],
        "warnings": [
            *_in_spite(n_broken),
            *notes_of_file(read.warnings, bundle.contract),
            *predictions.warnings,
        ],
        "preview": {"columns": answers.columns, "rows": rows_of(answers.head(PREVIEW_ROWS))},
        "seconds": seconds,
        "rows_per_second": predictions.n_predicted / seconds if seconds > 0 else None,
    }


def _in_spite(n_broken: int) -> list[str]:
    if not n_broken:
        return []
    return [f"It breaks {n_broken:,} data check{'' if n_broken == 1 else 's'} and was predicted on request."]
