"""All that the report of a model is made of, as plain data: the page is drawn from it alone.

The model file keeps the part of it that stands nowhere else in the file (:data:`ELSEWHERE`), so that the page can be
drawn again from the file, byte for byte. It holds no times and no drawn markup: a page made from a file that somebody
else wrote shows its texts as texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from narrative.core.errors import InvalidInput
from narrative.engine.profile.types import ColumnProfile, TableProfile
from narrative.engine.report.assessment import Assessment
from narrative.engine.report.charts.words import chart_words
from narrative.engine.report.page import COLUMNS_LISTED, COLUMNS_SHOWN, shortened
from narrative.engine.report.types import ChartWords, ReportInput
from narrative.engine.story import tell_evaluation, tell_training
from narrative.engine.story.formulas.preparation import worked_columns
from narrative.engine.story.formulas.training import BASELINE, ENSEMBLE, contenders, only_guesses, ranked
from narrative.engine.story.types import STAGES, Story
from narrative.engine.story.wording import format_percent
from narrative.engine.tables.types import ImportReport
from narrative.engine.training.types import CandidateReport, Evaluation, Importance, TrainingOptions, TrainingResult

STEP_COLUMNS: Final = 6
ELSEWHERE: Final = frozenset({"evaluation", "importances", "candidates", "stories", "plan"})
"""Fields that other parts of the model file hold."""
NAMELESS: Final = frozenset({"identifier", "text"})
"""Kinds of columns of which no value is kept: they tell single rows apart."""
VIEW_WORDS: Final = {
    "linear": ("For straight-line models", "Gaps are filled, numbers share a scale, words become columns."),
    "trees": ("For models made of trees", "Gaps stay gaps, and words become few columns."),
}


class View(BaseModel):
    """A preparation that a member of the model reads, in words: (step, its columns)."""

    model_config = ConfigDict(frozen=True)
    title: str
    sentence: str
    steps: list[tuple[str, str]]


class Line(BaseModel):
    """A line of the leaderboard: place in ``candidates`` and its tags as (tone, word)."""

    model_config = ConfigDict(frozen=True)
    place: int
    leads: bool = False
    tags: list[tuple[str, str]] = []


class ReportAccount(BaseModel):
    """The account of a trained model, from the file to the limits; equal accounts give equal pages."""

    model_config = ConfigDict(frozen=True)
    name: str
    program_version: str
    profile: TableProfile
    imported: ImportReport | None
    stories: list[Story]
    evaluation: Evaluation
    importances: list[Importance]
    candidates: list[CandidateReport]
    assessment: Assessment | None
    charts: list[ChartWords]
    lines: list[Line]
    model_words: str
    views: list[View]
    columns: list[str]
    """What the model reads of a table."""
    n_rows: int
    n_rows_learned: int
    n_rows_without_target: int
    options: TrainingOptions
    plan: dict[str, Any]
    warnings: list[str]


def account_of(given: ReportInput) -> ReportAccount:
    """The account of a result and its stories, without the times that the run took."""
    result = timeless(given.result)
    return ReportAccount(
        name=given.name,
        program_version=given.program_version,
        profile=_slim(given.profile),
        imported=None if given.imported is None else given.imported.model_copy(update={"bad_rows": []}),
        stories=retold(given.stories, result),
        evaluation=result.evaluation,
        importances=result.importances,
        candidates=result.candidates,
        assessment=given.assessment,
        charts=chart_words(result),
        lines=_lines(result),
        model_words=_model_words(result),
        views=_views(result),
        columns=_columns(result),
        n_rows=result.n_rows,
        n_rows_learned=result.n_rows_learned,
        n_rows_without_target=result.n_rows_without_target,
        options=result.options,
        plan=result.plan,
        warnings=[*result.warnings, *given.notes],
    )


def timeless(result: TrainingResult) -> TrainingResult:
    """A result without the times that it took: equal work gives equal papers."""
    lines = [line.model_copy(update={"seconds": 0.0, "predict_ms_per_row": None}) for line in result.candidates]
    return replace(result, seconds=0.0, timings={}, candidates=lines)


def used_once(result: TrainingResult) -> TrainingResult:
    """A result as if no earlier run had been scored on its rows: what a model file says of itself alone."""
    alone = result.evaluation.model_copy(update={"test_uses": 1, "interval_after_uses": None})
    return replace(result, evaluation=alone)


def retold(stories: Sequence[Story], result: TrainingResult) -> list[Story]:
    """The stories, those of training and evaluation told again of this form of the result."""
    again = {"model_training": tell_training, "model_evaluation": tell_evaluation}
    return [again[story.stage](result) if story.stage in again else story for story in stories]


def kept_part(account: ReportAccount) -> dict[str, Any]:
    """The part of an account that the model file keeps as ``report.json``."""
    return account.model_dump(mode="json", exclude=set(ELSEWHERE))


def account_from(kept: Mapping[str, Any], documents: Mapping[str, Any]) -> ReportAccount:
    """The account again, from the kept part and the other papers of a model file.

    Raises:
        InvalidInput: ``bundle_unreadable``.
    """
    data = {name: documents[name] for name in ELSEWHERE if name != "stories"}
    told = documents["story"]
    try:
        account = ReportAccount.model_validate({**kept, **data, "stories": list(told.values())})
    except (ValidationError, AttributeError) as error:
        raise InvalidInput(
            "bundle_unreadable",
            "The model file cannot be read: its report does not fit together.",
            fix="Download or write the model file again.",
        ) from error
    return account.model_copy(update={"stories": sorted(account.stories, key=lambda told: STAGES.index(told.stage))})


def _slim(profile: TableProfile) -> TableProfile:
    """The profile as far as the page shows it: no values that tell single rows apart, no charts of pairs."""
    ordered = sorted(profile.columns, key=lambda column: column.name != profile.target)
    kept = [
        _slim_column(column, drawn=place < COLUMNS_SHOWN)
        for place, column in enumerate(ordered[: COLUMNS_SHOWN + COLUMNS_LISTED])
    ]
    unseen = {"correlation": None, "relations": None, "target_chart": None, "missing_chart": None}
    return profile.model_copy(update={"columns": kept, **unseen})


def _slim_column(column: ColumnProfile, *, drawn: bool) -> ColumnProfile:
    less: dict[str, Any] = {"facts": [], "lengths": None, "patterns": [], "quantiles": None, "sentence": None}
    less["top_values"] = [] if column.kind in NAMELESS else column.top_values[:12]
    if column.kind in NAMELESS:
        less |= {"minimum": None, "maximum": None}
    if not drawn:
        less |= {"histogram": None, "top_values": less["top_values"][:1]}
    return column.model_copy(update=less)


def _lines(result: TrainingResult) -> list[Line]:
    """The leaderboard: those with a score by rank, then the others."""
    order = [*ranked(result), *(candidate for candidate in result.candidates if candidate.score is None)]
    leaders = contenders(result)
    leader = leaders[0] if leaders else None
    lead = "leads the single models" if any(candidate.name == ENSEMBLE for candidate in order) else "leads"
    places = {id(candidate): place for place, candidate in enumerate(result.candidates)}
    return [
        Line(place=places[id(candidate)], leads=candidate is leader, tags=_tags(candidate, leader, lead))
        for candidate in order
    ]


def _tags(candidate: CandidateReport, leader: CandidateReport | None, lead: str) -> list[tuple[str, str]]:
    """Status as a tone and a word: never colour alone."""
    tags = []
    if candidate.name == ENSEMBLE:
        return [("accent", "the delivered model")]
    if candidate.weight > 0:
        tags.append(("accent", f"{format_percent(candidate.weight)} of the model"))
    if candidate.state in ("failed", "skipped", "waiting", "running"):
        words = {"failed": ("bad", "failed"), "skipped": ("", "skipped")}
        tags.append(words.get(candidate.state, ("", "no time left")))
    elif candidate is leader:
        tags.append(("good", lead))
    elif candidate.ties_with_best:
        tags.append(("good", "as good as the leader"))
    elif candidate.name == BASELINE:
        tags.append(("", "guessing"))
    return tags


def _model_words(result: TrainingResult) -> str:
    """What is delivered, by the titles of its members."""
    if only_guesses(result):
        return "None yet: it only guesses"
    titles = {candidate.name: candidate.title for candidate in result.candidates}
    return " + ".join(titles.get(name, name) for name in sorted({member.candidate for member in result.model.members}))


def _views(result: TrainingResult) -> list[View]:
    """The steps of each preparation that a member reads."""
    shown = []
    for view in sorted({member.view for member in result.model.members}):
        title, sentence = VIEW_WORDS[view]
        steps = []
        for fitted in result.model.recipes[view].steps:
            names = [shortened(name, 28) for name in worked_columns(fitted)]
            more = f" and {len(names) - STEP_COLUMNS:,} more" if len(names) > STEP_COLUMNS else ""
            steps.append((fitted.step.title, ", ".join(names[:STEP_COLUMNS]) + more))
        shown.append(View(title=title, sentence=sentence, steps=steps))
    return shown


def _columns(result: TrainingResult) -> list[str]:
    views = sorted({member.view for member in result.model.members})
    return list(dict.fromkeys(name for view in views for name in result.model.recipes[view].input_columns))
