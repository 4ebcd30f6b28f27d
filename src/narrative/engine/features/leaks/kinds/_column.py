"""What detectors of single columns share: the model with the column and the same model without it."""

from __future__ import annotations

from collections.abc import Sequence

from narrative.engine.features.leaks.base import drop_step, proof, shown_gain, verdict_of
from narrative.engine.features.leaks.scene import Compared, Scene, compared
from narrative.engine.features.leaks.types import LeakKind, Outcome, Proof, Suspect


def with_and_without(scene: Scene, columns: Sequence[str]) -> Compared | None:
    """The score with the columns and without them, same rows, same folds."""
    seen = scene.at(scene.rows())
    rest = seen.without(columns)
    if not rest.material.columns:
        rest = rest.adding("nothing", rest.values * 0.0)
    return compared(seen, rest)


def without_proof(found: Compared | None, columns: Sequence[str]) -> list[Proof]:
    named = " and ".join(f"'{name}'" for name in columns)
    sentence = f"The same model learned with {named} and without."
    return [] if found is None else [proof("without_suspect", sentence, found)]


def column_suspect(  # one argument for each part of what is said
    scene: Scene,
    kind: LeakKind,
    columns: Sequence[str],
    *,
    headline: str,
    reason: str,
    found: Compared | None,
    facts: dict[str, float | int | str],
    advice: str,
    verdict: Outcome | None = None,
    proofs: Sequence[Proof] = (),
) -> Suspect:
    """A suspect that is columns, with its verdict in words."""
    outcome = verdict or verdict_of(scene, found)
    named = " and ".join(f"'{name}'" for name in columns)
    said = {
        "proven": f"Proven: with {named} the score is better {shown_gain(found)}, and that is not luck.",
        "cleared": f"Cleared: the score is as good without {named}.",
        "unsure": f"Unsure: these rows do not tell whether {named} flatters the score.",
    }[outcome]
    return Suspect(
        kind=kind,
        columns=list(columns),
        headline=headline,
        reason=reason,
        verdict=outcome,
        verdict_sentence=said,
        proofs=[*without_proof(found, columns), *proofs],
        facts=facts,
        steps=drop_step(columns),
        advice=advice,
    )
