"""How the answer moves with one column, all else as it is: a line with its band, or dots with intervals."""

from __future__ import annotations

from collections.abc import Sequence

from narrative.engine.evaluation.dependence import Dependence
from narrative.engine.report.charts.base import Chart, Frame, Table, padded
from narrative.engine.report.charts.classification import BAND_SAID, BOTTOM, HEIGHT, RIGHT, TOP, WIDTH
from narrative.engine.report.charts.regression import WIDE_LEFT
from narrative.engine.report.svg import Scale, element, label, line, path, picture
from narrative.engine.story.types import Sentence
from narrative.engine.story.wording import clean_name, format_decimal, format_percent

LONGEST_LABEL = 12
ROOM = 50
"""Letters that fit below the axis."""


def dependence_chart(found: Dependence, place: int) -> Chart | None:
    """The chart of a column; None without a proven sentence. ``place`` makes its id."""
    said = found.words.sentence
    if said is None or len(found.values) < 2:
        return None
    numbers = [float(value) for value in found.values if _is_number(value)]
    is_line = len(numbers) == len(found.values)
    low, high = padded(min(*found.low, found.baseline), max(*found.high, found.baseline))
    if found.answer is not None:
        low, high = max(low, 0.0), min(high, 1.0)
    x_scale = Scale(min(numbers), max(numbers), WIDE_LEFT, RIGHT) if is_line else _steps(len(found.values))
    frame = Frame(x_scale, Scale(low, high, BOTTOM, TOP))
    places = [x_scale(value) for value in (numbers if is_line else range(len(found.values)))]
    body = [
        _axes(frame, found, is_line=is_line),
        line(WIDE_LEFT, frame.y(found.baseline), RIGHT, frame.y(found.baseline), "baseline"),
        label("rows as they are", RIGHT, frame.y(found.baseline) - 6, anchor="end", class_="note"),
        *(_line if is_line else _dots)(frame, found, places),
    ]
    form = format_decimal if found.answer is None else format_percent
    rows = [
        (_shown(value), form(mean), f"{form(low)} to {form(high)}", form(found.baseline))
        for value, mean, low, high in zip(found.values, found.mean, found.low, found.high, strict=True)
    ]
    name = clean_name(found.column)
    caption = f"Mean answer to {found.n_rows:,} rows when {name} alone is changed; dashed: the same rows as they are."
    return Chart(
        f"dependence-{place}",
        Sentence(text=said.text, parts=said.parts),
        caption + (BAND_SAID if is_line else " Strokes are 95 % intervals."),
        picture(WIDTH, HEIGHT, f"Mean answer by {name}.", *body),
        Table((name, "Mean answer", "95 % interval", "As they are"), rows, frozenset({1, 2, 3})),
        list(found.words.facts),
    )


def _axes(frame: Frame, found: Dependence, *, is_line: bool) -> str:
    name = clean_name(found.column)
    title = "mean answer" if found.answer is None else f"mean chance of {clean_name(str(found.answer))}"
    if is_line:
        return frame.axes(name, title, percent_y=found.answer is not None)
    texts = [_cut(_shown(value)) for value in found.values]
    bare = Frame(Scale(0, 0, WIDE_LEFT, RIGHT), frame.y)
    parts = [bare.axes(name, title, x_texts=[""], percent_y=found.answer is not None)]
    every = -(-len(texts) // max(2, int(ROOM / max(len(text) for text in texts))))
    parts += [
        label(text, frame.x(place), BOTTOM + 18, anchor="middle", class_="tick")
        for place, text in enumerate(texts)
        if place % every == 0
    ]
    return element("g", *parts)


def _steps(count: int) -> Scale:
    """Even places for categories, with half a step of air at both ends."""
    half = (RIGHT - WIDE_LEFT) / count / 2
    return Scale(0, count - 1, WIDE_LEFT + half, RIGHT - half)


def _line(frame: Frame, found: Dependence, places: Sequence[float]) -> list[str]:
    upper = [(x, frame.y(value)) for x, value in zip(places, found.high, strict=True)]
    lower = [(x, frame.y(value)) for x, value in zip(places, found.low, strict=True)]
    middle = [(x, frame.y(value)) for x, value in zip(places, found.mean, strict=True)]
    return [path([*upper, *reversed(lower)], "band s1", closed=True), path(middle, "line s1")]


def _dots(frame: Frame, found: Dependence, places: Sequence[float]) -> list[str]:
    parts = []
    for x, mean, low, high in zip(places, found.mean, found.low, found.high, strict=True):
        parts.append(line(x, frame.y(low), x, frame.y(high), "whisker"))
        parts.append(element("circle", cx=x, cy=frame.y(mean), r=4.5, class_="dot s1"))
    return parts


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return format_decimal(float(value)) if isinstance(value, int | float) else clean_name(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"
