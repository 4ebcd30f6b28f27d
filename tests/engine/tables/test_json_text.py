"""JSON in every shape a table comes in, broken JSON, and numbers that no column holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from narrative.core.errors import InvalidInput, LimitExceeded, NarrativeError
from narrative.engine.tables import ReadLimits, ReadOptions
from narrative.engine.tables.delimited import Parsed
from narrative.engine.tables.json_text import read_json


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def make(content: Any, options: ReadOptions | None = None, **limits: Any) -> Parsed:
        data = content if isinstance(content, bytes) else content.encode() if isinstance(content, str) else None
        (tmp_path / "t").write_bytes(json.dumps(content).encode() if data is None else data)
        return read_json(tmp_path / "t", options or ReadOptions(), ReadLimits(**limits))

    return make


ROWS = [(1, "x"), (2, "y")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], None),
        ({"a": [1, 2], "b": ["x", "y"]}, "columns"),
        ({"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": "y"}}, "row number"),
        ({"columns": ["a", "b"], "index": [0, 1], "data": [[1, "x"], [2, "y"]]}, "put together"),
        ({"status": "ok", "items": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]}, "'items'; 1 other field"),
        ([["a", "b"], [1, "x"], [2, "y"]], "names of the columns"),
        ('{"a": 1, "b": "x"}\n\n{"a": 2, "b": "y"}\n', None),
        ('\ufeff{"a": 1, "b": "x"}\r\n{"a": 2, "b": "y"}', None),
    ],
)
def test_every_shape_gives_the_same_table(read: Any, content: Any, told: str | None) -> None:
    parsed = read(content)
    assert parsed.frame.columns == ["a", "b"]
    assert parsed.frame.rows() == ROWS
    assert (told in parsed.report["repairs"][0]) if told else parsed.report["repairs"] == []


def test_named_records_keep_their_names(read: Any) -> None:
    parsed = read({"DE": {"capital": "Berlin"}, "CH": {"capital": "Bern", "x": 1}})
    assert parsed.frame.rows() == [("DE", "Berlin", None), ("CH", "Bern", 1)]
    assert parsed.frame.columns[0] == "key"


def test_single_records_and_lists_of_values_are_tables_too(read: Any) -> None:
    assert read({"a": 1, "b": {"c": 2}}).frame.rows() == [(1, 2)]
    assert read([[1, 2], [3, 4]]).frame.columns == ["column_1", "column_2"]


def test_nested_records_are_flattened_one_level_and_told(read: Any) -> None:
    parsed = read(
        [
            {"id": 1, "at": {"city": "Ulm", "geo": {"lat": 1.5}}, "tags": ["x", "y"], "deep": [{"k": 1}]},
            {"id": 2, "at": None, "tags": [], "deep": None},
        ]
    )
    assert parsed.frame.columns == ["id", "tags", "deep", "at.city", "at.geo"]
    assert parsed.frame.row(0) == (1, "x, y", '[{"k": 1}]', "Ulm", '{"lat": 1.5}')
    assert parsed.frame.row(1) == (2, None, None, None, None)
    assert "'at'" in parsed.report["repairs"][0]


def test_bad_lines_are_left_out_and_listed(read: Any) -> None:
    lines = [json.dumps({"a": place}) for place in range(20)]
    lines[4], lines[9] = '{"a": oops}', "[1]"
    parsed = read("\n".join([*lines, '{"a": 3, "b']))
    assert parsed.frame.height == 18
    assert parsed.lines.tolist()[3:6] == [4, 6, 7]
    assert [row["line"] for row in parsed.report["bad_rows"]] == [5, 10, 21]
    assert parsed.report["bad_rows"][0]["text"] == '{"a": oops}'
    assert "3 lines of 21" in parsed.report["warnings"][0]


def test_large_whole_numbers_keep_each_digit(read: Any) -> None:
    parsed = read(
        '[{"id": 9007199254740993, "mixed": 0.5, "vast": 1}, {"id": 1, "mixed": 9007199254740993, "vast": %s}]'
        % (10**400)
    )
    assert parsed.frame["id"].to_list() == [9007199254740993, 1]
    assert parsed.frame["mixed"].to_list() == ["0.5", "9007199254740993"]
    assert parsed.frame["vast"].to_list() == ["1", str(10**400)]


def test_numbers_out_of_range_are_missing_and_told(read: Any) -> None:
    parsed = read('[{"a": 1e999}, {"a": 2.5}, {"a": NaN}, {"a": -Infinity}]')
    assert parsed.frame["a"].to_list() == [None, 2.5, None, None]
    assert "2 numbers out of range" in parsed.report["warnings"][0]


def test_halves_of_characters_are_replaced_and_told(read: Any) -> None:
    parsed = read('[{"a": "x\\ud800y", "\\udc00": 1}, {"a": "\\ud83d\\ude00"}]')
    assert parsed.frame["a"].to_list() == ["x\ufffdy", "\U0001f600"]
    assert "1 record" in " ".join(parsed.report["repairs"])


def test_bytes_that_are_not_utf8_are_told(read: Any) -> None:
    parsed = read('[{"a": "Zürich"}]'.encode("latin-1"))
    assert parsed.frame.rows() == [("Zürich",)]
    assert parsed.report["encoding"] == "windows-1252"
    assert read('[{"a": "Zürich"}]'.encode("utf-16")).frame.rows() == [("Zürich",)]


def test_a_name_that_stands_twice_in_a_record_is_told(read: Any) -> None:
    parsed = read('[{"a": 1, "b": 2, "a": 3}, {"a": 4}]')
    assert parsed.frame.rows() == [(3, 2), (4, None)]
    assert "1 record has a name twice ('a')" in parsed.report["warnings"][0]
    assert read('[{"a": 1}, {"a": 1}]').report["warnings"] == []


def test_names_are_made_usable(read: Any) -> None:
    parsed = read([{"": 1, " a\n b": 2, "n" * 500: 3}])
    assert parsed.frame.columns == ["column_1", "a b", "n" * 200]


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ("[" * 100_000, "too_deeply_nested", "nested"),
        ('[{"a":' * 5_000 + "1" + "}]" * 5_000, "too_deeply_nested", "nested"),
        ('[{"a": ' + "9" * 5_000 + "}]", "not_a_table", "digits"),
        ('[{"a": 1},\n{"a": }]', "not_a_table", "Line 2"),
        ("[]", "header_only", "no records"),
        ("[{}, {}]", "header_only", "no fields"),
        ('[{"a": 1}, 5]', "not_a_table", "Element 2"),
        ('{"a": [1, 2], "b": [1]}', "not_a_table", "'b' has 1 values"),
        ('{"a": [{"x": 1}], "b": [{"x": 1}]}', "not_a_table", "several tables"),
        ('{"columns": ["a"], "data": [[1], [1, 2]]}', "not_a_table", "Row 2"),
        ('"text"', "not_a_table", "single value"),
    ],
)
def test_what_is_no_table_is_named(read: Any, content: str, code: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(content)
    assert caught.value.code == code
    assert words in caught.value.message
    assert caught.value.fix


def test_fields_without_end_are_refused_before_a_table_is_made(read: Any) -> None:
    records = [{f"f{place}_{inner}": 1 for inner in range(100)} for place in range(200)]
    with pytest.raises(NarrativeError) as caught:
        read(records)
    assert caught.value.code == "too_many_columns"
    with pytest.raises(LimitExceeded) as limited:
        read(records, max_columns=100_000, max_cells=1_000_000)
    assert limited.value.context["value"] == 200 * 100 * 200
