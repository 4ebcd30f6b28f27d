"""Makes the card of a version from its file, signs it and checks it again; keeps nothing."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Literal

from narrative.ports.metadata import Tenant
from narrative.studio.models.service import ModelService
from narrative.studio.workspaces.service import WorkspaceService

CardForm = Literal["html", "json", "md"]


class CardService:
    """Use cases of cards. It reads from other slices and keeps nothing, so each request may have its own."""

    def __init__(self, services: Mapping[type[Any], Any]) -> None:
        self._models: ModelService = services[ModelService]
        self._workspaces: WorkspaceService = services[WorkspaceService]

    def write(self, tenant: Tenant, model_id: str, version_id: str, form: CardForm) -> str:
        """The signed card of a version; the same bytes each time.

        Raises:
            NotFound: ``model_not_found``, ``model_version_not_found``.
            Conflict: ``artifact_integrity`` when the file was altered.
        """
        from narrative.engine.bundle.papers import read_papers
        from narrative.engine.report import CARD_FORMS, card_of

        papers = read_papers(self._models.bundle_path(tenant, model_id, version_id))
        return CARD_FORMS[form](card_of(papers, key=self._key(tenant)))

    def check(self, tenant: Tenant, model_id: str, version_id: str, given: Mapping[str, Any]) -> list[str]:
        """A sentence for everything that speaks against a card of this version, its signature included.

        Raises:
            InvalidInput: ``card_unreadable``; otherwise as :meth:`write`.
        """
        from narrative.engine.bundle.papers import read_papers
        from narrative.engine.report import check_card, read_card

        papers = read_papers(self._models.bundle_path(tenant, model_id, version_id))
        return check_card(read_card(json.dumps(given)), papers=papers, key=self._key(tenant))

    def _key(self, tenant: Tenant) -> bytes:
        """The key of the workspace for cards: drawn from its secret, so that neither gives the other away."""
        return hmac.new(self._workspaces.salt(tenant).encode(), b"narrative model card", sha256).digest()
