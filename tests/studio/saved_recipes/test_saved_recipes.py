"""Recipes that are kept: versions, popularity, other tables with other names, files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from narrative.engine.types import ColumnKind
from narrative.studio.projects.entities import StepFacts
from narrative.studio.recipes.checking import check
from narrative.studio.saved_recipes.mapping import columns_of, mapped, nearest_columns
from tests.fixtures.studio_app import StudioApp, studio_app

TRIM = {"type": "trim_whitespace", "params": {"columns": ["note"]}}
MASK = {"type": "mask_values", "params": {"columns": ["city"], "method": "hash"}}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def test_a_recipe_is_saved_versioned_used_and_popular(studio: StudioApp) -> None:
    _, one = studio.loaded("one")
    _, two = studio.loaded("two")
    studio.owner.put(f"/projects/{one}/recipe", json={"steps": [TRIM, MASK]})
    saved = studio.owner.post("/transformations/recipes", json={"project_id": one, "name": "House rules"}).json()
    assert (saved["version"], saved["columns"]) == (1, {"note": "category", "city": "category"})
    assert "salt" not in saved["steps"][1]["params"]
    again = studio.owner.post("/transformations/recipes", json={"project_id": one, "name": "House rules"}).json()
    assert (again["id"], again["version"]) == (saved["id"], 1)
    studio.owner.put(f"/projects/{one}/recipe", json={"steps": [TRIM]})
    later = studio.owner.post("/transformations/recipes", json={"project_id": one, "name": "House rules"}).json()
    assert (later["id"], later["version"], len(later["steps"])) == (saved["id"], 2, 1)
    assert studio.owner.get("/transformations/recipes/popular").json()["items"] == []
    taken = studio.owner.post(f"/transformations/recipes/{saved['id']}/apply", json={"project_id": two}).json()
    assert [step["type"] for step in taken["steps"]] == ["trim_whitespace"]
    history = studio.owner.get(f"/projects/{two}/recipe/history").json()["states"]
    assert history[-1]["what"] == "Took the recipe 'House rules'"
    assert [item["n_uses"] for item in studio.owner.get("/transformations/recipes/popular").json()["items"]] == [1]
    assert studio.owner.delete(f"/transformations/recipes/{saved['id']}").status_code == 204
    assert studio.owner.get("/transformations/recipes").json()["items"] == []


def test_masked_values_of_two_projects_get_codes_of_their_own(studio: StudioApp) -> None:
    salts = []
    _, one = studio.loaded("one")
    studio.owner.put(f"/projects/{one}/recipe", json={"steps": [MASK]})
    saved = studio.owner.post("/transformations/recipes", json={"project_id": one, "name": "Mask"}).json()
    for name in ("two", "three"):
        _, project = studio.loaded(name)
        body = {"project_id": project}
        taken = studio.owner.post(f"/transformations/recipes/{saved['id']}/apply", json=body).json()
        salts.append(taken["steps"][0]["params"]["salt"])
    assert salts[0] != salts[1]


def test_a_recipe_goes_through_a_file_and_a_broken_file_is_refused(studio: StudioApp) -> None:
    _, project = studio.loaded()
    studio.owner.put(f"/projects/{project}/recipe", json={"steps": [TRIM]})
    saved = studio.owner.post("/transformations/recipes", json={"project_id": project, "name": "Out"}).json()
    file = studio.owner.get(f"/transformations/recipes/{saved['id']}/export").json()
    back = studio.owner.post("/transformations/recipes/import", json={"name": "In", "recipe": file}).json()
    assert [(step["type"], step["params"]) for step in back["steps"]] == [(TRIM["type"], saved["steps"][0]["params"])]
    assert back["columns"] == saved["columns"]
    for recipe, code in (({"steps": 3}, "recipe_unreadable"), ({"version": 1, "steps": []}, "recipe_empty")):
        answer = studio.owner.post("/transformations/recipes/import", json={"name": "No", "recipe": recipe})
        assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_the_present_steps_go_through_a_file_without_being_kept(studio: StudioApp) -> None:
    _, project = studio.loaded()
    studio.owner.put(f"/projects/{project}/recipe", json={"steps": [TRIM, MASK]})
    file = studio.owner.get(f"/projects/{project}/recipe/export").json()
    assert studio.owner.get("/transformations/recipes").json()["items"] == []
    assert file["columns"] == {"note": "category", "city": "category"}
    assert "salt" not in file["steps"][1]["params"]
    back = studio.owner.post("/transformations/recipes/import", json={"name": "In", "recipe": file}).json()
    assert [step["type"] for step in back["steps"]] == [TRIM["type"], MASK["type"]]
    assert back["columns"] == file["columns"]


def test_a_column_that_is_not_there_is_asked_for(studio: StudioApp) -> None:
    _, project = studio.loaded()
    recipe = {"version": 1, "steps": [{"type": "trim_whitespace", "params": {"columns": ["remarks"]}}]}
    saved = studio.owner.post("/transformations/recipes/import", json={"name": "Other", "recipe": recipe}).json()
    address = f"/transformations/recipes/{saved['id']}"
    told = studio.owner.get(f"{address}/mapping", params={"project_id": project}).json()
    assert told == {"columns": {"remarks": None}, "complete": False}
    refused = studio.owner.post(f"{address}/apply", json={"project_id": project})
    assert (refused.status_code, refused.json()["code"]) == (422, "columns_unmapped")
    body = {"project_id": project, "columns": {"remarks": "note"}}
    taken = studio.owner.post(f"{address}/apply", json=body).json()
    assert taken["steps"][0]["params"]["columns"] == ["note"]


def test_the_nearest_names_are_proposed_each_once() -> None:
    needed = {"Customer ID": None, "age": None, "income": None, "Age ": None}
    kinds = dict.fromkeys(["customer_id", "AGE", "incomes", "city"], "integer")
    assert nearest_columns(needed, kinds) == {  # type: ignore[arg-type]  # kinds are literals
        "Customer ID": "customer_id",
        "age": "AGE",
        "income": "incomes",
        "Age ": None,
    }


def test_steps_are_written_for_other_columns_and_columns_made_on_the_way_are_not_asked_for() -> None:
    steps = [
        StepFacts(type="merge_columns", params={"columns": ["first", "last"], "name": "full"}, id="a"),
        StepFacts(type="trim_whitespace", params={"columns": ["full", "note"]}, id="b"),
    ]
    assert columns_of(steps) == ["first", "last", "note"]
    assert mapped(steps, {"first": "given"})[0].params["columns"] == ["given", "last"]


def test_a_formula_is_written_for_other_columns_and_words_that_are_no_columns_stay() -> None:
    steps = [
        StepFacts(type="formula", params={"name": "total", "formula": "[price] * mean(n, 1)"}, id="a"),
        StepFacts(type="group_aggregate", params={"by": ["mean"], "column": "price", "statistic": "mean"}, id="b"),
    ]
    formula, group = mapped(steps, {"price": "unit price", "mean": "average"})
    assert formula.params == {"name": "total", "formula": "[unit price] * mean(n, 1)"}
    assert group.params == {"by": ["average"], "column": "unit price", "statistic": "mean"}


def test_a_new_column_that_is_called_after_its_source_is_found_under_its_other_name() -> None:
    both = "[city=Bonn] * [price 1 back is missing]"
    steps = [
        StepFacts(type="lag", params={"column": "price", "order": "day"}, id="a"),
        StepFacts(type="scale", params={"columns": ["price 1 back"]}, id="b"),
        StepFacts(type="encode", params={"columns": ["city"], "method": "one_hot"}, id="c"),
        StepFacts(type="missing_indicator", params={"columns": ["price 1 back"]}, id="d"),
        StepFacts(type="formula", params={"name": "both", "formula": both}, id="e"),
    ]
    assert columns_of(steps) == ["price", "day", "city"]
    other = {"price": "cost", "day": "date", "city": "town"}
    _, scale, _, _, formula = mapped(steps, other)
    assert scale.params == {"columns": ["cost 1 back"]}
    assert formula.params == {"name": "both", "formula": "[town=Bonn] * [cost 1 back is missing]"}
    layout: dict[str, ColumnKind] = {"cost": "decimal", "date": "date", "town": "category"}
    check(mapped(steps, other), layout, None)


def test_a_name_that_was_given_to_a_new_column_stays_and_may_be_that_of_a_column_renamed_before() -> None:
    steps = [
        StepFacts(type="rename_columns", params={"names": {"price": "old price"}}, id="a"),
        StepFacts(type="formula", params={"name": "price", "formula": "[old price] * 2"}, id="b"),
        StepFacts(type="scale", params={"columns": ["price"]}, id="c"),
    ]
    assert columns_of(steps) == ["price"]
    rename, formula, scale = mapped(steps, {"price": "cost"})
    assert rename.params == {"names": {"cost": "old price"}}
    assert formula.params == {"name": "price", "formula": "[old price] * 2"}
    assert scale.params == {"columns": ["price"]}


def test_columns_that_make_groups_are_needed_too() -> None:
    steps = [
        StepFacts(
            type="impute", params={"columns": ["age"], "method": "forward", "order": "day", "by": ["town"]}, id="a"
        )
    ]
    assert columns_of(steps) == ["age", "day", "town"]
