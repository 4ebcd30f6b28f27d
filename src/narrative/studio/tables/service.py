"""What the Profile page asks of a table; keeps nothing but the cut profiles and the row positions of recent views."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter, ValidationError

from narrative.core.errors import InvalidInput, LimitExceeded, NotFound
from narrative.engine.profile.types import TableProfile
from narrative.ports.metadata import Tenant
from narrative.studio.datasets.entities import DatasetVersion
from narrative.studio.datasets.preview import rows_of
from narrative.studio.datasets.repository import ProfileRepository, profile_id
from narrative.studio.datasets.service import DatasetService
from narrative.studio.platform import Platform
from narrative.studio.projects.service import ProjectService
from narrative.studio.slots import Slots
from narrative.studio.tables.entities import SeenRows
from narrative.studio.tables.overview import CutProfile, cut

if TYPE_CHECKING:
    from narrative.engine.story.comparison import RowComparison
    from narrative.engine.tables.filters import Filter
    from narrative.engine.tables.view import Page, Views

KEPT_BYTES: Final = 48_000_000
MOST_CELLS: Final = 60_000_000
"""Of the columns that a comparison tells of: half a gigabyte for the moment of the answer."""
TOLD_COLUMNS: Final = 5
SORTS_AT_ONCE: Final = 2
"""Large sorts of one process: each holds some hundred megabytes for its moment."""


class TableService:
    """Use cases of looking at a table."""

    def __init__(self, platform: Platform, projects: ProjectService, datasets: DatasetService) -> None:
        self._platform = platform
        self._projects = projects
        self._datasets = datasets
        self._profiles = ProfileRepository(platform.store)
        self._cut: OrderedDict[str, CutProfile] = OrderedDict()
        self._views: Views | None = None
        self._sorts = Slots(SORTS_AT_ONCE, SORTS_AT_ONCE, too_many_sorts)
        self._lock = threading.Lock()

    def rows(
        self,
        tenant: Tenant,
        dataset_id: str,
        *,
        filters: str | None,
        sort: str | None,
        descending: bool,
        offset: int,
        limit: int,
        first_column: int,
        n_columns: int,
    ) -> SeenRows:
        """Some cells of the present version.

        Raises:
            Conflict: ``dataset_not_ready``.
            InvalidInput: ``filter_unreadable``, ``column_not_found``, ``filter_unfit``.
            LimitExceeded: ``too_many_rows_to_sort``, ``too_much_text_to_sort``, ``too_many_sorts``.
        """
        from narrative.engine.tables.view import View

        version = self._version(tenant, dataset_id)
        path = self._platform.blobs.local_path(tenant, version.table_sha256)
        columns = slice(first_column, first_column + n_columns)
        view = View(tuple(filters_in(filters)), sort, descending)
        hold = partial(self._sorts.hold, tenant)
        page = self._views_kept().page(path, view, offset, limit, columns, hold=hold)
        return SeenRows(
            rows=rows_of(page.frame),
            numbers=self._lines(tenant, version, page) or [int(place) + 1 for place in page.positions],
            numbered_by="line" if version.lines_sha256 else "row",
            offset=offset,
            first_column=first_column,
            total=page.total,
            n_rows=version.n_rows,
        )

    def _lines(self, tenant: Tenant, version: DatasetVersion, page: Page) -> list[int]:
        """Lines of the file that the rows came from; none where its format has no lines."""
        import polars as pl

        from narrative.engine.tables.lines import lines_at

        if version.lines_sha256 is None:
            return []
        return lines_at(pl.read_parquet(self._platform.blobs.local_path(tenant, version.lines_sha256)), page.positions)

    def compare(self, tenant: Tenant, dataset_id: str, project_id: str | None, filters: str) -> RowComparison:
        """How the rows of a filter differ from the rest.

        Raises:
            Conflict: ``dataset_not_ready``.
            InvalidInput: ``filter_unreadable``, ``column_not_found``, ``filter_unfit``.
            LimitExceeded: ``too_many_cells_to_compare``.
        """
        from narrative.engine.story.comparison import columns_to_compare, compare_to_rest
        from narrative.engine.tables.stored import StoredTable

        version = self._version(tenant, dataset_id)
        asked = filters_in(filters)
        cells = version.n_rows * (TOLD_COLUMNS + len({item.column for item in asked}))
        if cells > MOST_CELLS:
            raise LimitExceeded(
                "too_many_cells_to_compare",
                f"The comparison would have to read {cells:,} cells; {MOST_CELLS:,} can be while you wait.",
                fix="Ask a question about single columns.",
                limit=MOST_CELLS,
                value=cells,
            )
        target = self._target(tenant, project_id)
        table = StoredTable(self._platform.blobs.local_path(tenant, version.table_sha256))
        kinds = {name: version.kinds[name] for name in table.columns}
        columns = columns_to_compare(kinds, asked, target)
        return compare_to_rest(table, asked, columns, target=target, table_hash=version.content_hash)

    def overview(self, tenant: Tenant, dataset_id: str, project_id: str | None) -> bytes:
        """The profile without its columns, as JSON. Raises ``NotFound('profile_not_ready')``."""
        return self._profile(tenant, dataset_id, project_id).overview

    def columns(
        self, tenant: Tenant, dataset_id: str, project_id: str | None, *, names: Sequence[str], offset: int, limit: int
    ) -> bytes:
        """Profiles of the named columns, or of a page of all, as JSON.

        Raises:
            NotFound: ``profile_not_ready``, ``column_profile_not_found``.
        """
        profile = self._profile(tenant, dataset_id, project_id)
        unknown = [name for name in names if name not in profile.places]
        if unknown:
            raise NotFound("column_profile_not_found", f"There is no column {unknown[0][:80]!r}.", column=unknown[0])
        found = [profile.columns[profile.places[name]] for name in names]
        chosen = found if names else profile.columns[offset : offset + limit]
        place = b"null" if names else str(offset).encode()
        return b'{"columns":[%b],"offset":%b,"total":%d}' % (b",".join(chosen), place, len(profile.columns))

    def _profile(self, tenant: Tenant, dataset_id: str, project_id: str | None) -> CutProfile:
        dataset = self._datasets.get(tenant, dataset_id)
        wanted = dict.fromkeys((self._target(tenant, project_id), None))
        ids = [profile_id(dataset.version_id, target) for target in wanted] if dataset.version_id else []
        found = next((item for name in ids if (item := self._profiles.find(tenant, name)) is not None), None)
        if found is None:
            raise NotFound("profile_not_ready", "The table is not profiled yet.", fix="Wait until the import is done.")
        return self._cut_of(tenant, self._datasets.version(tenant, found.version_id), found.profile_sha256)

    def _cut_of(self, tenant: Tenant, version: DatasetVersion, sha256: str) -> CutProfile:
        key = f"{version.id} {sha256}"
        with self._lock:
            known = self._cut.get(key)
            if known is not None:
                self._cut.move_to_end(key)
                return known
        stored = b"".join(self._platform.blobs.open(tenant, sha256))
        made = cut(TableProfile.model_validate_json(stored), version.report.get("units", {}))
        with self._lock:
            self._cut[key] = made
            while len(self._cut) > 1 and sum(item.size_bytes for item in self._cut.values()) > KEPT_BYTES:
                self._cut.popitem(last=False)
        return made

    def _version(self, tenant: Tenant, dataset_id: str) -> DatasetVersion:
        return self._datasets.version_of(tenant, self._datasets.get(tenant, dataset_id))

    def _target(self, tenant: Tenant, project_id: str | None) -> str | None:
        return self._projects.get(tenant, project_id).target.target if project_id else None

    def _views_kept(self) -> Views:
        from narrative.engine.tables.view import Views

        with self._lock:
            if self._views is None:
                self._views = Views()
            return self._views


def too_many_sorts(limit: int, value: int) -> LimitExceeded:
    """One more large sort than may run at the same time."""
    return LimitExceeded(
        "too_many_sorts",
        f"{limit} large tables are being put in order, which is the limit.",
        fix="Try again in a moment.",
        limit=limit,
        value=value,
        retry_after_seconds=2,
    )


def filters_in(text: str | None) -> list[Filter]:
    """The filters of an address: a JSON list. Raises ``InvalidInput('filter_unreadable')``."""
    from narrative.engine.tables.filters import MOST_FILTERS, Filter

    if text is None:
        return []
    fix = "Take it from the address of the Profile page, or remove it."
    try:
        found = TypeAdapter(list[Filter]).validate_json(text)
    except ValidationError as error:
        reason = error.errors()[0]
        where = ".".join(str(part) for part in reason["loc"])
        message = f"The filter cannot be read: {f'{where}: ' if where else ''}{reason['msg']}."
        raise InvalidInput("filter_unreadable", message, fix=fix) from error
    if len(found) > MOST_FILTERS:
        message = f"The filter cannot be read: {len(found)} conditions are more than {MOST_FILTERS}."
        raise InvalidInput("filter_unreadable", message, fix=fix)
    return found
