"""The services of this slice, put together."""

from __future__ import annotations

from narrative.studio.datasets.service import DatasetService
from narrative.studio.features.definitions import DefinitionService
from narrative.studio.features.service import FeatureService
from narrative.studio.platform import Platform
from narrative.studio.projects.service import ProjectService
from narrative.studio.recipes.service import RecipeService
from narrative.studio.stories.service import StoryService


def feature_services(
    platform: Platform,
    projects: ProjectService,
    datasets: DatasetService,
    recipes: RecipeService,
    stories: StoryService,
) -> tuple[FeatureService, DefinitionService]:
    """Both services of the slice."""
    features = FeatureService(platform, projects, datasets, recipes, stories)
    return features, DefinitionService(platform, features)
