"""KR_FRN: foreigner registration number (외국인등록번호, 국내거소신고번호), seventh digit 5 to 8."""

from __future__ import annotations

import re

from guardrails.pii.base import Shape, ShapeRecognizer, digits_of
from guardrails.pii.recognizers.rrn import checksum_ok, date_exists, number_regex


def _impossible(match: re.Match[str]) -> bool:
    return not date_exists(digits_of(match.group()))


def _valid(match: re.Match[str]) -> bool | None:
    return checksum_ok(digits_of(match.group()), foreigner=True) or None


RECOGNIZER = ShapeRecognizer(
    entity="KR_FRN",
    shapes=(
        Shape(number_regex("5-8", " ?[-~_./] ?"), 0.75),
        Shape(number_regex("5-8", "(?: {1,2}|\\n)"), 0.5),
        Shape(number_regex("5-8", ""), 0.45),
    ),
    context=re.compile(r"외국인|등록\s?번호|거소|체류|신분|식별\s?번호|[Aa][Rr][Cc]"),
    validate=_valid,
    reject=_impossible,
    gate=re.compile(r"\d{6}[^\d]{0,3}\d{7}"),
)
