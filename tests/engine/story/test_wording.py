"""How values read."""

from __future__ import annotations

import pytest

from narrative.engine.story.types import Fact, FactFormat
from narrative.engine.story.wording import MINUS, format_fact, format_value


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (100_000, "integer", "100,000"),
        (0.27, "percent", "27%"),
        (0.041, "percent", "4.1%"),
        (0.05, "percent", "5%"),
        (0.0, "percent", "0%"),
        (1.0, "percent", "100%"),
        (0.9996, "percent", "99.96%"),
        (0.99999, "percent", "99.999%"),
        (0.0000004, "percent", "0.00004%"),
        (0.8454, "score", "0.845"),
        (0.99996, "score", "0.99996"),
        (1.0, "score", "1.000"),
        (0.0001, "score", "0.0001"),
        (533.27, "score", "533.3"),
        (5332.7, "score", "5,333"),
        (-0.25, "score", "\N{MINUS SIGN}0.250"),
        (float("nan"), "score", "–"),
        (None, "integer", "–"),
        (18823.0, "decimal", "18,823"),
        (2401.4, "decimal", "2,401"),
        (3.14159, "decimal", "3.142"),
        (1.0e-7, "decimal", "1e-07".replace("-", MINUS)),
        (1.7976931348623157e308, "score", "1.8e+308"),
        (0.42, "seconds", "0.4 s"),
        (8.2, "seconds", "8 s"),
        (112, "seconds", "1 min 52 s"),
        (60, "seconds", "1 min"),
        (7500, "seconds", "2 h 5 min"),
        ("a\n\tb", "text", "a b"),
        ("", "text", "(blank)"),
        ("x" * 40, "text", "x" * 27 + "…"),
    ],
)
def test_a_value_reads_as_people_write_it(value: float | int | str | None, form: FactFormat, text: str) -> None:
    assert format_value(value, form) == text


@pytest.mark.parametrize(("value", "text"), [(1, "1 row"), (0, "0 rows"), (2, "2 rows"), (1500, "1,500 rows")])
def test_a_unit_is_singular_for_one_and_plural_for_others(value: int, text: str) -> None:
    fact = Fact(id="n", name="rows", value=value, unit="rows", format="integer", formula="table.rows", source="")
    assert format_fact(fact, with_unit=True) == text


def test_a_negative_zero_is_written_as_zero() -> None:
    assert [format_value(-0.0, form) for form in ("percent", "score", "decimal")] == ["0%", "0.000", "0"]
