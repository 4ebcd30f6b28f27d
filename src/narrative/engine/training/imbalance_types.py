"""What is reported about a rare class: how methods compare with doing nothing, and which one the model learned with."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

CHOICES: Final = "choices"
"""Name of the piece of a run folder with what the user chose about rare classes and costs."""
ImbalanceChoice = Literal["auto", "none", "threshold", "class_weights", "smote", "adasyn", "borderline_smote"]


class Difference(BaseModel):
    """How much better a method did than doing nothing, on the same folds; above 0 is better, whatever the score."""

    model_config = ConfigDict(frozen=True)
    value: float
    low: float
    high: float
    """A 95 % interval for all compared methods together."""


class MethodComparison(BaseModel):
    """One method on the folds, against doing nothing."""

    model_config = ConfigDict(frozen=True)
    name: str
    title: str
    score: float | None = None
    """Mean over the folds of the score that ranks."""
    average_precision: float | None = None
    """Mean over the folds, of the rarest class."""
    score_difference: Difference | None = None
    average_precision_difference: Difference | None = None
    rows_before: list[int] = []
    """Training rows per class in the first fold, in the order of the classes."""
    rows_after: list[float] = []
    """The same after the method, by weight."""
    notes: list[str] = []
    failed: str | None = None


class ImbalanceReport(BaseModel):
    """How a rare class was dealt with, and on what evidence."""

    model_config = ConfigDict(frozen=True)
    asked: ImbalanceChoice
    chosen: str
    """The method the model learned with."""
    chosen_title: str
    recommended: str
    """The method the comparison speaks for; "none" unless one was better beyond chance."""
    sentence: str
    """The outcome in plain words."""
    metric: str
    """The score that ranks."""
    decided_by: str
    """The score that decided: average precision when a class is rarer than 1:20."""
    candidate: str | None = None
    """The candidate the methods were compared with; None when nothing was compared."""
    folds: int = 0
    rarest_class: str
    rows_before: list[int]
    """Rows per class the delivered model was given, in the order of the classes."""
    rows_after: list[float]
    """The same after the method, by weight."""
    methods: list[MethodComparison] = []
    notes: list[str] = []


class Costs(BaseModel):
    """What each of the two mistakes costs, in any one unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    false_positive: float = Field(ge=0.0, le=1e12, description="Cost of saying yes where the truth is no.")
    false_negative: float = Field(ge=0.0, le=1e12, description="Cost of saying no where the truth is yes.")


class CostReport(BaseModel):
    """What answers cost on untouched rows, with the cut that the costs ask for and with the cut at one half."""

    model_config = ConfigDict(frozen=True)
    false_positive: float
    false_negative: float
    threshold: float
    rows: int
    cost: float
    """Of all these rows, with the cut that was tuned on other rows."""
    cost_at_half: float
    """Of the same rows, cut at 0.5."""
    saved: float
    """cost_at_half - cost; negative when the cut at 0.5 would have been cheaper here."""
    saved_interval: tuple[float, float]
    """95 % interval of what is saved on as many rows."""
