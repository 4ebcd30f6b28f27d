"""Facts of how a file became a table."""

from __future__ import annotations

from narrative.engine.story.formulas.base import Value, formula
from narrative.engine.story.sources import Sources

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
FORMATS = {
    "csv": "text",
    "parquet": "Parquet",
    "sqlite": "SQLite",
    "feather": "Feather",
    "xlsx": "Excel",
    "xls": "Excel",
    "ods": "OpenDocument",
    "json": "JSON",
    "jsonl": "JSON Lines",
}


@formula("import.bad_rows", "rows the reader left out", "import")
def bad_rows(sources: Sources) -> Value:
    return sources.need_import().n_bad_rows


@formula("import.rows_found", "rows read + rows left out", "import")
def rows_found(sources: Sources) -> Value:
    report = sources.need_import()
    return report.n_rows + report.n_bad_rows


@formula("import.bad_rows_share", "rows left out / rows found", "import")
def bad_rows_share(sources: Sources) -> Value:
    report = sources.need_import()
    found = report.n_rows + report.n_bad_rows
    return report.n_bad_rows / found if found else None


@formula("import.repairs", "number of repairs the reader made", "import")
def repairs(sources: Sources) -> Value:
    return len(sources.need_import().repairs)


@formula("import.personal_columns", "columns in which personal data was found", "import")
def personal_columns(sources: Sources) -> Value:
    return len(sources.need_import().personal)


@formula("import.unsure_guesses", "guesses with a confidence below the given one", "import")
def unsure_guesses(sources: Sources, confidence: float) -> Value:
    return sum(guess.confidence < confidence for guess in sources.need_import().guesses)


@formula("import.format", "kind of the file", "import")
def file_format(sources: Sources) -> Value:
    return FORMATS[sources.need_import().format]


@formula("import.encoding", "how letters are stored in the file", "import")
def encoding(sources: Sources) -> Value:
    name = sources.need_import().encoding
    return None if name is None else name.upper().replace("_", "-").replace("UTF-8-SIG", "UTF-8")


@formula("import.delimiter", "what separates the cells", "import")
def delimiter(sources: Sources) -> Value:
    mark = sources.need_import().delimiter
    return None if mark is None else DELIMITERS.get(mark, f"the sign {mark}")


@formula("import.decimal", "what separates whole numbers from decimals", "import")
def decimal(sources: Sources) -> Value:
    mark = sources.need_import().decimal
    return None if mark is None else {".": "a point", ",": "a comma"}.get(mark, mark)


@formula("import.line_of_bad_row", "line in the file of a row that was left out, in the order of the file", "import")
def line_of_bad_row(sources: Sources, position: int) -> Value:
    return sources.need_import().bad_rows[position].line
