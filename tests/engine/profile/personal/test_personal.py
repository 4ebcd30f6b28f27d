"""Personal data are found by evidence, counted against a labelled corpus; nothing plain is flagged."""

from __future__ import annotations

import time

import polars as pl
import pytest

from narrative.engine.profile.personal import find_personal
from narrative.engine.profile.personal.checksums import IDENTITIES, card, holds, iban
from tests.fixtures.personal_columns import Labelled, corpus

PUBLISHED = [
    ("es_dni", "12345678Z"), ("es_dni", "X1234567L"), ("it_cf", "RSSMRA85T10A562S"), ("pl_pesel", "44051401359"),
    ("nl_bsn", "111222333"), ("br_cpf", "529.982.247-25"), ("se_pnr", "811228-9874"), ("gb_nhs", "943 476 5919"),
    ("fr_nir", "255081416802538"), ("fi_hetu", "131052-308T"), ("ch_ahv", "756.9217.0769.85"),
    ("cn_id", "11010519491231002X"), ("tr_tckn", "10000000146"), ("de_steuer", "86095742719"),
    ("us_ssn", "219-09-9999"), ("in_pan", "ABCPE1234F"),
]  # fmt: skip
"""Numbers that authorities and standards print as examples."""
CARDS = ["4111 1111 1111 1111", "5555555555554444", "378282246310005", "6011111111111117", "4012-8888-8888-1881"]
IBANS = [
    "GB82 WEST 1234 5698 7654 32",
    "DE89370400440532013000",
    "FR1420041010050500013M02606",
    "CH9300762011623852957",
]


@pytest.mark.parametrize(("key", "number"), PUBLISHED)
def test_published_examples_of_national_numbers_pass_and_one_changed_digit_does_not(key: str, number: str) -> None:
    identity = IDENTITIES[key]
    assert holds(identity, number)
    if key not in ("us_ssn", "in_pan"):
        place = max(i for i, c in enumerate(number) if c.isdigit() and i < len(number) - 1)
        changed = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
        assert not holds(identity, changed)


@pytest.mark.parametrize("number", CARDS)
def test_test_numbers_of_card_issuers_pass(number: str) -> None:
    assert card(number)
    assert not card(number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize("number", IBANS)
def test_ibans_of_the_registry_pass(number: str) -> None:
    assert iban(number)
    assert not iban(number[:-1] + str((int(number[-1]) + 1) % 10))


def scored(columns: list[Labelled]) -> tuple[float, float, list[str]]:
    """Precision and recall by category, and what went wrong."""
    right = flagged = personal = 0
    wrong = []
    for column in columns:
        found = find_personal(column.series())
        category = found.category if found else None
        flagged += category is not None
        personal += column.category is not None
        right += category is not None and category == column.category
        if category != column.category:
            wrong.append(f"{column.id}: {column.category} taken for {category}")
    return right / flagged, right / personal, wrong


def test_precision_and_recall_on_the_corpus_are_at_least_95_percent() -> None:
    columns = corpus()
    assert len(columns) >= 120
    precision, recall, wrong = scored(columns)
    assert precision >= 0.95, wrong
    assert recall >= 0.95, wrong


def test_the_measure_sees_a_detector_that_goes_by_names_alone() -> None:
    """Without the values' say, columns such as "phone_service" and "mobile" would be flagged."""
    from narrative.engine.profile.personal.words import NAMES, plain_words

    named = [c for c in corpus() if c.category is None and any(p.search(plain_words(c.name)) for p in NAMES.values())]
    assert named
    assert all(find_personal(column.series()) is None for column in named)


def test_a_name_without_values_is_no_evidence() -> None:
    for name in ("email", "ssn", "first_name", "phone", "date_of_birth"):
        assert find_personal(pl.Series(name, [None, None], dtype=pl.String)) is None
        assert find_personal(pl.Series(name, [1.5, 2.5])) is None
        assert find_personal(pl.Series(name, ["a", "b", "c"] * 10)) is None


def test_evidence_is_counted() -> None:
    series = pl.Series("c1", [f"user{i}@example.org" for i in range(40)] + ["unknown"] * 5)
    found = find_personal(series)
    assert found is not None
    assert (found.category, found.n_matching, found.n_checked) == ("email", 40, 41)
    assert found.evidence == ["pattern"]
    assert find_personal(series.alias("Email")).evidence == ["pattern", "name"]  # type: ignore[union-attr]  # it is found


def test_values_made_to_be_slow_to_search_are_looked_at_in_bounded_time() -> None:
    """Fifty values of 100,000 letters: a pattern that goes back at each letter would take minutes for each."""
    values = pl.Series("note", ["x" * 100_000 + str(place) for place in range(50)])
    started = time.process_time()
    assert find_personal(values) is None
    assert time.process_time() - started < 10
    mails = pl.Series("note", [f"{place}@example.org {'x' * 100_000}" for place in range(50)])
    assert find_personal(mails) is not None  # control: what stands at the beginning is found


def test_names_with_titles_maiden_names_and_quotes_are_names() -> None:
    names = ["Braund, Mr. Owen Harris", "Cumings, Mrs. John Bradley (Florence Briggs)", 'Moran, Mr. James "Jim"'] * 4
    values = [f"{name}{'abcdefghijkl'[i]}" for i, name in enumerate(names)]
    found = find_personal(pl.Series("Name", values))
    assert found is not None
    assert found.category == "person_name"
