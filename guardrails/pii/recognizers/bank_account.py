"""KR_BANK_ACCOUNT: account numbers. Banks share no shape, so a word for account, bank or transfer must introduce it."""

from __future__ import annotations

import re

from guardrails.pii.base import Shape, ShapeRecognizer, digits_of

_BANKS = (
    r"국민|신한|우리|하나|농협|기업|수협|부산|대구|광주|전북|경남|제주|산업|씨티|카카오|토스|케이|"
    r"새마을금고|신협|우체국|아이엠|[Ii][Mm]|KB|NH|IBK|SC|MG|BNK|KDB|케이뱅크"
)
_MIN_DIGITS, _MAX_DIGITS = 10, 16


def _not_account(match: re.Match[str]) -> bool:
    """Too short or long, a date, or a mobile number: those have their own recognizers."""
    value = match.group()
    digits = digits_of(value)
    if not _MIN_DIGITS <= len(digits) <= _MAX_DIGITS or len(set(digits)) == 1:
        return True
    return re.match(r"(?:19|20)\d\d[-. ](?:0?[1-9]|1[0-2])[-. ]|01[016789][- ]?\d{3,4}[- ]?\d{4}$", value) is not None


RECOGNIZER = ShapeRecognizer(
    entity="KR_BANK_ACCOUNT",
    shapes=(
        Shape(re.compile(r"(?<!\d)(?<!\d[-.,])\d{2,6}(?: ?- ?\d{1,8}){1,4}(?!\d)(?!-\d)"), 0.6, needs_context=True),
        Shape(re.compile(r"(?<!\d)(?<!\d[-.,])\d{10,14}(?!\d)(?!-\d)"), 0.55, needs_context=True),
        Shape(
            re.compile(r"(?<!\d)(?<!\d[-.,])\d{3,6} \d{2,6} \d{3,7}(?: \d{1,4})?(?!\d)(?!-\d)"), 0.5, needs_context=True
        ),
    ),
    context=re.compile(
        rf"계\s?좌|통장|예금주|입금|송금|이체|환급받|(?:{_BANKS})\s?(?:은행|뱅크|금고)?\s*(?:\([^()"
        rf"]{{0,10}}\))?\s*[:,]?\s*$|은행|뱅크|[Aa]ccount"
    ),
    reject=_not_account,
    gate=re.compile(r"\d{3}"),
)
