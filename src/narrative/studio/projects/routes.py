"""Projects over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from narrative.http.paging import Page
from narrative.http.parameters import IfMatch, Paging, rev_of
from narrative.http.policy import Editor, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.projects.schemas import Project, ProjectChange
from narrative.studio.projects.service import ProjectService
from narrative.studio.projects.views import project_view

router = slice_router("projects")
Projects = Annotated[ProjectService, Depends(service(ProjectService))]


@router.get("/projects")
def list_projects(who: Viewer, projects: Projects, paging: Paging) -> Page[Project]:
    """Projects of the workspace, newest first."""
    running = projects.running_jobs_by_project(who.tenant)
    return projects.page(who.tenant, paging, lambda item: project_view(item, running.get(item.id, [])))


@router.get("/projects/{project_id}")
def get_project(who: Viewer, projects: Projects, project_id: str) -> Project:
    """A project with the state of its eight stages."""
    project = projects.get(who.tenant, project_id)
    return project_view(project, projects.running_jobs(who.tenant, project_id))


@router.patch("/projects/{project_id}", responses=problem_responses(412))
def change_project(
    who: Editor, projects: Projects, project_id: str, body: ProjectChange, if_match: IfMatch = None
) -> Project:
    """Rename a project or change its question."""
    project = projects.rename(who.tenant, project_id, body.name, body.question, rev_of(if_match))
    return project_view(project, projects.running_jobs(who.tenant, project_id))


@router.delete("/projects/{project_id}", status_code=204, responses=problem_responses(409))
def delete_project(who: Editor, projects: Projects, project_id: str) -> Response:
    """Delete a project. Refused while a deployment of it is live or work for it runs."""
    projects.delete(who.tenant, project_id)
    return Response(status_code=204)
