"""``narrative predict``: every row of a file through a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from narrative.core.clock import SystemClock
from narrative.core.errors import InvalidInput
from narrative.entrypoints.lines import import_data, labelled, reading_lines
from narrative.entrypoints.output import Output, check_writable

if TYPE_CHECKING:
    from narrative.engine.bundle import Bundle, Predictions
    from narrative.engine.tables.types import LoadedTable

FORMATS: Final = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".jsonl", ".ndjson")
LEAST_SECONDS: Final = 1e-3


def run_predict(bundle: str, file: str, *, out: str | None, reasons: bool, output: Output) -> None:
    """Predict a file and write it with the columns of the predictions.

    Raises:
        InvalidInput: ``no_row_predicted`` when not one row could be predicted, besides what reading and loading raise.
    """
    from narrative.engine.bundle import Predictor, load_bundle, notes_of_file, predictions_frame
    from narrative.engine.tables import read_table, write_table
    from narrative.engine.tables.types import ReadOptions

    clock = SystemClock()
    started = clock.monotonic()
    place = Path(out) if out is not None else Path(f"{Path(file).stem}.predictions.csv")
    _check_format(place)
    check_writable(place, folder=False)
    model = load_bundle(Path(bundle))
    output.note(f"Reading {Path(file).name} …")
    # A word among numbers makes a bad row here; read as missing it would get an answer that nobody asked for.
    loaded = read_table(Path(file), options=ReadOptions(odd_cells="keep"))
    output.note(f"Predicting {model.contract.target} for {loaded.frame.height:,} rows …")
    lines = None if loaded.lines is None else loaded.lines.to_list()
    predictions = Predictor(model).predict(loaded.frame, reasons=reasons, lines=lines)
    if not predictions.n_predicted:
        raise _nothing_predicted(loaded, predictions)
    write_table(predictions_frame(loaded.frame, predictions, model.contract), place)
    bad_rows_file = _write_bad_rows(loaded, predictions, place)
    seconds = max(clock.monotonic() - started, LEAST_SECONDS)
    n_bad = loaded.report.n_bad_rows + len(predictions.bad_rows)
    data: dict[str, Any] = {
        "rows": loaded.frame.height + loaded.report.n_bad_rows,
        "predicted": predictions.n_predicted,
        "bad_rows": n_bad,
        "seconds": round(seconds, 3),
        "rows_per_second": round(predictions.n_predicted / seconds, 1),
        "repairs": [*notes_of_file(loaded.report.repairs, model.contract), *predictions.repairs],
        "warnings": [*notes_of_file(loaded.report.warnings, model.contract), *predictions.warnings],
        "import": import_data(loaded.report),
        "model": bundle,
        "out": str(place),
        "bad_rows_file": None if bad_rows_file is None else str(bad_rows_file),
        "target": model.contract.target,
        "problem": model.contract.problem,
    }
    output.result(data, _text(data, model, loaded, predictions))


def _check_format(place: Path) -> None:
    if place.suffix.lower() not in FORMATS:
        raise InvalidInput(
            "format_unknown",
            f"'{place.name}' does not say which format to write.",
            fix=f"End the name with one of {', '.join(FORMATS)}.",
        )


def _nothing_predicted(loaded: LoadedTable, predictions: Predictions) -> InvalidInput:
    first = predictions.bad_rows[0] if predictions.bad_rows else None
    if first is None:
        return InvalidInput("no_row_predicted", "The file has no row to predict.", fix="Give a file with rows.")
    return InvalidInput(
        "no_row_predicted",
        f"Not one of {loaded.frame.height:,} rows could be read. The first: {first.reason}",
        row=first.line,
        column=first.column,
        fix="Correct the values of that column, or leave the cells empty.",
    )


def _write_bad_rows(loaded: LoadedTable, predictions: Predictions, place: Path) -> Path | None:
    """The side file: row, column, value, reason and the cells as given; None when every row was good."""
    from narrative.engine.bundle import bad_rows_frame
    from narrative.engine.tables import write_table

    table = bad_rows_frame(loaded.frame, predictions, loaded.report.bad_rows)
    return None if table is None else write_table(table, place.with_name(f"{place.stem}.bad_rows.csv"))


def _text(data: dict[str, Any], model: Bundle, loaded: LoadedTable, predictions: Predictions) -> str:
    """The story's headline and where the files are."""
    from narrative.engine.story import summarize, tell_predictions

    story = tell_predictions(summarize(predictions, target=model.contract.target, imported=loaded.report))
    lines = [story.headline.text, " ".join(sentence.text for sentence in story.found), ""]
    read = loaded.report.model_copy(update={"repairs": data["repairs"]})
    lines += [*reading_lines(read), *labelled("Note", data["warnings"])]
    lines += labelled("Written", [data["out"]])
    if data["bad_rows_file"] is not None:
        lines += labelled("Bad rows", [f"{data['bad_rows_file']} ({data['bad_rows']:,})"])
    lines += labelled("Speed", [f"{data['rows_per_second']:,.0f} rows a second, all told"])
    return "\n".join(lines)
