"""What rebuilding does in a child process: every version again, from raw files and steps, and its hash."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

Report = Callable[[dict[str, Any]], None]


def rebuild(payload: dict[str, Any], report: Report) -> dict[str, Any]:
    """Build versions again, each from what was built before it; leave ``<version id>.parquet`` in ``folder``.

    Args:
        payload: ``actions`` as :meth:`LineageService.recipe_of` gives them, in order; ``limits`` (ReadLimits), ``salt``
            (of hidden values), ``folder``.

    Returns:
        ``hashes``: version id → content hash of what was built.
    """
    from narrative.engine.tables.content import content_hash
    from narrative.engine.tables.store import open_table
    from narrative.studio.recipes.work import YIELDS

    os.nice(YIELDS)
    folder = Path(payload["folder"])
    hashes: dict[str, str] = {}
    for number, action in enumerate(payload["actions"]):
        report(
            {
                "share": number / len(payload["actions"]),
                "message": f"Building version {number + 1:,} of {len(payload['actions']):,}",
            }
        )
        out = folder / f"{action['version_id']}.parquet"
        _BUILDERS[action["kind"]]({**action, "limits": payload["limits"], "salt": payload["salt"]}, out)
        hashes[action["version_id"]] = content_hash(open_table(out))
    return {"hashes": hashes}


def _import(action: dict[str, Any], out: Path) -> None:
    from narrative.engine.tables.types import ReadOptions
    from narrative.studio.datasets.work import import_file

    known = {name: value for name, value in action["options"].items() if name in ReadOptions.model_fields}
    given = {name: action[name] for name in ("limits", "salt", "path", "name")}
    _kept(import_file, given | {"options": known}, out)


def _combine(action: dict[str, Any], out: Path) -> None:
    from narrative.studio.combining.work import combine

    first, second = (str(out.parent / f"{parent}.parquet") for parent in action["parents"])
    about = ("how", "keys", "report", "second_name", "second_personal")
    _kept(combine, {name: action[name] for name in about} | {"first": first, "second": second}, out)


def _apply(action: dict[str, Any], out: Path) -> None:
    from narrative.engine.effects import carry_out
    from narrative.engine.recipe import Recipe, StepSpec
    from narrative.engine.tables.stored import StoredTable

    carry_out(
        Recipe([StepSpec.model_validate(step) for step in action["steps"]]),
        StoredTable(out.parent / f"{action['parent']}.parquet"),
        out,
        target=action["target"],
        problem=action["problem"],
        tables={name: str(out.parent / f"{name}.parquet") for name in action["tables"]},
        from_sample=action["from_sample"],
        allow_data_loss=True,  # it was confirmed, or not needed, when the version was made
    )


def _kept(work: Callable[[dict[str, Any], Report], Any], given: dict[str, Any], out: Path) -> None:
    """Run the work of another job in a folder of its own, and keep its table."""
    folder = out.with_suffix(".work")
    folder.mkdir()
    work(given | {"folder": str(folder)}, lambda _: None)
    (folder / "table.parquet").replace(out)


_BUILDERS: dict[str, Callable[[dict[str, Any], Path], None]] = {
    "import": _import,
    "combine": _combine,
    "apply": _apply,
}
