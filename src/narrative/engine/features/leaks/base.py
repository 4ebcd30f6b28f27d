"""What a detector is: one file ``engine/features/leaks/kinds/<name>.py`` with one :class:`Detector`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from narrative.engine.features.leaks.scene import Compared, Scene
from narrative.engine.features.leaks.types import LeakKind, Outcome, Proof, Suspect

LEAST_GAIN: Final = {"binary": 0.01, "multiclass": 0.02, "regression": 0.02}
"""A smaller gain flatters nobody: points of AUC, nats of log loss, and for numbers a share of the error without."""


class Detector(ABC):
    """A kind of leak: how it is suspected, and how it is proven."""

    name: ClassVar[LeakKind]
    title: ClassVar[str]
    """In words, for the list of what was looked for."""

    @abstractmethod
    def suspects(self, scene: Scene) -> list[Suspect]:
        """Suspects with their proofs and verdicts. Looks at cheap signs first and models only what shows one."""


def needed(scene: Scene, without: float) -> float:
    """The gain from which on a leak matters."""
    share = LEAST_GAIN[scene.target.problem]
    return share * without if scene.target.problem == "regression" else share


def verdict_of(scene: Scene, found: Compared | None) -> Outcome:
    """Proven when even the low end of the gain is above nothing and the gain matters; cleared when it does not."""
    if found is None:
        return "unsure"
    least = needed(scene, found.second)
    if found.low > 0 and found.gain >= least:
        return "proven"
    if found.high < 2 * least or found.gain <= 0:
        return "cleared"
    return "unsure"


def proof(name: str, sentence: str, found: Compared) -> Proof:
    return Proof.model_validate(
        {
            "name": name,
            "sentence": sentence,
            "score_with": found.first,
            "score_without": found.second,
            "gain": found.gain,
            "low": found.low,
            "high": found.high,
            "rows": found.rows,
        }
    )


SAID: Final[dict[Outcome, str]] = {
    "proven": "Proven: {what} makes the score {gain} better than it will be in use.",
    "cleared": "Cleared: {what} makes no difference that matters.",
    "unsure": "Unsure: {what} may make a difference, but these rows cannot tell.",
}


def drop_step(columns: Sequence[str]) -> list[dict[str, Any]]:
    return [{"type": "drop_columns", "params": {"columns": list(columns)}}]


def shown_gain(found: Compared | None) -> str:
    return "" if found is None else f"by {abs(found.gain):.3g}"
