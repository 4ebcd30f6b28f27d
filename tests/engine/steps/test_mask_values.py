"""Masked values name nobody; equal values stay equal where codes are asked for."""

from __future__ import annotations

import hashlib
from datetime import date

import polars as pl
import pytest

from narrative.engine.recipe import Recipe, StepSpec

TABLE = pl.DataFrame(
    {
        "mail": ["ada@example.org", "bob@firm.de", None, "ada@example.org"],
        "ip": ["10.1.2.3", "192.168.7.9", "10.1.9.9", None],
        "born": [date(1990, 5, 17), None, date(1985, 1, 2), date(1990, 5, 18)],
        "card": [4111111111111111, 5555555555554444, None, 378282246310005],
        "name": ["Ada", "Bob", "Cem", "Ada"],
    }
)


def masked(column: str, method: str, salt: str = "") -> list[str | None]:
    step = StepSpec(type="mask_values", params={"columns": [column], "method": method, "salt": salt})
    return Recipe([step]).fit(TABLE).apply(TABLE)[column].to_list()


def test_equal_values_get_equal_codes_that_depend_on_the_salt() -> None:
    codes = masked("mail", "hash", "pepper")
    assert codes[0] == codes[3] == hashlib.sha256(b"pepper\x1fada@example.org").hexdigest()[:12]
    assert codes[0] != codes[1]
    assert codes[2] is None
    assert codes != masked("mail", "hash", "salt")


@pytest.mark.parametrize("method", ["hash", "redact"])
@pytest.mark.parametrize("column", TABLE.columns)
def test_nothing_of_a_value_is_left(column: str, method: str) -> None:
    given = [str(value) for value in TABLE[column].drop_nulls()]
    for code in masked(column, method, "x"):
        assert code is None or not any(code in value or value in code for value in given)


def test_coarser_values_keep_what_groups_need() -> None:
    assert masked("mail", "generalize") == ["@example.org", "@firm.de", None, "@example.org"]
    assert masked("ip", "generalize") == ["10.1.*", "192.168.*", "10.1.*", None]
    assert masked("born", "generalize") == ["1990", None, "1985", "1990"]
    assert masked("name", "generalize") == ["A…", "B…", "C…", "A…"]
