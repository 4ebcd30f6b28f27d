"""The state of the eight stages, computed from what each left behind. A pure function, tested as a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from narrative.engine.story.types import STAGES
from narrative.engine.story.types import Stage as StageId
from narrative.studio.projects.cures import open_issues
from narrative.studio.projects.entities import Project, QualityNote
from narrative.studio.projects.schemas import Stage, StageState

FACT_CHARACTERS: Final = 18
ENOUGH_QUALITY: Final = 80.0
"""Above this a table counts as prepared, whatever could still be done."""
FEATURE_STEPS: Final = frozenset(
    {
        "interaction", "date_parts", "cyclical_encode", "group_aggregate", "lag", "rolling_window", "text_statistics",
        "text_vectors", "date_difference", "bin_values", "encode", "formula", "conditional",
    }
)  # fmt: skip
"""Steps that make features."""
_TITLES: Final[dict[StageId, str]] = {
    "data_loading": "Load",
    "data_profiling": "Profile",
    "data_preparation": "Prepare",
    "feature_engineering": "Features",
    "model_training": "Train",
    "model_evaluation": "Evaluate",
    "prediction": "Predict",
    "deployment": "Deploy & monitor",
}
_PAGES: Final[dict[StageId, str]] = {
    "data_loading": "load",
    "data_profiling": "profile",
    "data_preparation": "prepare",
    "feature_engineering": "features",
    "model_training": "train",
    "model_evaluation": "evaluate",
    "prediction": "predict",
    "deployment": "deploy",
}
_OPTIONAL: Final = frozenset({"data_preparation", "feature_engineering"})
_SHORT_METRICS: Final = {"roc_auc": "AUC", "log_loss": "Log loss", "rmse": "RMSE"}

Verdict = tuple[StageState, str | None, str | None]
"""State, fact, reason."""


def stages_of(project: Project) -> list[Stage]:
    """All eight stages in their order. The first one that waits for the user is the current one."""
    verdicts = {stage: _RULES[stage](project) for stage in STAGES}
    waiting = [stage for stage in STAGES if verdicts[stage][0] in ("ready", "out_of_date") and stage not in _OPTIONAL]
    current = next((stage for stage in STAGES if verdicts[stage][0] == "current"), None)
    if current is None and waiting and verdicts[waiting[0]][0] == "ready":
        _, fact, reason = verdicts[waiting[0]]
        verdicts[waiting[0]] = ("current", fact, reason)
    return [
        Stage(
            id=stage,
            title=_TITLES[stage],
            route=route_of(project, stage),
            state=verdicts[stage][0],
            fact=_cut(verdicts[stage][1]),
            reason=verdicts[stage][2],
        )
        for stage in STAGES
    ]


def route_of(project: Project, stage: StageId) -> str:
    """Where the page shows a stage of this project."""
    route = f"/p/{project.id}/{_PAGES[stage]}"
    if stage in ("model_evaluation", "prediction") and project.model is not None:
        route += f"/{project.model.model_id}"
    return route


def prepared_version(project: Project) -> str | None:
    """The version that the present steps made of the present table; None while they were not carried out."""
    made, table = project.prepared, project.dataset
    if made is None or table is None or made.base_id != table.version_id:
        return None
    same = [(step.type, step.params) for step in made.steps] == [
        (step.type, step.params) for step in project.recipe.steps if step.enabled
    ]
    return made.version_id if same else None


def quality_of(project: Project) -> float | None:
    """Quality of the table as the steps leave it where they were carried out, else as it was loaded."""
    if project.prepared is not None and prepared_version(project) is not None:
        return project.prepared.quality
    profile, table = project.profile, project.dataset
    return None if profile is None or table is None or profile.version_id != table.version_id else profile.quality


def note_of(project: Project) -> QualityNote | None:
    """Why somebody goes on with the quality of the present table."""
    note, table = project.quality_note, project.dataset
    return note if note is not None and table is not None and note.base_id == table.version_id else None


def is_model_stale(project: Project) -> bool:
    """Whether the table, the target or the steps changed after the model was trained."""
    model, dataset = project.model, project.dataset
    if model is None or dataset is None:
        return False
    wanted = (dataset.version_id, project.target.target, project.recipe.steps)
    return (model.dataset_version_id, model.target, model.steps) != wanted


def _load(project: Project) -> Verdict:
    dataset = project.dataset
    if dataset is None:
        return "current", None, "Choose a file or a sample."
    if dataset.state == "importing":
        return "current", "importing", "The file is being read."
    if dataset.state == "failed":
        return "current", "not readable", dataset.error
    if project.held is not None:
        rules = f"{project.held.n_broken:,} data check{'' if project.held.n_broken == 1 else 's'}"
        return "done", "new version held", f"The newest version broke {rules}; take it, or stay with this one."
    return "done", f"{dataset.n_rows:,} rows", None


def _is_loaded(project: Project) -> bool:
    return project.dataset is not None and project.dataset.version_id is not None


def _profile(project: Project) -> Verdict:
    if not _is_loaded(project):
        return "locked", None, "Load a table first."
    profile, dataset = project.profile, project.dataset
    if profile is None or dataset is None:
        return "current", "profiling", "The table is being profiled."
    if profile.version_id != dataset.version_id:
        return "out_of_date", None, "The table changed after it was profiled."
    fact = _issues(*open_issues(profile, project.recipe.steps)) or f"quality {profile.quality:.0f}"
    if project.target.target is None and not project.target.postponed:
        return "ready", fact, project.target.error or "Choose the column to predict."
    return "done", fact, None


def _issues(n_to_fix: int, n_to_decide: int) -> str | None:
    if n_to_fix:
        return f"{n_to_fix} to fix"
    return f"{n_to_decide} to decide" if n_to_decide else None


def _prepare(project: Project) -> Verdict:
    state, fact, reason = _automatic(project)
    steps = sum(step.enabled for step in project.recipe.steps)
    if state == "locked":
        return state, fact, reason
    if steps:
        fact = f"{steps:,} step{'s' if steps > 1 else ''}"
    return (state, fact, reason) if project.model is not None else _judged(project, fact, steps)


def _judged(project: Project, fact: str | None, n_steps: int) -> Verdict:
    """Done above a quality, or when somebody said why to go on with less."""
    how = "Training runs these steps first, then prepares" if n_steps else "Training prepares"
    rest = f"{how} the rest automatically, from training rows only."
    quality, note = quality_of(project), note_of(project)
    if quality is None:
        return "ready", fact, rest
    said = f"Quality is {quality:.0f} of 100"
    if quality > ENOUGH_QUALITY:
        return "done", fact, f"{said}. {rest}"
    if note is not None:
        return "done", fact, f"{said}, which was accepted: {note.text}"
    return "ready", fact, f"{said}; above {ENOUGH_QUALITY:.0f} is enough. Add steps, or note why to go on."


def _automatic(project: Project) -> Verdict:
    if not _is_loaded(project):
        return "locked", None, "Load a table first."
    if project.model is None:
        return "ready", "automatic", "Done automatically inside training, from training rows only."
    if is_model_stale(project):
        return (
            "out_of_date",
            "automatic",
            "The table, the target or the steps changed; the next training does it again.",
        )
    return "done", "automatic", None


def _features(project: Project) -> Verdict:
    state, fact, reason = _automatic(project)
    made = sum(step.enabled and step.type in FEATURE_STEPS for step in project.recipe.steps)
    if made and state != "locked":
        fact = f"{made:,} created"
    if project.model is not None and project.model.n_features:
        fact = f"{project.model.n_features:,} features"
    return state, fact, reason


def _train(project: Project) -> Verdict:
    training = project.training
    if not _is_loaded(project):
        return "locked", None, "Load a table first."
    if training is not None and training.state in ("queued", "running"):
        return "current", "training", "Training is running."
    if project.target.target is None:
        return "locked", None, "Choose the column to predict first."
    return _train_result(project)


def _train_result(project: Project) -> Verdict:
    training = project.training
    if training is not None and training.state == "failed":
        return "ready", "failed", training.error
    if project.model is None:
        return "ready", None, None
    if is_model_stale(project):
        return "out_of_date", None, "The table, the target or the steps changed after this training."
    return "done", "trained", None


def _evaluate(project: Project) -> Verdict:
    model = project.model
    if model is None:
        return "locked", None, "Train a model first."
    fact = f"{_SHORT_METRICS.get(model.metric, model.metric_title)} {_score(model.score)}"
    if is_model_stale(project):
        return "out_of_date", fact, "The table, the target or the steps changed after this model was trained."
    if model.decision == "rejected":
        return "ready", fact, "This version was rejected. Train again, or take the decision back."
    return "done", fact, None


def _predict(project: Project) -> Verdict:
    if project.model is None:
        return "locked", None, "Train a model first."
    done = project.predictions
    if done is None or done.model_version_id != project.model.version_id:
        return "ready", None, None
    if done.n_batches:
        return "done", f"{done.n_batches:,} file{'s' if done.n_batches > 1 else ''}", None
    return "done", f"{done.n_single:,} case{'s' if done.n_single > 1 else ''}", None


def _deploy(project: Project) -> Verdict:
    if project.model is None:
        return "locked", None, "Train a model first."
    deployment = project.deployment
    if deployment is None or deployment.state == "retired":
        return "ready", None, None
    if deployment.model_version_id != project.model.version_id:
        return "out_of_date", deployment.state, "It serves an older version of the model."
    return ("done" if deployment.state == "live" else "ready"), deployment.state, None


_RULES: Final[dict[StageId, Callable[[Project], Verdict]]] = {
    "data_loading": _load,
    "data_profiling": _profile,
    "data_preparation": _prepare,
    "feature_engineering": _features,
    "model_training": _train,
    "model_evaluation": _evaluate,
    "prediction": _predict,
    "deployment": _deploy,
}


def _score(score: float) -> str:
    return f"{score:.3f}" if abs(score) < 100 else f"{score:,.0f}"


def _cut(fact: str | None) -> str | None:
    return fact if fact is None or len(fact) <= FACT_CHARACTERS else fact[: FACT_CHARACTERS - 1] + "…"
