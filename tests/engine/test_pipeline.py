"""The pipeline and the SDK: the files, the fields, the same numbers on every way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import narrative
from narrative.core.clock import ManualClock
from narrative.core.errors import Canceled, InvalidInput, NotFound
from narrative.engine import pipeline
from narrative.engine.bundle import load_bundle, verify_bundle
from narrative.engine.pipeline import run_pipeline
from narrative.engine.tables import ReadOptions
from narrative.engine.training import train as training
from narrative.engine.training.store import RunFolder
from narrative.engine.training.types import Progress, TrainingOptions
from tests.fixtures.training_runs import Fake, run_here, use_candidates
from tests.fixtures.training_tables import binary_table, regression_table

OPTIONS = TrainingOptions(target="churn", budget_seconds=30)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training in this process, with one quick candidate."""

    def run_child(_function: str, payload: dict[str, Any], **rest: Any) -> dict[str, Any]:
        folder = RunFolder(Path(payload["folder"]))
        lines: list[dict[str, Any]] = []
        run_here(type("Run", (), {"folder": folder})(), seconds=30, reports=lines)
        for line in lines:
            rest["on_progress"](line)
        return {}

    use_candidates(monkeypatch, Fake)
    monkeypatch.setattr(training, "run_child", run_child)


@pytest.mark.usefixtures("quick")
def test_a_file_becomes_a_verified_model_and_a_report(tmp_path: Path) -> None:
    frame = binary_table(300)
    frame.write_csv(tmp_path / "customers.csv")
    events: list[Progress] = []
    outcome = run_pipeline(tmp_path / "customers.csv", OPTIONS, tmp_path / "out", on_progress=events.append)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "model.narrative",
        "report.html",
        "report.json",
    ]
    assert verify_bundle(tmp_path / "out" / "model.narrative").is_sound
    assert "customers.csv" in outcome.report_html.read_text(encoding="utf-8")
    json.loads(outcome.report_json.read_text(encoding="utf-8"))
    assert [events[0].phase, events[-1].phase] == ["reading", "done"]
    shares = [event.share for event in events]
    assert shares == sorted(shares)


@pytest.mark.usefixtures("quick")
def test_the_answer_has_the_fields_of_the_command_line_and_is_plain_json(tmp_path: Path) -> None:
    data = run_pipeline(binary_table(300), OPTIONS, tmp_path).to_dict()
    needed = "rows columns target problem primary_metric higher_is_better score interval baseline_score best_candidate"
    assert set(f"{needed} candidates seconds warnings bundle report".split()) <= set(data)
    again = json.loads(json.dumps(data, allow_nan=False))
    assert (again["rows"], again["columns"], again["problem"]) == (300, 5, "binary")
    assert again["interval"][0] <= again["score"] <= again["interval"][1]
    assert {"name", "score", "seconds"} <= set(again["candidates"][0])


@pytest.mark.usefixtures("quick")
def test_what_the_import_read_as_missing_is_missing_in_every_input(tmp_path: Path) -> None:
    frame = binary_table(300)
    words = pl.when(pl.int_range(300) % 10 == 0).then(pl.lit("nix")).otherwise(pl.col("signal").cast(pl.String))
    frame.with_columns(words.alias("signal")).write_csv(tmp_path / "a.csv")
    read = ReadOptions(missing_markers=["nix"])
    outcome = run_pipeline(tmp_path / "a.csv", OPTIONS, tmp_path / "out", read_options=read)
    bundle = load_bundle(outcome.bundle.path)
    assert bundle.contract.missing_markers == ["nix"]
    row = frame.head(1).drop("churn")
    said = bundle.predict(row.with_columns(pl.lit(" Nix").alias("signal")))
    gap = bundle.predict(row.with_columns(pl.lit(None, dtype=pl.Float64).alias("signal")))
    assert (said.bad_rows, said.warnings) == ([], [])
    assert said.probabilities is not None
    assert gap.probabilities is not None
    assert said.probabilities.tobytes() == gap.probabilities.tobytes()


def test_of_a_table_too_wide_for_the_time_the_first_columns_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()

    def slow(frame: pl.DataFrame) -> None:
        clock.advance(0.01 * frame.width)

    monkeypatch.setattr(pipeline, "profile_table", slow)
    frame = pl.DataFrame({f"c{index}": [index] for index in range(2_000)}).with_columns(pl.lit("a").alias("t"))
    options = TrainingOptions(target="t", budget_seconds=40)
    kept, notes = pipeline._affordable(frame, options, clock, 40.0)
    assert kept.width == 1_400  # a good third of 40 seconds at 10 ms a column
    assert kept.columns[-1] == "t"
    assert notes == [
        "Only the first 1,399 of the 2,000 columns beside the target were used: looking at all of them would not fit "
        "into 40 seconds."
    ]
    assert pipeline._affordable(frame, options, clock, -3.0)[0].width == 500
    assert pipeline._affordable(frame, options, clock, 90.0) == (frame, [])


@pytest.mark.usefixtures("quick")
def test_rows_that_do_not_fit_into_the_time_are_not_looked_at_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narrative.engine.training.prepare.CELLS_PER_SECOND", 1)
    monkeypatch.setattr("narrative.engine.training.prepare.LEAST_SAMPLED_ROWS", 240)
    outcome = run_pipeline(binary_table(300), OPTIONS, tmp_path)
    note = "I used a random sample of 240 rows (80%), because all 300 would not fit into the time."
    assert [warning for warning in outcome.warnings if "sample" in warning] == [note]
    assert outcome.profile.n_rows == outcome.result.n_rows == 240
    assert outcome.to_dict()["rows"] == 300


@pytest.mark.usefixtures("quick")
def test_a_shortened_table_is_told_and_its_model_answers_for_the_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "ALWAYS_PROFILED", 3)
    monkeypatch.setattr(pipeline, "PROFILING_SHARE", 1e-12)
    frame = binary_table(300)
    outcome = run_pipeline(frame, OPTIONS, tmp_path)
    assert outcome.warnings[0].startswith("Only the first 2 of the 4 columns beside the target were used")
    assert outcome.to_dict()["columns"] == 5
    assert load_bundle(outcome.bundle.path).predict(frame).n_predicted == 300


@pytest.mark.usefixtures("quick")
def test_equal_runs_write_equal_files(tmp_path: Path) -> None:
    """Nothing that differs between two runs (times) goes into the model file."""
    first, again = (run_pipeline(binary_table(300), OPTIONS, tmp_path / name) for name in ("a", "b"))
    assert first.bundle.sha256 == again.bundle.sha256


@pytest.mark.usefixtures("quick")
def test_the_bundle_predicts_exactly_what_the_trained_model_predicts(tmp_path: Path) -> None:
    frame = binary_table(300)
    outcome = run_pipeline(frame, OPTIONS, tmp_path)
    bundle = load_bundle(outcome.bundle.path)
    features = frame.drop("churn")
    direct = outcome.result.model.predictions(outcome.result.model.margins(features))
    assert np.array_equal(np.asarray(bundle.predict(features).probabilities), direct)
    assert bundle.evaluation == outcome.result.evaluation


@pytest.mark.usefixtures("quick")
def test_a_file_a_polars_and_a_pandas_table_give_the_same_numbers(tmp_path: Path) -> None:
    frame = regression_table(300)
    frame.write_parquet(tmp_path / "t.parquet")
    scores = {
        narrative.model(source, target="price", budget=30).score
        for source in (tmp_path / "t.parquet", frame, frame.to_pandas(), frame.to_dict(as_series=False))
    }
    assert len(scores) == 1


@pytest.mark.usefixtures("quick")
def test_the_sdk_gives_typed_fields_predictions_and_files(tmp_path: Path) -> None:
    frame = binary_table(300)
    outcome = narrative.model(frame, target="churn", budget=30)
    assert (outcome.rows, outcome.columns, outcome.problem, outcome.primary_metric) == (300, 5, "binary", "roc_auc")
    assert outcome.interval[0] <= outcome.score <= outcome.interval[1]
    assert outcome.score > outcome.baseline_score
    assert outcome.classes == ["no", "yes"]
    assert "churn" in repr(outcome)
    saved = narrative.Bundle.load(outcome.save(tmp_path / "kept.narrative"))
    rows = frame.drop("churn").head(5)
    assert saved.predict(rows).answers == outcome.predict(rows.to_pandas()).answers
    assert outcome.save_report(tmp_path / "report.html").stat().st_size > 1_000


def test_profile_and_load_take_what_people_have(tmp_path: Path) -> None:
    frame = binary_table(100)
    frame.write_csv(tmp_path / "t.csv")
    assert narrative.load(tmp_path / "t.csv").shape == (100, 5)
    by_path, by_frame = narrative.profile(tmp_path / "t.csv"), narrative.profile(frame.to_pandas())
    assert [column.kind for column in by_path.columns] == [column.kind for column in by_frame.columns]


def test_importing_the_package_loads_no_engine_and_unknown_names_are_refused() -> None:
    code = "import sys, narrative; print('polars' in sys.modules or 'sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    with pytest.raises(AttributeError, match="no attribute 'modell'"):
        narrative.modell  # noqa: B018


def test_faults_of_the_input_are_raised_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        run_pipeline(tmp_path / "absent.csv", OPTIONS, tmp_path / "out")
    with pytest.raises(InvalidInput) as caught:
        run_pipeline(binary_table(100).rename({"churn": "left"}), OPTIONS, tmp_path / "out")
    assert caught.value.code == "target_unknown"
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_found_out_first(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidInput) as caught:
        run_pipeline(binary_table(100), OPTIONS, tmp_path / "file")
    assert caught.value.code == "out_not_writable"


def test_a_stop_before_training_is_a_cancellation(tmp_path: Path) -> None:
    with pytest.raises(Canceled):
        run_pipeline(binary_table(100), OPTIONS, tmp_path, should_stop=lambda: True)


@pytest.mark.slow
def test_the_four_lines_work_in_a_script_without_a_main_guard(tmp_path: Path) -> None:
    binary_table(300).write_csv(tmp_path / "customers.csv")
    script = tmp_path / "four_lines.py"
    script.write_text(
        "import narrative\n"
        "table = narrative.load('customers.csv')\n"
        "outcome = narrative.model(table, target='churn', budget=8)\n"
        "outcome.save('model.narrative')\n"
        "print(outcome.seconds)\n"
    )
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert float(done.stdout) <= 8 * 1.05 + 2
    assert (
        pl.DataFrame(narrative.Bundle.load(tmp_path / "model.narrative").predict(binary_table(5)).answers).height == 5
    )
