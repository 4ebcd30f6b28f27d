"""Definitions of features: saved under a name with versions, used again in any project of the workspace."""

from __future__ import annotations

from typing import Any

from narrative.core.errors import InvalidInput
from narrative.http.identity import Identity
from narrative.http.paging import Page, PageRequest
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.features.entities import FeatureDefinition
from narrative.studio.features.repository import FeatureDefinitionRepository, definition_id
from narrative.studio.features.service import FeatureService
from narrative.studio.platform import Platform
from narrative.studio.projects.entities import Project


class DefinitionService:
    """Use cases of definitions. The steps of a definition are those of a recipe, so training and serving run the very
    same code and give the very same values."""

    def __init__(self, platform: Platform, features: FeatureService) -> None:
        self._platform = platform
        self.features = features
        self._definitions = FeatureDefinitionRepository(platform.store)

    def page(self, tenant: Tenant, paging: PageRequest) -> Page[FeatureDefinition]:
        """Definitions of the workspace, newest first."""
        return self._definitions.page(tenant, paging, [], lambda item: item)

    def get(self, tenant: Tenant, id: str) -> FeatureDefinition:
        """Raises ``NotFound('feature_definition_not_found')``."""
        return self._definitions.get(tenant, id)

    def save(self, who: Identity, *, name: str, text: str, steps: list[dict[str, Any]]) -> FeatureDefinition:
        """A new definition, or the next version of the one with this name; the same again gives the one that is there.

        Raises:
            InvalidInput: what the steps raise: unknown step, wrong parameter.
        """
        from narrative.engine.features.definitions import described

        name = name.strip()
        if not name:
            raise InvalidInput(
                "feature_name_missing", "A feature needs a name.", fix="Give it a name people will know it by."
            )
        formula, columns = described(steps)

        def record(unit: UnitOfWork) -> FeatureDefinition:
            known = self._definitions.where(who.tenant, [("name", "=", name)], unit=unit)
            newest = max(known, key=lambda item: item.version, default=None)
            if newest is not None and (newest.steps, newest.text) == (steps, text):
                return newest
            version = 1 if newest is None else newest.version + 1
            new = FeatureDefinition(
                id=definition_id(who.tenant.workspace_id, name, version),
                created_at=self._platform.now(),
                name=name,
                version=version,
                owner_id=who.user_id,
                owner=who.user_name,
                text=text.strip(),
                formula=formula,
                columns=columns,
                steps=steps,
            )
            return self._definitions.insert_once(unit, who.tenant, new)[0]

        return self._platform.store.atomic(record)

    def use(self, who: Identity, project_id: str, id: str, columns: dict[str, str]) -> Project:
        """Put the steps of a definition into the recipe of a project.

        Args:
            columns: column of the definition -> column of this table; those not named keep their names.

        Raises:
            InvalidInput: ``column_unknown`` with the nearest name, and what saving a recipe raises.
        """
        from narrative.engine.features.definitions import with_columns

        definition = self._definitions.get(who.tenant, id)
        steps = with_columns(definition.steps, columns)
        what = f"Added {definition.name}, version {definition.version}"
        return self.features.add_steps(who, project_id, steps, what=what)
