"""Ranges in place of numbers."""

from __future__ import annotations

from typing import ClassVar, Final

from narrative.engine.features.idea_types import Idea
from narrative.engine.features.ideas.base import IdeaKind, Look
from narrative.engine.step_specs import StepSpec

RANGES: Final = 10
NUMBERS: Final = 3


class Bins(IdeaKind):
    """A number in ten ranges of equal size: calmer where single values are blurred."""

    name: ClassVar[str] = "bins"
    title: ClassVar[str] = "ranges in place of numbers"
    order: ClassVar[int] = 40
    needs: ClassVar[tuple[str, ...]] = ("bin_values",)

    def propose(self, look: Look) -> list[Idea]:
        return [
            self.idea(
                f"Put '{column.name}' into {RANGES} ranges: small differences may be noise.",
                f"{column.name} in {RANGES} ranges",
                [column.name],
                StepSpec(type="bin_values", params={"columns": [column.name], "n_bins": RANGES, "labels": "number"}),
            )
            for column in look.numbers(NUMBERS)
            if column.distinct > 2 * RANGES
        ]
