"""What stays of a run: settings, folds, and what every candidate said about rows it had not seen. No learner, no rows.

One zip of JSON and plain arrays, bounded; reading it runs no code. With the table of the run it is enough to judge any
ensemble, to fit its members again, and to compare runs on the rows that both were scored on.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from narrative.core.errors import InvalidInput
from narrative.engine.training.run import Run
from narrative.engine.training.types import TrainingResult

MOST_BYTES: Final = 64 * 1024**2
"""Larger records are not kept: some ten million out-of-fold predictions."""
FACTS: Final = "record.json"
TESTED: Final = "tested.npz"
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,120}\.(json|npz)")
_KEPT: Final = re.compile(
    r"(setup|split|extras|failures|beyond|end|selection|imbalance|choices|fit-.+-fold_\d+)\.(json|npz)"
)


def write_record(path: Path, run: Run, result: TrainingResult) -> bool:
    """The record of a run that has just been put together; False when it would be too large, and nothing is written."""
    parts = {FACTS: _json(_facts(result))}
    parts[TESTED] = _npz(
        rows=result.test_rows, target=result.test_target, predictions=np.atleast_2d(result.test_predictions.T).T
    )
    for piece in sorted(run.folder.path.iterdir()):
        if _KEPT.fullmatch(piece.name) is None:
            continue
        parts[piece.name] = _fit_facts(piece) if piece.suffix == ".json" else _arrays(piece)
        if sum(map(len, parts.values())) > MOST_BYTES:
            return False
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as packed:
        for name, content in parts.items():
            packed.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return True


def read_facts(path: Path) -> dict[str, Any]:
    """What a run was: ``options``, ``problem``, ``metric``, ``candidates`` (leaderboard) and ``members`` (candidate ->
    trial), and more."""
    return dict(json.loads(_read(path, [FACTS])[FACTS]))


def read_tested(path: Path) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Rows of the table that gave the score, their target and the predictions of the delivered model."""
    with np.load(io.BytesIO(_read(path, [TESTED])[TESTED]), allow_pickle=False) as arrays:
        predictions = arrays["predictions"]
        return arrays["rows"], arrays["target"], predictions[:, 0] if predictions.shape[1] == 1 else predictions


def unpack_record(path: Path, folder: Path) -> None:
    """All pieces of the record as files of a run folder; what is there already is replaced."""
    for name, content in _read(path, None).items():
        (folder / name).write_bytes(content)


def _read(path: Path, wanted: list[str] | None) -> dict[str, bytes]:
    """Named pieces, or all. Raises ``InvalidInput('run_record_unreadable')``."""
    try:
        with zipfile.ZipFile(path) as packed:
            infos = packed.infolist()
            is_sound = all(_NAME.fullmatch(info.filename) for info in infos)
            if is_sound and sum(info.file_size for info in infos) <= 2 * MOST_BYTES:
                kept = [info for info in infos if wanted is None or info.filename in wanted]
                return {info.filename: packed.read(info) for info in kept}
    except (zipfile.BadZipFile, OSError) as error:
        raise _unreadable() from error
    raise _unreadable()


def _unreadable() -> InvalidInput:
    return InvalidInput("run_record_unreadable", "What was kept of this run cannot be read.", fix="Train again.")


def _facts(result: TrainingResult) -> dict[str, Any]:
    return {
        "options": result.options.model_dump(mode="json"),
        "problem": result.problem,
        "metric": result.evaluation.metric,
        "metric_title": result.evaluation.metric_title,
        "higher_is_better": result.evaluation.higher_is_better,
        "score": result.evaluation.score,
        "best_candidate": result.best_candidate,
        "data_hash": result.data_hash,
        "candidates": [json.loads(line.model_dump_json()) for line in result.candidates],
        "members": _members(result),
        "warnings": list(result.warnings),
    }


def _members(result: TrainingResult) -> dict[str, str]:
    """The trial behind each line of the leaderboard that has a score."""
    found = {}
    for line in result.candidates:
        own = [trial for trial in result.plan["trials"] if trial["candidate"] == line.name]
        own = [trial for trial in own if trial["settings"] == line.settings and trial["rounds"]]
        if line.score is not None and own:
            found[line.name] = str(own[0]["id"])
    return found


def _fit_facts(piece: Path) -> bytes:
    """JSON as it is; of a fit without the description of its learner, but with the size of it."""
    facts = json.loads(piece.read_text(encoding="utf-8"))
    if not piece.name.startswith("fit-"):
        return _json(facts)
    arrays = piece.with_suffix(".npz")
    size = len(json.dumps(facts.pop("description")))
    if arrays.exists():
        size += arrays.stat().st_size
    return _json(facts | {"description": {}, "size_bytes": size})


def _arrays(piece: Path) -> bytes:
    """Arrays as they are; of a fit only the margins, at half their size."""
    with np.load(piece, allow_pickle=False) as content:
        if piece.name.startswith("fit-"):
            return _npz(margins=content["margins"].astype(np.float32))
        return _npz(**{name: content[name] for name in content.files})


def _npz(**arrays: npt.NDArray[Any]) -> bytes:
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    return out.getvalue()


def _json(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False).encode()
