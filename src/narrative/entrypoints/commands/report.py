"""``narrative report`` and ``narrative card``: the papers of a model again, from its file alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from narrative.core.errors import InvalidInput
from narrative.core.hashing import hash_bytes
from narrative.engine.files import not_writable, write_atomically
from narrative.entrypoints.output import Output, check_writable

if TYPE_CHECKING:
    from narrative.engine.report import Decision

CARD_ENDINGS: Final = {".html": "html", ".json": "json", ".md": "md", ".markdown": "md"}
KEY_BYTES: Final = 32
MOST_KEY_BYTES: Final = 4_096


def run_report(bundle: str, *, out: str, output: Output) -> None:
    """Write the report of a model file again.

    Raises:
        InvalidInput: ``format_unknown``, ``report_not_kept``, besides what reading the file raises.
    """
    from narrative.engine.bundle.papers import read_papers
    from narrative.engine.report import report_of

    place = _place(out, (".html",))
    papers = read_papers(Path(bundle))
    page = report_of(papers)
    write_atomically(place, page)
    data = {"report": out, "sha256": hash_bytes(page.encode()), "bundle": bundle, "bundle_sha256": papers.sha256}
    output.result(data, f"Report   {out}\nSHA-256  {data['sha256']}")


def run_card(bundle: str, *, out: str, key: str | None, decision: Decision | None, output: Output) -> None:
    """Write the card of a model file; signed when a key is named, which is made when it is not there.

    Raises:
        InvalidInput: ``format_unknown``, ``key_unreadable``, ``key_too_short``, besides what reading the file raises.
    """
    from narrative.engine.bundle.papers import read_papers
    from narrative.engine.report import CARD_FORMS, card_of

    place = _place(out, tuple(CARD_ENDINGS))
    papers = read_papers(Path(bundle))
    is_new = key is not None and not Path(key).exists()
    secret = None if key is None else (make_key(Path(key)) if is_new else read_key(Path(key)))
    card = card_of(papers, decision, key=secret)
    write_atomically(place, CARD_FORMS[CARD_ENDINGS[place.suffix.lower()]](card))
    key_id = None if card.signature is None else card.signature.key_id
    data = {"card": out, "content_sha256": card.content_sha256, "key_id": key_id, "key_made": is_new, "bundle": bundle}
    lines = [f"Card     {out}", f"SHA-256  {card.content_sha256}"]
    lines += [f"Signed   with key {key_id}"] if key_id else ["It is not signed: name a key with --key to sign it."]
    lines += [f"A new key was written to {key}. Keep it: whoever has it can sign and check cards."] if is_new else []
    output.result(data, "\n".join(lines))


def decided(**told: str | None) -> Decision | None:
    """What people said, or None when they said nothing. Raises ``InvalidInput('decision_too_long')``."""
    from pydantic import ValidationError

    from narrative.engine.report import Decision

    given = {name: text for name, text in told.items() if text}
    if not given:
        return None
    try:
        return Decision.model_validate(given)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0]).replace("_", "-")
        raise InvalidInput("decision_too_long", f"The text of --{name} is too long.", fix="Shorten it.") from error


def make_key(path: Path) -> bytes:
    """A new key in a file that only its owner reads. Raises ``InvalidInput('out_not_writable')``."""
    text = secrets.token_hex(KEY_BYTES)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(text + "\n")
    except OSError as error:
        raise not_writable(path.name, error) from error
    return bytes.fromhex(text)


def read_key(path: Path) -> bytes:
    """The key in a file of hexadecimal digits. Raises ``InvalidInput('key_unreadable')``."""
    try:
        with path.open("rb") as stream:
            return bytes.fromhex(stream.read(MOST_KEY_BYTES).decode("ascii").strip())
    except (OSError, ValueError) as error:
        raise InvalidInput(
            "key_unreadable",
            f"'{path.name}' holds no key.",
            fix="Name the file that narrative card --key wrote, or one that does not exist to have a key made.",
        ) from error


def _place(out: str, endings: tuple[str, ...]) -> Path:
    place = Path(out)
    if place.suffix.lower() not in endings:
        raise InvalidInput(
            "format_unknown",
            f"'{place.name}' does not say which format to write.",
            fix=f"End the name with {' or '.join(endings)}.",
        )
    check_writable(place, folder=False)
    return place
