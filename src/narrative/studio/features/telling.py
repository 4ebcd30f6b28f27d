"""The story of the stage, from what its searches found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from narrative.engine.story.types import Story
from narrative.studio.features.entities import Finding


def told(found: Mapping[str, Finding], newest: Finding) -> Story:
    """The story of all searches that are about the same table and target as the newest one."""
    from narrative.engine.story import FeatureFacts, tell_findings

    about = (newest.version_id, newest.target)
    reports = {kind: each.report for kind, each in found.items() if (each.version_id, each.target) == about}
    facts: dict[str, Any] = {"target": newest.target, "metric": _metric(reports)}
    if "selection" in reports:
        facts |= _of_selection(reports["selection"])
    if "ideas" in reports:
        facts |= _of_ideas(reports["ideas"])
    if "leaks" in reports:
        facts |= _of_leaks(reports["leaks"])
    return tell_findings(FeatureFacts(**facts))


def _metric(reports: Mapping[str, dict[str, Any]]) -> str:
    return next((str(report["metric_title"]) for report in reports.values() if "metric_title" in report), "the score")


def _of_selection(report: dict[str, Any]) -> dict[str, Any]:
    kept = [choice["column"] for choice in report["choices"] if choice["kept"]]
    noise: dict[str, Any] = next(
        (method for method in report["methods"] if method["name"] == "noise"), {"verdicts": []}
    )
    worth = {verdict["column"]: verdict["value"] or 0.0 for verdict in noise["verdicts"]}
    strongest = max(kept, key=lambda name: worth.get(name, 0.0), default=None)
    judged = len(report["choices"])
    return {"judged": judged, "kept": len(kept), "dropped": judged - len(kept), "strongest": strongest}


def _of_ideas(report: dict[str, Any]) -> dict[str, Any]:
    helping = [idea for idea in report["ideas"] if idea["state"] == "helps"]
    best = helping[0] if helping else None
    return {
        "ideas_tried": report["tried"],
        "ideas_helping": len(helping),
        "best_idea": best and best["formula"],
        "best_gain": best and best["gain"],
    }


def _of_leaks(report: dict[str, Any]) -> dict[str, Any]:
    suspects = report["suspects"]
    proven = [suspect for suspect in suspects if suspect["verdict"] == "proven"]
    shown = next((each for each in proven if each["columns"] and each["proofs"]), None)
    proof = shown["proofs"][0] if shown else None
    return {
        "suspects": len(suspects),
        "proven": len(proven),
        "cleared": sum(suspect["verdict"] == "cleared" for suspect in suspects),
        "leak": shown and " and ".join(shown["columns"]),
        "score_with": proof and proof["score_with"],
        "score_without": proof and proof["score_without"],
    }
