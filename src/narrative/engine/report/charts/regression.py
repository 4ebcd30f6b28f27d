"""Charts of a model that predicts a number: predicted against actual, and how the misses spread."""

from __future__ import annotations

from narrative.engine.evaluation.curves import Band
from narrative.engine.report.charts.base import Chart, Frame, Table, padded
from narrative.engine.report.charts.classification import BOTTOM, HEIGHT, LEFT, RIGHT, TABLE_ROWS, TOP, WIDTH
from narrative.engine.report.svg import Scale, element, label, line, path, picture
from narrative.engine.report.types import ChartWords
from narrative.engine.story.wording import clean_name, format_decimal
from narrative.engine.training.types import Evaluation

POINTS = 600
"""Points drawn, evenly taken: more would hide each other and fill the page."""
WIDE_LEFT = LEFT + 16


def predicted_actual(evaluation: Evaluation, said: ChartWords, _: Band | None) -> Chart | None:
    """Each row as a dot; on the diagonal the prediction is exact."""
    points = evaluation.predicted_actual
    if not points:
        return None
    shown = points[:: max(1, -(-len(points) // POINTS))]
    low, high = padded(*_span([value for point in points for value in point]))
    frame = Frame(Scale(low, high, WIDE_LEFT, RIGHT), Scale(low, high, BOTTOM, TOP))
    name = clean_name(evaluation.target)
    dots = "".join(element("circle", cx=frame.x(predicted), cy=frame.y(actual), r=2.6) for predicted, actual in shown)
    body = [
        frame.axes(f"predicted {name}", f"actual {name}"),
        path([(frame.x(low), frame.y(low)), (frame.x(high), frame.y(high))], "baseline"),
        element("g", dots, class_="cloud"),
        label("exact", frame.x(high) - 4, frame.y(high) + 22, anchor="end", class_="note"),
    ]
    step = max(1, len(points) // TABLE_ROWS)
    rows = [(format_decimal(predicted), format_decimal(actual)) for predicted, actual in points[::step]]
    return Chart(
        said.id,
        said.headline,
        said.caption,
        picture(WIDTH, HEIGHT, f"{len(shown)} predictions against what was true.", *body),
        Table(("Predicted", "Actual"), rows, frozenset({0, 1})),
        list(said.facts),
    )


def residuals(evaluation: Evaluation, said: ChartWords, _: Band | None) -> Chart | None:
    """How the misses spread."""
    histogram = evaluation.residual_histogram
    if not histogram or not histogram.get("counts"):
        return None
    edges, counts = histogram["edges"], histogram["counts"]
    frame = Frame(Scale(edges[0], edges[-1], WIDE_LEFT, RIGHT), Scale(0, max(*counts, 1.0) * 1.08, BOTTOM, TOP))
    bars = [
        element(
            "rect", x=frame.x(left) + 0.6, y=frame.y(count), width=max(frame.x(right) - frame.x(left) - 1.2, 0.5),
            height=max(BOTTOM - frame.y(count), 0.0), class_="bar",
        )
        for left, right, count in zip(edges, edges[1:], counts, strict=False)
    ]  # fmt: skip
    body = [frame.axes("actual minus predicted", "rows"), *bars]
    if edges[0] < 0 < edges[-1]:
        body.append(line(frame.x(0), TOP, frame.x(0), BOTTOM, "baseline"))
        body.append(label("exact", frame.x(0) + 6, TOP + 10, class_="note"))
    rows = [
        (f"{format_decimal(left)} to {format_decimal(right)}", f"{count:,.0f}")
        for left, right, count in zip(edges, edges[1:], counts, strict=False)
    ]
    return Chart(
        said.id,
        said.headline,
        said.caption,
        picture(WIDTH, HEIGHT, "Histogram of the misses.", *body),
        Table(("Miss", "Rows"), rows, frozenset({1})),
        list(said.facts),
    )


def _span(values: list[float]) -> tuple[float, float]:
    return min(values), max(values)
