"""Recipes in their wire form."""

from __future__ import annotations

from narrative.studio.projects.entities import Project, StepFacts
from narrative.studio.recipes.schemas import ProjectRecipe, RecipeStep


def recipe_view(project: Project) -> ProjectRecipe:
    """The steps of a project with their titles."""
    model = project.model
    return ProjectRecipe(
        steps=[_step(step) for step in project.recipe.steps],
        can_undo=bool(project.recipe.before),
        is_trained=model is not None and model.steps == project.recipe.steps,
        rev=project.rev,
    )


def _step(facts: StepFacts) -> RecipeStep:
    from narrative.engine.step_specs import StepSpec, resolved

    step, params = resolved(StepSpec.model_validate(facts.model_dump()))
    return RecipeStep(title=step.title, sentence=step.says(params), columns=step.columns(params), **facts.model_dump())
