"""Datasets in their wire form."""

from __future__ import annotations

from narrative.background.jobs import Job
from narrative.engine.tables.types import ImportReport, ReadOptions
from narrative.studio.datasets.entities import Dataset, DatasetVersion
from narrative.studio.datasets.preview import Rows
from narrative.studio.datasets.schemas import Dataset as DatasetView
from narrative.studio.datasets.schemas import DatasetAccepted, Preview, PreviewColumn
from narrative.studio.datasets.schemas import TableVersion as VersionView
from narrative.studio.projects.entities import Project
from narrative.studio.projects.views import project_view
from narrative.studio.schemas import Failure
from narrative.studio.schemas import Job as JobView


def accepted_view(recorded: tuple[Dataset, Project, Job]) -> DatasetAccepted:
    """A file that was recorded, with the project it goes to and the job that reads it."""
    dataset, project, job = recorded
    running = [] if job.has_ended else [job.id]
    return DatasetAccepted(
        dataset=dataset_view(dataset, None), project=project_view(project, running), job=JobView.of(job)
    )


def preview_view(rows: Rows, offset: int) -> Preview:
    """Some rows with their columns."""
    columns = [PreviewColumn(name=name, dtype=dtype, kind=rows.kinds.get(name)) for name, dtype in rows.dtypes.items()]
    return Preview(columns=columns, rows=rows.cells, offset=offset, total=rows.total)


def dataset_view(dataset: Dataset, version: DatasetVersion | None, author: str | None = None) -> DatasetView:
    """A dataset with its present version."""
    return DatasetView(
        id=dataset.id,
        name=dataset.name,
        original_filename=dataset.original_filename,
        state=dataset.state,
        error=Failure.of(dataset.error),
        version=None if version is None else version_view(version, author),
        import_report=None if version is None else ImportReport.model_validate(version.report),
        file_kept=dataset.raw_sha256 is not None,
        job_id=dataset.job_id,
        created_at=dataset.created_at,
    )


def version_view(version: DatasetVersion, author: str | None) -> VersionView:
    """A version without its internals, with the name of the person who made it."""
    return VersionView(
        id=version.id,
        number=version.number,
        content_hash=version.content_hash,
        n_rows=version.n_rows,
        n_columns=version.n_columns,
        size_bytes=version.size_bytes,
        created_at=version.created_at,
        created_by=author,
        parents=list(version.parents),
        read_options=ReadOptions.model_validate(
            {name: value for name, value in version.options.items() if name in ReadOptions.model_fields}
        ),
    )
