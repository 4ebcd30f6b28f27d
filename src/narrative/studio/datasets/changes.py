"""Projects as they become when something happens to their table or target."""

from __future__ import annotations

import difflib

from narrative.core.errors import Conflict, InvalidInput
from narrative.studio.projects.entities import DatasetFacts, Project


def check_column(name: str, columns: list[str]) -> None:
    """Raises ``InvalidInput('target_unknown')`` naming the nearest columns."""
    if name in columns:
        return
    near = difflib.get_close_matches(name, columns, n=3, cutoff=0.5)
    fix = f"Did you mean {' or '.join(repr(column) for column in near)}?" if near else "Choose one of the columns."
    raise InvalidInput("target_unknown", f"There is no column {name[:80]!r}.", column=name[:80], fix=fix, nearest=near)


def file_deleted() -> Conflict:
    """The file of a dataset is gone, with the personal data in it."""
    return Conflict(
        "file_deleted",
        "The file of this table was deleted together with the personal data in it.",
        fix="Load the file once more to read it differently.",
    )


def with_file(project: Project, facts: DatasetFacts) -> Project:
    """Another file for a project; the old version stays in use until the new one is read."""
    old = project.dataset
    if old is not None:
        facts = facts.model_copy(
            update={"version_id": old.version_id, "n_rows": old.n_rows, "n_columns": old.n_columns}
        )
    return project.with_(dataset=facts)


def with_import_running(project: Project) -> Project:
    """A project whose table is being read again."""
    if project.dataset is None:
        return project
    return project.with_(dataset=project.dataset.model_copy(update={"state": "importing", "error": None}))


def with_choice_running(project: Project, job_id: str) -> Project:
    """A project for which a job looks at another target."""
    return project.with_(target=project.target.model_copy(update={"job_id": job_id, "error": None}))
