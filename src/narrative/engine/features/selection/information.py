"""How much each column tells about the target, taken by itself."""

from __future__ import annotations

from typing import ClassVar

from narrative.engine.features.selection.base import Method, MethodResult, Question, Verdict
from narrative.engine.profile.information import target_information


class Information(Method):
    """Mutual information with the target, for numbers and categories alike."""

    name: ClassVar[str] = "information"
    title: ClassVar[str] = "Mutual information"
    sentence: ClassVar[str] = (
        "Keeps columns that, taken alone, take away enough of the uncertainty about the target; it cannot see columns "
        "that only help together."
    )
    unit: ClassVar[str] = "share of the target's uncertainty that the column takes away"
    decides: ClassVar[bool] = False
    order: ClassVar[int] = 20

    def judge(self, question: Question) -> MethodResult:
        material, options = question.material, question.options
        frame = material.after_steps()
        shares = {
            name: target_information(frame[name], material.labels, material.problem)
            for name in question.columns
            if name in frame.columns
        }
        known = sorted(((share, name) for name, share in shares.items() if share is not None), reverse=True)
        top = None if options.information_top is None else {name for _, name in known[: options.information_top]}
        return self.result([self._verdict(name, shares.get(name), question, top) for name in question.columns])

    def _verdict(self, name: str, share: float | None, question: Question, top: set[str] | None) -> Verdict:
        if share is None:
            reason = "It has too many different values, or too few rows, for this measure."
            return Verdict(column=name, kept=True, reason=reason)
        if top is not None:
            kept = name in top
            reason = f"It is {'' if kept else 'not '}among the {len(top):,} columns that tell most by themselves."
        else:
            kept = share >= question.options.information_least
            reason = f"By itself it takes away {share:.1%} of the uncertainty about the target."
        return Verdict(column=name, kept=kept, value=share, reason=reason)
