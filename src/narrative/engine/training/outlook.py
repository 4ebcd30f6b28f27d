"""What more time would likely buy: the curve of the best score over the time, continued on the scale of doublings.

Every further doubling of the time is taken to bring half of what the doubling before brought, beginning with the last
one that was seen; when that came in a single step, half of it counts, because one lucky find says little about the
next. What the first model brought beyond the naive one says nothing about searching, and does not count. A search that
ended by itself has nothing left it believes in, so nothing more is promised.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from narrative.engine.training.types import CurvePoint, Outlook

EXTRA_SECONDS: Final = 300.0
"""Five more minutes."""
LEAST_POINTS: Final = 2
SINGLE_STEP_SHARE: Final = 0.5


def outlook_of(
    curve: Sequence[CurvePoint],
    *,
    seconds: float,
    higher_is_better: bool,
    searched_out: bool,
    naive: float | None = None,
) -> Outlook | None:
    """What five more minutes would likely buy after ``seconds`` of searching; None for a curve too short to tell.

    ``naive`` is the score of the naive model, whose point is left out.
    """
    if len(curve) < LEAST_POINTS or seconds <= 0:
        return None
    if searched_out:
        return Outlook(seconds=EXTRA_SECONDS, gain=0.0, searched_out=True)
    curve = [point for point in curve if point.score != naive]
    if len(curve) < LEAST_POINTS:
        return None
    before = [point for point in curve if point.seconds <= seconds / 2] or list(curve[:1])
    sign = 1.0 if higher_is_better else -1.0
    last_doubling = max(sign * (curve[-1].score - before[-1].score), 0.0)
    steps = len(curve) - len(before)
    share = SINGLE_STEP_SHARE if steps == 1 else 1.0
    doublings = math.log2((seconds + EXTRA_SECONDS) / seconds)
    # 1/2 + 1/4 + … of the last doubling's gain, as far as the extra time reaches.
    gain = last_doubling * share * (1.0 - 0.5**doublings)
    return Outlook(seconds=EXTRA_SECONDS, gain=gain, searched_out=False)
