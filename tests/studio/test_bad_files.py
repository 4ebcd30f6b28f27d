"""Ten kinds of bad input over HTTP: a result, or a message with row or column and what would work; never a 500."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.fixtures.studio_app import StudioApp, studio_app

GOOD = [f"{n % 50},{'Oslo' if n % 3 else 'Bern'},{'yes' if n % 4 == 0 else 'no'}" for n in range(60)]
TABLE = "\n".join(["age,city,left", *GOOD]) + "\n"
WIDE = [
    ",".join(["left", *(f"c{n}" for n in range(4_999))]),
    *(",".join([("yes", "no")[n % 2], *["1.5"] * 4_999]) for n in range(12)),
]
FILES: dict[str, bytes] = {
    "empty": b"",
    "header only": b"age,city,left\n",
    "ragged rows": "\n".join(["age,city,left", *GOOD, "1,Oslo", "1,Oslo,yes,more,cells", "40,Bern,no"]).encode(),
    "one class": TABLE.replace("yes", "no").encode(),
    "all missing": "\n".join(["age,city,left", *(row.rsplit(",", 1)[0] + "," for row in GOOD)]).encode(),
    "binary named csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    "latin-1 with semicolons": TABLE.replace(",", ";").replace("Oslo", "Tromsø").encode("latin-1"),
    "nul bytes": TABLE.replace("Oslo", "Os\x00lo", 3).encode(),
    "5,000 columns": "\n".join(WIDE).encode(),
}
LOADS = {"ragged rows", "one class", "all missing", "latin-1 with semicolons", "nul bytes", "5,000 columns"}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioApp]:
    with studio_app(tmp_path) as made:
        yield made


def plain(answer: httpx.Response) -> None:
    """A refusal that a person can act on."""
    body = answer.json()
    assert 400 <= answer.status_code < 500
    assert body["detail"]
    assert body["fix"]
    assert "Traceback" not in answer.text


@pytest.mark.slow
@pytest.mark.parametrize("kind", FILES)
def test_a_bad_file_is_loaded_with_an_account_or_refused_with_a_fix(studio: StudioApp, kind: str) -> None:
    sent = studio.owner.upload(FILES[kind], f"{kind}.csv")
    if sent.status_code != 202:
        plain(sent)
        return
    studio.work()
    dataset = studio.owner.get(f"/datasets/{sent.json()['dataset']['id']}").json()
    if kind not in LOADS:
        assert (dataset["state"], bool(dataset["error"]["fix"])) == ("failed", True)
        assert dataset["error"]["message"]
        return
    assert dataset["state"] == "ready", dataset["error"]
    if kind == "ragged rows":
        assert dataset["import_report"]["n_bad_rows"] == 2
        bad = studio.owner.get(f"/datasets/{dataset['id']}/bad-rows.csv").text.splitlines()
        assert [line.split(",")[0] for line in bad[1:]] == ["62", "63"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["one class", "all missing"])
def test_a_target_that_cannot_be_learned_is_refused_with_column_and_fix(studio: StudioApp, kind: str) -> None:
    project_id = studio.owner.upload(FILES[kind], "x.csv").json()["project"]["id"]
    studio.work()
    job = studio.owner.put(f"/projects/{project_id}/target", json={"target": "left"}).json()["job"]
    studio.work()
    error = studio.owner.get(f"/jobs/{job['id']}").json()["error"]
    assert error["column"] == "left"
    assert error["fix"]


@pytest.mark.slow
def test_a_wrong_target_is_refused_with_the_nearest_name(studio: StudioApp) -> None:
    project_id = studio.owner.upload(TABLE.encode(), "x.csv").json()["project"]["id"]
    studio.work()
    answer = studio.owner.put(f"/projects/{project_id}/target", json={"target": "lfet"})
    plain(answer)
    assert "'left'" in answer.json()["fix"]
