"""Figures in Korean text in one normal form: dates, money, quantities, percentages, article numbers, identifiers.

``2026. 4. 6.`` = ``2026-04-06`` = ``2026년 4월 6일``; ``1,000만원`` = ``10,000,000원`` = ``천만 원``; ``십사일`` =
``14일``; ``100분의 30`` = ``30퍼센트``; ``제12조의2``. Used to check that an answer's figures stand in its sources.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final, NamedTuple

from guardrails.pii.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Key = tuple[str, ...]


class Figure(NamedTuple):
    """A figure: its kind and value as strings, and where it stands in the text as given."""

    key: Key
    start: int
    end: int


_SMALL: Final = {"십": 10, "백": 100, "천": 1000}
_BIG: Final = {"만": 10**4, "억": 10**8, "조": 10**12}
_DIGITS: Final = {char: str(value) for value, char in enumerate("영일이삼사오육칠팔구")}
_NATIVE: Final = dict(
    zip(("두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열"), map(str, range(2, 11)), strict=True)
)
_UNITS: Final = {
    "일": "일|일간",
    "개월": "개월|달",
    "년": "년|년간|개년|해",
    "주": "주|주일|주간",
    "시간": "시간",
    "분": "분",
    "시": "시",
    "초": "초",
    "명": "명|인|사람",
    "건": "건",
    "회": "회|번|차례|차",
    "개": "개|가지",
    "개소": "개소|곳|군데",
    "세": "세|살",
    "배": "배",
    "점": "점",
    "위": "위",
    "급": "급",
    "대": "대",
    "장": "장|매",
    "쪽": "쪽|페이지|면",
    "층": "층",
    "부": "부",
    "m": "m|미터",
    "km": "km|㎞|킬로미터",
    "cm": "cm|㎝|센티미터",
    "㎡": "㎡|m2|m²|제곱미터|평방미터",
    "kg": "kg|㎏|킬로그램",
    "톤": "톤|t",
    "l": "리터|ℓ|l",
    "호선": "호선",
    "차로": "차로|차선",
}
_UNIT_OF: Final = {name: unit for unit, names in _UNITS.items() for name in names.split("|")}
_UNIT: Final = "|".join(sorted(_UNIT_OF, key=len, reverse=True))
# every repeat is bounded: a page of digits must not cost more than its length
_NUM: Final = r"(?<!\d)\d{1,18}(?:,\d{3}){0,6}(?:\.\d{1,9})?"
_SINO: Final = "일이삼사오육칠팔구십백천"
_BIG_AFTER: Final = rf"(?:만|억|조(?= ?\d| ?[{_SINO}]|[ ]?원))"
_TAIL: Final = rf" ?(?:{_NUM}(?: ?[십백천])?|[{_SINO}]{{1,8}}) ?{_BIG_AFTER}"
_LAST: Final = rf" ?(?:{_NUM}[십백천]?|[{_SINO}]{{1,8}})(?= ?원)"
# 3억 5천만, 1,000만, 2만5천 (원): a number goes on only behind 만·억·조
_MIXED: Final = (
    rf"(?:{_NUM}(?: ?[십백천])? ?{_BIG_AFTER}(?:{_TAIL}){{0,3}}(?:{_LAST})?|{_NUM}(?: ?[십백천](?= "
    rf"?(?:원|[가-힣])))?)"
)
_KOREAN: Final = rf"(?:(?<![가-힣])|(?<=금))(?!만일)[{_SINO}만억]{{0,20}}[십백천만억][{_SINO}만억]{{0,20}}"


def amount(text: str) -> Decimal | None:
    """Read a number with Korean multipliers (``1,000만`` → 10000000, ``삼십만`` → 300000), None when it is none."""
    total = section = Decimal(0)
    number: Decimal | None = None
    for token in re.findall(r"\d+(?:\.\d+)?|[가-힣]", text.replace(",", "").replace(" ", "")):
        if token in _SMALL:
            section += (Decimal(1) if number is None else number) * _SMALL[token]
            number = None
        elif token in _BIG:
            section += number or 0
            total += (section or Decimal(1)) * _BIG[token]
            section, number = Decimal(0), None
        else:
            try:
                number = Decimal(_DIGITS.get(token, token))
            except InvalidOperation:
                return None
    return total + section + (number or 0)


def _plain(value: Decimal | str | None) -> str:
    """Write a number without a trailing zero fraction or an exponent."""
    number = Decimal(value) if isinstance(value, str) else (value if value is not None else Decimal(0))
    whole = number == number.to_integral_value()
    return str(int(number)) if whole else format(number.normalize(), "f")


def _date(m: re.Match[str]) -> Key:
    return ("date", _plain(m["y"]), _plain(m["m"]), _plain(m["d"]))


def _short_date(m: re.Match[str]) -> Key:
    return ("date", str(2000 + int(m["y"])), _plain(m["m"]), _plain(m["d"]))


def _share(m: re.Match[str]) -> Key:
    base = amount(m["base"]) or Decimal(1)
    part = amount(m["part"]) or Decimal(0)
    if base in (100, 1000, 10000):
        return ("pct", _plain(part * 100 / base))
    return ("frac", _plain(base), _plain(part))


def _quantity(m: re.Match[str]) -> Key:
    value, unit = _plain(amount(m["n"])), _UNIT_OF[m["u"].lower()]
    if unit == "년" and re.fullmatch(r"(?:19|20)\d\d", value):
        return ("year", value)
    return ("qty", value, unit)


def _clock(m: re.Match[str]) -> Key:
    hour = int(m["h"]) + (12 if m["half"] in ("오후", "저녁", "밤") and int(m["h"]) < 12 else 0)  # noqa: PLR2004 - noon
    return ("clock", str(hour), str(int(m["min"] or 0)))


_MONTH_DAY: Final = r"(?P<m>0?[1-9]|1[0-2])월 ?(?P<d>0?[1-9]|[12]\d|3[01])일"
_RULES: Final[tuple[tuple[str, Callable[[re.Match[str]], Key | None]], ...]] = (
    # marks that carry no claim: citations, placeholders, numbers of list items
    (r"\[[^\[\]\n]{1,40}\]|(?m:^\s{0,8}(?:\d{1,2}[.)]|[가-하][.)]) )", lambda _: None),
    (
        (
            r"(?<!\d)(?P<y>(?:19|20)\d\d)(?:\. ?|[-/]|년 ?)(?P<m>0?[1-9]|1[0-2])(?:\. ?|[-/]|월 ?)(?P<d>[12]\d|"
            r"3[01]|0?[1-9])(?:일|\.|(?!\d))"
        ),
        _date,
    ),
    (r"(?<!\d)['’](?P<y>\d\d)\. ?(?P<m>1[0-2]|0?[1-9])\. ?(?P<d>[12]\d|3[01]|0?[1-9])\.?(?!\d)", _short_date),
    (
        r"(?<!\d)(?P<y>(?:19|20)\d\d)(?:년 ?|\. ?)(?P<m>1[0-2]|0?[1-9])(?:월|\.(?! ?\d))",
        lambda m: ("ym", m["y"], _plain(m["m"])),
    ),
    (rf"(?<!\d){_MONTH_DAY}", lambda m: ("md", _plain(m["m"]), _plain(m["d"]))),
    (rf"(?P<base>{_NUM}|(?<![가-힣])[{_SINO}만]{{1,6}})분의 ?(?P<part>{_NUM}|[{_SINO}]{{1,8}})", _share),
    (rf"(?P<n>{_NUM}) ?(?:%|퍼센트|프로(?![가-힣]))", lambda m: ("pct", _plain(m["n"].replace(",", "")))),
    (
        (
            r"(?:제 ?)?(?<![\d,.])(?P<a>\d{1,4}) ?조(?: ?의 ?(?P<b>\d{1,3}))?(?! ?\d[\d,]{0,8} ?[십백천]?억| "
            r"?원| ?[일이삼사오육칠팔구]?[십백천]{1,2}억)"
        ),
        lambda m: ("art", _plain(m["a"]) + (f"의{_plain(m['b'])}" if m["b"] else "")),
    ),
    (r"(?:제 ?)?(?<![\d,.])(?P<n>\d{1,3}) ?항(?![가-힣]{2}기)", lambda m: ("para", _plain(m["n"]))),
    (
        r"제 ?(?P<n>\d{1,6}(?:-\d{1,6})?) ?호(?: ?의 ?(?P<b>\d{1,3}))?",
        lambda m: ("item", m["n"] + (f"의{m['b']}" if m["b"] else "")),
    ),
    (r"(?<![\d.-])\d{2,6}(?:-\d{2,7}){1,4}(?![\d.-])", lambda m: ("id", re.sub(r"\D", "", m.group()))),
    (
        (
            r"(?:(?P<half>오전|오후|저녁|밤|새벽) ?)?(?<!\d)(?P<h>2[0-4]|1\d|0?\d)(?::(?=\d\d)|시(?!간|"
            r"[가-힣]{2}) ?)(?:(?P<min>[0-5]?\d)분?)?"
        ),
        _clock,
    ),
    (rf"(?:금 ?)?(?P<n>{_MIXED}|{_KOREAN}) ?원", lambda m: ("won", _plain(amount(m["n"])))),
    (rf"(?P<n>{_MIXED}) ?(?P<u>{_UNIT})(?![a-z])", _quantity),
    (rf"(?P<n>{_KOREAN}) ?(?P<u>{_UNIT})(?![a-z])", _quantity),
    (
        (
            r"(?<![가-힣])(?P<n>[일이삼사오육칠팔구]) ?(?P<u>일|개월|년)(?= ?(?:이내|간|이상|안|전|후|이하|"
            r"동안))"
        ),
        _quantity,
    ),
    (
        rf"(?<![가-힣])(?P<n>{'|'.join(_NATIVE)}) ?(?P<u>{_UNIT})(?![a-z])(?=[^가-힣]|$|[이가을를은는의씩로과와만도])",
        lambda m: ("qty", _NATIVE[m["n"]], _UNIT_OF[m["u"].lower()]),
    ),
    (rf"(?<![\d.])(?P<n>{_MIXED})", lambda m: ("num", _plain(amount(m["n"])))),
)
_CIRCLED: Final = {chr(0x2460 + index): str(index + 1) for index in range(20)}
_compiled: list[tuple[re.Pattern[str], Callable[[re.Match[str]], Key | None]]] = []


def _rules() -> list[tuple[re.Pattern[str], Callable[[re.Match[str]], Key | None]]]:
    """Compile at first use."""
    if not _compiled:
        _compiled.extend([(re.compile(pattern, re.IGNORECASE), read) for pattern, read in _RULES])
    return _compiled


def figures(text: str) -> list[Figure]:
    """Return the figures of ``text`` in order of place; what one rule read, no later rule reads again."""
    folded = fold(text)
    left = folded.text
    out: list[Figure] = []
    for pattern, read in _rules():
        spans: list[tuple[int, int]] = []
        for match in pattern.finditer(left):
            key = read(match)
            spans.append(match.span())
            if key is not None:
                out.append(Figure(key, *folded.span(*match.span())))
        left = _blanked(left, spans)
    return sorted(out, key=lambda figure: figure.start)


def circled_paragraphs(text: str) -> Iterator[Key]:
    """Yield ``("para", n)`` for every ①…⑳: sources mark paragraphs so, answers write 제1항."""
    return (("para", _CIRCLED[char]) for char in text if char in _CIRCLED)


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    """Return ``text`` with the spans overwritten, so that offsets stay."""
    if not spans:
        return text
    out: list[str] = []
    at = 0
    for start, end in spans:
        out += (text[at:start], "\x00" * (end - start))
        at = end
    out.append(text[at:])
    return "".join(out)
