"""What detectors of rows that belong together share: random folds against folds that keep them on one side."""

from __future__ import annotations

from narrative.engine.features.leaks.base import proof, shown_gain, verdict_of
from narrative.engine.features.leaks.scene import Compared, Scene, compared
from narrative.engine.features.leaks.types import LeakKind, Outcome, Proof, Suspect
from narrative.engine.types import IntArray


def random_against_blocked(scene: Scene, groups: IntArray, *, deep: bool, clusters: IntArray | None) -> Compared | None:
    """The score with rows of a group on both sides of the split, and with each group on one side."""
    rows = scene.rows(groups)
    seen, own = scene.at(rows), groups[rows]
    return compared(seen, seen, second_groups=own, clusters=None if clusters is None else clusters[rows], deep=deep)


def blocked_suspect(  # one argument for each part of what is said
    scene: Scene,
    kind: LeakKind,
    columns: list[str],
    *,
    headline: str,
    reason: str,
    what: str,
    sentence: str,
    proof_name: str,
    found: Compared | None,
    facts: dict[str, float | int | str],
    advice: str,
    steps: list[dict[str, object]],
) -> Suspect:
    """A suspect that is a way of splitting rows, with its verdict in words."""
    outcome: Outcome = verdict_of(scene, found)
    proofs: list[Proof] = [] if found is None else [proof(proof_name, sentence, found)]
    said = {
        "proven": f"Proven: {what} makes the score better {shown_gain(found)}, and that is not luck.",
        "cleared": f"Cleared: {what} makes no difference that matters.",
        "unsure": f"Unsure: these rows do not tell whether {what} flatters the score.",
    }[outcome]
    return Suspect(
        kind=kind,
        columns=columns,
        headline=headline,
        reason=reason,
        verdict=outcome,
        verdict_sentence=said,
        proofs=proofs,
        facts=facts,
        steps=steps,
        advice=advice,
    )
