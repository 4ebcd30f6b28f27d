"""Cards over HTTP."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response

from narrative.http.policy import Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.studio.cards.schemas import CardChecked, CardToCheck
from narrative.studio.cards.service import CardForm, CardService

router = slice_router("models")


async def _cards(request: Request) -> CardService:
    return CardService(request.app.state.services)


Cards = Annotated[CardService, Depends(_cards)]
MEDIA_TYPES: Final[dict[CardForm, str]] = {
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
}
POLICY: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'"
)


@router.get(
    "/models/{model_id}/versions/{version_id}/card",
    response_class=Response,
    responses={
        200: {
            "content": {"text/html": {}, "text/markdown": {}, "application/json": {}},
            "description": "The signed card; the same version gives the same bytes.",
        }
    },
)
def get_model_card(  # noqa: PLR0917 - one parameter per part of the address, filled by name
    who: Viewer,
    cards: Cards,
    model_id: str,
    version_id: str,
    format: CardForm = "html",
    as_download: Annotated[bool, Query(alias="download")] = False,
) -> Response:
    """Purpose, data, scores, limits and lineage of a version on a page, as Markdown, or as JSON."""
    text = cards.write(who.tenant, model_id, version_id, format)
    headers = {"Content-Security-Policy": POLICY}
    if as_download or format == "md":
        headers["Content-Disposition"] = f'attachment; filename="card.{format}"'
    return Response(text, media_type=MEDIA_TYPES[format], headers=headers)


@router.post("/models/{model_id}/versions/{version_id}/card/check", responses=problem_responses(422))
def check_model_card(
    who: Viewer, cards: Cards, model_id: str, version_id: str, body: CardToCheck
) -> CardChecked:  # fmt: skip
    """Whether a card is the one that was written and signed here for this version."""
    found = cards.check(who.tenant, model_id, version_id, body.card)
    return CardChecked(ok=not found, differences=found)
