"""``narrative evaluate`` on a small model, and the same from a notebook."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import narrative
from tests.entrypoints.conftest import Said
from tests.fixtures.bundles import write_small_bundle
from tests.fixtures.outcomes import customers

Run = Callable[..., Said]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_bundle(tmp_path_factory.mktemp("model") / "model.narrative")


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.csv"
    customers(300, seed=3).drop("price", "plan").write_csv(path)
    return path


def test_the_account_is_one_object_with_intervals_baselines_and_sentences(run: Run, bundle: Path, rows: Path) -> None:
    said = run("evaluate", str(bundle), str(rows), "--group", "senior", "--cost-false-negative", "5", "--json")
    assert said.code == 0
    assert said.err == ""
    data = said.json()
    assert (data["n_given"], data["n_scored"], data["target"]) == (300, 300, "churn")
    first = data["figures"]["scores"][0]
    assert first["interval"][0] < first["value"] < first["interval"][1]
    assert first["baseline"] == 0.5
    assert data["fairness"][0]["column"] == "senior"
    assert data["money"]["at_present"]["false_negative"] == 5
    assert data["sentences"][0].startswith("ROC AUC is")


def test_a_person_reads_sentences_and_what_was_left_out(run: Run, bundle: Path, rows: Path) -> None:
    said = run("evaluate", str(bundle), str(rows))
    assert said.code == 0
    assert said.out.startswith("ROC AUC is")
    assert "Left out" in said.out
    assert "error clusters: It takes 400 rows" in said.out


def test_the_document_comes_out_the_same_again(run: Run, bundle: Path, rows: Path, tmp_path: Path) -> None:
    written = []
    for name in ("one.md", "two.md"):
        assert run("evaluate", str(bundle), str(rows), "-o", name).code == 0
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    text = written[0].decode()
    assert text.startswith("# How good is the model of churn?")
    assert "| ROC AUC |" in text
    assert "## Left out" in text
    assert run("evaluate", str(bundle), str(rows), "-o", "one.json").code == 0
    assert json.loads((tmp_path / "one.json").read_text())["target"] == "churn"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--out", "report.doc"], "format_unknown"),
        (["--target", "churned"], "target_unknown"),
        (["--group", "age"], "column_unknown"),
    ],
)
def test_what_cannot_be_used_is_told_with_a_way_on(
    run: Run, bundle: Path, rows: Path, arguments: list[str], code: str
) -> None:
    said = run("evaluate", str(bundle), str(rows), *arguments, "--json")
    assert said.code == 3
    assert said.error()["code"] == code
    assert said.error()["fix"]


def test_a_file_without_the_truth_in_it_is_refused(run: Run, bundle: Path, tmp_path: Path) -> None:
    customers(50, seed=4).with_columns(churn=pl.lit("perhaps")).write_csv(tmp_path / "unknown.csv")
    said = run("evaluate", str(bundle), "unknown.csv", "--json")
    assert said.code == 3
    assert said.error()["code"] == "no_rows"


def test_the_library_gives_the_numbers_of_the_command_line(run: Run, bundle: Path, rows: Path) -> None:
    told = run("evaluate", str(bundle), str(rows), "--json").json()
    found = narrative.evaluate(bundle, rows)
    assert found.figures.named("roc_auc").value == told["figures"]["scores"][0]["value"]
    again = narrative.evaluate(narrative.Bundle.load(bundle), pl.read_csv(rows))
    assert again.figures == found.figures
