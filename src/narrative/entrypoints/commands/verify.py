"""``narrative verify``: hashes, format and check rows of a model file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from narrative.core.errors import InvalidInput
from narrative.entrypoints.output import Output


def run_verify(bundle: str, *, card: str | None = None, key: str | None = None, output: Output) -> None:
    """Say that a model file is sound, and a card of it when one is named, or name what differs.

    Raises:
        InvalidInput: ``bundle_altered`` with everything that differs, ``card_altered``, or what loading raises.
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
    if card is not None:
        checked = _check_card(bundle, card, key)
        data |= checked
        signed = f"signed with key {checked['key_id']}" if key is not None else "its signature was not checked"
        text += f"\n{card} is the card of this model as it was written; {signed}."
    output.result(data, text)


def _check_card(bundle: str, card: str, key: str | None) -> dict[str, Any]:
    """The account of a card that nothing speaks against."""
    from narrative.engine.bundle.papers import read_papers
    from narrative.engine.report import check_card, read_card
    from narrative.entrypoints.commands.report import read_key

    try:
        content = Path(card).read_bytes()
    except OSError as error:
        raise InvalidInput(
            "file_not_found", f"There is no file '{card}'.", fix="Check the name of the card."
        ) from error
    read = read_card(content)
    secret = None if key is None else read_key(Path(key))
    wrong = check_card(read, papers=read_papers(Path(bundle)), key=secret)
    if wrong:
        raise InvalidInput(
            "card_altered",
            f"'{card}' is not the card that was written. {' '.join(wrong)}",
            fix="Use the original card, or write it again with narrative card.",
            differences=wrong,
        )
    return {"card": card, "key_id": None if read.signature is None else read.signature.key_id}
