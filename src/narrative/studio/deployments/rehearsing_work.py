"""What a rehearsal does in a child process: mutated requests through the one path that answers callers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from narrative.engine.bundle import ContractColumn, Predictor
    from narrative.studio.predictions.answers import Answers

Report = Callable[[dict[str, Any]], None]
Row = dict[str, Any]
N_ROWS: Final = 20
N_TIMED: Final = 60
HUGE_ROWS: Final = 20_000
TOLERANCE: Final = 1e-9
UNSEEN: Final = "never seen before"


@dataclass(frozen=True)
class Mutation:
    """Rows with one thing done to them. ``must_answer``: a refusal fails; ``as_plain``: answers must be as without."""

    id: str
    title: str
    rows: list[Row]
    must_answer: bool = False
    as_plain: bool = False


def rehearse_bundle(payload: dict[str, Any], _: Report) -> dict[str, Any]:
    """What the model in ``payload["bundle"]`` does with each mutation of typical rows.

    Returns:
        ``cases`` (id, title, outcome, text), ``passed`` and ``p95_ms``.
    """
    from narrative.core.clock import SystemClock
    from narrative.core.errors import InternalError, NarrativeError
    from narrative.engine.bundle import load_bundle

    predictor = load_bundle(Path(payload["bundle"])).predictor
    mutations = mutations_of(predictor)
    plain = _answers(predictor, mutations[0].rows)
    cases = []
    for mutation in mutations:
        try:
            answers = _answers(predictor, mutation.rows)
            outcome, text = _judged(mutation, answers, plain)
        except NarrativeError as error:
            expected = not mutation.must_answer and not isinstance(error, InternalError)
            outcome, text = ("refused" if expected else "failed"), f"Refused: {error.message}"
        except Exception as error:  # noqa: BLE001 - whatever it is, a caller would have met it: that is the finding
            outcome, text = "failed", f"The model broke down ({type(error).__name__}) instead of saying what is wrong."
        cases.append({"id": mutation.id, "title": mutation.title, "outcome": outcome, "text": text})
    cases.append(_huge(predictor, mutations[0].rows))
    times = _times(predictor, mutations[0].rows, SystemClock())
    return {
        "cases": cases,
        "passed": all(case["outcome"] != "failed" for case in cases),
        "p95_ms": sorted(times)[-(-95 * len(times) // 100) - 1],
    }


def mutations_of(predictor: Predictor) -> list[Mutation]:
    """Plain rows first, then what programs and people send instead of them."""
    from narrative.studio.predictions.entities import MAX_RECORDS

    columns = predictor.contract.columns
    rows = plain_rows(columns)
    first = columns[0].name
    made = [
        Mutation("plain", "Rows as expected", rows, must_answer=True, as_plain=True),
        Mutation(
            "order",
            "Columns in another order",
            [dict(reversed(row.items())) for row in rows],
            must_answer=True,
            as_plain=True,
        ),
        Mutation(
            "extra",
            "A column nobody knows",
            [{**row, "narrative_unknown": 1} for row in rows],
            must_answer=True,
            as_plain=True,
        ),
        Mutation("case", "Names in capitals", [{name.upper(): cell for name, cell in row.items()} for row in rows]),
        Mutation("missing", f"Without '{first}'", [_without(row, first) for row in rows], must_answer=len(columns) > 1),
        Mutation("renamed", f"'{first}' under another name", _renamed(rows, first), must_answer=len(columns) > 1),
        Mutation("only", f"Nothing but '{first}'", [{first: row[first]} for row in rows]),
        Mutation("nulls", "Every value missing", [dict.fromkeys(row) for row in rows], must_answer=True),
        Mutation("texts", "Every value sent as text", [_as_text(row) for row in rows]),
        Mutation("too-many", "More rows than one call may hold", [rows[0]] * (MAX_RECORDS + 1)),
        Mutation("empty", "A row without any column", [{}]),
        Mutation("foreign", "Rows of another table", [{"narrative_unknown": 1}] * N_ROWS),
    ]
    categories = [column.name for column in columns if column.kind == "category"]
    if categories:
        title = f"A value of '{categories[0]}' that was never seen"
        made.append(Mutation("category", title, [{**row, categories[0]: UNSEEN} for row in rows], must_answer=True))
    numbers = [column.name for column in columns if column.dtype in {"Int64", "Float64"}]
    if numbers:
        name = numbers[0]
        made.append(Mutation("word", f"A word in '{name}'", [{**rows[0], name: "unknown quantity"}]))
        made.append(
            Mutation("extreme", f"'{name}' far outside of what was learned", [{**row, name: 1e12} for row in rows])
        )
    return made


def plain_rows(columns: Sequence[ContractColumn]) -> list[Row]:
    """Rows within what the model has learned: typical values, ends of ranges and known categories in turn."""
    choices = {column.name: _choices(column) for column in columns}
    return [
        {name: found[(place + shift) % len(found)] for shift, (name, found) in enumerate(choices.items())}
        for place in range(N_ROWS)
    ]


def _choices(column: ContractColumn) -> list[Any]:
    ends = [value for value in (column.minimum, column.maximum) if value is not None]
    if column.dtype == "Int64":
        ends = [int(float(value)) for value in ends]
    found = [column.typical, *ends, *(item.value for item in column.categories[:5])]
    if column.dtype == "Boolean":
        found = [True, False]
    return found


def _without(row: Row, name: str) -> Row:
    return {column: cell for column, cell in row.items() if column != name}


def _renamed(rows: list[Row], name: str) -> list[Row]:
    return [{f"{column} (new)" if column == name else column: cell for column, cell in row.items()} for row in rows]


def _as_text(row: Row) -> Row:
    return {name: None if cell is None else str(cell) for name, cell in row.items()}


def _answers(predictor: Predictor, rows: list[Row]) -> Answers:
    from narrative.studio.predictions.answers import answer

    return answer(predictor, rows, [str(place) for place in range(len(rows))], with_reasons=False)


def _judged(mutation: Mutation, answers: Answers, plain: Answers) -> tuple[str, str]:
    n_sent, n_got = len(mutation.rows), len(answers.items)
    if n_got != n_sent:
        return "failed", f"{n_sent:,} rows were sent and {n_got:,} answers came back."
    if mutation.as_plain and any(not _alike(one, two) for one, two in zip(answers.items, plain.items, strict=True)):
        return "failed", "The answers differ from those to the same rows as expected."
    said = [*answers.repairs, *dict.fromkeys(warning for item in answers.items for warning in item.warnings)]
    rows = "1 row" if n_sent == 1 else f"{n_sent:,} rows"
    return "answered", " ".join([f"{rows} answered.", *said[:2]])


def _alike(one: Any, two: Any) -> bool:
    if one.probabilities is not None:
        return all(abs(value - two.probabilities[name]) <= TOLERANCE for name, value in one.probabilities.items())
    return bool(abs(one.prediction - two.prediction) <= TOLERANCE * max(1.0, abs(two.prediction)))


def _huge(predictor: Predictor, rows: list[Row]) -> dict[str, Any]:
    from narrative.studio.predictions.rows import frame_of

    frame = frame_of((rows * (HUGE_ROWS // len(rows) + 1))[:HUGE_ROWS])
    case = {"id": "huge", "title": f"A table of {HUGE_ROWS:,} rows"}
    try:
        n_predicted = predictor.predict(frame).n_predicted
    except Exception as error:  # noqa: BLE001 - as above: this is what the rehearsal is for
        return case | {"outcome": "failed", "text": f"The model broke down ({type(error).__name__})."}
    if n_predicted != HUGE_ROWS:
        return case | {"outcome": "failed", "text": f"Only {n_predicted:,} rows were answered."}
    return case | {"outcome": "answered", "text": f"{n_predicted:,} rows answered."}


def _times(predictor: Predictor, rows: list[Row], clock: Any) -> list[float]:
    """Milliseconds of single rows through the path of the address, without network and record."""
    times = []
    for place in range(N_TIMED):
        started = clock.monotonic()
        _answers(predictor, [rows[place % len(rows)]])
        times.append(round((clock.monotonic() - started) * 1000, 3))
    return times
