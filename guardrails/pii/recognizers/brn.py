"""KR_BRN: business registration number (사업자등록번호) NNN-NN-NNNNN with its checksum.

One in ten numbers of ten digits passes the sum by chance, so bare digits need the word as well.
"""

from __future__ import annotations

import re

from guardrails.pii.base import Shape, ShapeRecognizer, digits_of

_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)


def brn_checksum_ok(digits: str) -> bool:
    """Check the tenth digit by the National Tax Service's weights 1 3 7 1 3 7 1 3 5 and ⌊5·d₉/10⌋."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=False))
    total += int(digits[8]) * 5 // 10
    return (10 - total % 10) % 10 == int(digits[9])


def _valid(match: re.Match[str]) -> bool:
    return brn_checksum_ok(digits_of(match.group()))


RECOGNIZER = ShapeRecognizer(
    entity="KR_BRN",
    shapes=(
        Shape(re.compile(r"(?<!\d)(?<!\d[-.,])[1-9]\d{2} ?- ?\d{2} ?- ?\d{5}(?!\d)(?!-\d)"), 0.5, needs_valid=True),
        Shape(re.compile(r"(?<!\d)(?<!\d[-.,])[1-9]\d{9}(?!\d)(?!-\d)"), 0.45, needs_context=True),
    ),
    context=re.compile(r"사업자|등록\s?번호|[Bb]usiness"),
    validate=_valid,
    gate=re.compile(r"\d{5}"),
)
