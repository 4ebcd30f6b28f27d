"""Words of the report for readers who do not build models."""

from __future__ import annotations

from typing import Final

GLOSSARY: Final[tuple[tuple[str, str], ...]] = (
    ("95 % interval", "The range in which the true value lies in 95 of 100 cases. Narrow ranges come from many rows."),
    ("Baseline, guessing", "The score of the same answer to every row. A model is worth what it adds to that."),
    ("Rows kept aside", "Rows that no choice has looked at before the score was taken, so that it holds for new rows."),
    ("Calibrated", "Of the rows that got a chance of 30 %, about 30 % come true."),
    ("Threshold", "The chance from which the answer is yes. Moving it trades missed cases for false alarms."),
    ("Precision", "Of the rows that were flagged, the share that is right."),
    ("Recall", "Of the rows in question, the share that was found."),
    ("Importance", "What the score loses when the values of one column are shuffled among the rows."),
    ("Weak group", "A group of rows on which the model is further off than elsewhere, by more than luck explains."),
    ("Ensemble", "Several models whose answers are averaged by weights that were chosen on rows held out in training."),
    ("Hash", "A fingerprint of a file or table: if one letter changes, the hash is another."),
)
