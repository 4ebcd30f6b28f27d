"""Writing a bundle: equal content gives equal bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl
from pydantic import BaseModel

from narrative.core.hashing import hash_bytes, hash_json
from narrative.core.version import program_version
from narrative.engine.bundle.archive import pack
from narrative.engine.bundle.bundle import FORMAT, FORMAT_VERSION, BundleInfo
from narrative.engine.bundle.checks import check_rows
from narrative.engine.bundle.contract import InputContract
from narrative.engine.bundle.parts import json_bytes, model_parts
from narrative.engine.files import write_atomically
from narrative.engine.model import Model

DOCUMENTS: Final = ("evaluation", "importances", "candidates", "story", "card", "plan", "lineage")
REPORT: Final = "report"
"""The part that is read only when the report is made again: answers do not need it."""


def write_bundle(
    path: str | Path,
    model: Model,
    *,
    contract: InputContract,
    evaluation: BaseModel | Mapping[str, Any],
    importances: Sequence[BaseModel | Mapping[str, Any]] = (),
    candidates: Sequence[BaseModel | Mapping[str, Any]] = (),
    story: Mapping[str, Any] | None = None,
    card: Mapping[str, Any] | None = None,
    plan: Mapping[str, Any] | None = None,
    lineage: Mapping[str, Any] | None = None,
    check_frame: pl.DataFrame | None = None,
    report: Mapping[str, Any] | None = None,
) -> BundleInfo:
    """Write ``model.narrative`` atomically: the file is complete or not there.

    Args:
        contract: is reduced to the columns that reach the model.
        story, card, plan, lineage: JSON-safe; pydantic values inside are written as JSON.
        check_frame: raw rows whose answers are stored, so that anyone can prove the file still gives them; at most
            20 are kept.
        report: what the report is made of besides, so that it can be made again; None leaves the part out.

    Raises:
        InvalidInput: ``out_not_writable``.
    """
    target = Path(path)
    contract = contract.only(model_columns(model))
    given = {
        "evaluation": evaluation,
        "importances": list(importances),
        "candidates": list(candidates),
        "story": story or {},
        "card": card or {},
        "plan": plan or {},
        "lineage": lineage or {},
    }
    parts = model_parts(model)
    parts |= {f"{name}.json": json_bytes(_json(given[name])) for name in DOCUMENTS}
    parts["contract.json"] = json_bytes(contract.model_dump(mode="json"))
    parts["vocabulary.json"] = json_bytes(contract.vocabulary)
    parts["checks.json"] = json_bytes(check_rows(model, contract, check_frame))
    if report is not None:
        parts[f"{REPORT}.json"] = json_bytes(_json(report))
    parts["manifest.json"] = json_bytes(manifest(parts))
    content = pack(parts)
    write_atomically(target, content)
    sizes = {name: len(part) for name, part in sorted(parts.items())}
    return BundleInfo(target, hash_bytes(content), len(content), sizes)


def manifest(parts: Mapping[str, bytes]) -> dict[str, Any]:
    """Format, versions, and hash and size of every other part; ``sha256`` is the hash of all of this."""
    described: dict[str, Any] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "program_version": program_version(),
        "parts": {name: {"sha256": hash_bytes(part), "size": len(part)} for name, part in sorted(parts.items())},
    }
    return described | {"sha256": hash_json(described)}


def model_columns(model: Model) -> list[str]:
    """Raw columns that reach at least one member of the model."""
    views = {member.view for member in model.members}
    return list(dict.fromkeys(name for view in sorted(views) for name in model.recipes[view].input_columns))


def _json(value: Any) -> Any:
    """Pydantic values, wherever they stand, as plain JSON."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(name): _json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    return value
