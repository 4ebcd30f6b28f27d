"""Personal data are named, then hidden as was decided, without a trace of them in the account of the import."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.hiding import WITHHELD, hidden_columns, hide_personal, hide_stored, mask_alike, personal_columns
from narrative.engine.tables import read_table
from narrative.engine.tables.stored import StoredTable
from narrative.engine.tables.types import BadRow, Guess, ImportReport, OddCell, PersonalChoice

N = 60
MAILS = [f"ada{n}@example.org" for n in range(N)]
TABLE = pl.DataFrame(
    {
        "email": MAILS,
        "birth_date": [f"19{40 + n % 50}-0{1 + n % 9}-1{n % 9}" for n in range(N)],
        "city": ["Oslo" if n % 3 else "Bern" for n in range(N)],
    }
).with_columns(pl.col("birth_date").str.to_date())
REPORT = ImportReport(
    format="csv",
    size_bytes=1,
    sha256="0" * 64,
    n_rows=N,
    n_columns=3,
    guesses=[
        Guess(name="header", value="yes", confidence=1, evidence="'ada3@example.org' is no name of a column"),
        Guess(
            name="date_order", value="day_first", confidence=1, evidence="column 'birth_date': '13/09/1953' is a day"
        ),
    ],
    bad_rows=[BadRow(line=9, value="ada9@example.org", reason="It has 4 cells.", text="ada9@example.org,x,y,z")],
    odd_cells=[OddCell(line=4, column="email", value="ada at home", reason="'ada at home' is no address")],
    repairs=["The row of ada5@example.org was cut off."],
)


def hidden(choices: dict[str, PersonalChoice], otherwise: PersonalChoice = "hash") -> tuple[pl.DataFrame, ImportReport]:
    table, report = hide_personal(TABLE, REPORT, choices, otherwise=otherwise, salt="salt")
    return table, report


def test_each_column_is_named_with_its_evidence_and_without_a_value() -> None:
    found = personal_columns(TABLE, {}, "hash")
    assert [(item.name, item.title, item.decided) for item in found] == [
        ("email", "e-mail addresses", False),
        ("birth_date", "dates of birth", False),
    ]
    assert found[0].evidence == (
        "Seen by its name and how values are written: 60 of 60 different values are e-mail addresses."
    )
    assert "@" not in found[0].evidence


def test_what_nobody_decided_about_is_hidden_behind_salted_codes() -> None:
    table, report = hidden({})
    code = hashlib.sha256(f"salt\x1f{MAILS[0]}".encode()).hexdigest()[:12]
    assert table["email"][0] == code
    assert table["email"].n_unique() == N
    assert table["city"].equals(TABLE["city"])
    assert hidden_columns(report.personal) == ["email", "birth_date"]
    assert report.warnings == [
        "Column 'email' holds e-mail addresses; it is hidden behind codes until you decide.",
        "Column 'birth_date' holds dates of birth; it is hidden behind codes until you decide.",
    ]
    other, _ = hide_personal(TABLE, REPORT, {}, otherwise="hash", salt="another")
    assert not set(other["email"]) & set(table["email"])


@pytest.mark.parametrize(
    ("choice", "value"), [("redact", "***"), ("generalize", "@example.org"), ("keep", MAILS[0]), ("drop", None)]
)
def test_every_choice_does_what_it_says(choice: PersonalChoice, value: str | None) -> None:
    table, report = hidden({"email": choice, "birth_date": "generalize"})
    assert (table["email"][0] if "email" in table.columns else None) == value
    assert table["birth_date"][0] == "1940"
    assert (report.n_columns, report.personal[0].decided) == (table.width, True)
    assert len(report.repairs) == (2 if choice == "keep" else 3)


def test_no_value_of_a_hidden_column_is_left_in_the_account() -> None:
    _, report = hidden({})
    told = report.model_dump_json()
    for trace in ("ada", "13/09/1953"):
        assert trace not in told
    assert report.bad_rows == [BadRow(line=9, reason="It has 4 cells.", text=WITHHELD)]
    _, kept = hidden({"email": "keep", "birth_date": "keep"})
    assert "ada9@example.org" in kept.model_dump_json()  # the search above can find something


def test_a_column_that_only_a_person_calls_personal_is_hidden_too() -> None:
    table, report = hidden({"city": "redact", "email": "keep", "birth_date": "keep"})
    assert set(table["city"]) == {"***"}
    assert [(item.name, item.evidence) for item in report.personal if item.treatment == "redact"] == [
        ("city", "You said so.")
    ]


def test_a_table_of_which_nothing_would_be_left_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Every column would be removed") as caught:
        hidden({"email": "drop", "birth_date": "drop", "city": "drop"})
    assert caught.value.code == "all_columns_left_out"


def test_a_table_in_its_file_is_written_anew(tmp_path: Path) -> None:
    TABLE.write_parquet(tmp_path / "read.parquet")
    table, report = hide_stored(
        StoredTable(tmp_path / "read.parquet"),
        REPORT,
        {"birth_date": "drop"},
        otherwise="hash",
        salt="salt",
        out=tmp_path / "table.parquet",
    )
    assert table.columns == ["email", "city"]
    assert table["email"].equals(hidden({})[0]["email"])
    assert b"example.org" not in (tmp_path / "table.parquet").read_bytes()
    assert report.n_columns == 2


def test_other_rows_are_hidden_alike() -> None:
    table, report = hidden({"birth_date": "generalize"})
    again = mask_alike(TABLE.head(3).select("email", "city", "birth_date"), report.personal, "salt")
    assert again["email"].to_list() == table["email"].head(3).to_list()
    assert again["birth_date"].to_list() == table["birth_date"].head(3).to_list()
    assert mask_alike(TABLE.select("city"), report.personal, "salt").equals(TABLE.select("city"))


def test_who_reads_for_himself_keeps_all_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("email,city\n" + "".join(f"{mail},Oslo\n" for mail in MAILS))
    loaded = read_table(tmp_path / "people.csv")
    table, report = hide_personal(loaded.frame, loaded.report, {}, otherwise="keep")
    assert table["email"].to_list() == MAILS
    assert report.warnings == ["Column 'email' holds e-mail addresses; it was kept as it is."]


def test_columns_of_nearly_the_same_name_are_hidden_too() -> None:
    """A model takes 'E-Mail' for 'email', so a file of predictions may not show it either."""
    _, report = hidden({})
    given = TABLE.head(3).select(pl.col("email").alias("E-Mail"), "city")
    masked = mask_alike(given, report.personal, "salt")
    assert masked.columns == ["E-Mail", "city"]
    assert not set(masked["E-Mail"]) & set(given["E-Mail"])
    assert masked["E-Mail"].equals(mask_alike(TABLE.head(3).select("email"), report.personal, "salt")["email"])
