"""Background work of recipes: steps carried out on a whole table."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from narrative.background.handlers import JobContext, Result, job
from narrative.core.hashing import hash_file
from narrative.ports.blobs import BlobRef
from narrative.studio.datasets.failures import mark_import_failed
from narrative.studio.datasets.jobs import stories_in
from narrative.studio.datasets.service import DatasetService
from narrative.studio.datasets.work_types import Imported
from narrative.studio.platform import Platform, Services
from narrative.studio.projects.entities import StepFacts
from narrative.studio.recipes.applying import ApplyService
from narrative.studio.recipes.checking import check
from narrative.studio.versions.entities import TransformationLineage, TransformationStep
from narrative.studio.versions.repository import lineage_id
from narrative.studio.versions.service import VersionService
from narrative.studio.work import run_in_child, work_folder

APPLY_SECONDS: Final = 3_600.0
WORK: Final = "narrative.studio.recipes.work:apply"


@job("recipes.prepare")
def prepare(context: JobContext) -> Result:
    """Make a version beside the table of a project. The same steps on the same table give the version there is."""
    services: Services = context.services
    applying, versions = services.of(ApplyService), services.of(VersionService)
    payload = dict(context.payload)
    known = versions.alike(
        context.tenant, payload["version_id"], payload["steps"], payload["target"], payload["problem"]
    )
    if known is not None:
        # Another project may have made it, or this one before it carried out other steps.
        quality = services.of(DatasetService).quality_of(context.tenant, known.child_version)
        return Result(
            _value(known, is_new=False),
            apply=lambda unit: applying.judge(unit, context.tenant, payload["project_id"], known, quality),
        )
    with work_folder(services.of(Platform)) as folder:
        made, lineage = _carried_out(context, payload, folder)
    return Result(_value(lineage), apply=lambda unit: applying.record_prepared(unit, context.tenant, made, lineage))


@job("recipes.shape", on_failed=mark_import_failed)
def shape(context: JobContext) -> Result:
    """Make the table that training starts from."""
    services: Services = context.services
    applying, datasets = services.of(ApplyService), services.of(DatasetService)
    payload = dict(context.payload)
    with work_folder(services.of(Platform)) as folder:
        made, lineage = _carried_out(context, payload, folder)
        rest = [StepFacts.model_validate(step) for step in payload["rest"]]
        target = payload["project_target"]
        check(rest, made.facts["kinds"], target if target in made.facts["kinds"] else None)
        made.facts["checks"] = datasets.look(context, payload["dataset_id"], folder, made.facts)
    return Result(
        _value(lineage),
        apply=lambda unit: applying.record_shaped(unit, context.tenant, made, lineage),
    )


def _value(lineage: TransformationLineage, *, is_new: bool = True) -> dict[str, Any]:
    before, after = lineage.n_before, lineage.n_after
    rows = f"all {after:,} rows" if after == before else f"{after:,} rows; the table has {before:,}"
    return {
        "sentence": f"A new version was made with {rows}."
        if is_new
        else f"These steps made a version before, which is there already: {rows}.",
        "dataset_id": lineage.dataset_id,
        "version_id": lineage.child_version,
        "is_base": lineage.is_base,
        "rows_before": lineage.n_before,
        "rows_after": lineage.n_after,
        "rows_lost_share": lineage.rows_lost,
        "cells_lost_share": lineage.cells_lost,
    }


def _carried_out(context: JobContext, payload: dict[str, Any], folder: Path) -> tuple[Imported, TransformationLineage]:
    """Run the steps in a child and store what came of them."""
    services: Services = context.services
    platform, datasets = services.of(Platform), services.of(DatasetService)
    base = datasets.version(context.tenant, payload["version_id"])
    is_base = payload["n_leave"] > 0
    about = ("steps", "target", "problem", "allow_data_loss")
    given = {name: payload[name] for name in about} | {
        **services.of(ApplyService).paths_of(context.tenant, payload),
        "report": base.report,
        "quality": datasets.quality_of(context.tenant, base.id),
        "is_base": is_base,
        "folder": str(folder),
    }
    facts = run_in_child(context, platform, WORK, given, wall_seconds=APPLY_SECONDS)
    done = facts.pop("done")
    version_id, now = context.derived_id("dver"), platform.now()
    prepared = {"steps": payload["steps"], "target": payload["target"], "is_base": is_base}
    made = Imported(
        job_id=context.job.id,
        version_id=version_id,
        facts=facts,
        table=_table(context, folder / "table.parquet", base.dataset_id, facts["content_hash"]),
        profile=platform.blobs.put_file(context.tenant, folder / "profile.json"),
        bad_rows=None,
        stories=stories_in(folder),
        options={"prepared": prepared},
        parents=(base.id, *payload["tables"]),
        user_id=payload["user_id"],
    )
    lineage = TransformationLineage(
        id=lineage_id(version_id),
        created_at=now,
        dataset_id=base.dataset_id,
        project_id=payload["project_id"],
        parent_version=base.id,
        child_version=version_id,
        transformations=[
            TransformationStep(
                step_id=step["id"], type=step["type"], parameters=step["params"], timestamp=now,
                user_id=payload["user_id"],
            )
            for step in payload["steps"]
        ],
        target=payload["target"],
        problem=payload["problem"],
        tables=payload["tables"],
        allow_data_loss=payload["allow_data_loss"],
        is_base=is_base,
        fitted_sha256=platform.blobs.put_file(context.tenant, folder / "fitted.json").sha256,
        user_id=payload["user_id"],
        note=payload["note"],
        **done,
    )  # fmt: skip
    return made, lineage


def _table(context: JobContext, path: Path, dataset_id: str, content_hash: str) -> BlobRef:
    """The stored table; that of another version of the dataset with the same content, when there is one."""
    services: Services = context.services
    platform, datasets = services.of(Platform), services.of(DatasetService)
    twin = datasets.version_with(context.tenant, dataset_id, content_hash)
    if (
        twin is not None
        and twin.table_sha256 != hash_file(path)
        and platform.blobs.exists(context.tenant, twin.table_sha256)
    ):
        return BlobRef(twin.table_sha256, twin.size_bytes)
    return platform.blobs.put_file(context.tenant, path)
