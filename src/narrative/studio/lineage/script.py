"""A version as a program: read the file, carry out the steps, compare the hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from narrative.core.errors import Conflict
from narrative.core.version import program_version
from narrative.engine.tables.types import ReadOptions
from narrative.studio.datasets.work_types import hidden_in
from narrative.studio.versions.service import Described

if TYPE_CHECKING:
    from narrative.engine.export import ScriptTable


def script_of(known: Described, sources: dict[str, Described]) -> str:
    """Python that makes the version of its file and ends with 0 exactly when the content hash is the same.

    Args:
        sources: every version it was made of, by id.

    Raises:
        Conflict: ``script_not_possible``: it was not made by steps straight from files, one of them was deleted, or
            columns were hidden while it was read, which a script cannot do again.
    """
    from narrative.engine.export import recipe_script
    from narrative.engine.recipe import Recipe, StepSpec

    lineage = known.lineage
    reason = _obstacle(known, sources)
    if lineage is None or reason is not None:
        raise Conflict(
            "script_not_possible",
            f"Version {known.version.number} cannot be written as one script: {reason}.",
            fix="Export a version that steps made straight from the file.",
        )
    steps = [StepSpec(type=step.type, params=step.parameters, id=step.step_id) for step in lineage.transformations]
    return recipe_script(
        Recipe(steps),
        _table(sources[lineage.parent_version]),
        known.version.content_hash,
        others=[_table(sources[version_id]) for version_id in lineage.tables],
        target=lineage.target,
        problem=lineage.problem,
        version=program_version(),
        name=f"version_{known.version.number}.py",
    )


def _obstacle(known: Described, sources: dict[str, Described]) -> str | None:
    """Why no script can make a version; None when one can."""
    if known.lineage is None:
        return "no steps made it"
    if any(parent not in sources for parent in known.version.parents):
        return "a version it was made of was deleted"
    for source in sources.values():
        if source.kind != "imported":
            return f"version {source.version.number}, of which it was made, is no file"
        hidden = sorted(hidden_in(source.version.report))
        if hidden:
            columns = f"column {hidden[0]}" if len(hidden) == 1 else f"{len(hidden):,} columns"
            was = "was" if len(hidden) == 1 else "were"
            return f"{columns} of personal data {was} hidden while the file was read"
    return None


def _table(source: Described) -> ScriptTable:
    from narrative.engine.export import ScriptTable

    given = {name: value for name, value in source.version.options.items() if name in ReadOptions.model_fields}
    reading = ReadOptions.model_validate(given).model_dump(mode="json", exclude_defaults=True)
    return ScriptTable(file=source.dataset.original_filename, version=source.version.id, reading=reading)
