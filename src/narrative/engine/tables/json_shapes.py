"""The shapes in which JSON holds a table, turned into records with plain values."""

from __future__ import annotations

import json
from typing import Any

from narrative.core.errors import InvalidInput
from narrative.engine.tables.values import counted

_FIX = 'Write it as [{"column": value, …}, …], or save the table as CSV.'


def records_of(content: Any) -> tuple[list[dict[str, Any]], str | None]:
    """Records of a document, and what was done to get them where that is no plain list of records.

    Known shapes: a list of records; a list of lists under a list of names; an object of equally long lists (columns);
    an object of objects with the same keys (columns by row name); ``columns`` and ``data`` apart; an object that holds
    one list of records among other fields; a single record.

    >>> records_of({"a": [1, 2], "b": [3, 4]})
    ([{'a': 1, 'b': 3}, {'a': 2, 'b': 4}], 'The file holds columns, not records; they were put side by side.')

    Raises:
        InvalidInput: ``not_a_table``, naming the first element that does not fit.
    """
    if isinstance(content, list):
        return _from_list(content)
    if not isinstance(content, dict):
        raise _unfit("The JSON file holds a single value, not a table.", 1)
    names, rows = content.get("columns"), content.get("data")
    if _are_names(names) and isinstance(rows, list) and all(isinstance(row, list) for row in rows):
        return _from_rows(names or [], rows), "Names and rows stand apart in the file; they were put together."
    if content and all(isinstance(value, list) for value in content.values()) and not _holds_records(content):
        return _from_columns(content), "The file holds columns, not records; they were put side by side."
    if len(content) > 1 and all(isinstance(value, dict) for value in content.values()):
        return _from_keyed(content)
    lists = [name for name, value in content.items() if isinstance(value, list) and _are_records(value)]
    if len(lists) == 1:
        others = len(content) - 1
        beside = f"; {counted(others, 'other field')} beside it not read" if others else ""
        return content[lists[0]], f"The records were taken from the field {lists[0][:60]!r}{beside}."
    if len(lists) > 1:
        raise _unfit(f"The JSON file holds several tables: {', '.join(repr(name[:40]) for name in lists[:10])}.", 1)
    return [content], "The file holds a single record."


def _from_list(content: list[Any]) -> tuple[list[dict[str, Any]], str | None]:
    if _are_records(content) or not content:
        return content, None
    if all(isinstance(row, list) for row in content):
        names = content[0]
        if _are_names(names) and len(content) > 1:
            return _from_rows(names, content[1:]), "The first list was read as the names of the columns."
        width = max(len(row) for row in content)
        made = [f"column_{place + 1}" for place in range(width)]
        return _from_rows(made, content), "The lists have no names; the columns were numbered."
    if not any(isinstance(value, dict | list) for value in content):
        return [{"value": value} for value in content], "The file holds a list of values; they became one column."
    place = next(place for place, value in enumerate(content) if not isinstance(value, dict))
    raise _unfit(f"Element {place + 1:,} of the list is not a record.", place + 1)


def _are_records(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(value, dict) for value in values)


def _are_names(names: Any) -> bool:
    return isinstance(names, list) and bool(names) and all(isinstance(name, str) for name in names)


def _holds_records(content: dict[str, Any]) -> bool:
    return any(_are_records(value) for value in content.values())


def _from_rows(names: list[str], rows: list[list[Any]]) -> list[dict[str, Any]]:
    for place, row in enumerate(rows):
        if len(row) > len(names):
            raise _unfit(f"Row {place + 1:,} has {len(row):,} values; there are {len(names):,} names.", place + 1)
    return [dict(zip(names, [*row, *[None] * (len(names) - len(row))], strict=True)) for row in rows]


def _from_columns(content: dict[str, list[Any]]) -> list[dict[str, Any]]:
    lengths = {name: len(values) for name, values in content.items()}
    longest = max(lengths.values())
    for name, length in lengths.items():
        if length != longest:
            raise _unfit(f"Column {name[:60]!r} has {length:,} values, another {longest:,}.", 1, column=name[:60])
    return [dict(zip(content, row, strict=True)) for row in zip(*content.values(), strict=True)]


def _from_keyed(content: dict[str, dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
    """Objects in an object: columns keyed by row when all have the same keys and these count up, else named rows."""
    keys = list(next(iter(content.values())))
    same = all(list(value) == keys for value in content.values())
    if same and keys == [str(place) for place in range(len(keys))] and keys:
        records = [{name: column[key] for name, column in content.items()} for key in keys]
        return records, "The file holds columns by row number; they were put side by side."
    name = "key"
    while any(name in value for value in content.values()):
        name += "_"
    records = [{name: key, **value} for key, value in content.items()]
    return records, f"The names of the records became the column {name!r}."


def flat_records(records: list[dict[str, Any]], names: list[str]) -> list[str]:
    """Divide fields that hold records into fields named with a dot, in place; deeper nesting becomes text.

    Returns:
        what was done, in words.
    """
    nested = [name for name in names if any(isinstance(record.get(name), dict) for record in records)]
    listed = [
        name
        for name in names
        if name not in nested and any(isinstance(record.get(name), list) for record in records)
    ]  # fmt: skip
    taken = set(names)
    notes = []
    for name in nested:
        _divide(records, name, taken)
        notes.append(f"The nested field {name[:60]!r} was divided into columns named {name[:60] + '.…'!r}.")
    for name in listed:
        notes.append(f"Lists in the field {name[:60]!r} were written as text.")
        for record in records:
            if isinstance(record.get(name), list):
                record[name] = _list_text(record[name])
    return notes[:200]


def _divide(records: list[dict[str, Any]], name: str, taken: set[str]) -> None:
    """Move the fields of a nested record up, beside it; what is no record keeps the name."""
    own: dict[str, str] = {}
    for record in records:
        value = record.get(name)
        if not isinstance(value, dict):
            if value is None:
                record.pop(name, None)
            continue
        del record[name]
        for inner, one in value.items():
            if inner not in own:
                own[inner] = _free(f"{name}.{inner}", taken)
            record[own[inner]] = _list_text(one) if isinstance(one, list) else _record_text(one)


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_2"
    taken.add(name)
    return name


def _list_text(values: list[Any]) -> str | None:
    """Plain values joined by commas, everything deeper as JSON; an empty list holds nothing."""
    if not values:
        return None
    if any(isinstance(value, dict | list) for value in values):
        return json.dumps(values, ensure_ascii=False)
    return ", ".join(value if isinstance(value, str) else json.dumps(value) for value in values if value is not None)


def _record_text(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def _unfit(message: str, row: int, column: str | None = None) -> InvalidInput:
    return InvalidInput("not_a_table", message, row=row, column=column, fix=_FIX)
