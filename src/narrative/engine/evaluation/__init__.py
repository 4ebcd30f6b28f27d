"""Evaluation of a model on rows with the truth: how good, how sure, where weak, good enough for what.

>>> from narrative.engine.evaluation import evaluate  # evaluate(bundle, table) -> Evaluation
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narrative.engine.evaluation.cases import nearest_cases, worst_errors
    from narrative.engine.evaluation.clusters import error_clusters
    from narrative.engine.evaluation.dependence import partial_dependence
    from narrative.engine.evaluation.extrapolation import Known
    from narrative.engine.evaluation.groups import fairness
    from narrative.engine.evaluation.learning import learning_curve, overfit_alarm
    from narrative.engine.evaluation.mitigation import even_out, even_weights
    from narrative.engine.evaluation.pairing import compare
    from narrative.engine.evaluation.rows import Rows, gather
    from narrative.engine.evaluation.slices import weakest
    from narrative.engine.evaluation.space import Space
    from narrative.engine.evaluation.subject import Subject, subject_of
    from narrative.engine.evaluation.whatif import nearest_change, what_if
    from narrative.engine.evaluation.whole import Evaluation, evaluate

__all__ = [
    "Evaluation",
    "Known",
    "Rows",
    "Space",
    "Subject",
    "compare",
    "error_clusters",
    "evaluate",
    "even_out",
    "even_weights",
    "fairness",
    "gather",
    "learning_curve",
    "nearest_cases",
    "nearest_change",
    "overfit_alarm",
    "partial_dependence",
    "subject_of",
    "weakest",
    "what_if",
    "worst_errors",
]

_HOMES = {
    "Evaluation": "whole",
    "Known": "extrapolation",
    "Rows": "rows",
    "Space": "space",
    "Subject": "subject",
    "compare": "pairing",
    "error_clusters": "clusters",
    "evaluate": "whole",
    "even_out": "mitigation",
    "even_weights": "mitigation",
    "fairness": "groups",
    "gather": "rows",
    "learning_curve": "learning",
    "nearest_cases": "cases",
    "nearest_change": "whatif",
    "overfit_alarm": "learning",
    "partial_dependence": "dependence",
    "subject_of": "subject",
    "weakest": "slices",
    "what_if": "whatif",
    "worst_errors": "cases",
}


def __getattr__(name: str) -> Any:
    """Import on first use: a page that shows one part does not load the others."""
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"narrative.engine.evaluation.{_HOMES[name]}"), name)
