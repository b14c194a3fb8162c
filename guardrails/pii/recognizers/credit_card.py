"""CREDIT_CARD: payment cards of 14 to 16 digits; the Luhn sum (ISO/IEC 7812-1) raises the score."""

from __future__ import annotations

import re

from guardrails.pii.base import Shape, ShapeRecognizer, digits_of

_LUHN_DOUBLE = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def luhn_ok(digits: str) -> bool:
    """Tell whether ``digits`` passes the Luhn sum."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        total += _LUHN_DOUBLE[int(digit)] if place % 2 else int(digit)
    return total % 10 == 0


def _valid(match: re.Match[str]) -> bool:
    return luhn_ok(digits_of(match.group()))


def _dull(match: re.Match[str]) -> bool:
    """0000-0000-0000-0000 and the like are samples in a form."""
    return len(set(digits_of(match.group()))) == 1


RECOGNIZER = ShapeRecognizer(
    entity="CREDIT_CARD",
    shapes=(
        Shape(
            re.compile(
                r"(?<!\d)(?<!\d[-.,])[3-69]\d{3}(?: ?[-.] ?| )\d{4}(?: ?[-.] ?| )\d{4}(?: ?[-.] ?| )\d{4}(?!\d)(?!-\d)"
            ),
            0.55,
        ),
        Shape(re.compile(r"(?<!\d)(?<!\d[-.,])3[47]\d{2}[- ]\d{6}[- ]\d{5}(?!\d)(?!-\d)"), 0.55),
        Shape(re.compile(r"(?<!\d)(?<!\d[-.,])[3-69]\d{15}(?!\d)(?!-\d)"), 0.45, needs_valid=True),
        Shape(re.compile(r"(?<!\d)(?<!\d[-.,])3[4-8]\d{12,13}(?!\d)(?!-\d)"), 0.4, needs_context=True),
    ),
    context=re.compile(r"카드|[Cc]ard|결제|VISA|[Vv]isa|[Mm]aster|체크|신용"),
    validate=_valid,
    reject=_dull,
    gate=re.compile(r"\d{4}[- .]?\d{4}|3[47]\d\d[- ]?\d{6}"),
)
