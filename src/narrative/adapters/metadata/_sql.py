"""SQL text for documents kept as JSON: made from checked names only, values always travel as parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from narrative.ports.metadata import CollectionSpec, Query

_NAME: Final = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
_FIELD: Final = re.compile(r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$")
_COMPARISONS: Final = {"<", "<=", ">", ">="}
_MAX_INTEGER: Final = 2**63 - 1


def table(collection: str) -> str:
    """The quoted table of a collection. Raises ``ValueError`` for anything but a plain name."""
    if not _NAME.fullmatch(collection):
        raise ValueError(f"not a collection name: {collection!r}")
    return f'"c_{collection}"'


def column(path: str) -> str:
    """The expression that reads a field; the same text in queries and indexes, so that the index is used."""
    if not _FIELD.fullmatch(path):
        raise ValueError(f"not a field path: {path!r}")
    if path in {"id", "rev"}:
        return path
    quoted = ".".join(f'"{part}"' for part in path.split("."))
    return f"json_extract(body, '$.{quoted}')"


def create(spec: CollectionSpec) -> list[str]:
    """Statements that make a collection and its indexes when they are missing."""
    name = table(spec.name)
    statements = [
        f"CREATE TABLE IF NOT EXISTS {name} ("
        "tenant TEXT NOT NULL, id TEXT NOT NULL, rev INTEGER NOT NULL, body TEXT NOT NULL, "
        "PRIMARY KEY (tenant, id)) STRICT"
    ]
    for index in spec.indexes:
        fields = (index,) if isinstance(index, str) else tuple(index)
        statements.append(_index(spec.name, "i", fields, ["tenant", *map(column, fields)]))
    everywhere = [_index(spec.name, "e", tuple(fields), list(map(column, fields))) for fields in spec.everywhere]
    unique = [
        _index(spec.name, "u", tuple(fields), ["tenant", *map(column, fields)], unique=True) for fields in spec.unique
    ]
    return [*statements, *everywhere, *unique]


def _index(collection: str, kind: str, fields: tuple[str, ...], columns: list[str], *, unique: bool = False) -> str:
    # The name holds the fields, so that a changed declaration makes a new index instead of keeping the old one.
    name = f"{kind}_{collection}__{'__'.join(field.replace('.', '$') for field in fields)}"
    word = "UNIQUE INDEX" if unique else "INDEX"
    return f'CREATE {word} IF NOT EXISTS "{name}" ON {table(collection)} ({", ".join(columns)})'


def where(query: Query, tenant: str | None) -> tuple[str, list[Any]]:
    """The ``WHERE`` clause of a query and its parameters; no tenant means all of them."""
    clauses: list[str] = []
    values: list[Any] = []
    if tenant is not None:
        clauses.append("tenant = ?")
        values.append(tenant)
    for path, operator, value in query.where:
        clause, parameters = _condition(column(path), operator, value)
        clauses.append(clause)
        values += parameters
    return (" WHERE " + " AND ".join(clauses) if clauses else ""), values


def order(query: Query) -> str:
    """``ORDER BY``, always ending in the id so that pages never overlap."""
    parts = [f"{column(path)} {'DESC' if descending else 'ASC'}" for path, descending in query.order]
    return " ORDER BY " + ", ".join([*parts, "id ASC", "tenant ASC"])


def page(query: Query) -> tuple[str, list[int]]:
    """``LIMIT`` and ``OFFSET``."""
    if query.limit < 0 or query.offset < 0:
        raise ValueError((query.limit, query.offset))
    return " LIMIT ? OFFSET ?", [query.limit, query.offset]


def _condition(expression: str, operator: str, value: Any) -> tuple[str, list[Any]]:
    if operator == "in":
        return _one_of(expression, list(value))
    _check(value)
    if operator == "=":
        return (f"{expression} IS NULL", []) if value is None else (f"{expression} = ?", [value])
    if operator == "!=":
        return (f"{expression} IS NOT NULL", []) if value is None else (f"{expression} IS NOT ?", [value])
    if operator in _COMPARISONS and value is not None:
        kinds = "('text')" if isinstance(value, str) else "('integer', 'real')"
        return f"({expression} {operator} ? AND typeof({expression}) IN {kinds})", [value]
    raise ValueError((operator, value))


def _one_of(expression: str, choices: Sequence[Any]) -> tuple[str, list[Any]]:
    for choice in choices:
        _check(choice)
    present = [choice for choice in choices if choice is not None]
    clause = f"{expression} IN ({', '.join('?' * len(present))})" if present else "0"
    return (f"({clause} OR {expression} IS NULL)" if None in choices else clause), present


def _check(value: Any) -> None:
    if value is not None and not isinstance(value, str | int | float):
        raise ValueError(f"a query compares text, numbers, booleans and null, not {type(value).__name__}")
    if isinstance(value, int) and abs(value) > _MAX_INTEGER:
        raise ValueError("a query compares whole numbers below 2^63")
