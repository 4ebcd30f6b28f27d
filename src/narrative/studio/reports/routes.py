"""Reports over HTTP."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response

from narrative.http.policy import Viewer
from narrative.http.routing import slice_router
from narrative.studio.reports.service import ReportFormat, ReportService

router = slice_router("reports")


async def _reports(request: Request) -> ReportService:
    return ReportService(request.app.state.services)


Reports = Annotated[ReportService, Depends(_reports)]
MEDIA_TYPES: Final[dict[ReportFormat, str]] = {
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
}
POLICY: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"


@router.get(
    "/projects/{project_id}/report",
    response_class=Response,
    responses={
        200: {
            "content": {"text/html": {}, "text/markdown": {}, "application/json": {}},
            "description": "The report; the same lineage gives the same bytes.",
        }
    },
)
def get_project_report(
    who: Viewer,
    reports: Reports,
    project_id: str,
    format: ReportFormat = "html",
    as_download: Annotated[bool, Query(alias="download")] = False,
) -> Response:
    """All stories, charts and lineage of a project: one self-contained page, Markdown, or JSON."""
    text, name = reports.write(who.tenant, project_id, format)
    headers = {"Content-Security-Policy": POLICY}
    if as_download or format == "md":
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(text, media_type=MEDIA_TYPES[format], headers=headers)
