"""What can be done with recipes that are kept for the workspace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from narrative.core.errors import Conflict, InvalidInput
from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.http.paging import Page, PageRequest
from narrative.ports.metadata import Query, Tenant, UnitOfWork
from narrative.studio.datasets.service import DatasetService
from narrative.studio.platform import Platform
from narrative.studio.projects.entities import Project, StepFacts
from narrative.studio.recipes.checking import numbered
from narrative.studio.recipes.service import RecipeService
from narrative.studio.saved_recipes.entities import RecipeVersion, SavedRecipe
from narrative.studio.saved_recipes.mapping import columns_of, mapped, nearest_columns
from narrative.studio.saved_recipes.repository import SavedRecipeRepository

T = TypeVar("T")
MOST_VERSIONS: Final = 100
POPULAR: Final = 20


class SavedRecipeService:
    """Use cases of saved recipes."""

    def __init__(self, platform: Platform, datasets: DatasetService, recipes: RecipeService) -> None:
        self._platform = platform
        self._datasets = datasets
        self._recipes = recipes
        self._saved = SavedRecipeRepository(platform.store)

    def get(self, tenant: Tenant, recipe_id: str) -> SavedRecipe:
        """Raises ``NotFound('saved_recipe_not_found')``."""
        return self._saved.get(tenant, recipe_id)

    def page(self, tenant: Tenant, paging: PageRequest, read: Callable[[SavedRecipe], T]) -> Page[T]:
        """Saved recipes, newest first."""
        return self._saved.page(tenant, paging, [], read)

    def popular(self, tenant: Tenant) -> list[SavedRecipe]:
        """The most used first."""
        query = Query(where=[("n_uses", ">", 0)], order=[("n_uses", True)], limit=POPULAR)
        found = self._platform.store.find(tenant, SavedRecipeRepository.spec.name, query)
        return [SavedRecipe.model_validate(document) for document in found]

    def save(self, who: Identity, ids: Ids, project_id: str, name: str, about: str) -> SavedRecipe:
        """Keep the steps of a project; under a name that is there, as its next version.

        Raises:
            NotFound: ``project_not_found``. Conflict: ``dataset_not_ready``, ``saved_recipe_full``.
            InvalidInput: ``recipe_empty``.
        """
        project = self._recipes.get(who.tenant, project_id)
        kinds = self._recipes.kinds(who.tenant, project)
        steps = [_unsalted(step) for step in project.recipe.steps]
        return self._keep(who, ids, (name, about), steps, {c: kinds[c] for c in columns_of(steps) if c in kinds})

    def take_in(self, who: Identity, ids: Ids, name: str, about: str, data: Mapping[str, Any]) -> SavedRecipe:
        """Keep a recipe from a file. Raises ``InvalidInput('recipe_unreadable')`` and what unknown steps raise."""
        from narrative.engine.recipe import Recipe
        from narrative.engine.step_specs import resolved

        recipe = Recipe.from_dict(data)
        for spec in recipe.steps:
            resolved(spec)
        steps = [StepFacts.model_validate(spec.model_dump()) for spec in recipe.steps]
        known = data.get("columns")
        columns = {str(name): kind for name, kind in known.items()} if isinstance(known, dict) else {}
        return self._keep(who, ids, (name, about), steps, columns)

    def exported(self, tenant: Tenant, recipe_id: str) -> dict[str, Any]:
        """The recipe as a file holds it; :meth:`take_in` reads it."""
        saved = self.get(tenant, recipe_id)
        return _as_file(saved.newest.steps, saved.newest.columns) | {"name": saved.name, "about": saved.about}

    def exported_of_project(self, tenant: Tenant, project_id: str) -> dict[str, Any]:
        """The present steps of a project in the same form, without keeping them.

        Raises:
            NotFound: ``project_not_found``. Conflict: ``dataset_not_ready``.
        """
        project = self._recipes.get(tenant, project_id)
        kinds = self._recipes.kinds(tenant, project)
        steps = [_unsalted(step) for step in project.recipe.steps]
        columns = {name: kinds[name] for name in columns_of(steps) if name in kinds}
        return _as_file(numbered(steps), columns) | {"name": project.name, "about": ""}

    def fitting(self, tenant: Tenant, recipe_id: str, project_id: str) -> dict[str, str | None]:
        """For each column of the recipe the column of a project's table that is meant, or None where none is near."""
        saved = self.get(tenant, recipe_id)
        kinds = self._recipes.kinds(tenant, self._recipes.get(tenant, project_id))
        needed = saved.newest.columns or dict.fromkeys(columns_of(saved.newest.steps), None)
        return nearest_columns(needed, kinds)

    def use(
        self, who: Identity, recipe_id: str, project_id: str, columns: Mapping[str, str] | None, rev: int | None
    ) -> Project:
        """Put the steps into a project, behind those it has.

        Args:
            columns: column of the recipe → column of the table; None takes what :meth:`fitting` proposes.

        Raises:
            InvalidInput: ``columns_unmapped``, ``precondition_failed`` when the project was changed meanwhile, and what
                checking the steps raises; nothing is changed then.
        """
        proposed = self.fitting(who.tenant, recipe_id, project_id)
        chosen = {**proposed, **(columns or {})}
        unmapped = [name for name, to in chosen.items() if to is None]
        if unmapped:
            raise InvalidInput(
                "columns_unmapped",
                f"The table has no column like {unmapped[0]!r}, which the recipe works on.",
                column=unmapped[0],
                fix="Say which column is meant, or take the step out.",
                columns=unmapped,
            )
        saved = self.get(who.tenant, recipe_id)
        names = {name: to for name, to in chosen.items() if to is not None}
        new = [step.model_copy(update={"id": ""}) for step in mapped(saved.newest.steps, names)]
        present = self._recipes.get(who.tenant, project_id)
        what = f"Took the recipe {saved.name!r}"
        project = self._recipes.replace(
            who, project_id, [*present.recipe.steps, *new], present.rev if rev is None else rev, what=what
        )
        self._platform.store.atomic(
            lambda unit: self._saved.change(
                unit, who.tenant, recipe_id, lambda known: known.with_(n_uses=known.n_uses + 1)
            )
        )
        return project

    def delete(self, tenant: Tenant, recipe_id: str) -> None:
        """Raises ``NotFound('saved_recipe_not_found')``."""
        self._saved.get(tenant, recipe_id)
        self._platform.store.atomic(lambda unit: self._saved.delete(unit, tenant, recipe_id))

    def _keep(
        self, who: Identity, ids: Ids, called: tuple[str, str], steps: list[StepFacts], columns: Mapping[str, Any]
    ) -> SavedRecipe:
        if not steps:
            raise InvalidInput("recipe_empty", "There is no step to keep.", fix="Add a step first.")
        name, about = called
        new_id = ids("rcp")

        def record(unit: UnitOfWork) -> SavedRecipe:
            now = self._platform.now()
            first = SavedRecipe(id=new_id, created_at=now, name=name, about=about, user_id=who.user_id)
            known = next(iter(self._saved.where(who.tenant, [("name", "=", name)], limit=1, unit=unit)), None)
            saved = known or self._saved.insert_once(unit, who.tenant, first)[0]
            if len(saved.versions) >= MOST_VERSIONS:
                raise Conflict(
                    "saved_recipe_full",
                    f"This recipe has {MOST_VERSIONS} versions, which is as much as is kept.",
                    fix="Save the steps under another name.",
                )
            version = RecipeVersion.model_validate(
                {
                    "number": len(saved.versions) + 1,
                    "steps": numbered(steps),
                    "columns": dict(columns),
                    "created_at": now,
                    "user_id": who.user_id,
                }
            )
            if saved.versions and saved.newest.steps == version.steps:
                return saved
            return self._saved.change(
                unit,
                who.tenant,
                saved.id,
                lambda item: item.with_(versions=[*item.versions, version], about=about or item.about),
            )

        return self._platform.store.atomic(record)


def _as_file(steps: list[StepFacts], columns: Mapping[str, Any]) -> dict[str, Any]:
    from narrative.engine.recipe import Recipe
    from narrative.studio.recipes.checking import specs_of

    return Recipe(specs_of(steps)).to_dict() | {"columns": dict(columns)}


def _unsalted(step: StepFacts) -> StepFacts:
    """Without the salt of its project, so that codes of masked values stay apart in the next one."""
    return step.model_copy(update={"params": {key: value for key, value in step.params.items() if key != "salt"}})
