"""Verifying a bundle: hashes, format, and the check rows computed again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from narrative.core.errors import InvalidInput
from narrative.core.hashing import hash_file
from narrative.engine.bundle.archive import BundleLimits, unpack
from narrative.engine.bundle.load import altered_parts, bundle_from_parts, read_manifest


@dataclass(frozen=True)
class VerifyReport:
    """What was checked and what differs. ``is_sound`` only if nothing does."""

    sha256: str
    size_bytes: int
    format_version: int
    program_version: str
    parts_checked: int
    rows_checked: int
    altered: list[str] = field(default_factory=list)
    """Parts that are not what the manifest says."""
    differences: list[str] = field(default_factory=list)
    """One sentence for everything that differs, altered parts included."""

    @property
    def is_sound(self) -> bool:
        return not self.differences


def verify_bundle(path: str | Path, *, limits: BundleLimits | None = None) -> VerifyReport:
    """Check every part of a bundle and compute its check rows again.

    Altered parts and differing answers are reported, not raised; a file that cannot be read at all raises what
    :func:`load_bundle` raises.
    """
    path = Path(path)
    parts = unpack(path, limits or BundleLimits())
    manifest = read_manifest(parts)
    sha256, size = hash_file(path), path.stat().st_size
    changed = altered_parts(parts, manifest)
    differences = [f"The part '{name}' is not the original." for name in changed]
    rows = 0
    try:
        _, rows, wrong = bundle_from_parts(parts, manifest, sha256, size)
        differences += wrong
    except InvalidInput as error:
        if not changed:
            raise
        differences.append(error.message)
    return VerifyReport(
        sha256=sha256,
        size_bytes=size,
        format_version=int(manifest["format_version"]),
        program_version=str(manifest.get("program_version", "")),
        parts_checked=len(manifest["parts"]) + 1,
        rows_checked=rows,
        altered=changed,
        differences=differences,
    )
