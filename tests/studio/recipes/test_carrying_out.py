"""Previews and carrying out, on a real table with real workers and children."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from narrative.studio.versions.service import VersionService
from tests.fixtures.studio_app import StudioApp, studio_app

pytestmark = pytest.mark.slow
ROWS = 400
FILL = {"type": "impute", "params": {"columns": ["age"]}, "id": "fill"}
TRIM = {"type": "trim_whitespace", "params": {"columns": ["city"]}, "id": "trim"}
ONCE = {"type": "drop_missing", "params": {"columns": ["city"]}, "id": "once"}


def table() -> bytes:
    cities = ["Rome", " Rome", "Paris", ""]
    ages = ["" if row % 8 == 0 else str(20 + row % 50) for row in range(ROWS)]
    lines = [f"c{row:04},{ages[row]},{cities[row % 4]},{row * 1.5},{row % 2}" for row in range(ROWS)]
    return ("id,age,city,amount,bought\n" + "\n".join(lines) + "\n").encode()


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioApp]:
    with studio_app(tmp_path_factory.mktemp("studio")) as made:
        yield made


@pytest.fixture(scope="module")
def project(studio: StudioApp) -> str:
    project_id = studio.owner.upload(table(), "people.csv").json()["project"]["id"]
    studio.work()
    studio.owner.put(f"/projects/{project_id}/target", json={"target": "bought"})
    studio.work()
    assert studio.owner.get(f"/projects/{project_id}").json()["target"] == "bought"
    return str(project_id)


@pytest.fixture(autouse=True)
def no_steps(studio: StudioApp, project: str) -> None:
    studio.owner.put(f"/projects/{project}/recipe", json={"steps": []})


def preview(studio: StudioApp, project: str, **body: Any) -> dict[str, Any]:
    answer = studio.owner.post(f"/projects/{project}/recipe/preview", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def apply(studio: StudioApp, project: str, **body: Any) -> dict[str, Any]:
    started = studio.owner.post(f"/projects/{project}/recipe/apply", json=body)
    assert started.status_code == 202, started.text
    studio.work()
    return dict(studio.owner.get(f"/jobs/{started.json()['job']['id']}").json())


def test_a_preview_shows_the_rows_cells_and_columns_of_all_steps_or_of_one(studio: StudioApp, project: str) -> None:
    shown = preview(studio, project, steps=[FILL, TRIM, ONCE], rows=8)
    assert (shown["rows_before"], shown["rows_after"], shown["rows_dropped"]) == (ROWS, 300, 100)
    assert [column["name"] for column in shown["after"]["columns"]] == ["id", "age", "city", "amount"]
    assert shown["dropped"] == [3, 7]
    assert shown["row_numbers"] == list(range(1, 9))
    assert len(shown["after"]["rows"]) == 6
    changed = {(row, shown["after"]["columns"][column]["name"]) for row, column in shown["changed_cells"]}
    assert changed == {(0, "age"), (1, "city"), (4, "city"), (6, "age")} - {(6, "age")}
    trim = preview(studio, project, steps=[FILL, TRIM, ONCE], step_id="trim", show="changed", rows=5)
    assert (trim["cells_changed"], trim["rows_dropped"]) == (100, 0)
    assert all(row[2] == " Rome" for row in trim["before"]["rows"])
    assert all(row[2] == "Rome" for row in trim["after"]["rows"])
    dropped = preview(studio, project, steps=[FILL, TRIM, ONCE], show="dropped", rows=3)
    assert dropped["row_numbers"] == [4, 8, 12]
    assert preview(studio, project)["sentence"] == "Nothing changes."


def test_a_wrong_step_is_refused_before_anything_runs(studio: StudioApp, project: str) -> None:
    wrong = [FILL, {"type": "scale", "params": {"columns": ["citty"]}, "id": "bad"}]
    answer = studio.owner.post(f"/projects/{project}/recipe/preview", json={"steps": wrong})
    assert (answer.status_code, answer.json()["code"]) == (422, "column_unknown")
    told = studio.owner.post(f"/projects/{project}/recipe/validate", json={"steps": wrong}).json()
    assert not told["valid"]
    assert [(fault["step_id"], fault["column"], fault["fix"]) for fault in told["faults"]] == [
        ("bad", "citty", "Did you mean 'city'?")
    ]
    target = [{"type": "drop_columns", "params": {"columns": ["bought"]}}]
    told = studio.owner.post(f"/projects/{project}/recipe/validate", json={"steps": target}).json()
    assert told["faults"][0]["code"] == "step_on_target"


def test_carrying_out_makes_a_version_beside_the_table_and_the_same_again_makes_none(
    studio: StudioApp, project: str
) -> None:
    studio.owner.put(f"/projects/{project}/recipe", json={"steps": [FILL, TRIM, ONCE]})
    before = studio.owner.get(f"/projects/{project}").json()
    done = apply(studio, project, note="for the report")
    assert done["state"] == "completed", done
    version = studio.owner.get(f"/versions/{done['result']['version_id']}").json()
    assert (version["kind"], version["n_rows"], version["is_base"], version["note"]) == (
        "prepared",
        300,
        False,
        "for the report",
    )
    assert [step["type"] for step in version["transformations"]] == ["impute", "trim_whitespace", "drop_missing"]
    assert version["parents"] == [before["dataset_version_id"]]
    assert version["target"] == "bought"
    assert version["created_by"]
    story = studio.owner.get(f"/projects/{project}/stories/data_preparation").json()
    assert story["headline"]["text"] == "3 steps carried out: 300 rows and 5 columns now."
    after = studio.owner.get(f"/projects/{project}").json()
    assert after["dataset_version_id"] == before["dataset_version_id"]
    assert done["result"]["sentence"].startswith("A new version was made with 300 rows")
    again = apply(studio, project)["result"]
    assert again["version_id"] == version["version_id"]
    assert again["sentence"] == (
        "These steps made a version before, which is there already: 300 rows; the table has 400."
    )
    versions, steps = studio.parts.services.of(VersionService), [FILL, TRIM, ONCE]
    assert versions.alike(studio.tenant, before["dataset_version_id"], steps, "bought", "binary") is not None
    assert versions.alike(studio.tenant, before["dataset_version_id"], steps, "bought", "regression") is None
    listed = studio.owner.get("/versions", params={"dataset_id": before["dataset_id"]}).json()["items"]
    assert [item["version_id"] for item in listed].count(version["version_id"]) == 1


def test_a_recipe_that_takes_most_away_asks_first_and_leaves_a_trace(studio: StudioApp, project: str) -> None:
    most = {"type": "sample_rows", "params": {"share": 0.1}}
    studio.owner.put(f"/projects/{project}/recipe", json={"steps": [most]})
    assert preview(studio, project)["loss"]["needs_confirmation"]
    refused = apply(studio, project)
    assert (refused["state"], refused["error"]["code"]) == ("failed", "data_loss_unconfirmed")
    done = apply(studio, project, allow_data_loss=True)
    assert done["result"]["rows_lost_share"] > 0.5
    graph = studio.owner.get(f"/lineage/{studio.owner.get(f'/projects/{project}').json()['dataset_id']}").json()
    assert graph["lineage"][-1]["allow_data_loss"] is True


def test_repairs_are_proposed_and_each_can_be_taken_alone(studio: StudioApp, project: str) -> None:
    address = f"/projects/{project}/recipe"
    proposed = studio.owner.get(f"{address}/proposals").json()["items"]
    assert [item["code"] for item in proposed] == ["stray_spaces"]
    assert proposed[0]["effect"] == "100 cells changed."
    step = proposed[0]["step"]
    taken = studio.owner.post(f"{address}/steps", json={"type": step["type"], "params": step["params"]})
    assert taken.status_code == 201
    assert studio.owner.get(f"{address}/proposals").json()["items"] == []


def test_steps_are_looked_at_on_a_dataset_without_a_project(studio: StudioApp, project: str) -> None:
    dataset = studio.owner.get(f"/projects/{project}").json()["dataset_id"]
    steps = [{"transformation_type": "fill_missing", "column": "age", "parameters": {"method": "mean"}}]
    body = {"dataset_id": dataset, "transformation_steps": steps}
    shown = studio.owner.post("/transformations/preview", json={**body, "rows": 3}).json()
    assert (shown["cells_changed"], shown["columns"][0]["column"]) == (50, "age")
    assert studio.owner.post("/transformations/validate", json=body).json() == {"valid": True, "faults": []}
    cleaned = studio.owner.post("/transformations/auto-clean", json={"dataset_id": dataset}).json()
    assert [item["code"] for item in cleaned["items"]] == ["stray_spaces"]
    assert len(studio.owner.get("/transformations/types").json()["items"]) >= 46


def test_nothing_to_carry_out_is_said_at_once(studio: StudioApp, project: str) -> None:
    answer = studio.owner.post(f"/projects/{project}/recipe/apply", json={})
    assert (answer.status_code, answer.json()["code"]) == (422, "recipe_empty")


def test_steps_that_make_other_rows_become_the_table_and_undo_brings_the_old_one_back(
    studio: StudioApp, project: str
) -> None:
    sort = {"type": "sort_rows", "params": {"columns": ["amount"], "descending": True}, "id": "sort"}
    saved = studio.owner.put(f"/projects/{project}/recipe", json={"steps": [sort, FILL]})
    assert saved.status_code == 200, saved.text
    assert [step["reshapes"] for step in saved.json()["steps"]] == [True, False]
    base = studio.owner.get(f"/projects/{project}").json()["dataset_version_id"]
    done = apply(studio, project)
    assert done["state"] == "completed", done
    studio.work()
    now = studio.owner.get(f"/projects/{project}").json()
    assert now["dataset_version_id"] == done["result"]["version_id"] != base
    assert now["target"] == "bought"
    recipe = studio.owner.get(f"/projects/{project}/recipe").json()
    assert [step["id"] for step in recipe["steps"]] == ["fill"]
    studio.owner.post(f"/projects/{project}/recipe/undo")
    studio.work()
    assert studio.owner.get(f"/projects/{project}").json()["dataset_version_id"] == base
    assert [step["id"] for step in studio.owner.get(f"/projects/{project}/recipe").json()["steps"]] == ["sort", "fill"]


def test_versions_are_compared_pinned_and_restored(studio: StudioApp, project: str) -> None:
    studio.owner.put(f"/projects/{project}/recipe", json={"steps": [TRIM, ONCE]})
    made = apply(studio, project)["result"]["version_id"]
    base = studio.owner.get(f"/projects/{project}").json()["dataset_version_id"]
    told = studio.owner.get("/versions/compare", params={"before": base, "after": made, "project_id": project}).json()
    assert (told["rows_lost"], told["rows_added"], told["rows_changed"]) == (100, 0, 100)
    assert told["matched_by"] == ["id"]
    assert studio.owner.post(f"/versions/{made}/pin", json={}).json()["pinned"]
    restored = studio.owner.post(f"/versions/{made}/restore").json()
    assert restored["is_present"]
    assert studio.owner.get(f"/projects/{project}").json()["dataset_version_id"] == made
    studio.owner.post(f"/versions/{base}/restore")
    assert studio.owner.get(f"/projects/{project}").json()["dataset_version_id"] == base


def test_going_on_with_poor_quality_takes_a_note_that_stays_with_the_version(studio: StudioApp, project: str) -> None:
    address = f"/projects/{project}/recipe"
    quality = studio.owner.get(address).json()["quality"]
    profiled = studio.owner.get(f"/projects/{project}").json()
    overview = studio.owner.get(f"/datasets/{profiled['dataset_id']}/profile/overview").json()
    assert (quality["score"], quality["enough_above"], quality["note"]) == (overview["quality"]["score"], 80.0, "")
    noted = studio.owner.put(f"{address}/quality-note", json={"note": " Gaps are closed days. "}).json()
    assert noted["quality"]["note"] == "Gaps are closed days."
    version = studio.owner.get(f"/versions/{profiled['dataset_version_id']}").json()
    assert version["note"] == "Gaps are closed days."
    assert studio.owner.put(f"{address}/quality-note", json={"note": ""}).json()["quality"]["noted_at"] is None
    assert studio.owner.get(f"/versions/{profiled['dataset_version_id']}").json()["note"] == ""


def test_quality_is_that_of_the_version_the_steps_made(studio: StudioApp, project: str) -> None:
    address = f"/projects/{project}/recipe"
    before = studio.owner.get(address).json()["quality"]["score"]
    studio.owner.put(address, json={"steps": [TRIM, FILL]})
    assert studio.owner.get(address).json()["quality"]["score"] == before, "steps that were only written down"
    made = apply(studio, project, note="First go")["result"]["version_id"]
    after = studio.owner.get(address).json()["quality"]["score"]
    assert after > before
    studio.owner.put(f"{address}/quality-note", json={"note": "Good enough."})
    assert studio.owner.get(f"/versions/{made}").json()["note"] == "First go\nGood enough."


def test_quality_is_known_again_when_steps_are_carried_out_that_made_a_version_before(
    studio: StudioApp, project: str
) -> None:
    address = f"/projects/{project}/recipe"
    for steps in ([TRIM, FILL], [TRIM]):
        studio.owner.put(address, json={"steps": steps})
        apply(studio, project)
        if steps == [TRIM, FILL]:
            good = studio.owner.get(address).json()["quality"]["score"]
    assert studio.owner.get(address).json()["quality"]["score"] < good
    studio.owner.put(address, json={"steps": [TRIM, FILL]})
    assert "made a version before" in apply(studio, project)["result"]["sentence"]
    assert studio.owner.get(address).json()["quality"]["score"] == good
