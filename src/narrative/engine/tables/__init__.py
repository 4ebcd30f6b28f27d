"""Stage 1, load: files in, typed tables and honest reports out; and tables back into files."""

from narrative.engine.tables.content import content_hash
from narrative.engine.tables.frames import canonical, frame_from
from narrative.engine.tables.read import read_table
from narrative.engine.tables.types import (
    BadRow,
    Choice,
    Guess,
    ImportReport,
    LoadedTable,
    OddCell,
    Question,
    ReadLimits,
    ReadOptions,
)
from narrative.engine.tables.write import write_table

__all__ = [
    "BadRow",
    "Choice",
    "Guess",
    "ImportReport",
    "LoadedTable",
    "OddCell",
    "Question",
    "ReadLimits",
    "ReadOptions",
    "canonical",
    "content_hash",
    "frame_from",
    "read_table",
    "write_table",
]
