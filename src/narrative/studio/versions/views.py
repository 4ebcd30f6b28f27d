"""Versions in their wire form."""

from __future__ import annotations

from narrative.studio.versions.entities import TransformationStep as StoredStep
from narrative.studio.versions.schemas import TransformationStep, Version
from narrative.studio.versions.service import Described


def version_view(known: Described) -> Version:
    """A version with its steps."""
    version, lineage = known.version, known.lineage
    return Version(
        version_id=version.id,
        dataset_id=version.dataset_id,
        number=version.number,
        created_at=version.created_at,
        created_by=known.author,
        hash=version.content_hash,
        kind=known.kind,
        n_rows=version.n_rows,
        n_columns=version.n_columns,
        size_bytes=version.size_bytes,
        parents=list(version.parents),
        pinned=known.pinned,
        is_present=known.dataset.version_id == version.id,
        is_base=lineage is None or lineage.is_base,
        is_stored=known.is_stored,
        target=lineage.target if lineage else None,
        rows_lost_share=lineage.rows_lost if lineage else None,
        cells_lost_share=lineage.cells_lost if lineage else None,
        note=known.note,
        transformations=[step_view(step, known.author) for step in lineage.transformations] if lineage else [],
    )


def step_view(step: StoredStep, author: str | None) -> TransformationStep:
    """A step with what it is called."""
    from narrative.engine.step_specs import StepSpec, resolved

    kind, params = resolved(StepSpec(type=step.type, params=step.parameters, id=step.step_id))
    return TransformationStep(
        step_id=step.step_id,
        type=step.type,
        title=kind.title,
        sentence=kind.says(params),
        parameters=step.parameters,
        timestamp=step.timestamp,
        user=author,
    )
