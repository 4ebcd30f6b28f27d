"""Server-made names: sortable, unguessable, safe in URLs, file names and logs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Final

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
_PATTERN: Final = re.compile(r"^[a-z]{2,8}_[0-9a-hjkmnp-tv-z]{20}$")

RandomBytes = Callable[[int], bytes]


def new_id(prefix: str, random_bytes: RandomBytes = secrets.token_bytes) -> str:
    """A fresh id like ``data_7k3…``: prefix, underscore, 20 characters with 100 random bits.

    >>> new_id("job", lambda n: bytes(n))
    'job_00000000000000000000'
    """
    number = int.from_bytes(random_bytes(13), "big") >> 4
    letters = []
    for _ in range(20):
        letters.append(ALPHABET[number & 31])
        number >>= 5
    return f"{prefix}_{''.join(reversed(letters))}"


def is_id(text: str, prefix: str) -> bool:
    """Whether ``text`` has the form of an id with this prefix; anything else is never looked up."""
    return text.startswith(prefix + "_") and _PATTERN.fullmatch(text) is not None
