"""Slices that add to a recipe write nothing over what somebody else changed between their reading and writing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from narrative.studio.recipes.service import RecipeService
from tests.fixtures.studio_app import StudioApp, studio_app

TRIM = {"type": "trim_whitespace", "params": {"columns": ["note"]}}
MINE = {"type": "change_case", "params": {"columns": ["note"], "case": "lower"}}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def meanwhile(studio: StudioApp, project_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have somebody add a step between the reading and the writing of the next change."""
    replace = RecipeService.replace

    def later(self: RecipeService, *given: Any, **named: Any) -> Any:
        monkeypatch.setattr(RecipeService, "replace", replace)
        assert studio.owner.post(f"/projects/{project_id}/recipe/steps", json=MINE).status_code == 201
        return replace(self, *given, **named)

    monkeypatch.setattr(RecipeService, "replace", later)


def refused(answer: httpx.Response, studio: StudioApp, project_id: str) -> None:
    assert answer.json().get("code") == "precondition_failed", answer.text
    steps = studio.owner.get(f"/projects/{project_id}/recipe").json()["steps"]
    assert [step["type"] for step in steps] == ["change_case"]


def test_taking_a_saved_recipe_keeps_the_step_of_somebody_else(
    studio: StudioApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, one = studio.loaded("one")
    _, two = studio.loaded("two")
    studio.owner.put(f"/projects/{one}/recipe", json={"steps": [TRIM]})
    saved = studio.owner.post("/transformations/recipes", json={"project_id": one, "name": "Rules"}).json()["id"]
    meanwhile(studio, two, monkeypatch)
    answer = studio.owner.post(f"/transformations/recipes/{saved}/apply", json={"project_id": two})
    refused(answer, studio, two)


def test_the_selection_keeps_the_step_of_somebody_else(studio: StudioApp, monkeypatch: pytest.MonkeyPatch) -> None:
    _, project = studio.loaded()
    meanwhile(studio, project, monkeypatch)
    answer = studio.owner.put(f"/projects/{project}/features/removed", json={"columns": ["city"]})
    refused(answer, studio, project)
