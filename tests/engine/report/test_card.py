"""The card of a model: the same bytes again, signed, and changed nowhere without being noticed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.bundle.papers import Papers, read_papers
from narrative.engine.pipeline import write_papers
from narrative.engine.report import CARD_FORMS, Decision, card_of, check_card, read_card, report_of
from narrative.engine.types import Problem
from tests.fixtures.bundles import write_small_bundle
from tests.fixtures.outcomes import outcome

PROBLEMS: tuple[Problem, ...] = ("binary", "multiclass", "regression")
KEY = bytes(range(32))
DECISION = Decision(purpose="Call those who may leave.", accepted_by="Ann | <b>Lee</b>", accepted_on="2026-11-24")
AGAIN = """
import sys
from pathlib import Path
from narrative.engine.bundle.papers import read_papers
from narrative.engine.report import CARD_FORMS, Decision, card_of, report_of
papers = read_papers(Path(sys.argv[1]))
card = card_of(papers, Decision.model_validate_json(sys.argv[2]), key=bytes(range(32)))
sys.stdout.reconfigure(encoding="utf-8")
sys.stdout.write("\\0".join([report_of(papers), *(write(card) for write in CARD_FORMS.values())]))
"""


@pytest.fixture(scope="module", params=PROBLEMS)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = outcome(request.param, 2_000)
    folder = tmp_path_factory.mktemp("model")
    write_papers(folder, made.result, made.frame, name="customers.csv", imported=made.imported)
    return folder


def _papers(folder: Path) -> Papers:
    return read_papers(folder / "model.narrative")


def test_the_report_is_made_again_from_the_model_file_byte_for_byte(written: Path) -> None:
    assert report_of(_papers(written)) == (written / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_new_process_with_another_hash_seed_writes_the_same_bytes(written: Path) -> None:
    given = [sys.executable, "-c", AGAIN, str(written / "model.narrative"), DECISION.model_dump_json()]
    said = [
        subprocess.run(given, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]
    page, *_ = said[0].decode().split("\0")
    assert page == (written / "report.html").read_text(encoding="utf-8")


def test_equal_files_and_decisions_give_equal_cards(written: Path) -> None:
    for write in CARD_FORMS.values():
        assert write(card_of(_papers(written), DECISION, key=KEY)) == write(
            card_of(_papers(written), DECISION, key=KEY)
        )


def test_every_score_on_the_card_has_interval_and_baseline_or_a_reason(written: Path) -> None:
    card = card_of(_papers(written))
    assert len(card.scores) >= 3
    for score in card.scores:
        assert score.interval is not None or score.reason
        assert score.baseline is not None or score.name in {"precision", "recall"} or score.reason
    assert card.expected
    assert card.limits


def test_the_score_on_the_card_is_the_one_that_training_gave(written: Path) -> None:
    told = json.loads((written / "report.json").read_text(encoding="utf-8"))["evaluation"]
    first = card_of(_papers(written)).scores[0]
    assert (first.value, list(first.interval or ())) == (told["score"], told["interval"])


def test_nothing_speaks_against_a_card_as_it_was_written(written: Path) -> None:
    card = read_card(CARD_FORMS["json"](card_of(_papers(written), DECISION, key=KEY)))
    assert check_card(card, papers=_papers(written), key=KEY) == []


def test_each_changed_field_is_noticed_by_hash_and_signature(written: Path) -> None:
    data = json.loads(CARD_FORMS["json"](card_of(_papers(written), DECISION, key=KEY)))
    changes = {"purpose": "Anything.", "rows_learned": 1, "limits": [], "model_sha256": "0" * 64, "decision": None}
    for name, value in changes.items():
        wrong = check_card(read_card(json.dumps({**data, name: value})), key=KEY)
        assert len(wrong) == 2, name


def test_a_change_with_a_hash_to_match_is_noticed_by_the_key_and_by_the_model_file(written: Path) -> None:
    from narrative.engine.report.card import content_hash

    card = card_of(_papers(written), key=KEY).model_copy(update={"limits": []})
    forged = card.model_copy(update={"content_sha256": content_hash(card)})
    assert check_card(forged) == []  # by itself it looks sound: it takes the key or the file
    assert "signature does not fit" in check_card(forged, key=KEY)[0]
    assert "differs in limits" in check_card(forged, papers=_papers(written))[0]


def test_another_key_and_no_signature_are_told_apart(written: Path) -> None:
    assert "another key" in check_card(card_of(_papers(written), key=KEY), key=KEY[::-1])[0]
    assert check_card(card_of(_papers(written)), key=KEY) == ["It is not signed."]


def test_a_short_key_signs_nothing(written: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        card_of(_papers(written), key=b"short")
    assert caught.value.code == "key_too_short"


def test_what_people_write_becomes_no_markup(written: Path) -> None:
    card = card_of(_papers(written), DECISION)
    assert "<b>" not in CARD_FORMS["html"](card)
    assert "Ann \\| \\<b\\>Lee" in CARD_FORMS["md"](card)


def test_the_page_of_a_card_is_small_and_loads_nothing(written: Path) -> None:
    page = CARD_FORMS["html"](card_of(_papers(written), DECISION, key=KEY))
    assert len(page.encode()) <= 200_000
    assert "<script" not in page
    assert "http" not in page.replace('http-equiv="Content-Security-Policy"', "")


def test_a_file_that_is_no_card_is_told_with_the_place() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_card('{"format": 1}')
    assert caught.value.code == "card_unreadable"


def test_a_model_file_without_its_report_still_has_a_card(tmp_path: Path) -> None:
    papers = read_papers(write_small_bundle(tmp_path / "model.narrative"))
    assert papers.report is None
    assert "Weak groups and fairness were not assessed." in card_of(papers).limits
    with pytest.raises(InvalidInput) as caught:
        report_of(papers)
    assert caught.value.code == "report_not_kept"


def test_papers_of_an_altered_file_are_refused(written: Path, tmp_path: Path) -> None:
    content = bytearray((written / "model.narrative").read_bytes())
    at = content.index(b"card.json") + 60
    content[at] ^= 0xFF
    (tmp_path / "bad.narrative").write_bytes(bytes(content))
    with pytest.raises(InvalidInput) as caught:
        read_papers(tmp_path / "bad.narrative")
    assert caught.value.code in {"bundle_altered", "bundle_unreadable"}


def test_the_kept_part_holds_no_value_that_tells_rows_apart(written: Path) -> None:
    kept = json.dumps(_papers(written).report)
    assert "customer_id" in kept
    assert "C-100" not in kept
