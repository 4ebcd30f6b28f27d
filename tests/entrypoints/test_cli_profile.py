"""``narrative profile``: the fields of its JSON, and a report in the form that the ending of its file asks for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.entrypoints.conftest import Said

TABLE = "month;churn;charge\n" + "".join(f"{i % 12 + 1};{'yes' if i % 3 else 'no'};{i},5\n" for i in range(60))


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "customers.csv"
    path.write_text(TABLE, encoding="utf-8")
    return str(path)


def test_json_holds_the_promised_fields(run: Callable[..., Said], table: str) -> None:
    data = run("profile", table, "--json").json()
    assert {
        "rows", "columns", "quality", "column_profiles", "findings", "suggested_target", "problem", "suggested_problem",
        "import", "seconds", "warnings", "report",
    } <= set(data)  # fmt: skip
    assert (data["rows"], data["columns"], data["report"]) == (60, 3, None)
    read = data["import"]
    assert (read["delimiter"], read["decimal"], read["header"], read["bad_rows"]) == (";", ",", True, 0)
    assert set(data["quality"]["dimensions"]) == {
        "completeness", "uniqueness", "validity", "consistency", "plausibility",
    }  # fmt: skip
    assert data["suggested_problem"]["problem"] == data["problem"] == "binary"
    assert data["column_profiles"][1]["headline"]["text"] == "churn is yes in 67% of rows."


@pytest.mark.parametrize(("ending", "start"), [("html", "<!doctype html>"), ("md", "# customers.csv"), ("json", "{")])
def test_the_ending_of_the_file_decides_the_form_of_the_report(
    run: Callable[..., Said], table: str, tmp_path: Path, ending: str, start: str
) -> None:
    first, second = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
    for path in (first, second):
        assert run("profile", table, "--out", str(path), "--json").json()["report"] == str(path)
    text = first.read_text(encoding="utf-8")
    assert text.startswith(start)
    assert text == second.read_text(encoding="utf-8")
    assert "churn is yes in 67% of rows." in text
    if ending == "json":
        assert json.loads(text)["profile"]["n_rows"] == 60
