"""Questions over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from pydantic import Field

from narrative.engine.story.questions.types import Answer
from narrative.http.policy import Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.questions.service import QuestionService
from narrative.studio.schemas import RequestBody

router = slice_router("questions")
Questions = Annotated[QuestionService, Depends(service(QuestionService))]


class QuestionRequest(RequestBody):
    """A question in plain English about the table of the project."""

    question: str = Field(min_length=1, max_length=300, examples=["What share of customers churned by contract?"])


@router.post("/projects/{project_id}/questions", responses=problem_responses(409))
def ask_question(who: Viewer, questions: Questions, project_id: str, body: QuestionRequest) -> Answer:
    """Answer by computing. What is not understood is not answered: `reason` says why, `nearest` what works."""
    return questions.ask(who.tenant, project_id, body.question)
