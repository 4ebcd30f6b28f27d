"""What a chart is: a picture with a proven headline, a caption, a text alternative and a table of the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from narrative.engine.report.svg import Scale, element, label, line, nice_ticks, tick_texts
from narrative.engine.story.draft import prove
from narrative.engine.story.facts import FactBook
from narrative.engine.story.types import Claim, Fact, Sentence

Row = Sequence[str]


@dataclass(frozen=True)
class Table:
    """Text cells below a heading each; ``numeric`` columns are set to the right."""

    columns: Sequence[str]
    rows: Sequence[Row]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Chart:
    """A chart on the page.

    ``headline`` states the finding, every number of it bound to a fact in ``facts``; ``caption`` says how to read it.
    """

    id: str
    headline: Sentence
    caption: str
    svg: str
    table: Table
    facts: Sequence[Fact] = field(default_factory=tuple)
    wide: bool = False


def headline(book: FactBook, fallback: str, *claims: Claim) -> Sentence:
    """The first of the claims that the verifier lets through, else a headline without a number."""
    return prove(book, claims) or Sentence(text=fallback, parts=[{"text": fallback}])


def value_claim(text: str) -> Claim:
    """A claim that states values and nothing else."""
    return Claim(type="value", text=text)


@dataclass(frozen=True)
class Frame:
    """The area between the axes of a chart, with its two scales."""

    x: Scale
    y: Scale

    def axes(
        self,
        x_title: str,
        y_title: str,
        *,
        x_texts: Sequence[str] | None = None,
        percent: bool = False,
        percent_y: bool = False,
    ) -> str:
        """Grid lines, ticks and axis titles; at most six ticks a side. ``percent``: both axes, or the upright alone."""
        parts = []
        left, right, bottom, top = self.x.start, self.x.end, self.y.start, self.y.end
        y_ticks = nice_ticks(self.y.low, self.y.high)
        for tick, text in zip(y_ticks, _texts(y_ticks, percent=percent or percent_y), strict=True):
            parts.append(line(left, self.y(tick), right, self.y(tick), "grid"))
            parts.append(label(text, left - 8, self.y(tick) + 4, anchor="end", class_="tick"))
        x_ticks = nice_ticks(self.x.low, self.x.high)
        for tick, text in zip(x_ticks, x_texts or _texts(x_ticks, percent=percent), strict=True):
            parts.append(label(text, self.x(tick), bottom + 18, anchor="middle", class_="tick"))
        parts.append(line(left, bottom, right, bottom, "axis"))
        parts.append(label(x_title, (left + right) / 2, bottom + 38, anchor="middle", class_="axis-title"))
        parts.append(label(y_title, left - 34, top - 14, class_="axis-title"))
        return element("g", *parts)


def _texts(ticks: Sequence[float], *, percent: bool) -> list[str]:
    if not percent:
        return tick_texts(ticks)
    return [f"{tick * 100:g}%" for tick in ticks]


def padded(low: float, high: float, share: float = 0.06) -> tuple[float, float]:
    """A range with some air around it; a single value gets a range too."""
    span = high - low
    if span <= 0:
        span = abs(high) or 1.0
    return low - span * share, high + span * share
