"""Words shared by every part of the engine."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

Problem: TypeAlias = Literal["binary", "multiclass", "regression"]
ColumnKind: TypeAlias = Literal[
    "integer", "decimal", "boolean", "date", "datetime", "category", "text", "identifier", "constant", "empty"
]
NUMERIC_KINDS: Final = frozenset({"integer", "decimal"})
TIME_KINDS: Final = frozenset({"date", "datetime"})

Label: TypeAlias = str | int | float | bool
"""A class label, exactly as it stands in the data."""

Severity: TypeAlias = Literal["fix", "decide", "good_to_know", "fine"]
"""How urgent a finding is, in the words the pages use (Fix, Decide, Good to know, Fine)."""
