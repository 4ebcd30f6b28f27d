"""Data checks over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from narrative.http.policy import Editor, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.data_checks.schemas import DataCheckProposals, DataChecksRequest, ProjectDataChecks
from narrative.studio.data_checks.service import DataCheckService
from narrative.studio.data_checks.views import checks_view, proposals_view

router = slice_router("data_checks")
Checks = Annotated[DataCheckService, Depends(service(DataCheckService))]
CLASH = problem_responses(409)


@router.get("/projects/{project_id}/data-checks")
def get_data_checks(who: Viewer, checks: Checks, project_id: str) -> ProjectDataChecks:
    """Rules of a project, what they last found, and the version that is held, if one is."""
    return checks_view(checks.get(who.tenant, project_id))


@router.get("/projects/{project_id}/data-checks/proposals", responses=CLASH)
def propose_data_checks(who: Viewer, checks: Checks, project_id: str) -> DataCheckProposals:
    """Rules that hold for the present version and are not saved yet."""
    return proposals_view(checks.propose(who.tenant, project_id))


@router.put("/projects/{project_id}/data-checks", responses=CLASH)
def replace_data_checks(who: Editor, checks: Checks, project_id: str, body: DataChecksRequest) -> ProjectDataChecks:
    """Save all rules. Each new version of the table must obey them, or it is held."""
    return checks_view(checks.replace(who.tenant, project_id, body.checks))


@router.post("/projects/{project_id}/data-checks/run", responses=CLASH)
def run_data_checks(who: Editor, checks: Checks, project_id: str) -> ProjectDataChecks:
    """Check the held version, or the present one, now."""
    return checks_view(checks.run(who.tenant, project_id))


@router.post("/projects/{project_id}/data-checks/accept", responses=CLASH)
def accept_held_version(who: Editor, checks: Checks, project_id: str) -> ProjectDataChecks:
    """Take the held version in spite of the rules it broke."""
    return checks_view(checks.accept(who.tenant, project_id))


@router.post("/projects/{project_id}/data-checks/dismiss", responses=CLASH)
def dismiss_held_version(who: Editor, checks: Checks, project_id: str) -> ProjectDataChecks:
    """Leave the held version and stay with the present one."""
    return checks_view(checks.dismiss(who.tenant, project_id))


@router.get(
    "/projects/{project_id}/data-checks/{check_id}/rows.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "Row number and all cells."}},
)
def download_failing_rows(who: Viewer, checks: Checks, project_id: str, check_id: str) -> Response:
    """Every row that breaks a rule, in the held version or the present one, as CSV."""
    content = checks.failing_rows(who.tenant, project_id, check_id)
    headers = {"Content-Disposition": 'attachment; filename="failing_rows.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
