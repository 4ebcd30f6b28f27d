"""The run folder: every finished piece of a training run on disk, so that a kill at any moment loses nothing finished.

The child process writes, the parent reads. Pieces are written under a temporary name and renamed, so a piece is there
whole or not at all. Only JSON and plain arrays: reading runs no code.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from narrative.core.plugins import discover
from narrative.engine.learners.base import Learner
from narrative.engine.recipe import FittedRecipe
from narrative.engine.training.splits import Fold, Method, Split
from narrative.engine.types import FloatArray

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Balance:
    """What a method against imbalance changed: rows per class before and after, what margins are moved by, notes."""

    before: list[int]
    after: list[float]
    shift: list[float] | None
    notes: list[str]


@dataclass(frozen=True)
class Fit:
    """One finished fit: a learner, how long it took and, for a fold, margins and score on the rows it had not seen."""

    learner: Learner
    seconds: float
    rounds: int | None
    stopped_by_deadline: bool
    predict_seconds: float
    score: float | None
    margins: FloatArray | None
    """Moved by the shift of ``balance``, so that they mean the shares of the classes as they were."""
    balance: Balance | None = None
    """None when the rows were learned from as they are."""


class RunFolder:
    """Reads and writes the pieces of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.changes: Counter[str] = Counter()
        """How often this object wrote a fit of a trial: who has read them need not look again until it changes."""
        path.mkdir(parents=True, exist_ok=True)

    def clear(self) -> None:
        """Remove every piece."""
        for path in self.path.iterdir():
            if path.is_file():
                path.unlink()

    @property
    def data_path(self) -> Path:
        return self.path / "data.arrow"

    def write_json(self, name: str, value: Any) -> None:
        self._place(f"{name}.json", json.dumps(value, allow_nan=False).encode())
        if name.startswith("fit-"):
            self.changes[name.removeprefix("fit-").rpartition("-")[0]] += 1

    def read_json(self, name: str) -> Any | None:
        path = self.path / f"{name}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def write_split(self, split: Split, values: FloatArray) -> None:
        """The split and the coded target of the used rows."""
        arrays: Arrays = {"test": split.test, "development": split.development, "target": values}
        for index, fold in enumerate(split.folds):
            arrays[f"train_{index}"], arrays[f"valid_{index}"] = fold.train, fold.valid
        if split.groups is not None:
            arrays["groups"] = split.groups
        self._place_arrays("split", arrays)
        self.write_json(
            "split",
            {
                "method": split.method,
                "folds_per_repeat": split.folds_per_repeat,
                "time_column": split.time_column,
                "group_column": split.group_column,
            },
        )

    def read_split(self) -> tuple[Split, FloatArray]:
        arrays, facts = self._read_arrays("split"), cast("dict[str, Any]", self.read_json("split"))
        count = sum(name.startswith("train_") for name in arrays)
        folds = [Fold(arrays[f"train_{index}"], arrays[f"valid_{index}"]) for index in range(count)]
        split = Split(
            cast("Method", facts["method"]),
            arrays["test"],
            arrays["development"],
            folds,
            int(facts["folds_per_repeat"]),
            facts["time_column"],
            arrays.get("groups"),
            facts["group_column"],
        )
        return split, arrays["target"]

    def write_recipe(self, scope: str, view: str, recipe: FittedRecipe) -> None:
        self.write_json(f"recipe-{scope}-{view}", recipe.to_dict())

    def read_recipe(self, scope: str, view: str) -> FittedRecipe:
        """The recipe of a scope (``fold_3``, ``development``, ``all``); it is there whenever a fit of it is."""
        return FittedRecipe.from_dict(cast("dict[str, Any]", self.read_json(f"recipe-{scope}-{view}")))

    def write_fit(self, trial: str, scope: str, fit: Fit, *, at: float = 0.0) -> None:
        """Arrays first, then the JSON that makes the fit count as finished.

        Args:
            at: seconds of the run when it was finished.
        """
        description, arrays = fit.learner.to_parts()
        named: Arrays = {f"learner.{name}": array for name, array in arrays.items()}
        if fit.margins is not None:
            named["margins"] = fit.margins
        self._place_arrays(f"fit-{trial}-{scope}", named)
        facts = {
            "format": fit.learner.name,
            "description": description,
            "seconds": fit.seconds,
            "rounds": fit.rounds,
            "stopped_by_deadline": fit.stopped_by_deadline,
            "predict_seconds": fit.predict_seconds,
            "score": fit.score,
            "balance": None if fit.balance is None else vars(fit.balance),
            "at": at,
            "bytes": sum(array.nbytes for array in arrays.values()),
        }
        self.write_json(f"fit-{trial}-{scope}", facts)

    def has_fit(self, trial: str, scope: str) -> bool:
        return (self.path / f"fit-{trial}-{scope}.json").exists()

    def read_fit(self, trial: str, scope: str) -> Fit:
        facts = cast("dict[str, Any]", self.read_json(f"fit-{trial}-{scope}"))
        arrays = self._read_arrays(f"fit-{trial}-{scope}")
        margins = arrays.pop("margins", None)
        formats = discover("narrative.engine.learners", Learner)
        own = {name.removeprefix("learner."): array for name, array in arrays.items()}
        return Fit(
            formats[str(facts["format"])].from_parts(facts["description"], own),
            float(facts["seconds"]),
            facts["rounds"],
            bool(facts["stopped_by_deadline"]),
            float(facts["predict_seconds"]),
            facts["score"],
            margins,
            None if facts["balance"] is None else Balance(**facts["balance"]),
        )

    def read_margins(self, trial: str, scope: str) -> FloatArray:
        """Only the margins of a fold's fit (cheap: no learner is built)."""
        with np.load(self.path / f"fit-{trial}-{scope}.npz", allow_pickle=False) as content:
            return np.asarray(content["margins"], dtype=np.float64)

    def write_arrays(self, name: str, **arrays: npt.NDArray[Any]) -> None:
        """Named arrays as one piece."""
        self._place_arrays(name, arrays)

    def read_arrays(self, name: str) -> Arrays | None:
        """What :meth:`write_arrays` wrote, or None."""
        return self._read_arrays(name) if (self.path / f"{name}.npz").exists() else None

    def _place(self, name: str, content: bytes) -> None:
        temporary = self.path / f".{name}.tmp"
        temporary.write_bytes(content)
        os.replace(temporary, self.path / name)  # noqa: PTH105  # one atomic rename; no fsync: the folder dies with the run

    def _place_arrays(self, name: str, arrays: Arrays) -> None:
        temporary = self.path / f".{name}.tmp.npz"
        np.savez(temporary, allow_pickle=False, **arrays)
        os.replace(temporary, self.path / f"{name}.npz")  # noqa: PTH105

    def _read_arrays(self, name: str) -> Arrays:
        with np.load(self.path / f"{name}.npz", allow_pickle=False) as content:
            return {key: content[key] for key in content.files}
