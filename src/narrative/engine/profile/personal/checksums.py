"""Numbers that prove themselves: check digits of cards, accounts and national identity numbers.

A number that somebody made up passes a check by chance once in ten or eleven times, so a column of which nearly every
value passes is what it claims to be.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_DIHEDRAL: Final = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_PERMUTED: Final = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def luhn(digits: str) -> bool:
    """Source: H. P. Luhn, US patent 2,950,048 (1960): every second digit from the right doubled, cross sums added.

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def card(text: str) -> bool:
    """A payment card: a length and a beginning that issuers use, and Luhn's check (ISO/IEC 7812)."""
    digits = re.sub(r"[ \-]", "", text)
    known = re.fullmatch(
        r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}|3[47]\d{13}|"
        r"3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d{2})\d{12}|35(?:2[89]|[3-8]\d)\d{12}",
        digits,
    )
    return known is not None and len(set(digits)) > 1 and luhn(digits)


def iban(text: str) -> bool:
    """Source: ISO 13616: country and check digits moved to the end, letters as 10 to 35, remainder 1 by 97.

    >>> iban("GB82 WEST 1234 5698 7654 32"), iban("GB82 WEST 1234 5698 7654 33")
    (True, False)
    """
    plain = re.sub(r"[ \-]", "", text).upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", plain):
        return False
    return int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97 == 1


def _weighted(digits: str, weights: Sequence[int | str]) -> int:
    return sum(int(digit) * int(weight) for digit, weight in zip(digits, weights, strict=False))


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True


def _dni(text: str) -> bool:
    """Spain: a number and the letter of its remainder by 23; NIE begin with X, Y or Z for 0, 1 or 2."""
    number = text[:-1].translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == text[-1]


def _codice_fiscale(text: str) -> bool:
    """Italy: odd and even places valued by the tables of the decree of 23 December 1976, remainder by 26."""
    odd = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
    total = 0
    for place, letter in enumerate(text[:15]):
        value = int(letter) if letter.isdigit() else ord(letter) - 65
        total += odd[value] if place % 2 == 0 else value
    return chr(65 + total % 26) == text[15]


def _nir(text: str) -> bool:
    """France: 97 minus the remainder by 97; Corsican departments 2A and 2B count as 19 and 18."""
    body = text[:13].replace("2A", "19").replace("2B", "18")
    return body.isdigit() and 97 - int(body) % 97 == int(text[13:])


def _steuer_id(text: str) -> bool:
    """Germany: ISO/IEC 7064 MOD 11,10; one digit of the first ten comes twice or three times."""
    if max(text[:10].count(digit) for digit in text[:10]) not in (2, 3):
        return False
    product = 10
    for digit in text[:10]:
        rest = (int(digit) + product) % 10 or 10
        product = rest * 2 % 11
    return (11 - product) % 10 == int(text[10])


def _bsn(text: str) -> bool:
    """Netherlands: the test of eleven, with -1 for the last digit."""
    return int(text) > 0 and (_weighted(text[:8], "98765432") - int(text[8])) % 11 == 0


def _pesel(text: str) -> bool:
    """Poland: weights 1, 3, 7, 9; the month carries the century."""
    century = {8: 1800, 0: 1900, 2: 2000, 4: 2100, 6: 2200}[int(text[2]) // 2 * 2]
    born = _is_day(century + int(text[:2]), int(text[2:4]) % 20, int(text[4:6]))
    return born and (10 - _weighted(text[:10], "1379137913") % 10) % 10 == int(text[10])


def _personnummer(text: str) -> bool:
    """Sweden: a day of birth and Luhn's check over the last ten digits."""
    digits = re.sub(r"\D", "", text)[-10:]
    return _is_day(2000, int(digits[2:4]), int(digits[4:6])) and luhn(digits)


def _cpf(text: str) -> bool:
    """Brazil: two check digits, each the weighted sum by 11."""
    digits = re.sub(r"\D", "", text)
    if len(set(digits)) == 1:
        return False
    for length in (9, 10):
        rest = _weighted(digits[:length], tuple(range(length + 1, 1, -1))) * 10 % 11 % 10
        if rest != int(digits[length]):
            return False
    return True


def _nhs(text: str) -> bool:
    """England: weights 10 to 2, 11 minus the remainder by 11; 10 is never given out."""
    digits = re.sub(r"\D", "", text)
    check = (11 - _weighted(digits[:9], tuple(range(10, 1, -1))) % 11) % 11
    return check != 10 and check == int(digits[9]) and len(set(digits)) > 1


def _hetu(text: str) -> bool:
    """Finland: a day of birth and the remainder by 31 of day and number."""
    number = int(text[:6] + text[7:10])
    return _is_day(2000, int(text[2:4]), int(text[:2])) and "0123456789ABCDEFHJKLMNPRSTUVWXY"[number % 31] == text[10]


def _fodselsnummer(text: str) -> bool:
    """Norway: a day of birth and two check digits by 11."""
    first = (11 - _weighted(text[:9], "376189452") % 11) % 11
    second = (11 - _weighted(text[:10], "5432765432") % 11) % 11
    return first == int(text[9]) and second == int(text[10])


def _ahv(text: str) -> bool:
    """Switzerland: EAN-13 with 756 in front."""
    digits = re.sub(r"\D", "", text)
    return (10 - _weighted(digits[:12], "131313131313") % 10) % 10 == int(digits[12])


def _aadhaar(text: str) -> bool:
    """India: Verhoeff's check. Source: J. Verhoeff, "Error Detecting Decimal Codes" (1969)."""
    state = 0
    for place, digit in enumerate(reversed(re.sub(r"\D", "", text))):
        state = int(_DIHEDRAL[state][int(_PERMUTED[place % 8][int(digit)])])
    return state == 0


def _resident_id(text: str) -> bool:
    """China: a day of birth and ISO 7064 MOD 11-2. Source: GB 11643-1999."""
    born = _is_day(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return born and "10X98765432"[_weighted(text[:17], weights) % 11] == text[17].upper()


def _tckn(text: str) -> bool:
    """Turkey: the tenth digit from odd and even places, the eleventh from the sum of all."""
    digits = [int(digit) for digit in text]
    tenth = (7 * sum(digits[0:9:2]) - sum(digits[1:8:2])) % 10
    return tenth == digits[9] and sum(digits[:10]) % 10 == digits[10]


def _ssn(text: str) -> bool:
    """United States: no check digit; areas 000, 666 and 900 to 999, group 00 and serial 0000 are never given out."""
    area, group, serial = text.split("-")
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def _always(_text: str) -> bool:
    return True


@dataclass(frozen=True)
class Identity:
    """A national number: how it is written, its check, and whether the check proves anything by itself."""

    title: str
    shape: str
    check: Callable[[str], bool]
    is_proof: bool = True


IDENTITIES: Final[Mapping[str, Identity]] = {
    "es_dni": Identity("Spanish identity number", r"(?:\d{8}|[XYZ]\d{7})[A-Z]", _dni),
    "it_cf": Identity("Italian tax code", r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", _codice_fiscale),
    "fr_nir": Identity("French social security number", r"[12]\d{4}(?:\d{2}|2[AB])\d{8}", _nir),
    "de_steuer": Identity("German tax number", r"[1-9]\d{10}", _steuer_id),
    "nl_bsn": Identity("Dutch citizen number", r"\d{9}", _bsn),
    "pl_pesel": Identity("Polish identity number", r"\d{11}", _pesel),
    "se_pnr": Identity("Swedish identity number", r"(?:\d{2})?\d{6}[-+]?\d{4}", _personnummer),
    "br_cpf": Identity("Brazilian taxpayer number", r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}", _cpf),
    "gb_nhs": Identity("English health number", r"\d{3} ?\d{3} ?\d{4}", _nhs),
    "gb_nino": Identity(
        "British insurance number", r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?(?:\d{2} ?){3}[A-D]", _always
    ),
    "fi_hetu": Identity("Finnish identity number", r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]", _hetu),
    "no_fnr": Identity("Norwegian identity number", r"\d{11}", _fodselsnummer),
    "ch_ahv": Identity("Swiss insurance number", r"756\.?\d{4}\.?\d{4}\.?\d{2}", _ahv),
    "in_aadhaar": Identity("Indian identity number", r"[2-9]\d{3} ?\d{4} ?\d{4}", _aadhaar),
    "in_pan": Identity("Indian tax number", r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", _always),
    "cn_id": Identity("Chinese identity number", r"[1-9]\d{16}[\dXx]", _resident_id),
    "ca_sin": Identity("Canadian insurance number", r"[1-79]\d{2}[ -]?\d{3}[ -]?\d{3}",
                       lambda text: luhn(re.sub(r"\D", "", text))),
    "tr_tckn": Identity("Turkish identity number", r"[1-9]\d{10}", _tckn),
    "us_ssn": Identity("US social security number", r"\d{3}-\d{2}-\d{4}", _ssn),
}  # fmt: skip
"""National numbers whose rules are public."""


def holds(identity: Identity, text: str) -> bool:
    """Whether a text is written like the number and passes its check.

    >>> holds(IDENTITIES["es_dni"], "12345678Z"), holds(IDENTITIES["es_dni"], "12345678A")
    (True, False)
    """
    if re.fullmatch(identity.shape, text) is None:
        return False
    try:
        return identity.check(text)
    except (ValueError, KeyError, IndexError):
        return False  # digits that no such number has, such as a century code that was never used
