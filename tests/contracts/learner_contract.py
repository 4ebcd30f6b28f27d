"""What every learner must do, as checks that any learner can be held to, planted breaches included."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np

from narrative.core.hashing import canonical_json
from narrative.engine.learners.base import Learner
from narrative.engine.types import FloatArray


def read_back(learner: Learner) -> Learner:
    """The learner after its parts went through JSON and .npy files, as a bundle keeps them."""
    description, arrays = learner.to_parts()
    content: dict[str, Any] = {}
    for name, array in arrays.items():
        stream = io.BytesIO()
        np.lib.format.write_array(stream, array, allow_pickle=False)
        content[name] = np.lib.format.read_array(io.BytesIO(stream.getvalue()), allow_pickle=False)
    return type(learner).from_parts(json.loads(canonical_json(description)), content)


def check_shapes(learner: Learner, rows: FloatArray) -> None:
    """Margins and effects have the promised shapes and are finite; no row is fine too."""
    n, k, f = len(rows), learner.n_outputs, learner.n_features
    assert learner.margins(rows).shape == (n, k)
    assert learner.contributions(rows).shape == (n, k, f + 1)
    assert learner.margins(rows[:0]).shape == (0, k)
    assert learner.contributions(rows[:0]).shape == (0, k, f + 1)
    assert np.isfinite(learner.margins(rows)).all()
    assert np.isfinite(learner.contributions(rows)).all()


def check_input_stays(learner: Learner, rows: FloatArray) -> None:
    """Neither call changes the rows it is given."""
    before = rows.copy()
    learner.margins(rows)
    learner.contributions(rows)
    np.testing.assert_array_equal(rows, before)


def check_effects_add_up(learner: Learner, rows: FloatArray) -> None:
    """Effects and base sum to the margin, to 1e-9 of its size."""
    margins, effects = learner.margins(rows), learner.contributions(rows)
    size = np.maximum(1.0, np.abs(effects).sum(axis=2))
    assert np.max(np.abs(effects.sum(axis=2) - margins) / size) <= 1e-9


def check_base_is_one(learner: Learner, rows: FloatArray) -> None:
    """The base value is the same for every row."""
    base = learner.contributions(rows)[:, :, -1]
    assert np.ptp(base, axis=0).max() <= 1e-9 * max(1.0, float(np.abs(base).max()))


def check_rows_alone(learner: Learner, rows: FloatArray) -> None:
    """A row gets the same bits alone, in small groups, in any order, and from an array laid out by columns."""
    whole = learner.margins(rows)
    alone = np.concatenate([learner.margins(row[None, :]) for row in rows])
    np.testing.assert_array_equal(alone, whole)
    parts = np.concatenate([learner.margins(rows[start : start + 3]) for start in range(0, len(rows), 3)])
    np.testing.assert_array_equal(parts, whole)
    order = np.random.default_rng(0).permutation(len(rows))
    np.testing.assert_array_equal(learner.margins(rows[order]), whole[order])
    np.testing.assert_array_equal(learner.margins(np.asfortranarray(rows)), whole)


def check_row_of_cells(learner: Learner, rows: FloatArray) -> None:
    """A row of plain Python numbers, None where missing, gets the bits of the batch."""
    cells = [[None if np.isnan(cell) else cell for cell in row] for row in rows.tolist()]
    alone = np.array([learner.of_row(row) for row in cells])
    np.testing.assert_array_equal(alone, learner.margins(rows))


def check_survives_storage(learner: Learner, rows: FloatArray) -> None:
    """Saved and read back, a learner gives the same bits, and the same parts again."""
    again = read_back(learner)
    np.testing.assert_array_equal(again.margins(rows), learner.margins(rows))
    np.testing.assert_array_equal(again.contributions(rows), learner.contributions(rows))
    assert again.to_parts()[0] == learner.to_parts()[0]
    for name, array in learner.to_parts()[1].items():
        assert array.dtype.kind in "bif", f"{name} holds {array.dtype}"
        np.testing.assert_array_equal(again.to_parts()[1][name], array)
    assert learner.size_bytes() == sum(array.nbytes for array in learner.to_parts()[1].values())


CHECKS = (
    check_shapes,
    check_input_stays,
    check_effects_add_up,
    check_base_is_one,
    check_rows_alone,
    check_row_of_cells,
    check_survives_storage,
)
