"""The whole table of results as Markdown: scores, ranks, clock and memory, losses included."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from scipy.stats import rankdata

OURS = "narrative"


def write(rows: list[dict[str, Any]], budget: float) -> str:
    """Scores by table and system, mean ranks, how far each table of ours is behind the best, clock and memory."""
    own = [row for row in rows if row["budget"] == budget]
    systems = sorted({row["system"] for row in own}, key=lambda name: (name != OURS, name))
    by_table: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in own:
        by_table[row["table"]][row["system"]] = row
    tables = sorted(by_table, key=lambda name: next(iter(by_table[name].values()))["rows"])
    lines = [
        f"| Table | rows | naive | {' | '.join(systems)} | behind the best |",
        "|---|--:|--:|" + "--:|" * (len(systems) + 1),
    ]
    ranks: dict[str, list[float]] = defaultdict(list)
    for table in tables:
        found = by_table[table]
        scored = {name: _score(found.get(name)) for name in systems}
        known = [value for value in scored.values() if value is not None]
        if not known:
            continue
        sign = 1.0 if _any(found, "higher_is_better") else -1.0
        best = max(sign * value for value in known)
        # Missing results count as last; scores equal to four digits share a rank.
        ran = [name for name in systems if name in found]
        order = rankdata([-_rounded(sign, scored[name]) for name in ran])
        for name, rank in zip(ran, order, strict=True):
            ranks[name].append(float(rank))
        naive = _any(found, "baseline")
        ours = scored.get(OURS)
        behind = "–" if ours is None else f"{(best - sign * ours) / max(best - sign * naive, 1e-12):.1%}"
        cells = [_cell(scored[name], best, sign, found.get(name)) for name in systems]
        lines.append(f"| {table} | {_any(found, 'rows'):,} | {naive:.4g} | {' | '.join(cells)} | {behind} |")
    lines += [
        "",
        "| System | mean rank | tables | fit, median / max s | whole process, median / max s | "
        "fits over budget × 1.05 + 2 s | peak MB, median / max |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name in sorted(systems, key=lambda name: float(np.mean(ranks[name] or [99.0]))):
        mine = [row for row in own if row["system"] == name]
        fits = [row["fit_seconds"] for row in mine if "fit_seconds" in row] or [float("nan")]
        walls, peaks = [row["wall_seconds"] for row in mine], [row["peak_mb"] for row in mine]
        late = sum(row.get("fit_seconds", np.inf) > 1.05 * budget + 2.0 for row in mine)
        lines.append(
            f"| {name} | {np.mean(ranks[name] or [np.nan]):.2f} | {len(mine)} | "
            f"{np.median(fits):.0f} / {max(fits):.0f} | "
            f"{np.median(walls):.0f} / {max(walls):.0f} | {late} | {np.median(peaks):,.0f} / {max(peaks):,.0f} |"
        )
    return "\n".join(lines)


def _score(row: dict[str, Any] | None) -> float | None:
    return None if row is None else row.get("score")


def _any(found: dict[str, dict[str, Any]], key: str) -> Any:
    return next(row[key] for row in found.values() if key in row)


def _rounded(sign: float, score: float | None) -> float:
    return -np.inf if score is None else float(f"{sign * score:.4g}")


def _cell(score: float | None, best: float, sign: float, row: dict[str, Any] | None) -> str:
    if row is None:
        return "not run"
    if score is None:
        return "no result"
    text = f"{score:.4g}"
    return f"**{text}**" if sign * score >= best - 1e-12 else text
