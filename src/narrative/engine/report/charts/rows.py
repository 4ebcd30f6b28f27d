"""Small pictures that stand in the rows of a table: intervals on a common axis, bars with intervals, histograms."""

from __future__ import annotations

from collections.abc import Sequence

from narrative.engine.profile.types import ColumnProfile
from narrative.engine.report.charts.base import padded
from narrative.engine.report.svg import Scale, element, label, line, nice_ticks, picture, tick_texts
from narrative.engine.story.wording import format_score, interval_text
from narrative.engine.training.types import CandidateReport, Evaluation, Importance

WIDTH = 300
ROW = 26
HERO_WIDTH, HERO_HEIGHT = 440, 110


def interval_scale(candidates: Sequence[CandidateReport], baseline: float | None) -> Scale:
    """The common axis of a leaderboard; the baseline is on it when it does not squeeze the rest."""
    ends = [end for item in candidates if item.score is not None for end in (*(item.interval or ()), item.score)]
    if not ends:
        return Scale(0, 1, 8, WIDTH - 8)
    low, high = min(ends), max(ends)
    if baseline is not None and max(high, baseline) - min(low, baseline) <= 3 * max(high - low, 1e-12):
        low, high = min(low, baseline), max(high, baseline)
    return Scale(*padded(low, high), 8, WIDTH - 8)


def interval_axis(scale: Scale) -> str:
    """The axis above the rows."""
    ticks = nice_ticks(scale.low, scale.high, 4)
    parts = [
        label(text, scale(tick), 13, anchor="middle", class_="tick")
        for tick, text in zip(ticks, tick_texts(ticks), strict=True)
    ]
    return picture(WIDTH, 18, "Axis: " + ", ".join(tick_texts(ticks)), *parts, class_="row-chart")


def interval_row(candidate: CandidateReport, scale: Scale, baseline: float | None, *, leads: bool) -> str:
    """Score and interval of one candidate."""
    middle = ROW / 2
    parts = [line(scale(tick), 5, scale(tick), ROW - 5, "grid") for tick in nice_ticks(scale.low, scale.high, 4)]
    parts.append(line(scale.start, middle, scale.end, middle, "grid"))
    if baseline is not None and scale.low <= baseline <= scale.high:
        parts.append(line(scale(baseline), 2, scale(baseline), ROW - 2, "baseline"))
    if candidate.score is None:
        return picture(WIDTH, ROW, f"{candidate.title} has no score.", *parts, class_="row-chart")
    if not scale.low <= candidate.score <= scale.high:
        at_start = candidate.score < scale.low
        parts.append(
            label(
                "◂ off this axis" if at_start else "off this axis ▸",
                scale.start if at_start else scale.end,
                middle + 4,
                anchor="start" if at_start else "end",
                class_="note",
            )
        )
        return picture(WIDTH, ROW, f"{candidate.title}: {format_score(candidate.score)}", *parts, class_="row-chart")
    kind = "s2" if leads else "s1"
    alt = f"{candidate.title}: {format_score(candidate.score)}"
    if candidate.interval is not None:
        low, high = candidate.interval
        alt += f", from {format_score(low)} to {format_score(high)}"
        parts.append(
            element("rect", x=scale(low), y=middle - 3, width=max(scale(high) - scale(low), 1), height=6, rx=3,
                    class_=f"range {kind}")
        )  # fmt: skip
    parts.append(element("circle", cx=scale(candidate.score), cy=middle, r=5.5, class_=f"dot {kind}"))
    return picture(WIDTH, ROW, alt, *parts, class_="row-chart")


def importance_row(item: Importance, scale: Scale) -> str:
    """Bar from zero with its interval."""
    middle = ROW / 2
    start, end = sorted((scale(0), scale(item.loss)))
    parts = [
        line(scale(0), 2, scale(0), ROW - 2, "axis"),
        element("rect", x=start, y=middle - 7, width=max(end - start, 0.5), height=14, rx=2, class_="bar"),
        line(scale(item.low), middle, scale(item.high), middle, "whisker"),
        line(scale(item.low), middle - 4, scale(item.low), middle + 4, "whisker"),
        line(scale(item.high), middle - 4, scale(item.high), middle + 4, "whisker"),
    ]
    alt = f"{format_score(item.loss)}, from {format_score(item.low)} to {format_score(item.high)}"
    return picture(WIDTH, ROW, alt, *parts, class_="row-chart")


def importance_scale(items: Sequence[Importance]) -> Scale:
    """From zero (or the lowest interval) to the highest interval."""
    low = min([0.0, *[item.low for item in items]])
    high = max([1e-12, *[item.high for item in items]])
    return Scale(low, high + (high - low) * 0.02, 6, WIDTH - 6)


def hero(evaluation: Evaluation) -> str:
    """The score with its interval, against the baseline, on one axis."""
    low, high = evaluation.interval
    values = [low, high, evaluation.score, evaluation.baseline_score]
    if max(abs(value) for value in values) > 1e100:
        values = [evaluation.score, evaluation.baseline_score]
        low = high = evaluation.score
    if evaluation.metric == "roc_auc":
        values += [0.5, 1.0]
    scale = Scale(*padded(min(values), max(values), 0.1), 16, HERO_WIDTH - 16)
    bar, axis = 50, 84
    base = scale(evaluation.baseline_score)
    parts = [line(scale.start, axis, scale.end, axis, "axis")]
    ticks = nice_ticks(scale.low, scale.high, 5)
    for tick, text in zip(ticks, tick_texts(ticks), strict=True):
        parts.append(line(scale(tick), axis, scale(tick), axis + 5, "axis"))
        parts.append(label(text, scale(tick), axis + 20, anchor="middle", class_="tick"))
    middle = scale(evaluation.score)
    parts += [
        line(base, 18, base, axis, "baseline"),
        label(
            f"guessing {format_score(evaluation.baseline_score)}",
            _inside(base, 120),
            11,
            anchor="middle",
            class_="note",
        ),
        element(
            "rect", x=scale(low), y=bar - 6, width=max(scale(high) - scale(low), 1), height=12, rx=6, class_="range s1"
        ),
        element("circle", cx=middle, cy=bar, r=8, class_="dot s1"),
        label(format_score(evaluation.score), _inside(middle, 60), bar - 16, anchor="middle", class_="strong"),
    ]
    if high > low:
        range_middle = _inside((scale(low) + scale(high)) / 2, 130)
        parts.append(label(interval_text(low, high), range_middle, bar + 24, anchor="middle", class_="note"))
    alt = (
        f"{evaluation.metric_title} {format_score(evaluation.score)}, "
        f"range {format_score(low)} to {format_score(high)}, "
        f"guessing {format_score(evaluation.baseline_score)}."
    )
    return picture(HERO_WIDTH, HERO_HEIGHT, alt, *parts, class_="hero-chart")


def _inside(x: float, width: float) -> float:
    """A middle for a text of this width that keeps it on the picture."""
    return min(max(x, width / 2), HERO_WIDTH - width / 2)


def mini_histogram(column: ColumnProfile, *, is_target: bool) -> str:
    """Bars of a column: bins of numbers and dates, or shares of its most frequent values."""
    width, height = 120, 34
    counts: list[float] = []
    if column.histogram is not None:
        counts = [float(count) for count in column.histogram.counts]
    elif column.top_values:
        counts = [float(value.count) for value in column.top_values[:12]]
    if not counts or max(counts) <= 0:
        return ""
    step = width / len(counts)
    tallest = max(counts)
    kind = "mini target" if is_target else "mini"
    bars = [
        element("rect", x=place * step + 0.5, y=height - max(count / tallest * (height - 2), 0.8 if count else 0),
                width=max(step - 1, 0.8), height=max(count / tallest * (height - 2), 0.8 if count else 0), class_=kind)
        for place, count in enumerate(counts)
    ]  # fmt: skip
    what = "values by range" if column.histogram is not None else "the most frequent values"
    return picture(width, height, f"{column.name}: {what}", *bars, class_="mini-chart")
