"""Doing a recorded run again: the same folds of the same trials, the same choice, whatever the clock says.

A fit that the clock cut short is cut at the same round again. Only linear models and naive Bayes count no rounds: when
the clock cut one of these (listed under ``cut_short`` with null rounds), it is fitted to its end this time.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from narrative.engine.training.plan import Trial
from narrative.engine.training.session import Session


class Replay:
    """The recorded work of a run (``TrainingResult.plan``), in order."""

    def __init__(self, session: Session, recorded: Mapping[str, Any]) -> None:
        self._session = session
        self._record = {str(trial["id"]): trial for trial in recorded["trials"]}
        done = recorded["done"]
        self.without: dict[str, str] = dict(done["without"])
        """Trials that must not become members, and why they did not."""
        self.scores_on_development = bool(done["scores_on_development"])
        self.delivers_all = done["delivered"] == "all"
        board = session.board
        known = {trial.id for trial in board.trials}
        for trial in recorded["trials"]:
            if trial["id"] not in known:
                board.add_trial(Trial(trial["id"], trial["candidate"], trial["settings"], trial["variation"]))
        for name, reason in dict(done.get("dropped", {})).items():
            board.drop(name, reason)

    def next(self, busy: Set[tuple[str, int]]) -> tuple[Trial, int] | None:
        """The next recorded fold that is not finished."""
        board = self._session.board
        for trial in board.trials:
            if trial.id in board.failed:
                continue
            for scope in self._record[trial.id]["rounds"]:
                if not scope.startswith("fold_"):
                    continue
                fold = int(scope.removeprefix("fold_"))
                if (trial.id, fold) not in busy and not self._session.folder.has_fit(trial.id, scope):
                    return trial, fold
        return None

    def rounds(self, trial: str, scope: str) -> int | None:
        """Rounds of a fit that the clock had cut short, or of a last fit; None: the fit finds them itself again."""
        record = self._record[trial]
        if scope.startswith("fold_") and scope not in record.get("cut_short", []):
            return None
        found = record["rounds"].get(scope)
        return None if found is None else int(found)
