"""``narrative verify``: hashes, format and check rows of a model file."""

from __future__ import annotations

from pathlib import Path

from narrative.core.errors import InvalidInput
from narrative.entrypoints.output import Output


def run_verify(bundle: str, *, output: Output) -> None:
    """Say that a model file is sound, or name what differs.

    Raises:
        InvalidInput: ``bundle_altered`` with everything that differs, or what loading raises.
    """
    from narrative.engine.bundle import verify_bundle

    report = verify_bundle(Path(bundle))
    if not report.is_sound:
        shown = " ".join(report.differences[:5])
        more = f" And {len(report.differences) - 5} more." if len(report.differences) > 5 else ""
        raise InvalidInput(
            "bundle_altered",
            f"'{bundle}' is not what was written. {shown}{more}",
            fix="Use the original file, or train the model again.",
            altered=report.altered,
            differences=report.differences,
        )
    data = {
        "ok": True,
        "bundle": bundle,
        "sha256": report.sha256,
        "size_bytes": report.size_bytes,
        "format_version": report.format_version,
        "program_version": report.program_version,
        "parts_checked": report.parts_checked,
        "rows_checked": report.rows_checked,
    }
    text = (
        f"{bundle} is sound: {report.parts_checked} parts are as written, "
        f"{report.rows_checked} check rows give the same answers.\nSHA-256 {report.sha256}"
    )
    output.result(data, text)
