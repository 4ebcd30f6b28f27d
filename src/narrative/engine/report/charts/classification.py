"""Curves of a yes-or-no model: ROC, precision and recall, calibration, lift."""

from __future__ import annotations

from typing import Any

from narrative.engine.report.charts.base import Chart, Frame, Table, headline
from narrative.engine.report.svg import Scale, element, label, path, picture
from narrative.engine.story.facts import FactBook
from narrative.engine.story.formulas.training import only_guesses
from narrative.engine.story.sources import Sources
from narrative.engine.story.types import Claim
from narrative.engine.story.wording import clean_name, format_percent, format_score
from narrative.engine.training.types import Curve, TrainingResult

WIDTH, HEIGHT = 460, 340
LEFT, RIGHT, TOP, BOTTOM = 58, 440, 34, 284
TABLE_ROWS = 12
SHARE = 0.1
NARROW_CELL = 60
"""Below this width a cell of the confusion matrix has no room for a name: columns are numbered like the rows."""


def unit_frame() -> Frame:
    """Both axes from 0 to 1."""
    return Frame(Scale(0, 1, LEFT, RIGHT), Scale(0, 1, BOTTOM, TOP))


def classification_charts(result: TrainingResult) -> list[Chart]:
    """The curves that the evaluation holds points for.

    A model that gives each row the same answer puts none before another: there are no likeliest rows to speak of.
    """
    builders = (_calibration,) if only_guesses(result) else (_roc, _precision_recall, _calibration, _lift)
    return [chart for build in builders if (chart := build(result)) is not None]


def _book(result: TrainingResult) -> FactBook:
    book = FactBook(Sources(result=result))
    book.add("label", "evaluation.outcome_name", "the positive class", "text", index=1)
    book.add("share", "definition.argument", "share of rows looked at", "percent", value=SHARE)
    return book


def _argument(fact: str, argument: str) -> dict[str, Any]:
    return {"op": "argument", "of": fact, "argument": argument, "value": "share"}


def _roc(result: TrainingResult) -> Chart | None:
    curve = result.evaluation.roc
    if curve is None:
        return None
    book, frame = _book(result), unit_frame()
    book.add("found", "evaluation.recall_at_false_alarms", "share found", "percent", rate=SHARE)
    said = headline(
        book,
        "How much it finds, for each amount of false alarms",
        Claim(
            type="share",
            text="With {share} false alarms it finds {found} of rows with {label}.",
            relation=_argument("found", "rate"),
        ),
    )
    name = str(book.value("label"))
    body = [
        frame.axes("false alarms, share of the other rows", f"found, share of rows with {name}", percent=True),
        path([(frame.x(0), frame.y(0)), (frame.x(1), frame.y(1))], "baseline"),
        label("guessing", frame.x(0.66), frame.y(0.6), class_="note"),
        path(_points(frame, curve), "line s1"),
    ]
    alt = f"ROC curve of {result.evaluation.n_test_rows} rows; ROC AUC {format_score(result.evaluation.score)}."
    if result.evaluation.metric != "roc_auc":
        alt = f"ROC curve of {result.evaluation.n_test_rows} rows."
    return Chart(
        "roc",
        said,
        "ROC curve. The further the line bends to the upper left, the better; the dashed line is guessing.",
        picture(WIDTH, HEIGHT, alt, *body),
        _table(curve, "False alarms", "Found"),
        list(book.facts.values()),
    )


def _precision_recall(result: TrainingResult) -> Chart | None:
    curve = result.evaluation.precision_recall
    if curve is None:
        return None
    book, frame = _book(result), unit_frame()
    book.add("right", "evaluation.precision_at_share", "share that is right", "percent", share=SHARE)
    said = headline(
        book,
        "How often it is right, for each amount it finds",
        Claim(
            type="share",
            text="Of the likeliest {share} of rows, {right} have {label}.",
            relation=_argument("right", "share"),
        ),
    )
    positive = float((result.test_target == 1).mean())
    name = str(book.value("label"))
    body = [
        frame.axes(f"found, share of rows with {name}", "right, share of rows flagged", percent=True),
        path([(frame.x(0), frame.y(positive)), (frame.x(1), frame.y(positive))], "baseline"),
        label(f"guessing {format_percent(positive)}", frame.x(0.02), frame.y(positive) - 6, class_="note"),
        path(_points(frame, curve), "line s1"),
    ]
    alt = f"Precision against recall; guessing is right in {format_percent(positive)} of rows."
    return Chart(
        "precision-recall",
        said,
        "Precision and recall. Flagging fewer rows moves left: it finds less and is right more often.",
        picture(WIDTH, HEIGHT, alt, *body),
        _table(curve, "Found", "Right"),
        list(book.facts.values()),
    )


def _calibration(result: TrainingResult) -> Chart | None:
    curve, counts = result.evaluation.calibration, result.evaluation.calibration_counts
    if curve is None or not curve.x:
        return None
    book, frame = _book(result), unit_frame()
    book.add("expected", "evaluation.predicted_share", "mean probability", "percent", index=1)
    book.add("came", "evaluation.class_share", "share that came true", "percent", index=1)
    said = headline(
        book,
        "Are its chances to be taken at their word?",
        Claim(type="share", text="It expected {label} in {expected} of rows; {came} came true."),
    )
    dots = [
        element("circle", cx=frame.x(x), cy=frame.y(y), r=4.5, class_="dot s1")
        for x, y in zip(curve.x, curve.y, strict=True)
    ]
    body = [
        frame.axes("chance it gave", "share that came true", percent=True),
        path([(frame.x(0), frame.y(0)), (frame.x(1), frame.y(1))], "baseline"),
        label("exact", frame.x(0.9), frame.y(0.84), class_="note"),
        path(_points(frame, curve), "line thin s1"),
        *dots,
    ]
    rows = [
        (format_percent(x), format_percent(y), f"{count:,}")
        for x, y, count in zip(curve.x, curve.y, counts or [0] * len(curve.x), strict=False)
    ]
    return Chart(
        "calibration",
        said,
        "Calibration. Dots on the dashed line mean that chances can be taken at their word.",
        picture(WIDTH, HEIGHT, f"Calibration in {len(curve.x)} groups of rows.", *body),
        Table(("Chance it gave", "Came true", "Rows"), rows, frozenset({0, 1, 2})),
        list(book.facts.values()),
    )


def _lift(result: TrainingResult) -> Chart | None:
    curve = result.evaluation.lift
    if curve is None or not curve.x:
        return None
    book = _book(result)
    book.add("caught", "evaluation.recall_at_share", "share of the class among them", "percent", share=SHARE)
    said = headline(
        book,
        "How many more it finds than chance would",
        Claim(
            type="share",
            text="The likeliest {share} of rows hold {caught} of all with {label}.",
            relation=_argument("caught", "share"),
        ),
    )
    highest = max(2.0, *curve.y)
    frame = Frame(Scale(0, 1, LEFT, RIGHT), Scale(0, highest * 1.08, BOTTOM, TOP))
    body = [
        frame.axes(
            "rows looked at, likeliest first",
            "times as many as by chance",
            x_texts=[f"{p}%" for p in range(0, 101, 20)],
        ),
        path([(frame.x(0), frame.y(1)), (frame.x(1), frame.y(1))], "baseline"),
        label("chance", frame.x(0.02), frame.y(1) - 6, class_="note"),
        path(_points(frame, curve), "line s1"),
    ]
    step = max(1, len(curve.x) // TABLE_ROWS)
    rows = [(format_percent(x), f"{y:.2f} ×") for x, y in list(zip(curve.x, curve.y, strict=True))[::step]]
    return Chart(
        "lift",
        said,
        "Lift. How many times more such rows are among the likeliest ones than among as many drawn by chance.",
        picture(WIDTH, HEIGHT, f"Lift, at most {max(curve.y):.1f} times chance.", *body),
        Table(("Rows looked at", "Lift"), rows, frozenset({0, 1})),
        list(book.facts.values()),
    )


def confusion_chart(result: TrainingResult) -> Chart | None:
    """Which classes are taken for which."""
    matrix = result.evaluation.confusion
    if not matrix:
        return None
    book = FactBook(Sources(result=result))
    book.add("accuracy", "evaluation.accuracy", "share of right answers", "percent")
    book.add("n_test", "evaluation.test_rows", "rows kept aside", "integer", unit="rows")
    book.add("right", "evaluation.right_answers", "right answers", "integer", unit="rows")
    claim = Claim(
        type="share",
        text="{accuracy} of {n_test} answers are right.",
        relation={"op": "share", "part": "right", "whole": "n_test", "result": "accuracy"},
    )
    said = headline(book, "Which classes are taken for which", claim)
    names = [clean_name(str(name)) for name in result.evaluation.classes]
    rows = [[name, *[f"{count:,}" for count in counts]] for name, counts in zip(names, matrix, strict=True)]
    caption = "Confusion matrix. Rows are what was true, columns what it answered; the diagonal is right."
    if result.evaluation.threshold is not None and result.problem == "binary":
        caption += f" It answers {names[1]} from a chance of {format_percent(result.evaluation.threshold)}."
    return Chart(
        "confusion",
        said,
        caption,
        _confusion_picture(names, matrix),
        Table(["True", *names], rows, frozenset(range(1, len(names) + 1))),
        list(book.facts.values()),
    )


def _confusion_picture(names: list[str], matrix: list[list[int]]) -> str:
    """Cells shaded by the share of their row; beyond a dozen classes without numbers."""
    count = len(names)
    left, top, size = 120, 56, min(96.0, 320 / count)
    parts = [
        label("answered", left + size * count / 2, 18, anchor="middle", class_="axis-title"),
        label("true", left - 12, top - 12, anchor="end", class_="axis-title"),
    ]
    numbered = size < NARROW_CELL
    rows = [f"{place} {name}" if numbered else name for place, name in enumerate(names, 1)]
    short = max(3, int(size / 7))
    for column, name in enumerate(names):
        text = str(column + 1) if numbered else name if len(name) <= short else name[: short - 1] + "…"
        parts.append(label(text, left + size * (column + 0.5), top - 12, anchor="middle", class_="tick"))
    for row, counts in enumerate(matrix):
        text = rows[row] if len(rows[row]) <= 17 else rows[row][:16] + "…"
        parts.append(label(text, left - 12, top + size * (row + 0.5) + 4, anchor="end", class_="tick"))
        total = sum(counts)
        for column, value in enumerate(counts):
            share = value / total if total else 0.0
            kind = "cell right" if row == column else "cell wrong"
            x, y = left + size * column, top + size * row
            parts.append(
                element(
                    "rect", x=x + 1, y=y + 1, width=size - 2, height=size - 2, rx=3, class_=kind, fill_opacity=share
                )
            )
            parts.append(element("rect", x=x + 1, y=y + 1, width=size - 2, height=size - 2, rx=3, class_="cell-line"))
            if count <= 12:
                inked = "cell-text" + (" on" if share > 0.55 else "") + (" small" if size < NARROW_CELL else "")
                parts.append(label(f"{value:,}", x + size / 2, y + size / 2 + 4, anchor="middle", class_=inked))
    height = top + size * count + 12
    width = max(WIDTH, left + size * count + 12)
    return picture(width, height, f"Confusion matrix of {count} classes.", *parts)


def _points(frame: Frame, curve: Curve) -> list[tuple[float, float]]:
    return [(frame.x(x), frame.y(y)) for x, y in zip(curve.x, curve.y, strict=True)]


def _table(curve: Curve, x_title: str, y_title: str) -> Table:
    """About a dozen points of a curve."""
    step = max(1, len(curve.x) // TABLE_ROWS)
    points = list(zip(curve.x, curve.y, strict=True))[::step]
    rows = [(format_percent(x), format_percent(y)) for x, y in points]
    return Table((x_title, y_title), rows, frozenset({0, 1}))
