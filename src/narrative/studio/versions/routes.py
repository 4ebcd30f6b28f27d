"""Versions over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from narrative.engine.versions.types import Comparison
from narrative.http.paging import Page
from narrative.http.parameters import Paging
from narrative.http.policy import Editor, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.versions.schemas import PinRequest, Version
from narrative.studio.versions.service import VersionService
from narrative.studio.versions.views import version_view

router = slice_router("versions")
Versions = Annotated[VersionService, Depends(service(VersionService))]
VersionId = Annotated[str, Query(max_length=60)]


@router.get("/versions")
def list_versions(who: Viewer, versions: Versions, dataset_id: VersionId, paging: Paging) -> Page[Version]:
    """All versions of a dataset, newest first, with what each was made of and by which steps."""
    return versions.page(who.tenant, dataset_id, paging, version_view)


@router.get("/versions/compare", responses=problem_responses(409, 413, 429))
def compare_versions(
    *,
    who: Viewer,
    versions: Versions,
    before: Annotated[str, Query(max_length=60, description="Id of a version.")],
    after: Annotated[str, Query(max_length=60, description="Id of the version that is compared with it.")],
    project_id: Annotated[
        str | None, Query(max_length=60, description="Changes that matter to its model come first.")
    ] = None,
) -> Comparison:
    """Rows added, lost and changed, columns that shifted, new categories: in words, the weightiest first."""
    return Comparison.model_validate(versions.compare(who, before, after, project_id))


@router.get("/versions/{dataset_version_id}")
def get_version(who: Viewer, versions: Versions, dataset_version_id: str) -> Version:
    """One version."""
    return version_view(versions.get(who.tenant, dataset_version_id))


@router.post("/versions/{dataset_version_id}/pin")
def pin_version(who: Editor, versions: Versions, dataset_version_id: str, body: PinRequest) -> Version:
    """Keep a version whatever retention says, or no longer."""
    return version_view(versions.pin(who, dataset_version_id, body.pinned))


@router.post("/versions/{dataset_version_id}/restore", responses=problem_responses(409))
def restore_version(who: Editor, versions: Versions, dataset_version_id: str) -> Version:
    """Make a version the present one again: projects on the dataset move to it. No other version is lost by it."""
    return version_view(versions.restore(who.tenant, dataset_version_id))
