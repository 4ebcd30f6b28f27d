"""Sources over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from narrative.http.parameters import NewIds
from narrative.http.policy import Editor, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.datasets.schemas import DatasetAccepted
from narrative.studio.datasets.views import accepted_view
from narrative.studio.sources.entities import Place
from narrative.studio.sources.fetching import NO_SECRETS, Secrets
from narrative.studio.sources.refreshing import RefreshService
from narrative.studio.sources.schemas import (
    DatasetSource,
    Key,
    ObjectRequest,
    QueryRequest,
    RefreshRequest,
    SourceConnections,
    SourceRequest,
    TextRequest,
    URLRequest,
)
from narrative.studio.sources.service import SourceService
from narrative.studio.sources.views import connections_view, source_view

router = slice_router("sources")
Sources = Annotated[SourceService, Depends(service(SourceService))]
Refreshes = Annotated[RefreshService, Depends(service(RefreshService))]


@router.post("/sources/text", status_code=202, responses=problem_responses(404, 429))
def load_text(*, who: Editor, sources: Sources, body: TextRequest, ids: NewIds) -> DatasetAccepted:
    """Load a pasted table."""
    return accepted_view(sources.load_text(who, ids, body.text, name=body.name, project_id=_project(body)))


@router.post("/sources/url", status_code=202, responses=problem_responses(404, 413, 429, 503))
def load_url(*, who: Editor, sources: Sources, body: URLRequest, ids: NewIds) -> DatasetAccepted:
    """Fetch a file over http or https and load it; answers when it has arrived. Private addresses are refused."""
    place = Place(kind="url", address=body.url.strip())
    return accepted_view(sources.load(who, ids, place, NO_SECRETS, name=body.name, project_id=_project(body)))


@router.post("/sources/query", status_code=202, responses=problem_responses(404, 413, 429, 503))
def load_query(*, who: Editor, sources: Sources, body: QueryRequest, ids: NewIds) -> DatasetAccepted:
    """Run one reading query over a database and load its rows; answers when they have arrived."""
    place = Place(kind="query", query=body.query, connection=body.connection or "")
    secrets = Secrets(database_url=body.database_url.get_secret_value() if body.database_url else "")
    return accepted_view(sources.load(who, ids, place, secrets, name=body.name, project_id=_project(body)))


@router.post("/sources/object", status_code=202, responses=problem_responses(404, 413, 429, 503))
def load_object(*, who: Editor, sources: Sources, body: ObjectRequest, ids: NewIds) -> DatasetAccepted:
    """Load an object of a store such as Amazon S3; answers when it has arrived."""
    place = Place(
        kind="object",
        address=body.address.strip(),
        endpoint=body.endpoint,
        region=body.region,
        connection=body.connection or "",
        is_signed=body.key is not None,
    )
    secrets = _with_key(NO_SECRETS, body.key)
    return accepted_view(sources.load(who, ids, place, secrets, name=body.name, project_id=_project(body)))


@router.get("/sources/connections")
def list_connections(_: Viewer, sources: Sources) -> SourceConnections:
    """What the operator set up under a name, to be used instead of an address with a password."""
    return connections_view(sources.connections())


@router.get("/datasets/{dataset_id}/source")
def get_source(who: Viewer, refreshes: Refreshes, dataset_id: str) -> DatasetSource | None:
    """Where a dataset came from and what the last look found; null for a file that was uploaded."""
    found = refreshes.find(who.tenant, dataset_id)
    return None if found is None else source_view(found)


@router.post("/datasets/{dataset_id}/refresh", status_code=202, responses=problem_responses(409, 413, 429, 503))
def refresh_dataset(
    *, who: Editor, refreshes: Refreshes, dataset_id: str, body: RefreshRequest, ids: NewIds
) -> DatasetSource:
    """Fetch a dataset again. Equal content is said; other content is read by a job and makes a new version."""
    url, database = body.url, body.database_url
    given = Secrets(
        url=url.get_secret_value() if url else "", database_url=database.get_secret_value() if database else ""
    )
    return source_view(refreshes.refresh(who, ids, dataset_id, _with_key(given, body.key)))


def _with_key(given: Secrets, key: Key | None) -> Secrets:
    if key is None:
        return given
    return Secrets(
        given.url,
        given.database_url,
        key.key_id.get_secret_value(),
        key.secret.get_secret_value(),
        key.session_token.get_secret_value() if key.session_token else "",
    )


def _project(body: SourceRequest) -> str | None:
    return None if body.project == "new" else body.project
