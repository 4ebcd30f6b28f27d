"""Models in memory: loaded once, the least used make room."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from narrative.adapters.blobs.file import FileBlobStore
from narrative.core.errors import NotFound
from narrative.ports.metadata import Tenant
from narrative.studio.predictions.predictors import PredictorCache
from tests.fixtures.bundles import write_small

HERE, ELSEWHERE = Tenant("work_1"), Tenant("work_2")


class CountingStore(FileBlobStore):
    """Counts how often a file is asked for."""

    n_reads = 0

    def local_path(self, tenant: Tenant, sha256: str) -> Path:
        self.n_reads += 1
        return super().local_path(tenant, sha256)


@pytest.fixture
def stored(tmp_path: Path) -> tuple[CountingStore, list[str]]:
    blobs = CountingStore(tmp_path / "blobs")
    problems: Mapping[str, Any] = {"binary": 1, "multiclass": 2, "regression": 3}
    names = [blobs.put_file(HERE, write_small(tmp_path / f"{name}.narrative", name)).sha256 for name in problems]  # type: ignore[arg-type]  # the three problems
    return blobs, names


def test_a_model_is_loaded_once_however_many_ask_at_the_same_time(stored: tuple[CountingStore, list[str]]) -> None:
    blobs, (name, *_) = stored
    cache, found = PredictorCache(blobs), []
    threads = [threading.Thread(target=lambda: found.append(cache.get(HERE, name))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert blobs.n_reads == 1
    assert all(item is found[0] for item in found)


def test_the_least_used_makes_room(stored: tuple[CountingStore, list[str]]) -> None:
    blobs, (one, two, three) = stored
    cache = PredictorCache(blobs, kept=2)
    for name in (one, two, one, three, one):
        cache.get(HERE, name)
    assert blobs.n_reads == 3
    cache.get(HERE, two)
    assert blobs.n_reads == 4


def test_large_models_make_room_sooner_and_the_newest_always_stays(stored: tuple[CountingStore, list[str]]) -> None:
    blobs, (one, two, _) = stored
    cache = PredictorCache(blobs, kept_bytes=1)
    for name in (one, one, two, two, one):
        cache.get(HERE, name)
    assert blobs.n_reads == 3


def test_a_model_in_memory_is_not_given_to_another_workspace(stored: tuple[CountingStore, list[str]]) -> None:
    blobs, (name, *_) = stored
    cache = PredictorCache(blobs)
    cache.get(HERE, name)
    with pytest.raises(NotFound):
        cache.get(ELSEWHERE, name)
    cache.get(HERE, name)
