"""Curves of a yes-or-no model, each with the band that holds in 95 of 100 cases, and who is taken for whom."""

from __future__ import annotations

from collections.abc import Callable

from narrative.engine.evaluation.curves import Band
from narrative.engine.evaluation.uncertainty import wilson
from narrative.engine.report.charts.base import Chart, Frame, Table
from narrative.engine.report.svg import Scale, element, label, line, path, picture
from narrative.engine.report.types import ChartWords
from narrative.engine.story.wording import clean_name, format_percent, format_score
from narrative.engine.training.types import Curve, Evaluation

WIDTH, HEIGHT = 460, 340
LEFT, RIGHT, TOP, BOTTOM = 58, 440, 34, 284
TABLE_ROWS = 12
NARROW_CELL = 60
"""Below this width a cell of the confusion matrix has no room for a name: columns are numbered like the rows."""
BAND_SAID = " The shaded band holds in 95 of 100 cases."


def unit_frame() -> Frame:
    """Both axes from 0 to 1."""
    return Frame(Scale(0, 1, LEFT, RIGHT), Scale(0, 1, BOTTOM, TOP))


def roc(evaluation: Evaluation, said: ChartWords, band: Band | None) -> Chart | None:
    """False alarms against what is found."""
    curve = evaluation.roc
    if curve is None:
        return None
    frame = unit_frame()
    body = [
        frame.axes("false alarms, share of the other rows", f"found, share of rows with {_label(said)}",
                   percent=True),
        *_shaded(frame, band),
        path([(frame.x(0), frame.y(0)), (frame.x(1), frame.y(1))], "baseline"),
        label("guessing", frame.x(0.66), frame.y(0.6), class_="note"),
        path(_points(frame, curve), "line s1"),
    ]  # fmt: skip
    alt = f"ROC curve of {evaluation.n_test_rows} rows; ROC AUC {format_score(evaluation.score)}."
    if evaluation.metric != "roc_auc":
        alt = f"ROC curve of {evaluation.n_test_rows} rows."
    return _chart(said, picture(WIDTH, HEIGHT, alt, *body), _table(curve, "False alarms", "Found", band), band)


def precision_recall(evaluation: Evaluation, said: ChartWords, band: Band | None) -> Chart | None:
    """What is found against how often it is right."""
    curve = evaluation.precision_recall
    if curve is None:
        return None
    frame = unit_frame()
    positive = _positive_share(evaluation)
    body = [
        frame.axes(f"found, share of rows with {_label(said)}", "right, share of rows flagged", percent=True),
        *_shaded(frame, band),
    ]
    alt = "Precision against recall."
    if positive is not None:
        body.append(path([(frame.x(0), frame.y(positive)), (frame.x(1), frame.y(positive))], "baseline"))
        body.append(label(f"guessing {format_percent(positive)}", frame.x(0.02), frame.y(positive) - 6, class_="note"))
        alt = f"Precision against recall; guessing is right in {format_percent(positive)} of rows."
    body.append(path(_points(frame, curve), "line s1"))
    return _chart(said, picture(WIDTH, HEIGHT, alt, *body), _table(curve, "Found", "Right", band), band)


def calibration(evaluation: Evaluation, said: ChartWords, _: Band | None) -> Chart | None:
    """Chances against what came true, each dot with its 95 % interval from its own rows."""
    curve, counts = evaluation.calibration, evaluation.calibration_counts
    if curve is None or not curve.x:
        return None
    frame = unit_frame()
    body = [
        frame.axes("chance it gave", "share that came true", percent=True),
        path([(frame.x(0), frame.y(0)), (frame.x(1), frame.y(1))], "baseline"),
        label("exact", frame.x(0.9), frame.y(0.84), class_="note"),
        path(_points(frame, curve), "line thin s1"),
    ]
    rows = []
    for x, y, count in zip(curve.x, curve.y, counts or [0] * len(curve.x), strict=False):
        between = ""
        if count:
            low, high = wilson(y * count, count)
            body.append(line(frame.x(x), frame.y(low), frame.x(x), frame.y(high), "whisker"))
            between = _between(low, high)
        body.append(element("circle", cx=frame.x(x), cy=frame.y(y), r=4.5, class_="dot s1"))
        rows.append((format_percent(x), format_percent(y), between, f"{count:,}"))
    return _chart(
        said,
        picture(WIDTH, HEIGHT, f"Calibration in {len(curve.x)} groups of rows.", *body),
        Table(("Chance it gave", "Came true", "95 % interval", "Rows"), rows, frozenset({0, 1, 2, 3})),
        caption=f"{said.caption} Strokes are 95 % intervals." if counts else said.caption,
    )


def lift(evaluation: Evaluation, said: ChartWords, band: Band | None) -> Chart | None:
    """How many times more are found among the likeliest rows than by chance."""
    curve = evaluation.lift
    if curve is None or not curve.x:
        return None
    highest = max(2.0, *curve.y)
    frame = Frame(Scale(0, 1, LEFT, RIGHT), Scale(0, highest * 1.08, BOTTOM, TOP))
    body = [
        frame.axes(
            "rows looked at, likeliest first",
            "times as many as by chance",
            x_texts=[f"{p}%" for p in range(0, 101, 20)],
        ),
        *_shaded(frame, band),
        path([(frame.x(0), frame.y(1)), (frame.x(1), frame.y(1))], "baseline"),
        label("chance", frame.x(0.02), frame.y(1) - 6, class_="note"),
        path(_points(frame, curve), "line s1"),
    ]
    step = max(1, len(curve.x) // TABLE_ROWS)
    rows = [
        (format_percent(x), f"{y:.2f} ×", _near(band, x, lambda value: f"{value:.2f}"))
        for x, y in list(zip(curve.x, curve.y, strict=True))[::step]
    ]
    return _chart(
        said,
        picture(WIDTH, HEIGHT, f"Lift, at most {max(curve.y):.1f} times chance.", *body),
        Table(("Rows looked at", "Lift", "95 % interval"), rows, frozenset({0, 1, 2})),
        band,
    )


def confusion(evaluation: Evaluation, said: ChartWords, _: Band | None) -> Chart | None:
    """Which classes are taken for which."""
    matrix = evaluation.confusion
    if not matrix:
        return None
    names = [clean_name(str(name)) for name in evaluation.classes]
    rows = [[name, *[f"{count:,}" for count in counts]] for name, counts in zip(names, matrix, strict=True)]
    table = Table(["True", *names], rows, frozenset(range(1, len(names) + 1)))
    return _chart(said, _confusion_picture(names, matrix), table)


def _chart(said: ChartWords, svg: str, table: Table, band: Band | None = None, *, caption: str = "") -> Chart:
    caption = caption or said.caption + (BAND_SAID if band is not None else "")
    return Chart(said.id, said.headline, caption, svg, table, list(said.facts))


def _label(said: ChartWords) -> str:
    """The outcome as the headline names it."""
    return next((str(fact.value) for fact in said.facts if fact.id == "label"), "the outcome")


def _positive_share(evaluation: Evaluation) -> float | None:
    """Share of the positive class among the rows that were scored."""
    if not evaluation.confusion or len(evaluation.confusion) != 2:
        return None
    whole = sum(map(sum, evaluation.confusion))
    return sum(evaluation.confusion[1]) / whole if whole else None


def _shaded(frame: Frame, band: Band | None) -> list[str]:
    """The area between the ends of the intervals, drawn below the curve."""
    if band is None or len(band.x) < 2:
        return []
    upper = [(frame.x(x), frame.y(high)) for x, high in zip(band.x, band.high, strict=True)]
    lower = [(frame.x(x), frame.y(low)) for x, low in zip(band.x, band.low, strict=True)]
    return [path([*upper, *reversed(lower)], "band s1", closed=True)]


def _between(low: float, high: float) -> str:
    return f"{format_percent(low)} to {format_percent(high)}"


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


def _table(curve: Curve, x_title: str, y_title: str, band: Band | None) -> Table:
    """About a dozen points of a curve, each with the interval of the point of the band next to it."""
    step = max(1, len(curve.x) // TABLE_ROWS)
    points = list(zip(curve.x, curve.y, strict=True))[::step]
    rows = [(format_percent(x), format_percent(y), _near(band, x, format_percent)) for x, y in points]
    return Table((x_title, y_title, "95 % interval"), rows, frozenset({0, 1, 2}))


def _near(band: Band | None, x: float, form: Callable[[float], str]) -> str:
    if band is None or not band.x:
        return "–"
    place = min(range(len(band.x)), key=lambda at: abs(band.x[at] - x))
    return f"{form(band.low[place])} to {form(band.high[place])}"
