"""From computed objects to what the templates show: every cell a finished text, nothing computed in a template."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from narrative.engine.checks.base import Finding
from narrative.engine.profile.types import ColumnProfile, TableProfile
from narrative.engine.report.charts.base import Chart, Table
from narrative.engine.report.charts.rows import importance_row, importance_scale, mini_histogram
from narrative.engine.story.formulas import REGISTRY
from narrative.engine.story.types import Fact, Sentence, Story
from narrative.engine.story.wording import format_decimal, format_fact, format_percent, format_score, interval_text
from narrative.engine.tables.types import ImportReport

if TYPE_CHECKING:
    from jinja2 import Environment

    from narrative.engine.training.types import Importance

TEMPLATES: Final = Path(__file__).parent / "templates"
FONTS: Final = Path(__file__).parent / "fonts"
STAGE_TITLES: Final = {
    "data_loading": "Load",
    "data_profiling": "Profile",
    "data_preparation": "Prepare",
    "feature_engineering": "Features",
    "model_training": "Train",
    "model_evaluation": "Evaluate",
    "prediction": "Predict",
    "deployment": "Deploy",
}
SEVERITIES: Final = {
    "fix": ("bad", "Fix"),
    "decide": ("warn", "Decide"),
    "good_to_know": ("accent", "Good to know"),
    "fine": ("good", "Fine"),
}
KIND_WORDS: Final = {
    "integer": "whole number",
    "decimal": "number",
    "boolean": "yes or no",
    "datetime": "date and time",
}
FINDINGS_SHOWN: Final = 7
IMPORTANCES_SHOWN: Final = 15
COLUMNS_SHOWN: Final = 40
COLUMNS_LISTED: Final = 1_000
LONGEST_TEXT: Final = 60


@cache
def environment() -> Environment:
    """Templates with automatic escaping; a name that is not given is an error, never a blank."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, context: dict[str, Any]) -> str:
    """The page as text."""
    return environment().get_template(template).render(style=_style(), **context)


@cache
def _style() -> str:
    """The style sheet with its one font embedded: a report loads nothing from outside."""
    font = base64.b64encode((FONTS / "narrative-serif.woff2").read_bytes()).decode("ascii")
    return (TEMPLATES / "style.css").read_text(encoding="utf-8").replace("{serif-font}", font)


def shortened(text: str, limit: int = LONGEST_TEXT) -> str:
    """A value of the data on one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def column_rows(profile: TableProfile) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The columns drawn in full (target first), and the rest as a plain table when there are many."""
    ordered = sorted(profile.columns, key=lambda column: column.name != profile.target)
    rows = [_column_row(column, is_target=column.name == profile.target) for column in ordered[:COLUMNS_SHOWN]]
    rest = ordered[COLUMNS_SHOWN:]
    if not rest:
        return rows, None
    listed = [_column_texts(column) for column in rest[:COLUMNS_LISTED]]
    cells = [(row["name"], row["kind"], row["range"], row["missing"], row["distinct"]) for row in listed]
    table = Table(("Column", "Kind", "Range or top value", "Empty", "Different"), cells, frozenset({3, 4}))
    more = max(profile.n_columns, len(ordered)) - COLUMNS_SHOWN  # a profile kept for a report holds fewer
    hidden = more - len(cells)
    title = f"{more:,} columns more" + (f", of which {len(cells):,} are listed" if hidden else "")
    return rows, {"title": title, "table": table}


def _column_row(column: ColumnProfile, *, is_target: bool) -> dict[str, Any]:
    relation = "–" if column.target_association is None else f"{column.target_association:.2f}"
    drawn = mini_histogram(column, is_target=is_target)
    return _column_texts(column) | {"is_target": is_target, "svg": drawn, "relation": relation}


def _column_texts(column: ColumnProfile) -> dict[str, Any]:
    return {
        "name": shortened(column.name),
        "kind": KIND_WORDS.get(column.kind, column.kind),
        "range": _range(column),
        "missing": format_percent(column.missing_share) if column.missing else "–",
        "distinct": f"{column.distinct:,}",
        "says": "" if column.headline is None else column.headline.text,
    }


def _range(column: ColumnProfile) -> str:
    if column.minimum is not None and column.maximum is not None:
        return f"{_bound(column.minimum)} to {_bound(column.maximum)}"
    if column.kind in ("identifier", "text") or not column.top_values:
        return "–"
    top = column.top_values[0]
    return f"{shortened(top.value, 28)} {format_percent(top.share)}"


def _bound(value: float | str) -> str:
    return shortened(value.removesuffix("T00:00:00"), 19) if isinstance(value, str) else format_decimal(value)


def finding_rows(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """At most seven findings, the most urgent first."""
    order = list(SEVERITIES)
    ranked = sorted(findings, key=lambda finding: order.index(finding.severity))
    return [
        {
            "tone": SEVERITIES[finding.severity][0],
            "word": SEVERITIES[finding.severity][1],
            "headline": finding.headline,
            "reason": finding.reason,
        }
        for finding in ranked[:FINDINGS_SHOWN]
    ]


def importance_rows(importances: Sequence[Importance]) -> dict[str, Any]:
    """The columns that matter most, drawn, and the rest as a plain table when there are more."""
    items = sorted(importances, key=lambda item: (-item.loss, item.column))
    shown, rest = items[:IMPORTANCES_SHOWN], items[IMPORTANCES_SHOWN:]
    scale = importance_scale(shown)
    listed = [
        (shortened(item.column), format_score(item.loss), interval_text(item.low, item.high)) for item in rest[:500]
    ]
    more = {
        "title": f"{len(rest):,} columns more",
        "table": Table(("Column", "Loss", "Range"), listed, frozenset({1, 2})),
    }
    return {
        "importances": [
            {
                "column": shortened(item.column),
                "svg": importance_row(item, scale),
                "loss": format_score(item.loss),
                "range": interval_text(item.low, item.high),
            }
            for item in shown
        ],
        "more_importances": more if rest else None,
    }


def fact_groups(stories: Sequence[Story], charts: Sequence[Chart]) -> list[dict[str, Any]]:
    """Facts by the place where they are told; the id of a group starts the anchors of its facts."""
    groups: list[tuple[str, str, Sequence[Fact]]] = [
        (story.stage, STAGE_TITLES[story.stage], story.facts) for story in stories
    ]
    groups += [(f"chart-{chart.id}", f"Chart {chart.id.replace('-', ' ')}", chart.facts) for chart in charts]
    return [fact_group(group, title, facts) for group, title, facts in groups]


def fact_group(group: str, title: str, facts: Sequence[Fact]) -> dict[str, Any]:
    """The facts of one place on the page."""
    return {"id": group, "title": title, "facts": [_fact_row(fact) for fact in facts]}


def _fact_row(fact: Fact) -> dict[str, Any]:
    formula = REGISTRY[fact.formula]
    return {
        "id": fact.id,
        "name": fact.name,
        "text": format_fact(fact, with_unit=True),
        "how": formula.words + (" (recorded once)" if formula.recorded else ""),
        "rows": fact.rows,
        "source": fact.source[:12],
        "is_name": fact.format == "text",
    }


def fact_cards(groups: Sequence[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Group -> fact -> the short card that a number shows when pointed at. Names are no numbers and have no card."""
    return {
        group["id"]: {
            fact["id"]: f"{fact['name']}: {fact['how']}, {fact['rows']}"
            for fact in group["facts"]
            if not fact["is_name"]
        }
        for group in groups
    }


def unknown_of(stories: Sequence[Story]) -> list[tuple[str, Sentence]]:
    """Every sentence about what is not known, each once, with the group its facts are listed in."""
    seen: dict[str, tuple[str, Sentence]] = {}
    for story in stories:
        for sentence in story.unknown:
            seen.setdefault(sentence.text, (story.stage, sentence))
    return list(seen.values())


def file_rows(imported: ImportReport | None) -> list[tuple[str, str]]:
    """Hash and size of the file a table came from."""
    if imported is None:
        return []
    return [("File, SHA-256", imported.sha256), ("File size", f"{imported.size_bytes:,} bytes")]


def plain_json(data: dict[str, Any]) -> str:
    """JSON without NaN: a number that is none becomes null."""
    return json.dumps(_finite(data), ensure_ascii=False, sort_keys=True, allow_nan=False, default=str) + "\n"


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
