"""A prediction file for a model whose table hides columns leaves no trace of them in what people take away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from narrative.engine.hiding import WITHHELD
from narrative.studio.predictions.work import predict_file
from tests.fixtures.bundles import write_small
from tests.fixtures.frames import mixed

N = 20


def predicted(folder: Path, treatment: str) -> dict[str, Any]:
    """What became of a file with a column of addresses, and one row with a cell too many that holds one as well."""
    folder.mkdir()
    bundle = write_small(folder / "model.narrative")
    rows = mixed()[:N].with_columns(pl.Series("email", [f"ada{row}@example.org" for row in range(N)]))
    text = rows.write_csv()
    width = rows.width
    torn = ",".join(["grace@example.org"] * (width + 1))
    (folder / "new.csv").write_text(text + torn + "\n", encoding="utf-8")
    hidden = {
        "name": "email", "title": "e-mail addresses", "evidence": "", "confidence": 1.0, "decided": True,
        "treatment": treatment,
    }  # fmt: skip
    return predict_file(
        {
            "path": str(folder / "new.csv"), "name": "new.csv", "bundle": str(bundle), "limits": {},
            "folder": str(folder), "rules": [], "today": "2026-01-31", "personal": [hidden], "salt": "salt",
        },
        lambda _: None,
    )  # fmt: skip


@pytest.mark.parametrize("treatment", ["hash", "redact", "drop"])
def test_rows_left_out_are_listed_without_their_text(tmp_path: Path, treatment: str) -> None:
    facts = predicted(tmp_path / "run", treatment)
    assert (facts["predicted"], facts["bad_rows"]) == (N, 1)
    left_out = pl.read_csv(tmp_path / "run" / "bad_rows.csv")
    assert left_out["original_text"].to_list() == [WITHHELD]
    written = [(tmp_path / "run" / name).read_text() for name in ("bad_rows.csv", "predictions.csv", "story.json")]
    assert "@example.org" not in "".join([*written, str(facts)])


def test_where_nothing_is_hidden_the_text_is_shown(tmp_path: Path) -> None:
    predicted(tmp_path / "run", "keep")
    assert "grace@example.org" in pl.read_csv(tmp_path / "run" / "bad_rows.csv")["original_text"][0]
