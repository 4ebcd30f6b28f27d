"""Other tables that steps such as join name: versions of datasets of the same workspace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from narrative.core.ids import is_id
from narrative.ports.metadata import Tenant
from narrative.studio.datasets.repository import VersionRepository
from narrative.studio.datasets.service import DatasetService
from narrative.studio.platform import Platform

if TYPE_CHECKING:
    from narrative.engine.step_specs import StepSpec


def versions_named(steps: Sequence[StepSpec]) -> list[str]:
    """Ids of dataset versions that the parameters of steps name, each once."""
    named = (text for spec in steps if spec.enabled for text in _texts(spec.params))
    return list(dict.fromkeys(text for text in named if is_id(text, VersionRepository.prefix)))


def tables_of(
    platform: Platform, datasets: DatasetService, tenant: Tenant, steps: Sequence[StepSpec]
) -> dict[str, str]:
    """Version id → file of its table. Raises ``NotFound('dataset_version_not_found')``, also for those of others."""
    return {
        version_id: str(platform.blobs.local_path(tenant, datasets.version(tenant, version_id).table_sha256))
        for version_id in versions_named(steps)
    }


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
