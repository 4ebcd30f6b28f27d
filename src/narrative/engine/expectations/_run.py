"""Data checks: found by file name, proposed from a profile, checked against columns, run on a table."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from polars.exceptions import PolarsError
from pydantic import ValidationError

from narrative.core.errors import InvalidInput
from narrative.core.plugins import discover
from narrative.engine.expectations.base import CheckResult, CheckSpec, Expectation, ExpectationParams, FailingRow

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

MOST_PROPOSED: Final = 40
MOST_ROWS: Final = 100
CELL_CHARACTERS: Final = 200


def expectations() -> Mapping[str, type[Expectation[Any]]]:
    """All data checks by name."""
    return discover("narrative.engine.expectations", Expectation)


def resolved(spec: CheckSpec) -> tuple[Expectation[Any], ExpectationParams]:
    """The data check and its parameters.

    Raises:
        InvalidInput: ``data_check_unknown``, ``data_check_parameter``.
    """
    kinds = expectations()
    if spec.type not in kinds:
        raise InvalidInput(
            "data_check_unknown", f"There is no data check {spec.type[:60]!r}.", fix=f"Known ones: {', '.join(kinds)}."
        )
    rule = kinds[spec.type]()
    try:
        return rule, rule.Params(**spec.params)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(
            "data_check_parameter",
            f"The data check {rule.title!r} has a parameter that is not right{': ' + place if place else ''}.",
            fix=str(first["msg"]).removeprefix("Value error, ") + ".",
        ) from error


def check_specs(specs: Sequence[CheckSpec], columns: Sequence[str]) -> None:
    """Refuse data checks that do not fit a table.

    Raises:
        InvalidInput: ``data_check_column`` with the nearest name, or whatever :func:`resolved` raises.
    """
    for spec in specs:
        rule, params = resolved(spec)
        for column in rule.columns(params):
            if column not in columns:
                near = difflib.get_close_matches(column, columns, n=1, cutoff=0.6)
                raise InvalidInput(
                    "data_check_column",
                    f"The data check {rule.title!r} looks at the column {column[:80]!r}, which is not there.",
                    column=column[:80],
                    fix=f"Did you mean {near[0]!r}?" if near else "Choose one of the columns of the table.",
                )


def propose_data_checks(frame: pl.DataFrame, profile: TableProfile, *, today: dt.date) -> list[CheckSpec]:
    """Data checks that hold for a table and are worth keeping, at most 40: of the table first, then by column."""
    place = {name: index for index, name in enumerate(frame.columns)}
    found: list[tuple[int, int, CheckSpec]] = []
    for order, (name, kind) in enumerate(expectations().items()):
        rule = kind()
        for params in rule.propose(frame, profile, today):
            columns = rule.columns(params)
            spec = CheckSpec(type=name, params=params.model_dump(mode="json", exclude_none=True))
            found.append((max((place[column] for column in columns), default=-1), order, spec))
    found.sort(key=lambda item: item[:2])
    return [spec for _, _, spec in found[:MOST_PROPOSED]]


def run_data_checks(frame: pl.DataFrame, specs: Sequence[CheckSpec], *, today: dt.date) -> list[CheckResult]:
    """The result of every data check that is switched on; a column that is gone breaks its rule."""
    return [_result(frame, spec, today) for spec in specs if spec.enabled]


def broken_rows(frame: pl.DataFrame, spec: CheckSpec) -> pl.Series | None:
    """True for rows that break a check; None for checks of the table as a whole or of a column that is gone."""
    rule, params = resolved(spec)
    if set(rule.columns(params)) - set(frame.columns):
        return None
    marked = rule.broken(frame, params)
    if marked is None:
        return None
    rows = marked if isinstance(marked, pl.Series) else frame.select(marked.alias("broken")).to_series()
    return rows.fill_null(value=False)


def _result(frame: pl.DataFrame, spec: CheckSpec, today: dt.date) -> CheckResult:
    rule, params = resolved(spec)
    sentence, columns = rule.sentence(params), rule.columns(params)
    gone = [column for column in columns if column not in frame.columns]
    if gone:
        message = f"The column {gone[0]} is not there."
        return _of(spec, sentence, n_checked=0, n_failed=1, message=message)
    try:
        rows = broken_rows(frame, spec)
    except PolarsError:
        message = f"{columns[0]} holds something else than this rule speaks of."
        return _of(spec, sentence, n_checked=frame.height, n_failed=frame.height, message=message)
    if rows is None:
        wrong = rule.whole(frame, params, today)
        return _of(
            spec, sentence, n_checked=frame.height, n_failed=int(wrong is not None), message=wrong or "It holds."
        )
    n_failed = int(rows.sum())
    verb = "breaks" if n_failed == 1 else "break"
    message = f"{n_failed:,} of {frame.height:,} rows {verb} this rule." if n_failed else "It holds in every row."
    found = _of(spec, sentence, n_checked=frame.height, n_failed=n_failed, message=message)
    return found.model_copy(update={"rows": _listed(frame, rows, columns)}) if n_failed else found


def _of(spec: CheckSpec, sentence: str, *, n_checked: int, n_failed: int, message: str) -> CheckResult:
    return CheckResult(
        id=spec.id,
        type=spec.type,
        sentence=sentence,
        passed=n_failed == 0,
        n_checked=n_checked,
        n_failed=n_failed,
        message=message,
    )


def _listed(frame: pl.DataFrame, rows: pl.Series, columns: list[str]) -> list[FailingRow]:
    places = rows.arg_true().head(MOST_ROWS)
    cells = frame.select(columns)[places]
    return [
        FailingRow(row=int(place) + 1, cells={name: _cell(value) for name, value in row.items()})
        for place, row in zip(places.to_list(), cells.iter_rows(named=True), strict=True)
    ]


def _cell(value: Any) -> str | None:
    return None if value is None else str(value)[:CELL_CHARACTERS]
