"""What a number was before."""

from __future__ import annotations

from typing import ClassVar, Final

from narrative.engine.features.idea_types import Idea
from narrative.engine.features.ideas.base import IdeaKind, Look
from narrative.engine.step_specs import StepSpec

NUMBERS: Final = 3


class Lag(IdeaKind):
    """The value of the row before, in the order of time: past rows only."""

    name: ClassVar[str] = "lag"
    title: ClassVar[str] = "what a number was before"
    order: ClassVar[int] = 22
    needs: ClassVar[tuple[str, ...]] = ("lag",)

    def propose(self, look: Look) -> list[Idea]:
        made = []
        for time in look.times()[:1]:
            for by in ([], [column.name for column in look.categories(most=1)]):
                for number in look.numbers(NUMBERS):
                    within = f" within the same {by[0]}" if by else ""
                    name = look.free(f"{number.name} before{within}")
                    step = StepSpec(
                        type="lag",
                        params={"column": number.name, "order": time.name, "by": by, "rows": 1, "name": name},
                    )
                    sentence = f"Take '{number.name}' of the row before by '{time.name}'{within}: what was often lasts."
                    made.append(self.idea(sentence, name, [number.name, time.name, *by], step))
        return list({idea.id: idea for idea in made}.values())
