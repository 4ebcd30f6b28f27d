"""Delimited text larger than memory: read in pieces into a Parquet file, then typed one column at a time.

The result is the table that the other ways give. Two things are judged by the beginning of the file and by places all
over it, where the whole cannot be held: the dialect, and which column is tried as what first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.core.hashing import hash_file
from narrative.engine.tables.body import MOST_LISTED, Account, Rows, divide, facts_of, no_cases, report_of
from narrative.engine.tables.columns import account_of, sample_cells
from narrative.engine.tables.convert import Converted, Habits, convert_column
from narrative.engine.tables.delimited import judge_bad, leave_out_ragged, read_records
from narrative.engine.tables.encoding import EncodingGuess, decode, guess_encoding
from narrative.engine.tables.numbers import DecimalDecision, decide_decimal
from narrative.engine.tables.overruled import read_as
from narrative.engine.tables.pieces import PIECE_BYTES, IrregularError, examine, whole_records
from narrative.engine.tables.regular import (
    MOST_STARTS,
    Opening,
    UnfitError,
    is_unfit,
    open_regular,
    parse_piece,
)
from narrative.engine.tables.stored import StoredTable
from narrative.engine.tables.types import BadRow, Guess, ReadLimits, ReadOptions
from narrative.engine.tables.values import counted

LINE: Final = "\x00line"
"""Column of source lines; no file can name one so."""
ROW_GROUP: Final = 250_000
_UTF8: Final = EncodingGuess("utf-8", 0.8, "UTF-8 except for single bytes")


@dataclass(frozen=True)
class _Job:
    """What is to be read, and where it goes."""

    path: Path
    label: str
    options: ReadOptions
    limits: ReadLimits
    out: Path
    folder: Path
    piece_bytes: int = PIECE_BYTES

    @property
    def pieces(self) -> Path:
        """The rows with the columns that are not plain still as text."""
        return self.folder / "pieces.parquet"

    @property
    def cases(self) -> Path:
        """The same without the rows that are no cases, where there are some."""
        return self.folder / "cases.parquet"

    def column(self, index: int) -> Path:
        """A column that was typed afterwards."""
        return self.folder / f"column-{index}.parquet"


@dataclass
class _Pass:
    """One pass over the file, piece by piece."""

    opening: Opening
    job: _Job
    plan: dict[str, Any]
    n_rows: int = 0
    n_bad: int = 0
    n_mended: int = 0
    """Pieces with records that had to be mended."""
    bad: list[BadRow] = field(default_factory=list)
    repairs: Counter[str] = field(default_factory=Counter)
    strange: bytes = b""
    """The first piece with characters beyond ASCII."""
    error: Exception | None = None
    """What ended the pass early."""

    def frames(self) -> Iterator[pl.DataFrame]:
        """The rows, one frame per piece, with the column of lines."""
        line = self.opening.first_line
        size = min(self.job.piece_bytes, self.job.limits.max_field_characters)
        for data in whole_records(self.opening.path, self.opening.start, size):
            frame, lines = self._read(data, line)
            line += data.count(b"\n")
            if not self.strange and not data.isascii():
                self.strange = data
            self.n_rows += frame.height
            yield frame.with_columns(pl.Series(LINE, lines, dtype=pl.Int64))

    def kept_error(self) -> Iterator[pl.DataFrame]:
        """The same; what goes wrong is kept, as it does not come through the writer of the file in one piece."""
        try:
            yield from self.frames()
        except Exception as error:
            self.error = error
            raise

    def _read(self, data: bytes, line: int) -> tuple[pl.DataFrame, Any]:
        try:
            piece = examine(data, self.opening.dialect.delimiter, self.opening.width)
            frame = parse_piece(piece, self.plan, self.opening)
        except IrregularError:
            return self._mend(data, line)
        lines = np.arange(piece.n_rows) if piece.lines is None else piece.lines - 1
        return frame, lines + line

    def _mend(self, data: bytes, line: int) -> tuple[pl.DataFrame, Any]:
        """A piece with damage, record by record as in the careful way."""
        account, header = Account(), self.opening.header
        text, broken = decode(data, _UTF8)
        if broken:
            self.repairs["Bytes that are not UTF-8 were read as Windows-1252"] += len(broken)
        if b"\0" in text:
            self.repairs["NUL bytes were removed"] += text.count(0)
            text = text.replace(b"\0", b"")
        body = divide(text, self.opening.dialect, account, first_line=line)
        leave_out_ragged(body, self.opening.width, header, self.job.options, account)
        self.n_bad += account.n_bad
        self.bad += account.bad[: MOST_LISTED - len(self.bad)]
        for repair in account.repairs:
            self.repairs[repair.partition(" in ")[0].rstrip(".")] += 1
        frame = read_records(body, header.names)
        unfit = {name for name, dtype in self.plan.items() if is_unfit(frame[name], dtype)}
        if unfit:
            raise UnfitError(unfit)
        plain = {name: dtype for name, dtype in self.plan.items() if dtype not in (pl.String, pl.Boolean)}
        truths = [name for name, dtype in self.plan.items() if dtype == pl.Boolean]
        frame = frame.with_columns(pl.col(name).cast(dtype) for name, dtype in plain.items())
        return frame.with_columns(pl.col(truths).str.to_lowercase() == "true"), body.lines[body.keep]


def store_large(payload: dict[str, Any], report: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Read ``path`` and write ``out`` (Parquet); returns the fields of the import report. Runs in a child process.

    Payload: ``path``, ``name`` (the file's name for people), ``out``, ``folder`` (for what is needed on the way),
    ``options``, ``limits``.

    Raises:
        InvalidInput: ``mostly_bad_rows``.
        LimitExceeded: ``upload_too_complex``: the file is larger than memory and of a kind that only memory can read.
    """
    job = _Job(
        Path(payload["path"]),
        str(payload["name"]),
        ReadOptions.model_validate(payload["options"]),
        ReadLimits.model_validate(payload["limits"]),
        Path(payload["out"]),
        Path(payload["folder"]),
    )
    report({"phase": "reading", "share": 0.0})
    done = _write_pieces(_open(job), job)
    _judge(done)
    report({"phase": "typing", "share": 0.5})
    account = _account(done)
    table, names = _trim(done.opening, account, job)
    items, decimal = _convert(table, done.opening, job)
    report({"phase": "writing", "share": 0.8})
    _write_columns(table, items, names, job)
    typed = account_of(pl.DataFrame(), {name: items[name] for name in names if name in items}, decimal, job.options)
    lines = table[LINE].to_numpy() if typed.odd else np.empty(0, dtype=np.int64)
    fields = report_of(typed, lines, account) | facts_of(_encoding(done), done.opening.dialect, done.opening.header)
    facts = {
        "n_rows": table.height,
        "n_columns": len(names),
        "size_bytes": job.path.stat().st_size,
        "sha256": hash_file(job.path),
    }
    return {"report": fields | facts}


def _open(job: _Job) -> Opening:
    options = job.options
    if options.encoding is not None or options.skip_lines is not None or options.quote is not None:
        raise _too_large(job, "an encoding, lines to skip or a quote were named")
    try:
        return open_regular(job.path, job.label, options)
    except IrregularError as error:
        raise _too_large(job, str(error)) from error


def _too_large(job: _Job, reason: str) -> LimitExceeded:
    size = job.path.stat().st_size
    return LimitExceeded(
        "upload_too_complex",
        f"The file has {size / 1e9:.1f} GB, more than memory holds, and cannot be read in pieces: {reason}.",
        fix="Save it as plain UTF-8 text with a header, split it, or save it as Parquet.",
        limit=job.limits.memory_bytes // 3,
        only_whole=True,
        value=size,
    )


def _write_pieces(opening: Opening, job: _Job) -> _Pass:
    """All rows into one Parquet file; what does not fit its planned type becomes text, and reading begins again."""
    plan = opening.plan | dict.fromkeys(job.options.kinds, pl.String)
    for attempt in range(MOST_STARTS + 1):
        if attempt == MOST_STARTS:
            plan = dict.fromkeys(plan, pl.String)
        reading = _Pass(opening, job, plan)
        try:
            _sink(reading, job.pieces)
        except UnfitError as error:
            plan = {name: pl.String if name in error.names else dtype for name, dtype in plan.items()}
        except IrregularError as error:
            raise _too_large(job, str(error)) from error
        else:
            return reading
    raise AssertionError("text always fits")


def _sink(reading: _Pass, out: Path) -> None:
    from polars.io.plugins import register_io_source

    def pieces(*_: object) -> Iterator[pl.DataFrame]:
        return reading.kept_error()

    source = register_io_source(pieces, schema=dict(reading.plan) | {LINE: pl.Int64})
    try:
        source.sink_parquet(out, compression="lz4", statistics=False, row_group_size=ROW_GROUP)
    except Exception:
        if reading.error is not None:
            raise reading.error from None
        raise


def _judge(done: _Pass) -> None:
    account = Account(bad=done.bad, n_bad=done.n_bad)
    judge_bad(account, done.n_rows + done.n_bad, 0)
    done.opening.account.warnings += account.warnings
    done.opening.account.questions += account.questions
    if not done.n_rows:
        raise InvalidInput("header_only", "The file has no rows.", fix="Choose a file with rows below the header.")


def _encoding(done: _Pass) -> EncodingGuess:
    opening = done.opening
    return opening.encoding if opening.encoding.skip or not done.strange else guess_encoding(done.strange)


def _account(done: _Pass) -> Account:
    account, encoding = done.opening.account, _encoding(done)
    account.guesses.insert(
        0, Guess(name="encoding", value=encoding.name, confidence=encoding.confidence, evidence=encoding.evidence)
    )
    account.bad, account.n_bad = sorted(done.bad, key=lambda row: row.line), done.n_bad
    account.repairs += [f"{repair} ({counted(count, 'time')})." for repair, count in done.repairs.items()]
    return account


def _trim(opening: Opening, account: Account, job: _Job) -> tuple[StoredTable, list[str]]:
    """The rows that are cases, as ``body.trim`` tells them, and the columns that are kept.

    Where rows are left out, the file is written once more without them.
    """
    table = StoredTable(job.pieces)
    blank = {opening.header.names[index] for index in opening.header.blank}
    empty = {name for name in blank if table.select(pl.col(name).is_null().all()).item()}
    names = [name for name in table.columns if name != LINE and name not in empty]
    if empty:
        account.repairs.append(f"Left out {counted(len(empty), 'column')} without name and content.")

    def line_of(row: int) -> int:
        return int(table.lazy().select(LINE).slice(row, 1).collect().item())

    rows = Rows(StoredTable(job.pieces, names), line_of, opening.header, job.options)
    last, others = no_cases(rows, account)
    if last == table.height and not others:
        return table, names
    lines = [line_of(row) for row in others]
    kept = table.lazy().head(last).filter(pl.col(LINE).is_in(lines).not_())
    kept.sink_parquet(job.cases, compression="lz4", statistics=False, row_group_size=ROW_GROUP)
    job.pieces.unlink()
    return StoredTable(job.cases), names


def _convert(
    table: StoredTable, opening: Opening, job: _Job
) -> tuple[dict[str, Converted], DecimalDecision]:  # fmt: skip
    """Every text column typed; changed ones lie in files, and what is kept in memory has no cells."""
    options = job.options
    samples = {series.name: series.drop_nulls().unique(maintain_order=True).to_list() for series in opening.sample}
    decimal = decide_decimal(samples, opening.dialect.delimiter)
    if options.decimal is not None:
        decimal = DecimalDecision(options.decimal, 1.0, "you said so")
    habits = Habits(decimal.mark, (options.date_order,) if options.date_order else (), options)
    texts = [name for name, dtype in table.schema.items() if dtype == pl.String]
    items = {name: _convert_one(table, name, habits, job) for name in texts}
    settled = {item.order.order for item in items.values() if item.order is not None and not item.order.ambiguous}
    if len(settled) == 1 and not habits.orders:
        habits = Habits(decimal.mark, tuple(settled), options)
        for name, item in items.items():
            if item.order is not None and item.order.ambiguous:
                items[name] = _convert_one(table, name, habits, job)
    return items, decimal


def _convert_one(table: StoredTable, name: str, habits: Habits, job: _Job) -> Converted:
    series = table[name]
    sample, kind = sample_cells(series.to_frame())[name], habits.options.kinds.get(name)
    item = convert_column(series, sample, habits) if kind is None else read_as(series, sample, kind, habits)
    if item.series.dtype != pl.String or item.series.null_count() != series.null_count():
        place = job.column(table.columns.index(name))
        item.series.alias(name).to_frame().write_parquet(
            place, compression="lz4", statistics=False, row_group_size=ROW_GROUP
        )
    item.series = item.series.clear()
    return item


def _write_columns(table: StoredTable, items: dict[str, Converted], names: list[str], job: _Job) -> None:
    """The table of the columns with these names, in their order."""
    changed = {name: job.column(table.columns.index(name)) for name in items}
    changed = {name: place for name, place in changed.items() if place.exists()}
    kept = [name for name in names if name not in changed]
    parts = [table.lazy().select(kept)] if kept else []
    parts += [pl.scan_parquet(place) for name, place in changed.items() if name in names]
    joined = pl.concat(parts, how="horizontal") if len(parts) > 1 else parts[0]
    joined.select(names).sink_parquet(job.out, compression="lz4", row_group_size=ROW_GROUP)
