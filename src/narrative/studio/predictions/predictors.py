"""Loaded models in memory: the newest few, each loaded once, verified before its first answer."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from narrative.ports.blobs import BlobStore
from narrative.ports.metadata import Tenant

if TYPE_CHECKING:
    from narrative.engine.bundle import Predictor

KEPT: Final = 8
KEPT_BYTES: Final = 64 * 1024**2
"""Of bundle files; in memory a forest takes several times the size of its file. The newest stays whatever its size."""


class PredictorCache:
    """Predictors by content hash of their bundle; the least recently used one makes room. Safe from any thread."""

    def __init__(self, blobs: BlobStore, kept: int = KEPT, kept_bytes: int = KEPT_BYTES) -> None:
        self._blobs = blobs
        self._kept = kept
        self._kept_bytes = kept_bytes
        self._lock = threading.Lock()
        self._loading: dict[tuple[str, str], threading.Lock] = {}
        self._known: OrderedDict[tuple[str, str], Predictor] = OrderedDict()

    def get(self, tenant: Tenant, sha256: str) -> Predictor:
        """The predictor of a bundle.

        Raises:
            NotFound: there is no such bundle.
            Conflict: ``artifact_integrity``, its bytes were altered.
            InvalidInput: ``bundle_…``, it cannot be loaded.
        """
        key = (tenant.workspace_id, sha256)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
            loading = self._loading.setdefault(key, threading.Lock())
        with loading:
            with self._lock:
                if key in self._known:
                    return self._known[key]
            predictor = self._load(tenant, sha256)
            with self._lock:
                self._known[key] = predictor
                self._loading.pop(key, None)
                while len(self._known) > 1 and self._is_full():
                    self._known.popitem(last=False)
        return predictor

    def _is_full(self) -> bool:
        size = sum(predictor.bundle.size_bytes for predictor in self._known.values())
        return len(self._known) > self._kept or size > self._kept_bytes

    def _load(self, tenant: Tenant, sha256: str) -> Predictor:
        from narrative.engine.bundle import load_bundle

        return load_bundle(self._blobs.local_path(tenant, sha256)).predictor
