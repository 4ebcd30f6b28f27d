"""The papers of a model file without its model: what reports and cards are made of. Nothing is computed or run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from narrative.core.hashing import hash_file
from narrative.engine.bundle.archive import BundleLimits, altered, unpack, unreadable
from narrative.engine.bundle.load import altered_parts, read_manifest
from narrative.engine.bundle.parts import json_from_bytes
from narrative.engine.bundle.write import DOCUMENTS, REPORT


@dataclass(frozen=True)
class Papers:
    """The papers of a model file, unaltered.

    Attributes:
        documents: evaluation, importances, candidates, story, card, plan, lineage and contract as plain JSON.
        report: what the report is made of besides; None in files that do not keep it.
        sha256: hash of the file.
    """

    documents: Mapping[str, Any]
    report: Mapping[str, Any] | None
    sha256: str
    size_bytes: int
    program_version: str


def read_papers(path: Path, limits: BundleLimits | None = None) -> Papers:
    """The papers of a model file.

    Raises:
        InvalidInput: ``file_not_found``; ``bundle_unreadable``; ``bundle_altered``; ``bundle_newer_format``.
        LimitExceeded: ``bundle_too_large``.
    """
    parts = unpack(path, limits or BundleLimits())
    manifest = read_manifest(parts)
    changed = altered_parts(parts, manifest)
    if changed:
        raise altered(changed[0])
    absent = [name for name in (*DOCUMENTS, "contract") if f"{name}.json" not in parts]
    if absent:
        raise unreadable(f"its part '{absent[0]}.json' is not there")
    read = {name: json_from_bytes(parts[f"{name}.json"], f"{name}.json") for name in (*DOCUMENTS, "contract")}
    kept = parts.get(f"{REPORT}.json")
    report = None if kept is None else json_from_bytes(kept, f"{REPORT}.json")
    if report is not None and not isinstance(report, dict):
        raise unreadable("its report is no object")
    version = str(manifest.get("program_version", ""))
    return Papers(read, report, hash_file(path), path.stat().st_size, version)
