"""The history of a recipe: a tree that loses nothing, on the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.studio_app import StudioApp, studio_app

DROP = {"type": "drop_columns", "params": {"columns": ["city"]}}
TRIM = {"type": "trim_whitespace", "params": {"columns": ["note"]}}
CASE = {"type": "change_case", "params": {"columns": ["note"], "case": "lower"}}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


class Recipe:
    """The recipe of one project, over HTTP."""

    def __init__(self, studio: StudioApp) -> None:
        _, project_id = studio.loaded()
        self.client, self.address = studio.owner, f"/projects/{project_id}/recipe"

    def types(self) -> list[str]:
        return [step["type"] for step in self.client.get(self.address).json()["steps"]]

    def add(self, step: dict[str, Any]) -> None:
        assert self.client.post(f"{self.address}/steps", json=step).status_code == 201

    def do(self, what: str, **body: Any) -> dict[str, Any]:
        answer = (
            self.client.post(f"{self.address}/{what}", json=body)
            if body
            else self.client.post(f"{self.address}/{what}")
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def history(self) -> dict[str, Any]:
        return dict(self.client.get(f"{self.address}/history").json())


def test_undo_and_redo_walk_the_branch_and_stop_at_its_ends(studio: StudioApp) -> None:
    recipe = Recipe(studio)
    recipe.add(DROP)
    recipe.add(TRIM)
    assert recipe.do("undo")["can_redo"]
    recipe.do("undo")
    assert recipe.types() == []
    assert recipe.client.post(f"{recipe.address}/undo").json()["code"] == "nothing_to_undo"
    recipe.do("redo")
    done = recipe.do("redo")
    assert (recipe.types(), done["can_redo"]) == (["drop_columns", "trim_whitespace"], False)
    assert recipe.client.post(f"{recipe.address}/redo").json()["code"] == "nothing_to_redo"


def test_a_change_after_an_undo_begins_a_branch_and_the_old_one_stays(studio: StudioApp) -> None:
    recipe = Recipe(studio)
    recipe.add(DROP)
    recipe.add(TRIM)
    recipe.do("undo")
    recipe.add(CASE)
    told = recipe.history()
    assert [branch["name"] for branch in told["branches"]] == ["Main", "Branch 2"]
    assert [state["what"] for state in told["states"]] == [
        "The table as it was loaded",
        "Added 'Remove columns' (city)",
        "Added 'Trim spaces' (note)",
        "Added 'Change the case' (note)",
    ]
    assert [state["parent_id"] for state in told["states"]][2:] == [told["states"][1]["id"]] * 2
    assert all(state["created_by"] for state in told["states"][1:])
    recipe.do("history/go", branch_id="branch_1")
    assert recipe.types() == ["drop_columns", "trim_whitespace"]
    recipe.do("undo")
    recipe.do("redo")
    assert recipe.types() == ["drop_columns", "trim_whitespace"]
    recipe.do("history/go", branch_id="branch_2")
    assert recipe.types() == ["drop_columns", "change_case"]
    named = recipe.client.patch(f"{recipe.address}/branches/branch_2", json={"name": "Lower case"}).json()
    assert [(branch["name"], branch["is_current"]) for branch in named["branches"]] == [
        ("Main", False),
        ("Lower case", True),
    ]


def test_any_state_can_be_gone_to_and_looked_at(studio: StudioApp) -> None:
    recipe = Recipe(studio)
    recipe.add(DROP)
    recipe.add(TRIM)
    first = recipe.history()["states"][1]
    detail = recipe.client.get(f"{recipe.address}/history/{first['id']}").json()
    assert [step["type"] for step in detail["steps"]] == ["drop_columns"]
    recipe.do("history/go", state_id=first["id"])
    assert recipe.types() == ["drop_columns"]
    assert [state["is_current"] for state in recipe.history()["states"]] == [False, True, False]


def test_steps_are_changed_moved_switched_off_and_taken_out_and_the_history_says_so(studio: StudioApp) -> None:
    recipe = Recipe(studio)
    for step in (TRIM, CASE, DROP):
        recipe.add(step)
    address = f"{recipe.address}/steps"
    moved = recipe.client.patch(f"{address}/step_3", json={"position": 0}).json()
    assert [step["id"] for step in moved["steps"]] == ["step_3", "step_1", "step_2"]
    off = recipe.client.patch(f"{address}/step_1", json={"enabled": False}).json()
    assert [step["enabled"] for step in off["steps"]] == [True, False, True]
    recipe.client.patch(f"{address}/step_2", json={"params": {"columns": ["note"], "case": "upper"}})
    recipe.client.delete(f"{address}/step_3")
    assert [state["what"] for state in recipe.history()["states"]][-4:] == [
        "Moved 'Remove columns' (city)",
        "Switched off 'Trim spaces' (note)",
        "Changed 'Change the case' (note)",
        "Removed 'Remove columns' (city)",
    ]
    assert recipe.client.delete(f"{address}/step_9").json()["code"] == "step_not_there"


def test_the_history_outlives_the_process(tmp_path: Path) -> None:
    with studio_app(tmp_path) as studio:
        recipe = Recipe(studio)
        recipe.add(DROP)
        recipe.add(TRIM)
        recipe.do("undo")
    with studio_app(tmp_path) as again:
        recipe.client = again.owner
        assert len(recipe.history()["states"]) == 3
        recipe.do("redo")
        assert recipe.types() == ["drop_columns", "trim_whitespace"]


def test_a_state_of_another_project_is_not_found(studio: StudioApp) -> None:
    one, two = Recipe(studio), Recipe(studio)
    one.add(DROP)
    state = one.history()["states"][1]["id"]
    answer = two.client.post(f"{two.address}/history/go", json={"state_id": state})
    assert (answer.status_code, answer.json()["code"]) == (404, "recipe_state_not_found")
    assert (
        two.client.post(f"{two.address}/history/go", json={"branch_id": "branch_7"}).json()["code"] == "branch_unknown"
    )
    assert two.client.post(f"{two.address}/history/go", json={}).json()["code"] == "state_missing"


def test_a_deleted_project_takes_its_history_along(studio: StudioApp) -> None:
    recipe = Recipe(studio)
    recipe.add(DROP)
    project_id = recipe.address.split("/")[2]
    assert studio.owner.delete(f"/projects/{project_id}").status_code == 204
    from narrative.studio.recipes.repository import RecipeStateRepository

    states = RecipeStateRepository(studio.parts.platform.store)
    assert states.where(studio.tenant, [("project_id", "=", project_id)]) == []
