"""Tables that are looked at, over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Response

from narrative.engine.story.comparison import RowComparison
from narrative.http.packing import packed
from narrative.http.policy import Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.tables.schemas import ColumnPage, ProfileOverview, TableRows
from narrative.studio.tables.service import TableService

router = slice_router("tables")
Tables = Annotated[TableService, Depends(service(TableService))]
JSON = "application/json"
MOST_ROWS = 500
MOST_COLUMNS = 100
FILTER_WORDS = (
    'JSON list of conditions that all have to be met, such as `[{"column": "age", "op": "range", "low": 18}]`; '
    "`op` is `is`, `is_not`, `range`, `contains`, `empty` or `filled`."
)
ProjectId = Annotated[str | None, Query(max_length=60, description="Profile for this project's target.")]


@router.get("/datasets/{dataset_id}/rows", response_model=TableRows, responses=problem_responses(409, 413))
def list_rows(
    *,
    request: Request,
    who: Viewer,
    tables: Tables,
    dataset_id: str,
    filter: Annotated[str | None, Query(max_length=20_000, description=FILTER_WORDS)] = None,
    sort: Annotated[str | None, Query(max_length=1_000, description="A column; gaps come last.")] = None,
    order: Literal["ascending", "descending"] = "ascending",
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 100,
    first_column: Annotated[int, Query(ge=0, le=100_000)] = 0,
    n_columns: Annotated[int, Query(ge=1, le=MOST_COLUMNS)] = MOST_COLUMNS,
) -> Response:
    """Any cells of the table, filtered and sorted, with the line of the file each row came from."""
    rows = tables.rows(
        who.tenant,
        dataset_id,
        filters=filter,
        sort=sort,
        descending=order == "descending",
        offset=offset,
        limit=limit,
        first_column=first_column,
        n_columns=n_columns,
    )
    return packed(request, TableRows(**vars(rows)).model_dump_json().encode(), JSON)


@router.get("/datasets/{dataset_id}/comparison", responses=problem_responses(409, 413))
def compare_rows(
    who: Viewer,
    tables: Tables,
    dataset_id: str,
    filter: Annotated[str, Query(max_length=20_000, description=FILTER_WORDS)],
    project_id: ProjectId = None,
) -> RowComparison:
    """How the rows of a filter differ from the rest: how many, the target, and what differs by more than chance."""
    return tables.compare(who.tenant, dataset_id, project_id, filter)


@router.get("/datasets/{dataset_id}/profile/overview", response_model=ProfileOverview)
def get_profile_overview(
    *, request: Request, who: Viewer, tables: Tables, dataset_id: str, project_id: ProjectId = None
) -> Response:
    """The profile without its columns: small for any table. 404 with `profile_not_ready` while the import runs."""
    return packed(request, tables.overview(who.tenant, dataset_id, project_id), JSON)


@router.get("/datasets/{dataset_id}/profile/columns", response_model=ColumnPage)
def list_profile_columns(
    *,
    request: Request,
    who: Viewer,
    tables: Tables,
    dataset_id: str,
    project_id: ProjectId = None,
    column: Annotated[list[str] | None, Query(max_length=MOST_COLUMNS, description="Columns by name.")] = None,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_COLUMNS)] = 25,
) -> Response:
    """Everything that was computed of some columns: those that are named, else a page of all."""
    body = tables.columns(who.tenant, dataset_id, project_id, names=column or [], offset=offset, limit=limit)
    return packed(request, body, JSON)
