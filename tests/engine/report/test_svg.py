"""The picture builder: round ticks, held scales, escaped text."""

from __future__ import annotations

import pytest

from narrative.engine.report.svg import Scale, element, label, nice_ticks, number, tick_texts


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0.78, 0.88, [0.78, 0.8, 0.82, 0.84, 0.86, 0.88]),
        (-3, 97, [0, 20, 40, 60, 80]),
        (5, 5, [5]),
        (0, float("inf"), [0]),
    ],
)
def test_ticks_are_round_and_at_most_six(low: float, high: float, ticks: list[float]) -> None:
    assert nice_ticks(low, high) == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("ticks", "texts"),
    [
        ([0, 0.25, 0.5], ["0.00", "0.25", "0.50"]),
        ([0, 500, 1000], ["0", "500", "1,000"]),
        ([0, 2_000_000], ["0", "2 M"]),
        ([0.78, 0.8], ["0.78", "0.80"]),
    ],
)
def test_tick_texts_share_their_decimals(ticks: list[float], texts: list[str]) -> None:
    assert tick_texts(ticks) == texts


def test_a_scale_holds_values_at_its_ends() -> None:
    scale = Scale(0, 10, 100, 200)
    assert [scale(value) for value in (-5, 0, 5, 10, 99)] == [100, 100, 150, 200, 200]
    assert Scale(3, 3, 0, 10)(3) == 5


def test_text_and_attributes_are_escaped() -> None:
    assert "<b>" not in label("<b>&", 0, 0)
    assert element("rect", class_='"><script>') == '<rect class="&quot;&gt;&lt;script&gt;"/>'


def test_coordinates_have_two_decimals_and_no_negative_zero() -> None:
    assert [number(value) for value in (1.0, 1.005, -0.0001, 12.345)] == ["1", "1", "0", "12.35"]
