"""Categories by their mean of the target."""

from __future__ import annotations

from typing import ClassVar, Final

from narrative.engine.features.idea_types import Idea
from narrative.engine.features.ideas.base import IdeaKind, Look
from narrative.engine.step_specs import StepSpec

FROM_LEVELS: Final = 9
"""Up to eight levels the automatic preparation makes ones and zeros; from here on it encodes by the target itself."""


class TargetEncoding(IdeaKind):
    """The smoothed mean of the target of a category, out of fold for training rows."""

    name: ClassVar[str] = "target_encoding"
    title: ClassVar[str] = "the usual outcome of a category"
    order: ClassVar[int] = 32
    needs: ClassVar[tuple[str, ...]] = ("encode",)

    def propose(self, look: Look) -> list[Idea]:
        return [
            self.idea(
                f"Replace '{column.name}' by the usual outcome of each value, learned out of fold.",
                f"mean of the target by {column.name}",
                [column.name],
                StepSpec(type="encode", params={"columns": [column.name], "method": "target", "keep_original": True}),
                done=column.distinct >= FROM_LEVELS,
            )
            for column in look.categories()
        ]
