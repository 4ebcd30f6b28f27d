"""``narrative report``, ``narrative card`` and ``narrative verify --card`` on a small model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from narrative.engine.pipeline import write_papers
from tests.entrypoints.conftest import Said
from tests.fixtures.bundles import write_small_bundle
from tests.fixtures.outcomes import outcome

Run = Callable[..., Said]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = outcome("binary")
    folder = tmp_path_factory.mktemp("model")
    write_papers(folder, made.result, made.frame, name="customers.csv", imported=made.imported)
    return folder


def test_the_report_comes_out_as_it_was_written_with_the_model(run: Run, folder: Path, tmp_path: Path) -> None:
    said = run("report", str(folder / "model.narrative"), "--out", "again.html", "--json")
    assert said.code == 0
    assert said.json()["report"] == "again.html"
    assert (tmp_path / "again.html").read_bytes() == (folder / "report.html").read_bytes()


def test_a_card_is_signed_with_a_key_made_for_it_and_checked_with_it(run: Run, folder: Path, tmp_path: Path) -> None:
    bundle = str(folder / "model.narrative")
    said = run("card", bundle, "--out", "card.json", "--key", "my.key", "--accepted-by", "Ann Lee", "--json")
    assert said.code == 0
    assert said.json()["key_made"] is True
    assert (tmp_path / "my.key").stat().st_mode & 0o777 == 0o600
    checked = run("verify", bundle, "--card", "card.json", "--key", "my.key", "--json")
    assert checked.code == 0
    assert checked.json()["key_id"] == said.json()["key_id"]
    assert run("card", bundle, "--out", "again.json", "--key", "my.key", "--accepted-by", "Ann Lee").code == 0
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "card.json").read_bytes()


def test_a_changed_card_is_refused_with_what_differs(run: Run, folder: Path, tmp_path: Path) -> None:
    bundle = str(folder / "model.narrative")
    assert run("card", bundle, "--out", "card.json", "--accepted-by", "Ann Lee").code == 0
    card = tmp_path / "card.json"
    card.write_text(card.read_text(encoding="utf-8").replace("Ann Lee", "Bob Lee"), encoding="utf-8")
    said = run("verify", bundle, "--card", "card.json", "--json")
    assert said.code == 3
    assert said.json()["error"]["code"] == "card_altered"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("card", "--out", "card.txt"), "format_unknown"),
        (("report", "--out", "report.pdf"), "format_unknown"),
        (("card", "--out", "card.md", "--key", "words.key"), "key_unreadable"),
        (("card", "--out", "card.md", "--note", "n" * 2_001), "decision_too_long"),
        (("verify", "--card", "gone.json"), "file_not_found"),
    ],
)
def test_what_cannot_be_done_is_told_with_its_code(
    run: Run, folder: Path, tmp_path: Path, arguments: tuple[str, ...], code: str
) -> None:
    (tmp_path / "words.key").write_text("these are words", encoding="utf-8")
    command, *options = arguments
    said = run(command, str(folder / "model.narrative"), *options, "--json")
    assert said.code == 3
    assert said.json()["error"]["code"] == code


def test_a_file_that_does_not_keep_its_report_says_what_else_there_is(run: Run, tmp_path: Path) -> None:
    bundle = write_small_bundle(tmp_path / "small.narrative")
    said = run("report", str(bundle), "--json")
    assert said.code == 3
    assert said.json()["error"]["code"] == "report_not_kept"
    assert run("card", str(bundle), "--out", "card.md").code == 0
