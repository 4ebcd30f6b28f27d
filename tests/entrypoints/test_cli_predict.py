"""``narrative predict`` and ``narrative verify`` on a small model."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.entrypoints.conftest import Said
from tests.fixtures.bad_files import write_bad_file
from tests.fixtures.bundles import write_small_bundle
from tests.fixtures.outcomes import customers

Run = Callable[..., Said]
FIELDS = {
    "rows",
    "predicted",
    "bad_rows",
    "seconds",
    "rows_per_second",
    "repairs",
    "warnings",
    "model",
    "out",
    "bad_rows_file",
}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_bundle(tmp_path_factory.mktemp("model") / "model.narrative")


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "new.csv"
    customers(40, seed=3).drop("churn", "price", "plan").write_csv(path)
    return path


def test_predictions_are_added_to_every_column_in_the_order_of_the_rows(run: Run, bundle: Path, rows: Path) -> None:
    said = run("predict", str(bundle), str(rows), "--json", "--reasons")
    assert said.code == 0
    assert said.err == ""
    data = said.json()
    assert set(data) >= FIELDS
    assert (data["rows"], data["predicted"], data["bad_rows"], data["bad_rows_file"]) == (40, 40, 0, None)
    assert data["out"] == "new.predictions.csv"
    given, written = pl.read_csv(rows), pl.read_csv(data["out"])
    added = ["prediction", "probability_No", "probability_Yes", "reason_1", "reason_2", "reason_3"]
    assert written.columns == [*given.columns, *added]
    assert written["customer_id"].to_list() == given["customer_id"].to_list()
    assert set(written["prediction"]) <= {"Yes", "No"}


@pytest.mark.parametrize("suffix", ["parquet", "xlsx", "jsonl"])
def test_the_format_follows_the_extension(run: Run, bundle: Path, rows: Path, suffix: str) -> None:
    said = run("predict", str(bundle), str(rows), "--out", f"answers.{suffix}", "--json")
    assert said.code == 0
    assert Path(said.json()["out"]).stat().st_size > 0
    if suffix == "parquet":
        assert pl.read_parquet("answers.parquet").height == 40


def test_an_unknown_extension_is_refused_before_any_work(run: Run, bundle: Path, rows: Path) -> None:
    said = run("predict", str(bundle), str(rows), "--out", "answers.doc", "--json")
    assert said.code == 3
    assert said.error()["code"] == "format_unknown"
    assert ".parquet" in said.error()["fix"]


def test_bad_rows_go_to_a_side_file_and_the_rest_is_delivered(run: Run, bundle: Path, tmp_path: Path) -> None:
    lines = ["customer_id,tenure,monthly_charge,contract,senior,empty_note"]
    lines += [f"C-{place},{place},50.5,month,false," for place in range(20)]
    lines[4] = "C-3,three,50.5,month,false,"
    lines[9] = "C-8,8"
    (tmp_path / "new.csv").write_text("\n".join(lines) + "\n")
    said = run("predict", str(bundle), "new.csv", "--json")
    data = said.json()
    assert said.code == 0
    assert data["rows"] == 20
    assert data["predicted"] + data["bad_rows"] == 20
    assert data["bad_rows"] >= 1
    side = pl.read_csv(data["bad_rows_file"], infer_schema=False)
    assert data["bad_rows_file"] == "new.predictions.bad_rows.csv"
    assert side.columns[:4] == ["row", "column", "value", "reason"]
    assert side.height == data["bad_rows"]
    assert "10" in side["row"].to_list()


def test_a_file_without_a_known_column_names_the_expected_ones(run: Run, bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("x,y\n1,2\n3,4\n")
    said = run("predict", str(bundle), "other.csv", "--json")
    assert said.code == 3
    assert said.error()["code"] == "no_known_column"
    assert "tenure" in said.error()["fix"]
    assert not Path("other.predictions.csv").exists()


def test_a_person_reads_a_headline_and_where_the_file_is(run: Run, bundle: Path, rows: Path) -> None:
    said = run("predict", str(bundle), str(rows))
    assert said.code == 0
    assert "of 40 rows get churn = Yes." in said.out.splitlines()[0]
    assert "new.predictions.csv" in said.out
    assert "Reading new.csv" in said.err


@pytest.mark.parametrize("kind", ["empty", "header_only", "binary", "picture"])
def test_a_file_without_rows_is_refused_with_a_way_on(run: Run, bundle: Path, tmp_path: Path, kind: str) -> None:
    said = run("predict", str(bundle), str(write_bad_file(kind, tmp_path)), "--json")
    assert said.code == 3
    assert said.error()["fix"]


def test_a_sound_model_file_is_said_to_be_sound(run: Run, bundle: Path) -> None:
    said = run("verify", str(bundle), "--json")
    assert said.code == 0
    assert said.json()["ok"] is True
    assert said.json()["rows_checked"] >= 5
    assert "is sound" in run("verify", str(bundle)).out


def test_an_altered_model_file_is_refused_and_the_part_named(run: Run, bundle: Path, tmp_path: Path) -> None:
    altered = tmp_path / "altered.narrative"
    with zipfile.ZipFile(bundle) as source, zipfile.ZipFile(altered, "w") as copy:
        for item in source.infolist():
            content = source.read(item)
            copy.writestr(item, content.replace(b"tenure", b"tenurf") if item.filename == "contract.json" else content)
    said = run("verify", str(altered), "--json")
    assert said.code == 3
    assert said.error()["code"] == "bundle_altered"
    assert "contract.json" in said.error()["message"]
    assert run("predict", str(altered), str(altered), "--json").code == 3


def test_something_that_is_no_model_file_is_refused(run: Run, tmp_path: Path) -> None:
    path = write_bad_file("good", tmp_path)
    said = run("verify", str(path), "--json")
    assert said.code == 3
    assert said.error()["code"] == "bundle_unreadable"


def test_an_unwritable_place_is_named(run: Run, bundle: Path, rows: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    said = run("predict", str(bundle), str(rows), "--out", "taken/answers.csv", "--json")
    assert said.code == 3
    assert said.error()["code"] == "out_not_writable"
    shutil.rmtree(tmp_path / "taken", ignore_errors=True)
