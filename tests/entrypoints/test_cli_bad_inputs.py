"""Ten kinds of bad input through profile and model: a result, or a message with a way on; never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.entrypoints.conftest import Said
from tests.fixtures.bad_files import CONTENTS, write_bad_file

Run = Callable[..., Said]
REFUSED_BY_PROFILE = {
    "empty": "empty_file",
    "header_only": "header_only",
    "binary": "not_a_table",
    "picture": "not_a_table",
}
REFUSED_BY_MODEL = REFUSED_BY_PROFILE | {
    "one_class": "target_constant",
    "all_missing": "target_empty",
    "nothing_but_gaps": "target_empty",
}
PROFILE_FIELDS = {
    "rows",
    "columns",
    "quality",
    "column_profiles",
    "findings",
    "suggested_target",
    "problem",
    "import",
    "seconds",
    "warnings",
    "report",
}
MODEL_FIELDS = {
    "rows",
    "columns",
    "target",
    "problem",
    "primary_metric",
    "higher_is_better",
    "score",
    "interval",
    "baseline_score",
    "best_candidate",
    "candidates",
    "seconds",
    "warnings",
    "bundle",
    "report",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(CONTENTS))
def test_profile_gives_a_result_or_a_way_on(run: Run, tmp_path: Path, kind: str) -> None:
    said = run("profile", str(write_bad_file(kind, tmp_path)), "--json", "--out", "page.html")
    if kind in REFUSED_BY_PROFILE:
        assert said.code == 3
        assert said.error()["code"] == REFUSED_BY_PROFILE[kind]
        assert said.error()["fix"]
        assert not Path("page.html").exists()
        return
    assert said.code == 0
    assert set(said.json()) >= PROFILE_FIELDS
    assert len(Path("page.html").read_bytes()) < 1_000_000


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(REFUSED_BY_MODEL))
def test_model_refuses_what_cannot_be_learned_from_and_names_a_way_on(run: Run, tmp_path: Path, kind: str) -> None:
    path = write_bad_file(kind, tmp_path)
    said = run("model", str(path), "--target", "left", "--budget", "20", "--json")
    assert said.code == 3
    assert said.error()["code"] == REFUSED_BY_MODEL[kind]
    assert said.error()["fix"]
    human = run("model", str(path), "--target", "left", "--budget", "20")
    assert human.code == 3
    assert human.out == ""
    assert said.error()["message"] in human.err
    assert said.error()["fix"] in human.err


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(set(CONTENTS) - set(REFUSED_BY_MODEL)))
def test_model_learns_from_damaged_files_and_says_what_was_lost(run: Run, tmp_path: Path, kind: str) -> None:
    budget = 40 if kind == "wide" else 12
    said = run("model", str(write_bad_file(kind, tmp_path)), "--target", "left", "--budget", str(budget), "--json")
    assert said.code == 0, said.out
    data = said.json()
    assert set(data) >= MODEL_FIELDS
    assert data["interval"][0] <= data["score"] <= data["interval"][1]
    assert Path(data["bundle"]).exists()
    assert len(Path(data["report"]).read_bytes()) < 1_000_000
    again = run("predict", data["bundle"], str(tmp_path / f"{kind}.csv"), "--json")
    assert again.code == 0
    assert again.json()["predicted"] > 0


@pytest.mark.slow
def test_an_unknown_target_names_the_nearest_column(run: Run, tmp_path: Path) -> None:
    path = write_bad_file("good", tmp_path)
    said = run("model", str(path), "--target", "letf", "--json", "--budget", "20")
    assert said.code == 3
    assert said.error()["code"] == "target_unknown"
    assert "left" in said.error()["fix"]
