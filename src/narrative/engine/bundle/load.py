"""Loading a bundle: sizes bounded, every hash checked, every shape checked, no code run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from pydantic import ValidationError

from narrative.core.errors import InvalidInput
from narrative.core.hashing import hash_bytes, hash_file, hash_json
from narrative.engine.bundle.archive import BundleLimits, altered, unpack, unreadable
from narrative.engine.bundle.bundle import FORMAT, FORMAT_VERSION, Bundle
from narrative.engine.bundle.checks import compare
from narrative.engine.bundle.contract import InputContract
from narrative.engine.bundle.parts import array_owner, json_from_bytes, model_from_parts
from narrative.engine.bundle.write import DOCUMENTS, model_columns
from narrative.engine.model import Model
from narrative.engine.training.types import Importance

_NEEDED: Final = {"contract.json", "vocabulary.json", "model.json", "checks.json", *(f"{n}.json" for n in DOCUMENTS)}
_NONSENSE: Final = (
    *(ArithmeticError, AttributeError, IndexError, KeyError, MemoryError, RecursionError, TypeError, ValueError),
    *(pl.exceptions.PolarsError, pl.exceptions.PanicException),
)
"""What computing with a description that lies about itself may raise."""


def load_bundle(path: str | Path, *, limits: BundleLimits | None = None) -> Bundle:
    """The bundle in a file.

    Raises:
        InvalidInput: ``file_not_found``; ``bundle_unreadable`` (not a bundle, or parts that do not fit together);
            ``bundle_altered`` naming the part that is not what was written; ``bundle_differs`` when it does not give
            the answers it was written with; ``bundle_newer_format``.
        LimitExceeded: ``bundle_too_large``.
    """
    path = Path(path)
    parts = unpack(path, limits or BundleLimits())
    manifest = read_manifest(parts)
    changed = altered_parts(parts, manifest)
    if changed:
        raise altered(changed[0])
    bundle, _, differences = bundle_from_parts(parts, manifest, hash_file(path), path.stat().st_size)
    if differences:
        raise InvalidInput(
            "bundle_differs",
            f"The model file does not give the answers it was written with. {differences[0]}",
            fix="Use the original file, or train the model again.",
            n_differences=len(differences),
        )
    return bundle


def read_manifest(parts: Mapping[str, bytes]) -> dict[str, Any]:
    """The manifest, once its format is one we read. Raises ``bundle_unreadable`` or ``bundle_newer_format``."""
    if "manifest.json" not in parts:
        raise unreadable("it has no manifest")
    manifest = json_from_bytes(parts["manifest.json"], "manifest.json")
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise unreadable("it is not a model file of this program")
    version = manifest.get("format_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise unreadable("its format version is not a number")
    if version > FORMAT_VERSION:
        raise InvalidInput(
            "bundle_newer_format",
            f"A newer program wrote this model file: it has format {version}, this one reads {FORMAT_VERSION}.",
            fix="Update the program, then try again.",
        )
    listed = manifest.get("parts")
    if not isinstance(listed, dict) or not all(isinstance(item, dict) for item in listed.values()):
        raise unreadable("its manifest lists no parts")
    return manifest


def altered_parts(parts: Mapping[str, bytes], manifest: Mapping[str, Any]) -> list[str]:
    """Names of parts that were changed, removed or added since the manifest was written, itself included."""
    listed = manifest["parts"]
    own = {name: value for name, value in manifest.items() if name != "sha256"}
    changed = [] if manifest.get("sha256") == hash_json(own) else ["manifest.json"]
    for name in sorted(set(listed) | (set(parts) - {"manifest.json"})):
        content, item = parts.get(name), listed.get(name, {})
        if content is None or (item.get("size"), item.get("sha256")) != (len(content), hash_bytes(content)):
            changed.append(name)
    return changed


def bundle_from_parts(
    parts: Mapping[str, bytes], manifest: Mapping[str, Any], sha256: str, size: int
) -> tuple[Bundle, int, list[str]]:
    """The bundle, the number of its check rows, and a sentence for each that differs. Hashes were checked before."""
    absent = sorted(_NEEDED - set(parts))
    if absent:
        raise unreadable(f"its part '{absent[0]}' is not there")
    try:
        model = model_from_parts(parts)
        _check_arrays_used(parts)
        contract = _contract(parts, model)
        documents = {name: json_from_bytes(parts[f"{name}.json"], f"{name}.json") for name in DOCUMENTS}
        for item in documents["importances"]:
            Importance.model_validate(item)
        checks = json_from_bytes(parts["checks.json"], "checks.json")
        n_rows, differences = _try_out(model, checks)
    except _NONSENSE as error:
        raise unreadable("its parts do not fit together") from error
    bundle = Bundle(
        model=model,
        contract=contract,
        sha256=sha256,
        size_bytes=size,
        format_version=int(manifest["format_version"]),
        program_version=str(manifest.get("program_version", "")),
        documents=documents,
        checks=checks,
    )
    return bundle, n_rows, differences


def _contract(parts: Mapping[str, bytes], model: Model) -> InputContract:
    data = json_from_bytes(parts["contract.json"], "contract.json")
    vocabulary = json_from_bytes(parts["vocabulary.json"], "vocabulary.json")
    try:
        contract = InputContract.model_validate({**data, "vocabulary": vocabulary})
    except ValidationError as error:
        raise unreadable("its input contract is not complete") from error
    same = contract.problem == model.problem and contract.target == model.target
    if not same or contract.classes != model.classes or {c.name for c in contract.columns} != set(model_columns(model)):
        raise unreadable("its input contract belongs to another model")
    return contract


def _check_arrays_used(parts: Mapping[str, bytes]) -> None:
    """Every array is named by its learner's description: nothing rides along."""
    for part in parts:
        owner = array_owner(part)
        if owner is not None:
            name, array = owner
            if name not in parts or array not in json_from_bytes(parts[name], name)["arrays"]:
                raise unreadable(f"its part '{part}' belongs to nothing")


def _try_out(model: Model, checks: Mapping[str, Any]) -> tuple[int, list[str]]:
    """Compute the check rows: a description whose indices or names lie fails here and not in front of a person."""
    compared = compare(model, checks)
    if not np.all(np.isfinite(np.array(checks["margins"], dtype=np.float64))):
        raise unreadable("its check rows hold no numbers")
    return compared
