"""What each column is there for, and what the question is, in words."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from narrative.engine.features.leaks.scene import is_row_name
from narrative.engine.profile.kinds import names_an_identifier
from narrative.engine.profile.types import ColumnProfile, TableProfile
from narrative.engine.types import TIME_KINDS, ColumnKind, Problem

Role = Literal["target", "use", "key", "time", "ignore"]
REASONS: Final[dict[ColumnKind, str]] = {
    "constant": "It is the same in every row.",
    "empty": "It is empty.",
}


class ColumnRole(BaseModel):
    """A column and what it is there for."""

    model_config = ConfigDict(frozen=True)
    column: str
    kind: ColumnKind
    role: Role
    reason: str
    can_use: bool
    """Whether it may be put in and taken out: keys, constants and the target may not."""


def roles(profile: TableProfile, target: str | None, removed: Collection[str] = ()) -> list[ColumnRole]:
    """The role of every column.

    Args:
        removed: columns that people or the selection took away.
    """
    return [_role(column, target, set(removed)) for column in profile.columns]


def _role(column: ColumnProfile, target: str | None, removed: set[str]) -> ColumnRole:
    role, reason, can_use = _decided(column, target)
    if can_use and column.name in removed:
        role, reason = "ignore", "You or the selection took it out."
    return ColumnRole(column=column.name, kind=column.kind, role=role, reason=reason, can_use=can_use)


def _decided(column: ColumnProfile, target: str | None) -> tuple[Role, str, bool]:
    if column.name == target:
        return "target", "It is what the model predicts.", False
    if column.kind in REASONS:
        return "ignore", REASONS[column.kind], False
    if column.kind == "identifier":
        return "key", "It names rows, so the model does not learn from it.", False
    if is_row_name(column) and names_an_identifier(column.name):
        return "key", "Nearly every row has its own value, so it may only name rows.", True
    if column.kind in TIME_KINDS:
        return "time", "It says when; the model learns from its parts.", True
    return "use", "The model may learn from it.", True


def task_in_words(problem: Problem | None, target: str | None, classes: list[str]) -> str:
    """The question in one sentence.

    >>> task_in_words("binary", "churned", ["no", "yes"])
    'Predicts whether churned is yes or no.'
    """
    if target is None or problem is None:
        return "No column to predict is chosen yet."
    if problem == "regression":
        return f"Predicts the number {target}."
    if problem == "binary" and len(classes) == 2:
        return f"Predicts whether {target} is {classes[1]} or {classes[0]}."
    if problem == "binary":
        return f"Predicts which of two values {target} has."
    return f"Predicts which of {len(classes) or 'several'} values {target} has."
