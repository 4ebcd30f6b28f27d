"""What the model would answer if some cells were others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fixtures.studio_app import ROW, StudioApp, studio_app


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioApp]:
    with studio_app(tmp_path_factory.mktemp("studio")) as made:
        yield made


@pytest.fixture(scope="module")
def version(studio: StudioApp) -> str:
    _, model_id, version_id = studio.trained()
    return f"/models/{model_id}/versions/{version_id}"


def changed(studio: StudioApp, version: str, changes: dict[str, Any]) -> Any:
    return studio.owner.post(f"{version}/what-if", json={"row": ROW, "changes": changes})


def test_both_answers_are_those_of_the_model(studio: StudioApp, version: str) -> None:
    changes = {"city": "Rome" if ROW["city"] != "Rome" else "Oslo", "amount": "12,5"}
    told = changed(studio, version, changes).json()
    asked = studio.owner.post(f"{version}/predict", json={"data": [ROW, ROW | changes]}).json()["predictions"]
    before, after = (item["probabilities"][str(told["told"])] for item in asked)
    assert (told["before"], told["after"]) == (before, after)
    assert told["difference"] == pytest.approx(after - before, abs=1e-12)
    assert [told["answer_before"], told["answer_after"]] == [item["prediction"] for item in asked]
    assert {item["column"]: item["after"] for item in told["changes"]} == changes | {"amount": 12.5}


def test_a_cell_that_stays_as_it_is_changes_nothing(studio: StudioApp, version: str) -> None:
    told = changed(studio, version, {"city": ROW["city"]}).json()
    assert told["difference"] == 0.0


@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [({"amount": "a lot"}, "value_unreadable", "amount"), ({"shoe": 42}, "column_unknown", "shoe")],
)
def test_a_change_that_cannot_be_made_is_named(
    studio: StudioApp, version: str, changes: dict[str, Any], code: str, column: str
) -> None:
    answer = changed(studio, version, changes)
    body = answer.json()
    assert (answer.status_code, body["code"], body["column"]) == (422, code, column)
