"""What loading a file gives: a typed table, and an honest account of what was guessed, repaired and left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

FileFormat = Literal["csv", "parquet", "feather", "xlsx", "xls", "ods", "json", "jsonl", "sqlite"]


class Guess(BaseModel):
    """Something the reader decided by looking, with how sure it is and why. ``name`` is the option that changes it."""

    model_config = ConfigDict(frozen=True)
    name: str
    value: str
    confidence: float = Field(ge=0, le=1)
    evidence: str


class Choice(BaseModel):
    """An answer to a question: the value of the option, and what it means in words."""

    model_config = ConfigDict(frozen=True)
    value: str
    text: str


class Question(BaseModel):
    """What the file does not tell and a person must say. ``name`` is the option that answers it.

    Until it is answered the table is read as ``assumed`` says (one of the choices), and ``effect`` tells what depends
    on it.
    """

    model_config = ConfigDict(frozen=True)
    name: str
    text: str
    column: str | None = None
    choices: list[Choice]
    assumed: str
    effect: str


class BadRow(BaseModel):
    """A row that was left out: its 1-based line in the file and its original text, cut to 1,000 characters."""

    model_config = ConfigDict(frozen=True)
    line: int
    column: str | None = None
    value: str = ""
    reason: str
    text: str = ""


class OddCell(BaseModel):
    """A cell that does not fit its column and was read as missing; its row was kept. ``line`` is 1-based."""

    model_config = ConfigDict(frozen=True)
    line: int
    column: str
    value: str
    reason: str


class Part(BaseModel):
    """One of several tables of a file: a sheet of a workbook, or a member of an archive.

    Rows and columns count what the sheet spans, its header included; they are None where counting would mean reading
    the whole part.
    """

    model_config = ConfigDict(frozen=True)
    name: str
    n_rows: int | None = None
    n_columns: int | None = None
    size_bytes: int | None = None
    is_hidden: bool = False


PersonalChoice = Literal["keep", "hash", "redact", "generalize", "drop"]
"""What happens to a column of personal data: it stays, becomes codes, ***, or something coarser, or is removed."""


class PersonalColumn(BaseModel):
    """A column of personal data: what speaks for it, what was decided, and what the table holds in its place."""

    model_config = ConfigDict(frozen=True)
    name: str
    title: str
    """What it holds, such as "e-mail addresses"; empty for a column that only a person called personal."""
    evidence: str
    """One sentence with counts and without a value."""
    confidence: float = Field(ge=0, le=1)
    decided: bool
    """Whether somebody chose ``treatment``; until then it is the default of whoever reads the file."""
    treatment: PersonalChoice


class ImportReport(BaseModel):
    """How a file became a table."""

    model_config = ConfigDict(frozen=True)
    format: FileFormat
    size_bytes: int
    sha256: str
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    decimal: str | None = None
    header: bool = True
    sheet: str | None = None
    sheets: list[Part] = []
    """Sheets of the workbook in its order, at most the first 200; the option ``sheet`` chooses another one."""
    member: str | None = None
    """Name of the part of the archive that was read."""
    members: list[Part] = []
    """Tables in the archive, at most the first 200; the option ``member`` chooses another one."""
    compression: str | None = None
    """How the file was packed (gzip, bzip2, xz, zip), None for a plain file."""
    n_rows: int
    n_columns: int
    n_bad_rows: int = 0
    bad_rows: list[BadRow] = []
    """At most the first 1,000; ``n_bad_rows`` is the true number."""
    n_odd_cells: int = 0
    odd_cells: list[OddCell] = []
    """At most the first 1,000; ``n_odd_cells`` is the true number."""
    guesses: list[Guess] = []
    questions: list[Question] = []
    """What could not be decided; answered by reading the file again with the option of that name."""
    units: dict[str, str] = {}
    """Currency or percent sign that stood around the numbers of a column."""
    personal: list[PersonalColumn] = []
    """Columns of personal data in the order of the file; the option ``personal`` decides what happens to each."""
    repairs: list[str] = []
    warnings: list[str] = []


KindChoice = Literal["text", "integer", "decimal", "boolean", "date", "datetime"]


class ReadOptions(BaseModel):
    """What the user says instead of the guess; None leaves it to the reader."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    encoding: str | None = None
    delimiter: str | None = None
    quote: Literal['"', "'", ""] | None = None
    """The mark around cells that hold delimiters; empty: quotes are text like everything else."""
    decimal: Literal[".", ","] | None = None
    thousands: Literal[".", ",", " ", "'", ""] | None = None
    """The mark between groups of three digits; a space stands for every kind of space, empty for none."""
    skip_lines: int | None = Field(default=None, ge=0, le=10_000)
    """Lines of the file before the header, or before the first row where there is no header."""
    header: bool | None = None
    header_rows: int | None = Field(default=None, ge=0, le=5)
    """Lines of the header; the names of several are joined. 0 is the same as ``header=False``."""
    total_rows: Literal["leave_out", "keep"] = "leave_out"
    """Rows of totals at the end: list them among the rows left out, or keep them as rows of the table."""
    ragged: Literal["leave_out", "fill"] = "leave_out"
    """Rows with too few or too many cells: list them and leave them out, or fill up and cut off."""
    units: Literal["set_aside", "keep"] = "set_aside"
    """Currency and percent signs: read the number beside them, or keep the column as text."""
    kinds: dict[str, KindChoice] = {}
    """Types of single columns, by name; cells that cannot be read so become missing and are listed."""
    personal: dict[str, PersonalChoice] = {}
    """What happens to single columns, by name, before anything of them is stored."""
    sheet: str | None = None
    member: str | None = None
    """Which table of an archive, by the name it has there."""
    date_order: Literal["day_first", "month_first"] | None = None
    """How 03/04/2025 is meant, where the file itself does not say."""
    missing_markers: list[str] | None = None
    """Cells that mean "no value", instead of the ones the reader recognises; empty cells are always missing."""
    odd_cells: Literal["missing", "keep"] = "missing"
    """A few words in a column of measurements: read them as missing and list them, or keep the column as text."""


class ReadLimits(BaseModel):
    """Bounds of one import; passing one is ``LimitExceeded('upload_too_complex')`` naming limit and value."""

    model_config = ConfigDict(frozen=True)
    memory_bytes: int = 4 * 1024**3
    cpu_seconds: int = 300
    wall_seconds: float = 300.0
    max_columns: int = 10_000
    max_cells: int = 500_000_000
    max_field_characters: int = 10_000_000
    max_unpacked_bytes: int = 20 * 1024**3
    """What one packed file may unpack to, on disk."""


@dataclass(frozen=True)
class LoadedTable:
    """A typed Polars frame (String, Int64, Float64, Boolean, Date, Datetime) and its account.

    ``lines`` holds the 1-based source line of each row for text formats, else None.
    """

    frame: pl.DataFrame
    report: ImportReport
    lines: pl.Series | None = None
