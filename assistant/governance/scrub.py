"""The last net before the audit trail: numbers that identify a person are struck out.

Text reaches the audit already pseudonymised. Should a caller ever forget that, this net still catches what a pattern
alone can recognise: resident and foreigner numbers, card numbers, phone numbers and e-mail addresses. It knows no names
and is no substitute for the guard.
"""

from __future__ import annotations

import re

# Neighbouring letters, digits and hyphens rule a match out, so that hexadecimal ids and UUIDs stay whole; a Korean
# particle may follow at once, and \b would not see it.
_BEFORE = r"(?<![0-9A-Za-z-])"
_AFTER = r"(?![0-9A-Za-z]|-[0-9])"

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # 개인정보 보호법 24-2: seven digits after a date; the checksum proves nothing for numbers given since October 2020.
    (
        re.compile(
            rf"{_BEFORE}[0-9]{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[ \t]?[-–—]?[ \t]?[0-8][0-9]{{6}}{_AFTER}"
        ),
        "[주민등록번호]",
    ),
    (re.compile(rf"{_BEFORE}[3-6][0-9]{{3}}([- ]?)[0-9]{{4}}\1[0-9]{{4}}\1[0-9]{{4}}{_AFTER}"), "[카드번호]"),
    (
        re.compile(
            rf"(?<![0-9A-Za-z-])(?:\+82[- .]?|0)(?:1[016-9]|2|[3-7][0-9])[- .)]*[0-9]{{3,4}}[- .]?[0-9]{{4}}{_AFTER}"
        ),
        "[전화번호]",
    ),
    (re.compile(r"[0-9A-Za-z._%+-]{1,64}@[0-9A-Za-z-]{1,63}(?:\.[0-9A-Za-z-]{1,63})+"), "[전자우편]"),
)


def scrub_numbers(text: str) -> str:
    """Return the text with resident, card and phone numbers and e-mail addresses replaced by what they were."""
    for pattern, label in _PATTERNS:
        text = pattern.sub(label, text)
    return text
