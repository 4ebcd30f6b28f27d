"""The quality score of a table: five shares, weighted, with the points every column loses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from narrative.engine.profile.types import QualityScore

Dimension = Literal["completeness", "uniqueness", "validity", "consistency", "plausibility"]
WEIGHTS: Final[Mapping[Dimension, float]] = {
    "completeness": 0.40,
    "uniqueness": 0.15,
    "validity": 0.15,
    "consistency": 0.15,
    "plausibility": 0.15,
}
FORMULA: Final = (
    "40 % completeness (share of cells with a value) + 15 % uniqueness (share of rows that repeat no earlier row; for "
    "identifiers, share of different values) + 15 % validity (share of text cells that fit their column: no numbers "
    "among words or words among numbers) + 15 % consistency (share of text cells without stray spaces or a rarer "
    "spelling of the same word) + 15 % plausibility (share of numbers that are no outliers; 0 for a column with one "
    "value). Each share is the mean over all columns, times 100."
)


def column_shares(fields: Mapping[str, Any]) -> dict[Dimension, float]:
    """The five shares (0 to 1) of one column, from its statistics."""
    count = fields["count"]
    if count == 0:
        return {"completeness": 0.0, "uniqueness": 1.0, "validity": 1.0, "consistency": 1.0, "plausibility": 0.0}
    flawed = max(fields.get("stray_spaces") or 0, fields.get("spelling_variants") or 0)
    is_identifier = fields["kind"] == "identifier"
    plausible = 1.0 - (fields.get("outliers") or 0) / count
    return {
        "completeness": 1.0 - fields["missing_share"],
        "uniqueness": fields["distinct"] / count if is_identifier else 1.0,
        "validity": 1.0 - (fields.get("numbers_in_text") or 0) / count,
        "consistency": 1.0 - flawed / count,
        "plausibility": 0.0 if fields["kind"] == "constant" else plausible,
    }


def column_quality(shares: Mapping[Dimension, float]) -> tuple[float, dict[str, float]]:
    """Points a column keeps (0 to 100), and the points lost per dimension (only where some are)."""
    losses = {str(name): 100.0 * WEIGHTS[name] * (1.0 - share) for name, share in shares.items() if share < 1.0}
    return 100.0 - sum(losses.values()), losses


def table_quality(shares: Sequence[Mapping[Dimension, float]], duplicate_share: float) -> QualityScore:
    """The score of the whole table. Weights sum to 1, so it lies between 0 and 100."""
    dimensions: dict[Dimension, float] = {
        name: 100.0 * sum(share[name] for share in shares) / len(shares) if shares else 0.0 for name in WEIGHTS
    }
    dimensions["uniqueness"] *= 1.0 - duplicate_share
    score = sum(WEIGHTS[name] * value for name, value in dimensions.items())
    return QualityScore(score=round(score, 6), dimensions=dimensions, formula=FORMULA)
