"""A small SVG builder: scales, ticks and elements as text. Colours come from the page, so light and dark both work."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from narrative.engine.story.wording import MINUS


def number(value: float) -> str:
    """A coordinate with two decimals at most, the same on every machine.

    >>> number(3.14159), number(2.0), number(-0.001)
    ('3.14', '2', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def element(tag: str, *children: str, **attributes: float | str | None) -> str:
    """One element. Attribute names use ``_`` for ``-`` and a trailing ``_`` is dropped (``class_``); None is left out.

    Children are markup; text goes through :func:`label`.
    """
    parts = [tag]
    for name, value in attributes.items():
        if value is None:
            continue
        text = value if isinstance(value, str) else number(value)
        parts.append(f'{name.rstrip("_").replace("_", "-")}="{escape(text, quote=True)}"')
    opening = " ".join(parts)
    return f"<{opening}>{''.join(children)}</{tag}>" if children else f"<{opening}/>"


def label(text: str, x: float, y: float, *, anchor: str = "start", class_: str = "t") -> str:
    """A text at a point; the text is escaped."""
    return element("text", escape(text), x=x, y=y, text_anchor=None if anchor == "start" else anchor, class_=class_)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(points: Sequence[tuple[float, float]], class_: str, *, closed: bool = False) -> str:
    """A line through points, or the area they enclose."""
    steps = " ".join(f"{'M' if place == 0 else 'L'}{number(x)} {number(y)}" for place, (x, y) in enumerate(points))
    return element("path", d=steps + ("Z" if closed else ""), class_=class_)


def picture(width: float, height: float, alt: str, *children: str, class_: str = "chart") -> str:
    """The whole picture with its text alternative; it scales with the page."""
    return element(
        "svg",
        element("title", escape(alt)),
        *children,
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_label=alt,
        class_=class_,
    )


@dataclass(frozen=True)
class Scale:
    """From values to positions, linear; values outside are held at the ends."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        share = 0.5 if span == 0 else (value - self.low) / span
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """At most ``count + 1`` round values from ``low`` to ``high``, both included in their range.

    >>> nice_ticks(0, 1, 5)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low]
    raw = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


def tick_text(value: float, step: float) -> str:
    """A tick as people read it, with just the decimals its step needs; large numbers are compact."""
    size = abs(value)
    if size >= 1e6 and step >= 1e4:
        return f"{value / 1e6:g} M".replace("-", MINUS)
    if size >= 1e15 or 0 < size < 1e-6:
        return f"{value:.2g}".replace("-", MINUS)
    decimals = 0 if step >= 1 else min(9, -math.floor(math.log10(step) + 1e-9))
    if decimals < 9 and abs(round(step, decimals) - step) > step * 1e-6:
        decimals += 1
    return f"{value:,.{decimals}f}".replace("-", MINUS)


def tick_texts(ticks: Sequence[float]) -> list[str]:
    """Texts of ticks with one common number of decimals."""
    step = min((b - a for a, b in pairwise(ticks)), default=1.0)
    return [tick_text(tick, step) for tick in ticks]
