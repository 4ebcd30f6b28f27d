"""From rows to answers: the one path of the page, the production address and their records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.types import Label
from narrative.studio.predictions.entities import MAX_RECORDS, Prediction, Reason
from narrative.studio.predictions.rows import frame_of
from narrative.studio.predictions.wording import sentence_at_cut, sentence_of

if TYPE_CHECKING:
    from narrative.engine.bundle import Predictions, Predictor
    from narrative.engine.tables.types import BadRow

MAX_ERRORS = 20


@dataclass(frozen=True)
class Answers:
    """Answers for all rows of a request, in their order, and what was repaired in the input."""

    items: list[Prediction]
    repairs: list[str]


def answer(
    predictor: Predictor, rows: Sequence[Mapping[str, Any]], ids: Sequence[str], *, with_reasons: bool
) -> Answers:
    """Predict rows that came as JSON.

    Raises:
        InvalidInput: ``no_known_column``; ``value_unreadable`` naming row, column and value of each bad cell.
        LimitExceeded: ``records_over_limit``.
    """
    if len(rows) > MAX_RECORDS:
        raise LimitExceeded(
            "records_over_limit",
            f"{len(rows):,} rows were sent; at most {MAX_RECORDS:,} can be predicted at once.",
            fix="Send fewer rows at once, or predict a file.",
            limit=MAX_RECORDS,
            value=len(rows),
        )
    predictions = predictor.predict(
        frame_of(rows), reasons=with_reasons, n_reasons=None, lines=list(range(1, len(rows) + 1))
    )
    if predictions.bad_rows:
        raise unreadable(predictions.bad_rows)
    absent = _absences(predictor, predictions, rows)
    items = [_item(predictor, predictions, place, name, absent[place]) for place, name in enumerate(ids)]
    return Answers(items, predictions.repairs)


def _absences(predictor: Predictor, predictions: Predictions, rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """What to say to each row of the columns it does not name; one that is named with null is known to be missing."""
    expected = [column.name for column in predictor.contract.columns]
    some = {name for row in rows for name in row}
    said: dict[tuple[str, ...], list[str]] = {}
    found = []
    for row in rows:
        names = tuple(
            name for name in expected if name in predictions.missing_columns or (name in some and name not in row)
        )
        if names not in said:
            said[names] = predictor.absence(names, of_row=True)
        found.append(said[names])
    return found


def _item(predictor: Predictor, predictions: Predictions, place: int, id: str, absent: list[str]) -> Prediction:
    label = predictions.answers[place]
    probabilities = _probabilities(predictions, place)
    lower = None if predictions.lower is None else float(predictions.lower[place])
    upper = None if predictions.upper is None else float(predictions.upper[place])
    reasons = [] if predictions.reasons is None else predictions.reasons[place]
    return Prediction(
        prediction_id=id,
        prediction=label,
        probabilities=probabilities,
        lower=lower,
        upper=upper,
        base=None if predictions.base is None else float(predictions.base[place]),
        explained=None if predictions.explained is None else predictions.explained[place],
        reasons=[
            Reason(column=item.column, value=item.value, effect=float(item.effect), text=item.text) for item in reasons
        ],
        warnings=[*absent, *predictions.row_warnings.get(place, [])],
        sentence=_sentence(predictor, predictions, place),
    )


def _sentence(predictor: Predictor, predictions: Predictions, place: int) -> str:
    target, cut, label = predictor.contract.target, predictor.model.threshold, predictions.answers[place]
    if predictions.probabilities is None:
        lower = None if predictions.lower is None else float(predictions.lower[place])
        upper = None if predictions.upper is None else float(predictions.upper[place])
        return sentence_of(target, label, None, lower, upper)
    own = predictions.probabilities[place]
    if predictions.problem == "binary" and cut != 0.5:
        return sentence_at_cut(target, label, predictions.classes[1], float(own[1]), cut)
    return sentence_of(target, label, float(own[predictions.classes.index(label)]), None, None)


def _probabilities(predictions: Predictions, place: int) -> dict[str, float] | None:
    if predictions.probabilities is None:
        return None
    row = predictions.probabilities[place]
    return {label_text(label): float(value) for label, value in zip(predictions.classes, row, strict=True)}


def label_text(label: Label) -> str:
    """A class label as the name of its probability: as columns of a prediction file say it."""
    return str(label)


def unreadable(bad_rows: Sequence[BadRow]) -> InvalidInput:
    """The failure for rows that came as JSON and cannot be read, each with its column and reason."""
    first = bad_rows[0]
    errors = [{"pointer": _pointer(bad.line, bad.column), "detail": bad.reason} for bad in bad_rows[:MAX_ERRORS]]
    why = first.reason.removeprefix(f"'{first.column}' cannot be used: ").removesuffix(".")
    return InvalidInput(
        "value_unreadable",
        f"Row {first.line}: {first.value[:80]!r} cannot be used in '{first.column}': {why}.",
        row=first.line,
        column=first.column,
        fix="Correct the value, or send null when it is not known.",
        errors=errors,
    )


def _pointer(line: int, column: str | None) -> str:
    # JSON pointers write ~ and / of a name as ~0 and ~1 (RFC 6901).
    name = "" if column is None else "/" + column.replace("~", "~0").replace("/", "~1")
    return f"/data/{line - 1}{name}"
