"""KR_RRN: resident registration number (주민등록번호), YYMMDD-SNNNNNN.

Accepted on shape and a date that exists; the checksum only raises the score, since numbers issued from October 2020
carry random last digits (주민등록법 시행규칙, rule P10 of the requirements).
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from guardrails.pii.base import Shape, ShapeRecognizer, digits_of

_DATE: Final = r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_CENTURY: Final = {"9": 1800, "0": 1800, "1": 1900, "2": 1900, "3": 2000, "4": 2000, "5": 1900, "6": 1900, "7": 2000}
_WEIGHTS: Final = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)


def number_regex(sex_digits: str, separator: str) -> re.Pattern[str]:
    """Return the expression for a registration number whose seventh digit is one of ``sex_digits``."""
    return re.compile(rf"(?<!\d)(?<!\d[-.,]){_DATE}{separator}[{sex_digits}]\d{{6}}(?!\d)(?!-\d)")


def date_exists(digits: str) -> bool:
    """Tell whether the first six digits are a calendar day in the century that the seventh names."""
    year = _CENTURY.get(digits[6], 2000) + int(digits[:2])
    try:
        dt.date(year, int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return False
    return True


def checksum_ok(digits: str, *, foreigner: bool = False) -> bool:
    """Tell whether the thirteenth digit fits: (11 - Σ wᵢdᵢ mod 11) mod 10, two more for foreigners."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=False))
    return (11 - total % 11 + (2 if foreigner else 0)) % 10 == int(digits[12])


def _impossible(match: re.Match[str]) -> bool:
    return not date_exists(digits_of(match.group()))


def _valid(match: re.Match[str]) -> bool | None:
    return checksum_ok(digits_of(match.group())) or None


RECOGNIZER = ShapeRecognizer(
    entity="KR_RRN",
    shapes=(
        Shape(number_regex("1-4", " ?[-~_./] ?"), 0.75),
        Shape(number_regex("1-4", "(?: {1,2}|\\n)"), 0.55),
        Shape(number_regex("1-4", ""), 0.5),
        Shape(number_regex("90", " ?- ?"), 0.4, needs_context=True),
    ),
    context=re.compile(r"주민|등록\s?번호|생년|[Rr][Rr][Nn]|신분|식별\s?번호"),
    validate=_valid,
    reject=_impossible,
    gate=re.compile(r"\d{6}[^\d]{0,3}\d{7}"),
)
