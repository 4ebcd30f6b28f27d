"""Answers questions about the present version of a dataset; keeps nothing but the words of recent versions."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from narrative.core.errors import Conflict
from narrative.ports.metadata import Tenant
from narrative.studio.datasets.entities import DatasetVersion
from narrative.studio.datasets.service import DatasetService
from narrative.studio.platform import Platform
from narrative.studio.projects.service import ProjectService

if TYPE_CHECKING:
    import polars as pl

    from narrative.engine.story.questions import Answer, Vocabulary

REMEMBERED: Final = 8
MOST_CELLS: Final = 60_000_000
"""Of the columns a question names: half a gigabyte for the moment of the answer."""


class QuestionService:
    """Use cases of questions."""

    def __init__(self, platform: Platform, projects: ProjectService, datasets: DatasetService) -> None:
        self._platform = platform
        self._projects = projects
        self._datasets = datasets
        self._words: OrderedDict[str, Vocabulary] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, tenant: Tenant, project_id: str, question: str) -> Answer:
        """Answer by computing, or say why not and what could be asked.

        Raises:
            NotFound: ``project_not_found``.
            Conflict: ``dataset_not_ready``.
        """
        from narrative.engine.story.questions import NotUnderstood, ask

        project = self._projects.get(tenant, project_id)
        if project.dataset is None or project.dataset.version_id is None:
            raise Conflict("dataset_not_ready", "The table is not read yet.", fix="Wait until the import is done.")
        version = self._datasets.version(tenant, project.dataset.version_id)
        path = self._platform.blobs.local_path(tenant, version.table_sha256)

        def load(columns: list[str]) -> pl.DataFrame:
            import polars as pl

            if version.n_rows * len(columns) > MOST_CELLS:
                raise NotUnderstood("This table is too large to answer that while you wait.")
            return pl.scan_parquet(path).select(columns).collect()

        return ask(question, self._vocabulary(tenant, version, path), load, table_hash=version.content_hash)

    def _vocabulary(self, tenant: Tenant, version: DatasetVersion, path: Path) -> Vocabulary:
        """Names and values of a version, read once while it is asked about."""
        import polars as pl

        from narrative.engine.story.questions import vocabulary_of

        with self._lock:
            known = self._words.get(version.id)
            if known is not None:
                self._words.move_to_end(version.id)
                return known
        name = self._datasets.get(tenant, version.dataset_id).name
        made = vocabulary_of(pl.scan_parquet(path), version.kinds, name)
        with self._lock:
            self._words[version.id] = made
            while len(self._words) > REMEMBERED:
                self._words.popitem(last=False)
        return made
