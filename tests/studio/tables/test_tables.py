"""What the Profile page asks of a table, over HTTP."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

import polars as pl
import pytest

from narrative.engine.profile import profile_table
from narrative.engine.tables import view
from narrative.studio.tables.overview import cut
from narrative.studio.tables.schemas import ProfileOverview
from narrative.studio.tables.service import SORTS_AT_ONCE, TableService, filters_in
from tests.fixtures.studio_app import StudioApp, studio_app

PEOPLE = b"age,city,weight (kg),left\n" + b"".join(
    f"{20 + n % 50},{'Oslo' if n % 3 else 'Bern'},{60 + n % 30 if n % 8 else ''},{'no' if n % 4 else 'yes'}\n".encode()
    for n in range(400)
)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioApp]:
    with studio_app(tmp_path_factory.mktemp("tables")) as made:
        yield made


@pytest.fixture(scope="module")
def table(studio: StudioApp) -> str:
    dataset_id: str = studio.owner.upload(PEOPLE, "people.csv").json()["dataset"]["id"]
    assert studio.owner.get(f"/datasets/{dataset_id}/rows").json()["code"] == "dataset_not_ready"
    assert studio.owner.get(f"/datasets/{dataset_id}/profile/overview").json()["code"] == "profile_not_ready"
    assert studio.work() == 1
    return f"/datasets/{dataset_id}"


@pytest.mark.slow
def test_rows_are_filtered_sorted_paged_and_numbered(studio: StudioApp, table: str) -> None:
    asked = json.dumps(
        [{"column": "city", "op": "is", "values": ["Bern"]}, {"column": "age", "op": "range", "low": 68}]
    )
    given = {"filter": asked, "sort": "age", "order": "descending", "limit": 3, "first_column": 0, "n_columns": 2}
    body = studio.owner.get(f"{table}/rows", params=given).json()
    # Every third row is in Bern, ages repeat every fifty rows: 69 at 99 and 249 and 399, 68 at 48, 198 and 348.
    assert (body["total"], body["n_rows"]) == (6, 400)
    assert body["rows"] == [[69, "Bern"]] * 3
    # The header is line 1, so row 100 of the table stands on line 101.
    assert (body["numbers"], body["numbered_by"]) == ([101, 251, 401], "line")
    rest = studio.owner.get(f"{table}/rows", params={**given, "offset": 3, "first_column": 3, "n_columns": 9}).json()
    # The order is that of the file, not of the alphabet: rows 48, 198 and 348 of those who stay or leave.
    assert rest["rows"] == [["yes"], ["no"], ["yes"]]
    assert rest["first_column"] == 3


@pytest.mark.slow
def test_only_so_many_large_sorts_run_at_a_time(studio: StudioApp, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "UNNOTICED_BYTES", 0)
    service, given = studio.parts.services.of(TableService), {"sort": "weight (kg)"}
    with contextlib.ExitStack() as held:
        for _ in range(SORTS_AT_ONCE):
            held.enter_context(service._sorts.hold(studio.tenant))
        refused = studio.owner.get(f"{table}/rows", params=given)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_sorts")
        assert studio.owner.get(f"{table}/rows").status_code == 200  # what is not sorted needs no place
    assert studio.owner.get(f"{table}/rows", params=given).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"filter": "age > 3"}, "filter_unreadable"),
        ({"filter": '[{"column": "age", "op": "like"}]'}, "filter_unreadable"),
        ({"filter": '[{"column": "age", "op": "range"}]'}, "filter_unreadable"),
        ({"filter": json.dumps([{"column": "age", "op": "filled"}] * 21)}, "filter_unreadable"),
        ({"filter": '[{"column": "agee", "op": "filled"}]'}, "column_not_found"),
        ({"filter": '[{"column": "age", "op": "is", "values": ["old"]}]'}, "filter_unfit"),
        ({"sort": "nobody"}, "column_not_found"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_reason(
    studio: StudioApp, table: str, given: dict[str, str], code: str
) -> None:
    answer = studio.owner.get(f"{table}/rows", params=given)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["fix"]


@pytest.mark.slow
def test_the_rows_of_a_filter_are_compared_to_the_rest(studio: StudioApp, table: str) -> None:
    asked = json.dumps([{"column": "weight (kg)", "op": "empty"}])
    body = studio.owner.get(f"{table}/comparison", params={"filter": asked}).json()
    assert (body["n_rows"], body["n_rest"]) == (50, 350)
    texts = [sentence["text"] for sentence in body["sentences"]]
    assert texts[0] == "50 of 400 rows fit, 12%."
    # Every eighth weight is missing and every fourth row left: all of the first are among the second.
    assert any(text.startswith("100% have left = ") for text in texts)
    assert all(fact["source"] for fact in body["facts"])


@pytest.mark.slow
def test_the_overview_holds_no_column_and_columns_come_in_pages(studio: StudioApp, table: str) -> None:
    overview = ProfileOverview.model_validate(studio.owner.get(f"{table}/profile/overview").json())
    assert overview.names == ["age", "city", "weight (kg)", "left"]
    assert overview.units == {"weight (kg)": "kg"}
    assert [(gap.column, gap.missing) for gap in overview.gaps] == [("weight (kg)", 50)]
    whole = {column["name"]: column for column in studio.owner.get(f"{table}/profile").json()["columns"]}
    page = studio.owner.get(f"{table}/profile/columns", params={"offset": 1, "limit": 2}).json()
    assert ([item["name"] for item in page["columns"]], page["offset"], page["total"]) == (
        ["city", "weight (kg)"],
        1,
        4,
    )
    named = studio.owner.get(f"{table}/profile/columns", params={"column": ["left", "age"]}).json()
    assert named["columns"] == [whole["left"], whole["age"]]
    missing = studio.owner.get(f"{table}/profile/columns", params={"column": "nobody"}).json()
    assert missing["code"] == "column_profile_not_found"


def test_an_overview_of_a_thousand_columns_stays_small() -> None:
    wide = pl.DataFrame({f"measurement_{n:04}": [n + 1.5, None, 0.5, 2.0] for n in range(1_000)})
    made = cut(profile_table(wide), {})
    assert len(made.columns) == 1_000
    assert len(made.overview) < 250_000
    overview = ProfileOverview.model_validate_json(made.overview)
    assert (overview.n_gaps, len(overview.gaps)) == (1_000, 100)
    assert sum(len(column) for column in made.columns) > len(made.overview)


def test_no_filter_is_no_condition() -> None:
    assert filters_in(None) == []
    assert filters_in("[]") == []
