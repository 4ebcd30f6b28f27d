"""The report of a model and of a table, each as one page and as JSON; the same input gives the same bytes."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, Final

from narrative.engine.profile.types import TableProfile
from narrative.engine.report.charts import rows as row_charts
from narrative.engine.report.charts.base import Chart, Table
from narrative.engine.report.charts.classification import classification_charts, confusion_chart
from narrative.engine.report.charts.regression import regression_charts
from narrative.engine.report.page import (
    column_rows,
    fact_cards,
    fact_groups,
    finding_rows,
    importance_rows,
    plain_json,
    render,
    shortened,
)
from narrative.engine.report.project import pictures_of
from narrative.engine.report.types import ChartWords, ReportFiles, ReportInput
from narrative.engine.story.formulas.preparation import worked_columns
from narrative.engine.story.formulas.training import BASELINE, ENSEMBLE, contenders, only_guesses, ranked
from narrative.engine.story.types import Story
from narrative.engine.story.wording import format_percent, format_score, format_seconds
from narrative.engine.tables.types import ImportReport
from narrative.engine.training.types import CandidateReport, TrainingResult

STEP_COLUMNS: Final = 6
CONTENTS: Final[tuple[tuple[str, str], ...]] = (
    ("score", "How good it is"),
    ("drivers", "What it relies on"),
    ("candidates", "What was tried"),
    ("data", "The data"),
    ("preparation", "Preparation"),
    ("unknown", "What is not known"),
    ("provenance", "Where it comes from"),
)
VIEW_WORDS: Final = {
    "linear": ("For straight-line models", "Gaps are filled, numbers share a scale, words become columns."),
    "trees": ("For models made of trees", "Gaps stay gaps, and words become few columns."),
}


def build_report(given: ReportInput) -> ReportFiles:
    """``report.html`` and ``report.json`` of a trained model.

    Raises:
        KeyError: a story of stages 2-6 is missing; ``tell_pipeline`` gives them all.
    """
    charts = _charts(given.result)
    groups = fact_groups(given.stories, charts)
    stories = {story.stage: story for story in given.stories}
    columns, more_columns = column_rows(given.profile)
    context: dict[str, Any] = {
        "title": f"{given.result.model.target}: {stories['model_evaluation'].headline.text}",
        "name": shortened(given.name),
        "subtitle": f"what predicts {shortened(given.result.model.target, 40)}",
        "version": given.program_version,
        "cards": fact_cards(groups),
        "fact_groups": groups,
        "contents": [part for part in CONTENTS if part[0] != "drivers" or given.result.importances],
        "loading": stories.get("data_loading"),
        "profiling": stories["data_profiling"],
        "preparing": stories["data_preparation"],
        "features": stories["feature_engineering"],
        "training": stories["model_training"],
        "evaluation": stories["model_evaluation"],
        "charts": charts,
        "findings": finding_rows(given.profile.findings),
        "columns": columns,
        "more_columns": more_columns,
        "has_target": True,
        "quality_formula": given.profile.quality.formula,
        "unknown": _unknown(given.stories),
        "warnings": [*given.result.warnings, *given.notes],
        "provenance": _provenance(given),
        "views": _views(given.result),
        **_score(given.result),
        **importance_rows(given.result.importances),
        **_candidates(given.result),
    }
    return ReportFiles(html=render("report.html.j2", context), json=plain_json(_report_data(given)))


def build_profile_report(
    profile: TableProfile,
    stories: Sequence[Story],
    *,
    name: str,
    imported: ImportReport | None = None,
    version: str = "",
) -> ReportFiles:
    """A page about a table alone. ``stories``: of loading (when there was a file) and of profiling."""
    by_stage = {story.stage: story for story in stories}
    groups = fact_groups(stories, [])
    columns, more_columns = column_rows(profile)
    guesses = [] if imported is None else imported.guesses
    bad = [] if imported is None else imported.bad_rows[:20]
    context = {
        "title": f"{name}: {by_stage['data_profiling'].headline.text}",
        "name": shortened(name),
        "subtitle": "profile",
        "version": version,
        "cards": fact_cards(groups),
        "fact_groups": groups,
        "loading": by_stage.get("data_loading"),
        "profiling": by_stage["data_profiling"],
        "numbers": _table_numbers(profile),
        "guesses": Table(
            ("What", "Taken as", "Sure", "Why"),
            [(guess.name, guess.value, format_percent(guess.confidence), guess.evidence) for guess in guesses],
            frozenset({2}),
        ),
        "bad_rows": Table(
            ("Line", "Column", "Reason", "Text"),
            [(f"{row.line:,}", row.column or "–", row.reason, shortened(row.text)) for row in bad],
        ),
        "findings": finding_rows(profile.findings),
        "columns": columns,
        "more_columns": more_columns,
        "has_target": profile.target is not None,
        "quality_formula": profile.quality.formula,
        "unknown": _unknown(stories),
        "warnings": [] if imported is None else imported.warnings,
        "provenance": [
            ("Content hash of the table", profile.content_hash),
            *_file_rows(imported),
            ("Program", version),
        ],
    }
    data = {
        "name": name,
        "program_version": version,
        "profile": profile.model_dump(mode="json"),
        "import": None if imported is None else imported.model_dump(mode="json"),
        "stories": [story.model_dump(mode="json") for story in stories],
    }
    return ReportFiles(html=render("profile.html.j2", context), json=plain_json(data))


def chart_papers(result: TrainingResult) -> tuple[list[ChartWords], list[dict[str, Any]]]:
    """What the charts of an evaluation say, for pages that draw them themselves, and the charts drawn, for reports."""
    charts = _charts(result)
    words = [
        ChartWords(id=chart.id, headline=chart.headline, caption=chart.caption, facts=list(chart.facts))
        for chart in charts
    ]
    return words, pictures_of(charts)


def _charts(result: TrainingResult) -> list[Chart]:
    charts = regression_charts(result) if result.problem == "regression" else classification_charts(result)
    confusion = confusion_chart(result)
    return charts if confusion is None else [*charts, confusion]


def _score(result: TrainingResult) -> dict[str, Any]:
    """The score at the top, the key numbers, the other scores and the thresholds."""
    from narrative.engine.scores import all_scores

    evaluation, profile = result.evaluation, result.profile
    scores = all_scores()
    companions = [
        {
            "title": scores[name].title if name in scores else name,
            "sentence": scores[name].sentence if name in scores else "",
            "model": _optional(value),
            "guessing": _optional(evaluation.companion_baselines.get(name)),
        }
        for name, value in evaluation.companions.items()
    ]
    return {
        "score": {
            "title": evaluation.metric_title,
            "text": format_score(evaluation.score),
            "sentence": scores[evaluation.metric].sentence,
            "svg": row_charts.hero(evaluation),
        },
        "numbers": [
            ("Predicts", shortened(result.model.target, 40)),
            *_rows_told(result),
            ("Quality of the data", f"{math.floor(profile.quality.score)} points"),
            ("Model", shortened(_model_words(result), 70)),
        ],
        "method": evaluation.method_sentence,
        "companions": companions,
        "thresholds": _thresholds(result),
    }


def _rows_told(result: TrainingResult) -> list[tuple[str, str]]:
    """Which model learned from how many rows: the one that was scored and the one that is delivered."""
    evaluation = result.evaluation
    learned, delivered = f"{evaluation.n_train_rows:,} rows", f"{result.n_rows_learned:,} rows"
    if evaluation.method == "cross_validation":
        judged = ("Scored on", f"{evaluation.n_test_rows:,} rows, unseen in turn")
        learned = f"about {learned} each"
    else:
        judged = ("Scored on", f"{evaluation.n_test_rows:,} rows kept aside")
    whole = f"all {delivered}" if result.n_rows_learned == result.n_rows else f"{delivered} of {result.n_rows:,}"
    return [judged, ("Scored model learned from", learned), ("Delivered model learned from", whole)]


def _model_words(result: TrainingResult) -> str:
    """What is delivered, by the titles of its members."""
    if only_guesses(result):
        return "None yet: it only guesses"
    titles = {candidate.name: candidate.title for candidate in result.candidates}
    return " + ".join(titles.get(name, name) for name in sorted({member.candidate for member in result.model.members}))


def _thresholds(result: TrainingResult) -> Table | None:
    rows = result.evaluation.thresholds
    if not rows:
        return None
    label = shortened(str(result.model.classes[1]), 24)
    columns = ("From a chance of", f"Flagged as {label}", "Right", "Found", "Flagged wrongly", "Missed")
    cells = [
        (
            format_percent(row["threshold"]),
            f"{row['true_positive'] + row['false_positive']:,.0f}",
            format_percent(row["precision"]),
            format_percent(row["recall"]),
            f"{row['false_positive']:,.0f}",
            f"{row['false_negative']:,.0f}",
        )
        for row in rows
    ]
    return Table(columns, cells, frozenset(range(6)))


def _candidates(result: TrainingResult) -> dict[str, Any]:
    order = ranked(result)
    others = [candidate for candidate in result.candidates if candidate.score is None]
    leaders = contenders(result)
    baseline = next((candidate.score for candidate in order if candidate.name == BASELINE), None)
    shown = [candidate for candidate in order if candidate.name != BASELINE] or order
    scale = row_charts.interval_scale(shown, baseline)
    leader = leaders[0] if leaders else None
    lead = "leads the single models" if any(candidate.name == ENSEMBLE for candidate in order) else "leads"
    return {
        "axis": row_charts.interval_axis(scale),
        "score_source": (
            "counts each row once, predicted by models that had not seen it"
            if result.evaluation.method == "cross_validation"
            else "comes from rows that nobody touched"
        ),
        "direction": "Higher is better." if result.evaluation.higher_is_better else "Lower is better.",
        "shows_guessing": baseline is not None and scale.low <= baseline <= scale.high,
        "candidates": [
            {
                "title": candidate.title,
                "sentence": candidate.sentence,
                "svg": row_charts.interval_row(candidate, scale, baseline, leads=candidate is leader),
                "score": _optional(candidate.score),
                "seconds": format_seconds(candidate.seconds) if candidate.seconds else "–",
                "tags": _tags(candidate, leader, lead),
                "reason": candidate.reason,
            }
            for candidate in [*order, *others]
        ],
    }


def _tags(candidate: CandidateReport, leader: CandidateReport | None, lead: str) -> list[tuple[str, str]]:
    """Status as a word and a tone: never colour alone."""
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


def _views(result: TrainingResult) -> list[dict[str, Any]]:
    """The steps of each preparation that a member reads."""
    shown = []
    for view in sorted({member.view for member in result.model.members}):
        title, sentence = VIEW_WORDS[view]
        rows = []
        for fitted in result.model.recipes[view].steps:
            names = [shortened(name, 28) for name in worked_columns(fitted)]
            more = f" and {len(names) - STEP_COLUMNS:,} more" if len(names) > STEP_COLUMNS else ""
            rows.append((fitted.step.title, ", ".join(names[:STEP_COLUMNS]) + more))
        shown.append({"title": title, "sentence": sentence, "table": Table(("Step", "Columns"), rows)})
    return shown


def _unknown(stories: Sequence[Story]) -> list[tuple[str, Any]]:
    """Every sentence about what is not known, each once, with the group its facts are listed in."""
    seen: dict[str, tuple[str, Any]] = {}
    for story in stories:
        for sentence in story.unknown:
            seen.setdefault(sentence.text, (story.stage, sentence))
    return list(seen.values())


def _provenance(given: ReportInput) -> list[tuple[str, str]]:
    result = given.result
    rows = [("Content hash of the table", result.data_hash), *_file_rows(given.imported)]
    if given.bundle_sha256:
        rows.append(("Model file, SHA-256", given.bundle_sha256))
    rows += [
        ("Seed", str(result.options.seed)),
        ("Time allowed", format_seconds(result.options.budget_seconds)),
        ("How the score was made", result.evaluation.method_sentence),
        ("Trial plan", json.dumps(result.plan, sort_keys=True, ensure_ascii=False, default=str)[:2_000]),
    ]
    return [*rows, ("Program", given.program_version)] if given.program_version else rows


def _file_rows(imported: ImportReport | None) -> list[tuple[str, str]]:
    if imported is None:
        return []
    return [("File, SHA-256", imported.sha256), ("File size", f"{imported.size_bytes:,} bytes")]


def _table_numbers(profile: TableProfile) -> list[tuple[str, str]]:
    cells = profile.n_rows * profile.n_columns
    missing = sum(column.missing for column in profile.columns)
    numbers = [
        ("Rows", f"{profile.n_rows:,}"),
        ("Columns", f"{profile.n_columns:,}"),
        ("Empty cells", format_percent(missing / cells) if cells else "–"),
        ("Quality", f"{math.floor(profile.quality.score)} points"),
    ]
    if profile.target is not None:
        numbers.append(("Target", f"{shortened(profile.target, 40)} ({profile.problem})"))
    elif profile.suggested_targets:
        numbers.append(("Suggested target", shortened(profile.suggested_targets[0].column, 40)))
    return numbers


def _report_data(given: ReportInput) -> dict[str, Any]:
    result = given.result
    return {
        "name": given.name,
        "program_version": given.program_version,
        "target": result.model.target,
        "problem": result.problem,
        "classes": result.model.classes,
        "threshold": result.model.threshold if result.problem == "binary" else None,
        "evaluation": result.evaluation.model_dump(mode="json"),
        "candidates": [candidate.model_dump(mode="json") for candidate in result.candidates],
        "importances": [item.model_dump(mode="json") for item in result.importances],
        "best_candidate": result.best_candidate,
        "rows": result.n_rows,
        "rows_learned": result.n_rows_learned,
        "timings": result.timings,
        "rows_without_target": result.n_rows_without_target,
        "profile": given.profile.model_dump(mode="json"),
        "import": None if given.imported is None else given.imported.model_dump(mode="json"),
        "preparation": {view: recipe.recipe.to_dict() for view, recipe in sorted(result.model.recipes.items())},
        "stories": [story.model_dump(mode="json") for story in given.stories],
        "warnings": list(result.warnings),
        "notes": list(given.notes),
        "provenance": {
            "data_hash": result.data_hash,
            "bundle_sha256": given.bundle_sha256,
            "options": result.options.model_dump(mode="json"),
            "plan": result.plan,
        },
    }


def _optional(value: float | None) -> str:
    return "–" if value is None or not math.isfinite(value) else format_score(value)
