"""Sources over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from narrative.http.parameters import NewIds
from narrative.http.policy import Editor
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.datasets.schemas import DatasetAccepted
from narrative.studio.datasets.views import accepted_view
from narrative.studio.sources.schemas import QueryRequest, SourceRequest, TextRequest, URLRequest
from narrative.studio.sources.service import SourceService

router = slice_router("sources")
Sources = Annotated[SourceService, Depends(service(SourceService))]


@router.post("/sources/text", status_code=202, responses=problem_responses(404, 429))
def load_text(*, who: Editor, sources: Sources, body: TextRequest, ids: NewIds) -> DatasetAccepted:
    """Load a pasted table."""
    return accepted_view(sources.load_text(who, ids, body.text, name=body.name, project_id=_project(body)))


@router.post("/sources/url", status_code=202, responses=problem_responses(404, 413, 429, 503))
def load_url(*, who: Editor, sources: Sources, body: URLRequest, ids: NewIds) -> DatasetAccepted:
    """Fetch a file over http or https and load it; answers when it has arrived. Private addresses are refused."""
    return accepted_view(sources.load_url(who, ids, body.url, name=body.name, project_id=_project(body)))


@router.post("/sources/query", status_code=202, responses=problem_responses(404, 413, 429, 503))
def load_query(*, who: Editor, sources: Sources, body: QueryRequest, ids: NewIds) -> DatasetAccepted:
    """Run one reading query over a PostgreSQL database and load its rows; answers when they have arrived."""
    url = body.database_url.get_secret_value()
    return accepted_view(sources.load_query(who, ids, url, body.query, name=body.name, project_id=_project(body)))


def _project(body: SourceRequest) -> str | None:
    return None if body.project == "new" else body.project
