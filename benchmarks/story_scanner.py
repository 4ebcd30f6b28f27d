"""A second pair of eyes on stories: finds numbers that are not bound, without any code of the narrator or its verifier.

It reads a story as the JSON that pages get, finds everything that looks like a number by its own rules, and asks three
things of each: does it lie inside a part that names a fact of the story, does that fact's value round to it, and (for
facts of the table whose meaning is plain) does counting again in plain Python give the same.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

NUMBER: Final = re.compile(r"[-\N{MINUS SIGN}]?\d[\d,]*(?:\.\d+)?(?:[eE][-+\N{MINUS SIGN}]?\d+)?")
WORDS: Final = re.compile(
    r"\b(zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|twenty|thirty|forty|fifty|sixty|"
    r"seventy|eighty|ninety|hundreds?|thousands?|millions?|half|halves|thirds?|quarters?|twice|double|triple)\b",
    re.IGNORECASE,
)
SCALES: Final = {"%": 0.01, "ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
Cells = Mapping[str, list[Any]]


def sentences(story: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Headline, found, meaning, unknown, in the order of the page."""
    return [story["headline"], *story["found"], *story["meaning"], *story["unknown"]]


def words_of(story: Mapping[str, Any]) -> int:
    """How long a story is."""
    return sum(len(sentence["text"].split()) for sentence in sentences(story))


def style_of(story: Mapping[str, Any]) -> str:
    """The text with each value replaced by a short word: names and numbers belong to the data, not to the style."""
    return " ".join(
        "".join("it" if "fact" in part else part["text"] for part in sentence["parts"]) for sentence in sentences(story)
    )


def unbound(told: Iterable[Mapping[str, Any]], facts: Iterable[Mapping[str, Any]], cells: Cells | None) -> list[str]:
    """Everything in sentences that is a number and not what a fact holds; empty when all are bound.

    Args:
        cells: columns of the table as plain lists (None for empty), to count again; None: not counted.
    """
    known = {fact["id"]: fact for fact in facts}
    problems = [problem for sentence in told for problem in _problems(sentence, known)]
    if cells is not None:
        problems += [problem for fact in known.values() if (problem := _recount(fact, cells)) is not None]
    return problems


def _problems(sentence: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> list[str]:
    text, found = sentence["text"], []
    if "".join(part["text"] for part in sentence["parts"]) != text:
        found.append(f"parts do not make up: {text}")
    for part in sentence["parts"]:
        shown = part["text"]
        if "fact" not in part:
            loose = NUMBER.search(shown) or WORDS.search(shown) or next((c for c in shown if c.isnumeric()), None)
            if loose:
                found.append(f"{loose if isinstance(loose, str) else loose[0]!r} is bound to nothing: {text}")
        elif part["fact"] not in known:
            found.append(f"{part['fact']} is no fact of this story: {text}")
        elif not _shows(shown, known[part["fact"]]):
            found.append(f"{shown!r} is not {known[part['fact']]['value']!r} ({part['fact']}): {text}")
    return found


def _shows(shown: str, fact: Mapping[str, Any]) -> bool:
    value = fact["value"]
    if isinstance(value, str):
        plain = " ".join("".join(c if c.isprintable() else " " for c in value).split())
        return shown == (plain or "(blank)") or (shown.endswith("…") and plain.startswith(shown[:-1]))
    if isinstance(value, bool) or value is None:
        return shown == str(value)
    numbers = list(NUMBER.finditer(shown))
    if not numbers:
        return False
    total, step = 0.0, 0.0
    for match in numbers:
        digits = match[0].replace(",", "").replace("\N{MINUS SIGN}", "-")
        unit = re.match(r"\s?(%|ms\b|s\b|min\b|h\b)", shown[match.end() :])
        scale = SCALES[unit[1]] if unit and (unit[1] == "%" or fact["format"] == "seconds") else 1.0
        mantissa, _, power = digits.lower().partition("e")
        step = 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2])) * scale
        total += float(digits) * scale
    whole = fact["format"] == "percent"
    if whole != ("%" in shown):
        return False
    return math.isclose(total, value, rel_tol=1e-9, abs_tol=step * 0.5000001)


def _recount(fact: Mapping[str, Any], cells: Cells) -> str | None:
    count = COUNTS.get(fact["formula"])
    if count is None or fact["value"] is None:
        return None
    again = count(cells, fact["arguments"])
    same = again == fact["value"] if isinstance(again, str) else math.isclose(again, fact["value"], rel_tol=1e-9)
    return None if same else f"{fact['id']} is {fact['value']!r}, counted again {again!r}"


def _filled(cells: Cells, column: str) -> list[Any]:
    return [value for value in cells[column] if value is not None and value == value]  # noqa: PLR0124 - NaN


def _height(cells: Cells) -> int:
    return len(next(iter(cells.values()), []))


def _matching(cells: Cells, conditions: list[dict[str, Any]]) -> list[int]:
    def holds(row: int, condition: dict[str, Any]) -> bool:
        value = cells[condition["column"]][row]
        if value is None or value != value:  # noqa: PLR0124 - NaN
            return False
        if condition["op"] == "==":
            return bool(_as_text(value) == condition["value"])
        return bool(value <= condition["value"] if condition["op"] == "<=" else value > condition["value"])

    return [row for row in range(_height(cells)) if all(holds(row, condition) for condition in conditions)]


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _group_share(cells: Cells, given: dict[str, Any]) -> float:
    rows = [row for row in _matching(cells, given["conditions"]) if cells[given["column"]][row] is not None]
    n_with = sum(_as_text(cells[given["column"]][row]) == given["value"] for row in rows)
    return float(n_with) / len(rows)


def _group_median(cells: Cells, given: dict[str, Any]) -> float:
    values = [cells[given["column"]][row] for row in _matching(cells, given["conditions"])]
    return float(statistics.median(value for value in values if value is not None and value == value))  # noqa: PLR0124


COUNTS: Final[dict[str, Callable[[Cells, dict[str, Any]], Any]]] = {
    "table.rows": lambda cells, _: _height(cells),
    "table.columns": lambda cells, _: len(cells),
    "table.filled": lambda cells, given: len(_filled(cells, given["column"])),
    "table.missing_share": lambda cells, given: 1 - len(_filled(cells, given["column"])) / _height(cells),
    "table.missing_cells_share": lambda cells, _: sum(_height(cells) - len(_filled(cells, name)) for name in cells)
    / (_height(cells) * len(cells)),
    "table.columns_with_gaps": lambda cells, _: sum(len(_filled(cells, name)) < _height(cells) for name in cells),
    "table.distinct": lambda cells, given: len(set(_filled(cells, given["column"]))),
    "table.count": lambda cells, given: len(_matching(cells, given["conditions"])),
    "table.group_share": _group_share,
    "table.group_median": _group_median,
    "profile.columns_with_gaps": lambda cells, _: sum(len(_filled(cells, name)) < _height(cells) for name in cells),
    "profile.column_missing_share": lambda cells, given: 1 - len(_filled(cells, given["column"])) / _height(cells),
}  # fmt: skip
"""Facts whose meaning is plain enough to count again here."""
