"""What a kind of idea is: one file ``engine/features/ideas/<name>.py`` with one :class:`IdeaKind`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Final

from narrative.engine.features.idea_types import Idea
from narrative.engine.profile.types import ColumnProfile
from narrative.engine.step_specs import StepSpec, step_types
from narrative.engine.types import TIME_KINDS

MOST_NUMBERS: Final = 8
MOST_CATEGORIES: Final = 4
MOST_LEVELS: Final = 500
MOST_SHARE: Final = 0.7
"""Values that hardly ever come back say nothing about other rows."""


@dataclass(frozen=True)
class Look:
    """What a kind may know of the table: kinds and counts, and how strongly columns of the training rows go with the
    target.

    Attributes:
        columns: after the steps of people, without the target.
        strength: column -> association with the target on the training rows of this fold.
        barren: whether there is nothing but identifiers and constants; kinds then also offer what they would not.
    """

    columns: list[ColumnProfile]
    strength: dict[str, float]
    barren: bool = False

    def numbers(self, most: int = MOST_NUMBERS) -> list[ColumnProfile]:
        """Quantities, the nearest to the target first."""
        found = [c for c in self.columns if c.kind in {"integer", "decimal"} and c.distinct > 2]
        return self._nearest(found, most)

    def categories(self, least_levels: int = 3, most: int = MOST_CATEGORIES) -> list[ColumnProfile]:
        """Columns of words that come back, the nearest to the target first."""
        kinds = {"category", "identifier", "text"} if self.barren else {"category"}
        found = [
            c
            for c in self.columns
            if c.kind in kinds and least_levels <= c.distinct <= min(MOST_LEVELS, MOST_SHARE * max(c.count, 1))
        ]
        return self._nearest(found, most)

    def times(self) -> list[ColumnProfile]:
        return [c for c in self.columns if c.kind in TIME_KINDS]

    def texts(self) -> list[ColumnProfile]:
        return [
            c
            for c in self.columns
            if c.kind == "text" or (self.barren and c.kind == "identifier" and c.dtype == "String")
        ]

    def free(self, name: str) -> str:
        """The name, or one like it that no column has."""
        known = {column.name for column in self.columns}
        return name if name not in known else next(n for i in range(2, 1_000) if (n := f"{name} {i}") not in known)

    def _nearest(self, found: list[ColumnProfile], most: int) -> list[ColumnProfile]:
        return sorted(found, key=lambda column: (-self.strength.get(column.name, 0.0), column.name))[:most]


class IdeaKind(ABC):
    """A way to make new columns."""

    name: ClassVar[str]
    title: ClassVar[str]
    order: ClassVar[int]
    needs: ClassVar[tuple[str, ...]] = ()
    """Steps it is made of."""

    @abstractmethod
    def propose(self, look: Look) -> list[Idea]:
        """Ideas for this table, the likeliest first."""

    def can_run(self) -> bool:
        """Whether all steps it is made of are there."""
        return all(name in step_types() for name in self.needs)

    def idea(self, sentence: str, formula: str, columns: list[str], *steps: StepSpec, done: bool = False) -> Idea:
        return Idea(
            kind=self.name, sentence=sentence, formula=formula, columns=columns, steps=list(steps), done_already=done
        )
