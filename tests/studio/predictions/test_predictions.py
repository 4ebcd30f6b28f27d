"""Single predictions: exact sums, plain refusals, a record of every answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from narrative.core.hashing import hash_json
from narrative.studio.predictions.rows import frame_of
from narrative.studio.predictions.wording import number, percent
from tests.fixtures.studio_app import ROW, StudioApp, studio_app


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioApp]:
    with studio_app(tmp_path_factory.mktemp("studio")) as made:
        yield made


@pytest.fixture(scope="module")
def path(studio: StudioApp) -> str:
    _, model_id, version_id = studio.trained()
    return f"/models/{model_id}/versions/{version_id}/predict"


def test_more_than_a_thousand_rows_are_too_large_and_say_so(studio: StudioApp, path: str) -> None:
    deployment_id, key = studio.deployed("many")
    production = f"/production/v1/models/{deployment_id}/predict"
    for client, address in ((studio.owner, path), (studio.anyone(**{"X-API-Key": key}), production)):
        answer = client.post(address, json={"data": [ROW] * 1_001})
        assert (answer.status_code, answer.json()["code"]) == (413, "records_over_limit")
        assert answer.json()["context"] == {"limit": 1_000, "value": 1_001}


def ask(studio: StudioApp, path: str, *rows: dict[str, Any], **more: Any) -> httpx.Response:
    return studio.owner.post(path, json={"data": list(rows), **more})


def test_base_and_effects_add_up_to_the_probability_that_is_shown(studio: StudioApp, path: str) -> None:
    answer = ask(studio, path, ROW).json()["predictions"][0]
    total = answer["base"] + sum(reason["effect"] for reason in answer["reasons"])
    assert total == pytest.approx(answer["probabilities"][answer["explained"]], abs=1e-9)
    assert sum(answer["probabilities"].values()) == pytest.approx(1.0, abs=1e-12)
    effects = [abs(reason["effect"]) for reason in answer["reasons"]]
    assert effects == sorted(effects, reverse=True)


def test_the_answer_of_a_row_does_not_depend_on_the_rows_beside_it(studio: StudioApp, path: str) -> None:
    other = ROW | {"city": "Rome", "amount": 3.5}
    alone = ask(studio, path, ROW).json()["predictions"][0]["probabilities"]
    among = ask(studio, path, other, ROW, {"city": None}).json()["predictions"][1]["probabilities"]
    assert alone == among


def test_reasons_are_left_out_when_nobody_asks(studio: StudioApp, path: str) -> None:
    answer = ask(studio, path, ROW, reasons=False).json()["predictions"][0]
    assert (answer["reasons"], answer["base"], answer["explained"]) == ([], None, None)


def test_each_answer_is_recorded_with_the_hash_of_its_inputs_but_not_the_inputs(studio: StudioApp, path: str) -> None:
    answer = ask(studio, path, ROW).json()["predictions"][0]
    record = studio.owner.get(f"/predictions/{answer['prediction_id']}").json()
    assert record["inputs_hash"] == hash_json(ROW)
    assert record["output"]["probabilities"] == answer["probabilities"]
    assert str(ROW["note"]) not in str(record)


def test_a_repeated_call_with_the_same_key_is_one_prediction(studio: StudioApp, path: str) -> None:
    calls = [studio.owner.post(path, json={"data": [ROW]}, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert calls[0].content == calls[1].content


def test_unreadable_values_are_named_by_row_and_column(studio: StudioApp, path: str) -> None:
    answer = ask(studio, path, ROW, ROW | {"amount": "a lot"}, ROW | {"count": "many"})
    body = answer.json()
    assert answer.status_code == 422
    assert (body["code"], body["row"], body["column"]) == ("value_unreadable", 2, "amount")
    assert [item["pointer"] for item in body["errors"]] == ["/data/1/amount", "/data/2/count"]
    assert body["detail"] == "Row 2: 'a lot' cannot be used in 'amount': it is not a number."


def test_columns_a_row_does_not_name_are_warned_of_by_name(studio: StudioApp, path: str) -> None:
    thin = {"city": "Rome", "amount": 3.5}
    rows = [ROW, thin, ROW | {"city": None}, {name: value for name, value in ROW.items() if name != "city"}]
    told = [item["warnings"] for item in ask(studio, path, *rows).json()["predictions"]]
    alone = ask(studio, path, thin).json()["predictions"][0]["warnings"]
    assert told[0] == told[2] == []
    assert told[1] == alone
    assert len(alone) == 1
    assert all(f"'{name}'" in alone[0] for name in ("count", "flag", "note", "day", "moment"))
    assert "not there" in alone[0]
    assert [text.split(":")[0] for text in told[3]] == ["Column 'city' is not there"]


def test_a_spelling_of_a_category_is_matched_alike_for_a_row_and_for_a_file(studio: StudioApp, path: str) -> None:
    answer = ask(studio, path, ROW | {"city": " ROME"}).json()
    plain = ask(studio, path, ROW | {"city": "Rome"}).json()
    assert answer["predictions"][0]["probabilities"] == plain["predictions"][0]["probabilities"]
    assert answer["repairs"] == ["1 value of 'city' was matched to a known spelling (' ROME' to 'Rome')."]


def test_text_that_means_a_number_is_read_as_one(studio: StudioApp, path: str) -> None:
    plain = ask(studio, path, ROW | {"amount": 12.5}).json()["predictions"][0]["probabilities"]
    comma = ask(studio, path, ROW | {"amount": "12,5"}).json()["predictions"][0]["probabilities"]
    assert plain == comma


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"unknown": 1},
        {"": ""},
    ],
)
def test_a_row_without_a_known_column_is_refused_with_the_expected_names(
    studio: StudioApp, path: str, row: dict[str, Any]
) -> None:
    answer = ask(studio, path, row)
    assert (answer.status_code, answer.json()["code"]) == (422, "no_known_column")


@pytest.mark.parametrize(
    "row",
    [
        {"city": None},
        {"city": "Atlantis"},
        {"CITY": "Rome", "Amount": 3},
        ROW | {"extra": "x", "another": 1},
        ROW | {"amount": 1e308},
        ROW | {"amount": -1e308},
        ROW | {"count": 10**30},
        ROW | {"count": -0.0},
        ROW | {"city": "\u0000\u202e"},
        ROW | {"city": "x" * 10_000},
        ROW | {"flag": "yes", "count": True},
        dict.fromkeys(ROW),
    ],
    ids=[
        "null",
        "unseen",
        "case",
        "extra",
        "huge",
        "tiny",
        "endless",
        "minus-zero",
        "control",
        "long",
        "types",
        "all-null",
    ],
)
def test_odd_rows_get_a_finite_answer_or_a_plain_refusal(studio: StudioApp, path: str, row: dict[str, Any]) -> None:
    answer = ask(studio, path, row)
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 200:
        assert all(0 <= share <= 1 for share in answer.json()["predictions"][0]["probabilities"].values())
    else:
        assert answer.json()["fix"]


@pytest.mark.parametrize(
    "body",
    [
        {"data": []},
        {"data": [{"city": {"nested": 1}}]},
        {"data": [{"city": ["list"]}]},
        {"data": {"city": "Oslo"}},
        {"data": None},
        {},
        {"data": [ROW], "threshold": 0.1},
    ],
    ids=["none", "object", "list", "not-rows", "null", "nothing", "unknown-field"],
)
def test_a_body_of_another_shape_is_refused(studio: StudioApp, path: str, body: Any) -> None:
    answer = studio.owner.post(path, json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_a_thousand_rows_are_answered_at_once(studio: StudioApp, path: str) -> None:
    answer = ask(studio, path, *[{"city": "Oslo", "amount": float(n)} for n in range(1_000)], reasons=False)
    assert len({item["prediction_id"] for item in answer.json()["predictions"]}) == 1_000


def test_a_bundle_that_was_altered_on_disk_is_not_served(tmp_path: Path) -> None:
    with studio_app(tmp_path) as studio:
        _, model_id, version_id = studio.trained()
        for file in (tmp_path / "data" / "blobs").rglob("*"):
            if file.is_file():
                file.chmod(0o600)
                file.write_bytes(b"x" + file.read_bytes()[1:])
        answer = studio.owner.post(f"/models/{model_id}/versions/{version_id}/predict", json={"data": [ROW]})
        assert (answer.status_code, answer.json()["code"]) == (409, "artifact_integrity")


def test_rows_become_columns_of_one_type_each() -> None:
    frame = frame_of([{"a": 1, "b": "x", "c": True, "d": 1}, {"a": 2.5, "b": 3, "c": None, "e": 2**70}])
    assert {name: str(dtype) for name, dtype in frame.schema.items()} == {
        "a": "Float64", "b": "String", "c": "Boolean", "d": "Int64", "e": "Float64",
    }  # fmt: skip
    assert frame["b"].to_list() == ["x", "3"]


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0.0%"), (0.0004, "under 0.1%"), (0.5, "50%"), (0.995, "99.5%"), (1.0, "100.0%")]
)
def test_shares_are_never_rounded_to_certainty(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(("value", "text"), [(0.0, "0"), (-1234.5, "-1,234"), (1e-7, "1e-07"), (999.96, "1,000")])
def test_values_are_shown_with_four_digits(value: float, text: str) -> None:
    assert number(value) == text
