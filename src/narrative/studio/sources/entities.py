"""Where a dataset came from, as far as it may be kept: never a password, never an address with a secret in it."""

from __future__ import annotations

import re
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, ConfigDict

from narrative.studio.documents import Entity

Kind = Literal["url", "query", "object"]
Outcome = Literal["loaded", "same", "reading", "failed"]
_SECRET_PARTS: Final = re.compile(
    r"token|secret|sig|pass|pwd|auth|cred|session|(?:^|[^a-z])(?:key|code|sas|jwt|sid)(?:$|[^a-z])|api_?key", re.I
)


class Place(BaseModel):
    """What to fetch, without what is secret in it.

    ``address`` is that of a file on the web or of an object, "" where it may not be kept; ``connection`` names what the
    operator gave under a name; ``is_signed`` tells that a key was typed in, which is not kept.
    """

    model_config = ConfigDict(frozen=True)
    kind: Kind
    address: str = ""
    query: str = ""
    connection: str = ""
    endpoint: str = ""
    region: str = ""
    is_signed: bool = False

    @property
    def needs(self) -> Literal["url", "database_url", "key"] | None:
        """What has to be given again for the next fetch, or None."""
        if self.connection:
            return None
        if self.kind == "query":
            return "database_url"
        if self.kind == "object":
            return "key" if self.is_signed else None
        return None if self.address else "url"

    def kept(self) -> Place:
        """The same without an address that holds a secret."""
        return self.model_copy(update={"address": ""}) if self.kind == "url" and holds_secret(self.address) else self


class Source(Entity):
    """The source of a dataset, and what became of the last look at it.

    ``fetched`` is the SHA-256 of what arrived last; ``before`` the version that the last change replaces.
    """

    dataset_id: str
    place: Place
    fetched: str
    looked_at: str
    outcome: Outcome = "loaded"
    error: dict[str, Any] | None = None
    before: str | None = None
    job_id: str | None = None


def holds_secret(url: str) -> bool:
    """Whether a web address seems to carry a key, a token or a signature of its own.

    >>> holds_secret("https://example.org/t.csv?year=2026"), holds_secret("https://example.org/t.csv?api_key=abc")
    (False, True)
    """
    parts = urlsplit(url)
    given = parse_qsl(parts.query, keep_blank_values=True)
    named = any(_SECRET_PARTS.search(name) for name, _ in given) or _SECRET_PARTS.search(parts.fragment) is not None
    return named or any(_is_random(text) for pair in given for text in pair)


def _is_random(text: str) -> bool:
    """Whether a text looks like one that a machine made up: long, letters and digits mixed."""
    return re.fullmatch(r"[A-Za-z0-9_\-+/=%.]{20,}", text) is not None and len(re.findall(r"\d", text)) >= 3
