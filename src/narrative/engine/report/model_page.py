"""The page of a model, from its account alone: what a board wants to know first, then all that it rests on."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from narrative.engine.evaluation.figures import Figure
from narrative.engine.report.account import ReportAccount
from narrative.engine.report.assessment import untold
from narrative.engine.report.charts import rows as row_charts
from narrative.engine.report.charts.base import Chart, Table
from narrative.engine.report.charts.dependence import dependence_chart
from narrative.engine.report.charts.drawn import draw_charts
from narrative.engine.report.page import (
    column_rows,
    fact_cards,
    fact_group,
    fact_groups,
    file_rows,
    finding_rows,
    importance_rows,
    render,
    shortened,
    unknown_of,
)
from narrative.engine.report.words import GLOSSARY
from narrative.engine.scores import all_scores
from narrative.engine.story.formulas.training import BASELINE
from narrative.engine.story.types import ChartStory
from narrative.engine.story.wording import (
    clean_name,
    format_decimal,
    format_percent,
    format_score,
    format_seconds,
    interval_text,
)

HTML_BYTES: Final = 1_000_000
CONTENTS: Final[tuple[tuple[str, str], ...]] = (
    ("expect", "What to expect"),
    ("score", "How good it is"),
    ("drivers", "What it relies on"),
    ("weak", "Where it is weak"),
    ("candidates", "What was tried"),
    ("data", "The data"),
    ("preparation", "Preparation"),
    ("use", "How to use it"),
    ("unknown", "What is not known"),
    ("provenance", "Where it comes from"),
    ("words", "Words"),
)
GROUP_ROWS: Final = 24


def model_page(account: ReportAccount, *, bundle_sha256: str | None = None) -> str:
    """One self-contained page: no script, no request to anywhere, at most 1 MB. Equal accounts give equal bytes.

    Args:
        bundle_sha256: hash of the model file, shown where it comes from.

    Raises:
        KeyError: a story of stages 2-6 is missing.
    """
    bands = {} if account.assessment is None else account.assessment.bands
    charts = draw_charts(account.evaluation, account.charts, bands)
    moved = _dependence_charts(account)
    page = _render(account, charts, moved, bundle_sha256)
    while len(page.encode()) > HTML_BYTES and (moved or charts):
        (moved or charts).pop()
        page = _render(account, charts, moved, bundle_sha256)
    return page


def _render(
    account: ReportAccount, charts: Sequence[Chart], moved: Sequence[Chart], bundle_sha256: str | None
) -> str:  # fmt: skip
    stories = {story.stage: story for story in account.stories}
    told = dict(_told(account))
    groups = fact_groups(account.stories, [*charts, *moved])
    groups += [fact_group(name, title, words.facts) for name, (title, words) in told.items()]
    columns, more_columns = column_rows(account.profile)
    parts = {
        "expect": account.assessment is not None and account.assessment.outlook is not None,
        "drivers": bool(account.importances),
        "weak": account.assessment is not None,
    }
    return render(
        "report.html.j2",
        {
            "title": f"{account.evaluation.target}: {stories['model_evaluation'].headline.text}",
            "name": shortened(account.name),
            "subtitle": f"what predicts {shortened(account.evaluation.target, 40)}",
            "question": _question(account),
            "running": _running(account),
            "version": account.program_version,
            "cards": fact_cards(groups),
            "fact_groups": groups,
            "contents": [part for part in CONTENTS if parts.get(part[0], True)],
            "loading": stories.get("data_loading"),
            "profiling": stories["data_profiling"],
            "preparing": stories["data_preparation"],
            "features": stories["feature_engineering"],
            "training": stories["model_training"],
            "evaluation": stories["model_evaluation"],
            "charts": charts,
            "moved": moved,
            "told": {name: words.sentence for name, (_, words) in told.items()},
            "findings": finding_rows(account.profile.findings),
            "columns": columns,
            "more_columns": more_columns,
            "has_target": True,
            "quality_formula": account.profile.quality.formula,
            "unknown": unknown_of(account.stories),
            "warnings": account.warnings,
            "gaps": _gaps(account),
            "provenance": _provenance(account, bundle_sha256),
            "views": [
                {"title": view.title, "sentence": view.sentence, "table": Table(("Step", "Columns"), view.steps)}
                for view in account.views
            ],
            "plan": json.dumps(account.plan, sort_keys=True, ensure_ascii=False, default=str)[:2_000],
            "glossary": GLOSSARY,
            "use": _use(account),
            **_score(account),
            **_expected(account),
            **_weak(account),
            **importance_rows(account.importances),
            **_candidates(account),
        },
    )


def _question(account: ReportAccount) -> str:
    """What was asked of the data, as a question."""
    target = clean_name(account.evaluation.target)
    if account.evaluation.problem == "regression":
        return f"How well can {target} be told from the other columns?"
    if account.evaluation.problem == "binary":
        return f"Can we tell beforehand where {target} is {clean_name(str(account.evaluation.classes[1]))}?"
    return f"Can we tell which {target} a row has?"


def _running(account: ReportAccount) -> str:
    """The title at the head of printed pages: letters and digits alone, because it stands inside a style sheet."""
    return re.sub(r"[^\w .-]", "", f"What predicts {shortened(account.evaluation.target, 40)}", flags=re.ASCII)


def _dependence_charts(account: ReportAccount) -> list[Chart]:
    found = [] if account.assessment is None else account.assessment.dependence
    drawn = [dependence_chart(each, place) for place, each in enumerate(found, 1)]
    return [chart for chart in drawn if chart is not None]


def _told(account: ReportAccount) -> Iterator[tuple[str, tuple[str, ChartStory]]]:
    """Sentences of the assessment by the place of their facts, where there is one."""
    assessed = account.assessment
    if assessed is None:
        return
    yield "told-figures", ("Scores", assessed.figures.words)
    if assessed.outlook is not None:
        yield "told-expect", ("What to expect", assessed.outlook.words)
    if assessed.slices is not None:
        yield "told-weak", ("Where it is weak", assessed.slices.words)
    for place, fair in enumerate(assessed.fairness):
        yield f"told-fair-{place}", (f"Groups of {shortened(fair.column, 28)}", fair.words)


def _score(account: ReportAccount) -> dict[str, Any]:
    """The score at the top, the key numbers, all scores and the thresholds."""
    evaluation = account.evaluation
    scores = all_scores()
    return {
        "score": {
            "title": evaluation.metric_title,
            "text": format_score(evaluation.score),
            "sentence": scores[evaluation.metric].sentence,
            "svg": row_charts.hero(evaluation),
        },
        "numbers": [
            ("Predicts", shortened(evaluation.target, 40)),
            *_rows_told(account),
            ("Quality of the data", f"{math.floor(account.profile.quality.score)} points"),
            ("Model", shortened(account.model_words, 70)),
        ],
        "method": evaluation.method_sentence,
        "companions": _companions(account),
        "thresholds": _thresholds(account),
    }


def _companions(account: ReportAccount) -> list[dict[str, str]]:
    """The other scores, each with interval and baseline, or the reason why there is none."""
    evaluation, scores = account.evaluation, all_scores()
    figures: Mapping[str, Figure] = {}
    if account.assessment is not None:
        figures = {figure.name: figure for figure in account.assessment.figures.scores}
    rows = []
    for name, value in evaluation.companions.items():
        figure = figures.get(name)
        between = "–" if figure is None or figure.interval is None else interval_text(*figure.interval)
        guessing = evaluation.companion_baselines.get(name)
        rows.append(
            {
                "title": scores[name].title if name in scores else name,
                "sentence": scores[name].sentence if name in scores else "",
                "model": _optional(value),
                "between": between,
                "guessing": _optional(guessing),
                "reason": "" if figure is None else figure.not_applicable or figure.interval_not_applicable or "",
            }
        )
    return rows


def _rows_told(account: ReportAccount) -> list[tuple[str, str]]:
    """Which model learned from how many rows: the one that was scored and the one that is delivered."""
    evaluation = account.evaluation
    learned, delivered = f"{evaluation.n_train_rows:,} rows", f"{account.n_rows_learned:,} rows"
    if evaluation.method == "cross_validation":
        judged = ("Scored on", f"{evaluation.n_test_rows:,} rows, unseen in turn")
        learned = f"about {learned} each"
    else:
        judged = ("Scored on", f"{evaluation.n_test_rows:,} rows kept aside")
    whole = f"all {delivered}" if account.n_rows_learned == account.n_rows else f"{delivered} of {account.n_rows:,}"
    return [judged, ("Scored model learned from", learned), ("Delivered model learned from", whole)]


def _thresholds(account: ReportAccount) -> Table | None:
    rows = account.evaluation.thresholds
    if not rows:
        return None
    label = shortened(str(account.evaluation.classes[1]), 24)
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


def _expected(account: ReportAccount) -> dict[str, Any]:
    """What to expect of 1,000 rows, as a table."""
    outlook = None if account.assessment is None else account.assessment.outlook
    if outlook is None:
        return {"expected": None}
    cells = [
        (line.what, f"{line.number:,}", f"{line.low:,} to {line.high:,}",
         "–" if line.baseline is None else f"{line.baseline:,}")
        for line in outlook.lines
    ]  # fmt: skip
    columns = ("Of 1,000 new rows like these", "Expected", "95 % interval", "Same answer to every row")
    return {"expected": Table(columns, cells, frozenset({1, 2, 3}))}


def _weak(account: ReportAccount) -> dict[str, Any]:
    """The weakest groups of rows, and how protected groups fare."""
    assessed = account.assessment
    if assessed is None:
        return {"slices": None, "slices_method": "", "fair": []}
    slices, table = assessed.slices, None
    if slices is not None and slices.found:
        cells = [
            (each.name, f"{each.n_rows:,}", _figure(each.score), _figure(each.outside),
             format_score(each.extra_loss), interval_text(*each.interval))
            for each in slices.found
        ]  # fmt: skip
        title = slices.found[0].score.title
        columns = ("Where", "Rows", f"{title} there", f"{title} elsewhere", "Extra loss", "95 % interval")
        table = Table(columns, cells, frozenset(range(1, 6)))
    fair = [
        {"column": shortened(each.column, 40), "key": f"told-fair-{place}", "table": _rates(each.groups)}
        for place, each in enumerate(assessed.fairness)
    ]
    return {"slices": table, "slices_method": "" if slices is None else slices.method, "fair": fair}


def _rates(groups: Sequence[Any]) -> Table:
    """Rates of each group beside all others; for numbers the mean error."""
    cells: list[tuple[str, ...]] = []
    for group in groups:
        for rate in group.rates:
            if rate.value is None or rate.others is None:
                continue
            between = "–" if rate.interval is None else _percents(*rate.interval)
            luck = "more than luck" if rate.differs else "within luck"
            cells.append((group.group, f"{group.n_rows:,}", rate.title, format_percent(rate.value), between,
                          format_percent(rate.others), luck))  # fmt: skip
        if group.error is not None:
            between = "–" if group.error_interval is None else _numbers(*group.error_interval)
            cells.append(
                (group.group, f"{group.n_rows:,}", "Mean error", format_decimal(group.error), between, "0", "")
            )
    columns = ("Group", "Rows", "What", "In the group", "95 % interval", "All others", "Difference")
    return Table(columns, cells[:GROUP_ROWS], frozenset({1, 3, 4, 5}))


def _percents(low: float, high: float) -> str:
    return f"{format_percent(low)} to {format_percent(high)}"


def _numbers(low: float, high: float) -> str:
    return f"{format_decimal(low)} to {format_decimal(high)}"


def _figure(figure: Figure) -> str:
    return "–" if figure.value is None else format_score(figure.value)


def _gaps(account: ReportAccount) -> list[str]:
    """What this report did not look at, and why."""
    if account.assessment is None:
        return ["Weak groups, fairness and what to expect were not assessed for this model."]
    gaps = [untold(each) for each in account.assessment.left_out]
    if not account.assessment.fairness:
        gaps.append(
            "Fairness between groups of people was not tested: no column names such groups in the usual words."
            " The command narrative evaluate tests any column with --group."
        )
    if account.assessment.n_sampled < account.assessment.n_rows:
        gaps.append(
            f"Weak groups, fairness and curves of single columns rest on {account.assessment.n_sampled:,} of the"
            f" {account.assessment.n_rows:,} rows scored, drawn by chance."
        )
    return gaps


def _use(account: ReportAccount) -> dict[str, Any]:
    """How to get answers, and what the model asks for."""
    names = [shortened(name, 28) for name in account.columns[:30]]
    more = len(account.columns) - len(names)
    return {
        "columns": ", ".join(names) + (f" and {more:,} more" if more > 0 else ""),
        "answer": (
            "a number with its 90 % range"
            if account.evaluation.problem == "regression"
            else "one of the classes, with the chance of each"
        ),
    }


def _candidates(account: ReportAccount) -> dict[str, Any]:
    evaluation = account.evaluation
    ordered = [(account.candidates[line.place], line) for line in account.lines if line.place < len(account.candidates)]
    scored = [candidate for candidate, _ in ordered if candidate.score is not None]
    baseline = next((candidate.score for candidate in scored if candidate.name == BASELINE), None)
    scale = row_charts.interval_scale([item for item in scored if item.name != BASELINE] or scored, baseline)
    return {
        "axis": row_charts.interval_axis(scale),
        "score_source": (
            "counts each row once, predicted by models that had not seen it"
            if evaluation.method == "cross_validation"
            else "comes from rows that nobody touched"
        ),
        "direction": "Higher is better." if evaluation.higher_is_better else "Lower is better.",
        "shows_guessing": baseline is not None and scale.low <= baseline <= scale.high,
        "candidates": [
            {
                "title": candidate.title,
                "sentence": candidate.sentence,
                "svg": row_charts.interval_row(candidate, scale, baseline, leads=line.leads),
                "score": _optional(candidate.score),
                "between": "–" if candidate.interval is None else interval_text(*candidate.interval),
                "tags": line.tags,
                "reason": candidate.reason,
            }
            for candidate, line in ordered
        ],
    }


def _provenance(account: ReportAccount, bundle_sha256: str | None) -> list[tuple[str, str]]:
    rows = [("Content hash of the table", account.profile.content_hash), *file_rows(account.imported)]
    if bundle_sha256:
        rows.append(("Model file, SHA-256", bundle_sha256))
    rows += [
        ("Rows", _rows_used(account)),
        ("Seed", str(account.options.seed)),
        ("Time allowed", format_seconds(account.options.budget_seconds)),
        ("How the score was made", account.evaluation.method_sentence),
    ]
    return [*rows, ("Program", account.program_version)] if account.program_version else rows


def _rows_used(account: ReportAccount) -> str:
    without = account.n_rows_without_target
    bad = 0 if account.imported is None else account.imported.n_bad_rows
    left_out = [f"{without:,} without {clean_name(account.evaluation.target)}"] if without else []
    left_out += [f"{bad:,} that could not be read"] if bad else []
    return f"{account.n_rows:,} used" + (f"; left out: {' and '.join(left_out)}" if left_out else "; none left out")


def _optional(value: float | None) -> str:
    return "–" if value is None or not math.isfinite(value) else format_score(value)
