"""Personal data in a column: pattern, check digits, name and values weighed together, with counts as evidence."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Final, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict

from narrative.engine.profile.personal.checksums import IDENTITIES, Identity, card, holds, iban
from narrative.engine.profile.personal.words import GIVEN, LOOSE_NAME, NAMES, THINGS, plain_words

Category = Literal[
    "email", "phone", "person_name", "birth_date", "address", "card", "account", "identity", "document", "ip_address",
    "device",
]  # fmt: skip
Source = Literal["name", "pattern", "checksum", "values"]

SAMPLE: Final = 500
FIRST_LOOK: Final = 30
"""Where none of so many values passes a check of a national number, hardly any will."""
MOST_CELLS: Final = 50_000
MOST_VALUES: Final = 5_000
LEAST_VALUES: Final = 5
PROVEN: Final = 20
"""With so many different values, a check that all of them pass cannot be chance."""
TITLES: Final[dict[Category, str]] = {
    "email": "e-mail addresses",
    "phone": "phone numbers",
    "person_name": "names of people",
    "birth_date": "dates of birth",
    "address": "street addresses",
    "card": "payment card numbers",
    "account": "bank account numbers",
    "identity": "national identity numbers",
    "document": "numbers of passports, licences or plates",
    "ip_address": "IP addresses",
    "device": "device addresses",
}
LONGEST_VALUE: Final = 500
"""Characters of a value that are looked at: some patterns take time that grows with the square of its length."""
_EMAIL: Final = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")
_PHONE: Final = re.compile(
    r"(?:\+|00)\d{1,3}[\s\-./()]*(?:\d[\s\-./()]*){6,12}|\(\d{2,5}\)\s?\d{2,5}[\s\-.]?\d{2,5}(?:[\s\-.]?\d{2,4})?|"
    r"[2-9]\d{2}[\-. ][2-9]\d{2}[\-. ]\d{4}(?:\s?x\d+)?|0\d{1,4}[ /\-]\d{2,4}(?:[ \-]?\d{2,4}){1,3}"
)
_PHONE_DIGITS: Final = re.compile(r"[+(]?\d[\d\s\-./()]{5,18}\d(?:\s?x\d+)?")
_ADDRESS: Final = re.compile(
    r"\b(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|way|square|terrace|close|place)\b|"
    r"(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|damm|ufer|straat|laan|gracht|gatan|vägen|gata|veien|vej|katu|tie)"
    r"(?:\s|$|,)|\b(?:rue|avenue|boulevard|chemin|place|via|viale|piazza|corso|calle|avenida|plaza|paseo|rua|travessa|"
    r"ulica|ul\.|c/)\s",
    re.IGNORECASE,
)
_PERSON: Final = re.compile(r"[\"(]?[^\W\d_]+(?:[\s.,'’\"()\-/]+[^\W\d_]+){0,9}[.)\"]*")
_DOCUMENT: Final = re.compile(r"(?=.*\d)[A-Z0-9ÄÖÜ][A-Z0-9ÄÖÜ\s\-]{3,16}[A-Z0-9]", re.IGNORECASE)


class Personal(BaseModel):
    """Personal data found in a column, with what speaks for it."""

    model_config = ConfigDict(frozen=True)
    category: Category
    title: str
    detail: str
    """Which number of which country, where a check proves it; else the title."""
    n_matching: int
    n_checked: int
    """Different values looked at."""
    share: float
    evidence: list[Source]
    confidence: float


def find_personal(series: pl.Series) -> Personal | None:
    """Personal data in a column, or None. Reads at most 500 different values of the first 5,000 filled cells.

    Names alone never decide: an empty column, or one called "email" that holds numbers, is not flagged.
    """
    words = plain_words(series.name)
    if series.dtype.is_temporal():
        return _birth_dates(series, words)
    if series.dtype.is_float() or series.dtype == pl.Boolean:
        return None
    values = _values(series)
    signs, longest = _signs(values), max(map(len, values), default=0)
    for look, needed, shortest in _LOOKS:
        found = look(values, words) if signs & needed and longest >= shortest else None
        if found is not None:
            return found
    return None


def _values(series: pl.Series) -> list[str]:
    present = series.head(MOST_CELLS).drop_nulls().head(MOST_VALUES).alias("text").to_frame()
    different = pl.col("text").unique(maintain_order=True).head(SAMPLE).cast(pl.String)
    found = present.select(different.str.head(LONGEST_VALUE)).to_series().to_list()
    texts = (" ".join(text.split()) for text in found)
    return [text for text in texts if text]


@dataclass(frozen=True)
class _Proof:
    """What speaks for a category: matching values, kinds of evidence, how sure, and what it is in detail."""

    n: int
    evidence: list[Source]
    confidence: float
    detail: str | None = None


def _found(category: Category, values: list[str], proof: _Proof) -> Personal:
    title = TITLES[category]
    return Personal(
        category=category,
        title=title,
        detail=proof.detail or title,
        n_matching=proof.n,
        n_checked=len(values),
        share=proof.n / len(values),
        evidence=proof.evidence,
        confidence=proof.confidence,
    )


def _count(values: list[str], test: Callable[[str], object]) -> int:
    return sum(bool(test(value)) for value in values)


def _is_named(category: Category, words: str) -> bool:
    return NAMES[category].search(words) is not None


def _signs(values: list[str]) -> set[str]:
    """Which of the signs that some kinds of personal data cannot be without occur; for digits "0", for letters "a"."""
    signs = set("".join(values))
    found = signs & set("@.:-")
    if any(sign.isdigit() for sign in signs):
        found.add("0")
    if any(sign.isalnum() and not sign.isdecimal() for sign in signs):
        found.add("a")
    return found


def _emails(values: list[str], words: str) -> Personal | None:
    whole = _count(values, _EMAIL.fullmatch)
    named = _is_named("email", words)
    if whole >= (0.3 if named else 0.5) * len(values):
        return _found("email", values, _Proof(whole, ["pattern", *_if_named(named)], 0.99))
    inside = _count(values, _EMAIL.search)
    if inside >= max(2, 0.02 * len(values)):
        return _found(
            "email", values, _Proof(inside, ["pattern", *_if_named(named)], 0.9, "e-mail addresses inside text")
        )
    return None


def _if_named(named: bool) -> list[Source]:
    return ["name"] if named else []


def _accounts(values: list[str], words: str) -> Personal | None:
    named = _is_named("account", words)
    proven = _count(values, iban)
    if proven >= 0.8 * len(values):
        return _found("account", values, _Proof(proven, ["pattern", "checksum", *_if_named(named)], 0.99, "IBANs"))
    if not named or len(values) < LEAST_VALUES:
        return None
    digits = _count(values, re.compile(r"[A-Z]{0,4}[\d\s\-]{6,34}", re.IGNORECASE).fullmatch)
    if digits >= 0.9 * len(values):
        return _found("account", values, _Proof(digits, ["name", "pattern"], 0.8))
    return None


def _cards(values: list[str], words: str) -> Personal | None:
    proven = _count(values, card)
    named = _is_named("card", words)
    least = LEAST_VALUES if named else PROVEN // 2
    if proven >= 0.9 * len(values) and len(values) >= least:
        return _found("card", values, _Proof(proven, ["pattern", "checksum", *_if_named(named)], 0.98))
    shaped = _count(values, re.compile(r"(?:\d[ \-]?){12,18}\d").fullmatch) if named else 0
    if shaped >= 0.9 * len(values) and len(values) >= LEAST_VALUES:
        return _found("card", values, _Proof(shaped, ["name", "pattern"], 0.7))
    masked = re.compile(r"[\dXx*]{4}[ -]?[Xx*]{4}[ -]?[Xx*]{4}[ -]?\d{4}")
    if not all(masked.fullmatch(value) for value in values):
        return None
    return _found("card", values, _Proof(len(values), ["pattern"], 0.6, "masked card numbers"))


def _devices(values: list[str], words: str) -> Personal | None:
    named = _is_named("device", words)
    hardware = re.compile(r"(?:[0-9a-f]{2}[:\-]){5}[0-9a-f]{2}", re.IGNORECASE)
    n = _count(values, hardware.fullmatch)
    return (
        _found("device", values, _Proof(n, ["pattern", *_if_named(named)], 0.95, "MAC addresses"))
        if n >= 0.9 * len(values)
        else None
    )


def _addresses_of_machines(values: list[str], words: str) -> Personal | None:
    n = _count(values, _is_ip)
    if n < 0.9 * len(values):
        return None
    named = _is_named("ip_address", words)
    firsts = [int(value.split(".")[0]) for value in values if value.count(".") == 3]
    looks_like_versions = bool(firsts) and max(firsts) < 20
    if not named and looks_like_versions:
        return None  # 1.0.4.2 is a version
    return _found("ip_address", values, _Proof(n, ["pattern", *_if_named(named)], 0.98 if named else 0.9))


def _is_ip(text: str) -> bool:
    if text.count(".") != 3 and text.count(":") < 2:
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _identities(values: list[str], words: str) -> Personal | None:
    named = _is_named("identity", words)
    best, number = "", 0
    first = [value for value in values[:FIRST_LOOK] if any(map(_any_shape().fullmatch, _spellings(value)))]
    for key, identity in IDENTITIES.items():
        is_number = partial(_is_number_of, identity)
        n = _count(values, is_number) if _count(first, is_number) else 0
        if n > number:
            best, number = key, n
    if best:
        identity = IDENTITIES[best]
        share = number / len(values)
        written = re.sub(r"\[[^\]]*\]", lambda kind: "L" if "A" in kind[0] else "", identity.shape)
        has_letters = re.search(r"[L.\-]", written) is not None
        least = LEAST_VALUES if named or has_letters else PROVEN
        if share >= (0.8 if named else 0.95) and len(values) >= least:
            evidence: list[Source] = ["pattern", "checksum", *_if_named(named)]
            return _found("identity", values, _Proof(number, evidence, 0.97 if named else 0.9, f"{identity.title}s"))
    if not named or len(values) < LEAST_VALUES:
        return None
    shaped = _count(values, re.compile(r"(?=(?:.*\d){5})[A-Z0-9][A-Z0-9.\-/ ]{6,22}[A-Z0-9]", re.IGNORECASE).fullmatch)
    if shaped >= 0.9 * len(values):
        return _found("identity", values, _Proof(shaped, ["name", "pattern"], 0.8))
    return None


def _is_number_of(identity: Identity, value: str) -> bool:
    return any(holds(identity, text) for text in _spellings(value))


def _spellings(value: str) -> set[str]:
    """Written as usual, or in groups of digits."""
    text = value.upper()
    return {text, re.sub(r"[ .\-/]", "", text)}


@cache
def _any_shape() -> re.Pattern[str]:
    """How any of the national numbers is written: most columns hold none, and one look tells."""
    return re.compile("|".join(f"(?:{identity.shape})" for identity in IDENTITIES.values()))


def _birth_dates(series: pl.Series, words: str) -> Personal | None:
    """Named like a birth, and in a range in which people alive were born."""
    days = series.drop_nulls().head(MOST_CELLS).cast(pl.Date).unique().to_list()
    if not days or not _is_named("birth_date", words) or THINGS.search(words):
        return None
    n = sum(dt.date(1900, 1, 1) <= day <= dt.date(2030, 1, 1) for day in days)
    values = [str(day) for day in days]
    return _found("birth_date", values, _Proof(n, ["name", "values"], 0.95)) if n >= 0.95 * len(days) else None


def _birth_texts(values: list[str], words: str) -> Personal | None:
    """Dates that are kept as text."""
    shape = re.compile(r"\d{1,4}[./\- ]\d{1,2}[./\- ]\d{1,4}(?:[T ].*)?|\d{8}|\d{1,2}\.? [^\W\d_]+\.? \d{4}")
    if not _is_named("birth_date", words) or THINGS.search(words):
        return None
    n = _count(values, shape.fullmatch)
    return _found("birth_date", values, _Proof(n, ["name", "pattern"], 0.9)) if n >= 0.9 * len(values) else None


def _phones(values: list[str], words: str) -> Personal | None:
    named = _is_named("phone", words)
    plain = _count(values, _PHONE.fullmatch)
    if plain >= 0.6 * len(values) and len(values) >= LEAST_VALUES:
        return _found("phone", values, _Proof(plain, ["pattern", *_if_named(named)], 0.95 if named else 0.85))
    loose = (
        _count(values, lambda value: _PHONE_DIGITS.fullmatch(value) and _digits(value) in range(7, 16)) if named else 0
    )
    if loose >= 0.6 * len(values) and _varies(values):
        return _found("phone", values, _Proof(loose, ["name", "pattern"], 0.9))
    inside = _count(values, re.compile(r"\+\d{1,3}[\s\-]?\(?\d{2,4}\)?(?:[\s\-]?\d{2,4}){2,4}").search)
    if inside >= max(3, 0.2 * len(values)):
        return _found("phone", values, _Proof(inside, ["pattern"], 0.75, "phone numbers inside text"))
    return None


def _digits(value: str) -> int:
    return sum(letter.isdigit() for letter in value)


def _varies(values: list[str]) -> bool:
    """Not one number repeated: a column of one or two values tells of a switchboard, not of people."""
    return len(values) >= 3


def _streets(values: list[str], words: str) -> Personal | None:
    named = _is_named("address", words) and not re.search(r" (?:web|ip|mac|email|url|type|typ|id|hash) ", words)
    shaped = _count(values, lambda value: _ADDRESS.search(value) and any(letter.isdigit() for letter in value))
    if shaped >= (0.3 if named else 0.7) * len(values) and len(values) >= LEAST_VALUES:
        return _found("address", values, _Proof(shaped, ["pattern", *_if_named(named)], 0.95 if named else 0.8))
    mixed = _count(values, re.compile(r"(?=.*\d)(?=.*[^\W\d_]{3,}).{6,}").fullmatch) if named else 0
    if mixed >= 0.7 * len(values) and len(values) >= LEAST_VALUES:
        return _found("address", values, _Proof(mixed, ["name", "values"], 0.85))
    return None


def _documents(values: list[str], words: str) -> Personal | None:
    if not _is_named("document", words):
        return None
    n = _count(values, _DOCUMENT.fullmatch)
    if n < 0.9 * len(values) or len(values) < LEAST_VALUES:
        return None
    return _found("document", values, _Proof(n, ["name", "pattern"], 0.85))


def _people(values: list[str], words: str) -> Personal | None:
    """Names of people: shape and frequent given names in the values, and what the column says it holds."""
    is_possible = len(values) >= LEAST_VALUES and not THINGS.search(words)
    shaped = [value for value in values if len(value) <= 90 and _PERSON.fullmatch(value)] if is_possible else []
    if len(shaped) < 0.85 * len(values):
        return None
    given = _count(shaped, lambda value: GIVEN & set(_letters(value)))
    several = _count(shaped, lambda value: 2 <= len(value.replace(",", " ").split()) <= 9)
    strong, weak = _is_named("person_name", words), LOOSE_NAME.search(words) is not None
    share, full = given / len(values), several / len(values)
    titled = _count(shaped, lambda value: value[:1].isupper()) / len(values)
    evidence: list[Source] = ["values", *_if_named(strong or weak)]
    if strong and sum(len(value) for value in shaped) >= 3 * len(shaped):
        return _found("person_name", values, _Proof(len(shaped), ["name", "values"], 0.9))
    if weak and full >= 0.8 and titled >= 0.9 and share >= 0.1:
        return _found("person_name", values, _Proof(given, evidence, 0.75))
    if weak and share >= (0.25 if full >= 0.5 else 0.7):
        return _found("person_name", values, _Proof(given, evidence, 0.85))
    if full >= 0.8 and share >= 0.45 and titled >= 0.8:
        return _found("person_name", values, _Proof(given, evidence, 0.75))
    return None


def _letters(value: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", value.casefold().replace("ø", "o").replace("ł", "l"))
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return re.findall(r"[^\W\d_]+", plain)


_LOOKS: Final = (
    (_emails, frozenset("@"), 6),
    (_accounts, frozenset("0"), 6),
    (_cards, frozenset("0"), 13),
    (_devices, frozenset(":-"), 17),
    (_addresses_of_machines, frozenset(".:"), 2),
    (_identities, frozenset("0"), 8),
    (_birth_texts, frozenset("0"), 5),
    (_phones, frozenset("0"), 7),
    (_streets, frozenset("a"), 4),
    (_documents, frozenset("0"), 5),
    (_people, frozenset("a"), 1),
)
"""In this order, each with the signs of which it needs one (see ``_signs``) and the length of the shortest text that it
accepts: without, there is nothing to find."""
