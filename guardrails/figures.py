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
    """A figure: its kind and value as strings, and where it stands in the text as given.

    ``bound`` says which side of it is meant: ``ge`` 이상, ``gt`` 초과, ``le`` 이하 or 이내, ``lt`` 미만, or nothing.
    """

    key: Key
    start: int
    end: int
    bound: str = ""


_SMALL: Final = {"십": 10, "백": 100, "천": 1000}
_BIG: Final = {"만": 10**4, "억": 10**8, "조": 10**12}
_DIGITS: Final = {char: str(value) for value, char in enumerate("영일이삼사오육칠팔구")}
_TENS: Final = {
    "열": 10, "스물": 20, "스무": 20, "서른": 30, "마흔": 40, "쉰": 50, "예순": 60, "일흔": 70, "여든": 80, "아흔": 90,
}  # fmt: skip
_ONES: Final = {
    "한": 1, "하나": 1, "두": 2, "둘": 2, "세": 3, "셋": 3, "석": 3, "네": 4, "넷": 4, "넉": 4, "다섯": 5, "여섯": 6,
    "일곱": 7, "여덟": 8, "아홉": 9,
}  # fmt: skip
_DAYS: Final = {
    "하루": 1, "이틀": 2, "사흘": 3, "나흘": 4, "닷새": 5, "엿새": 6, "이레": 7, "여드레": 8, "아흐레": 9, "열흘": 10,
    "보름": 15, "날": 0,
}  # fmt: skip
_ENGLISH: Final = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|"
    "nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion"
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
_APART: Final = "부|면|회|일|분|시|위|점|대|배|세|초|장|급|번|해"  # 두면, 석회 and 네일 count nothing: only 두 면 does
_COUNTED_ONCE: Final = frozenset(
    ["개월", "시간", "주", "년", "명", "건", "층"]
)  # 다시 한 번, 한 가지 are ways of speaking
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


def _native(m: re.Match[str]) -> Key | None:
    """Read 두 번, 열다섯 명, 스무 살."""
    number = _TENS.get(m["t"] or "", 0) + _ONES.get(m["o"] or "", 0)
    unit = _UNIT_OF[(m["u"] or m["v"]).lower()]
    if number == 0 or (number == 1 and unit not in _COUNTED_ONCE):
        return None
    return ("qty", str(number), unit)


def _native_days(m: re.Match[str]) -> Key | None:
    """Read 사흘, 열흘, 열이틀, 스무날, 보름."""
    number = _TENS.get(m["t"] or "", 0) + _DAYS[m["d"]]
    return ("qty", str(number), "일") if number else None


def _numbered(kind: str) -> Callable[[re.Match[str]], Key]:
    """Return the reader of 제십조 or 제삼항: digits written out."""

    def read(m: re.Match[str]) -> Key:
        rest = m.groupdict().get("b")
        return (kind, _plain(amount(m["n"])) + (f"의{_plain(amount(rest))}" if rest else ""))

    return read


def _address(m: re.Match[str]) -> Key:
    return ("address", m.group().rstrip(".,)").lower())


def _clock(m: re.Match[str]) -> Key:
    hour = int(m["h"]) + (12 if m["half"] in ("오후", "저녁", "밤") and int(m["h"]) < 12 else 0)  # noqa: PLR2004 - noon
    return ("clock", str(hour), str(int(m["min"] or 0)))


_AFTER_NATIVE: Final = r"(?=[^가-힣]|$|[이가을를은는의씩로과와만도]|안|간|동안|까지|마다|이상|이내)"
_MONTH_DAY: Final = r"(?P<m>0?[1-9]|1[0-2])월 ?(?P<d>0?[1-9]|[12]\d|3[01])일"
_RULES: Final[tuple[tuple[str, Callable[[re.Match[str]], Key | None]], ...]] = (
    # marks that carry no claim: citations, placeholders, numbers of list items
    (
        (
            r"\[(?:\d{1,3}(?:[,~-] ?\d{1,3}){0,9}|[가-힣A-Za-z][가-힣A-Za-z ]{0,20}_\d{1,4})\]|"
            r"(?m:^\s{0,8}(?:[-*•] )?(?:\d{1,2}[.)]|[가-하][.)]) )"
        ),
        lambda _: None,
    ),
    (r"(?:https?://|www\.)[\w./%~?=&#:@+-]{1,200}|[\w.+-]{1,64}@[\w-]{1,60}(?:\.[\w-]{1,30}){1,4}", _address),
    (
        (
            r"第 ?[一二三四五六七八九十百千]{1,8} ?[條項號]|"
            r"[一二三四五六七八九十百千萬億]{1,12} ?[日月年週時間分圓條項號%個名]"
        ),
        lambda m: ("word", re.sub(r"\s", "", m.group())),
    ),
    (rf"(?<![a-z])(?:{_ENGLISH})(?![a-z])", lambda m: ("word", m.group().lower())),
    (
        rf"제 ?(?P<n>[{_SINO}]{{1,7}}) ?조(?: ?의 ?(?P<b>[{_SINO}]{{1,4}}|\d{{1,3}}))?(?![가-힣]{{2}}원)",
        _numbered("art"),
    ),
    (rf"제 ?(?P<n>[{_SINO}]{{1,4}}) ?항(?![가-힣]{{2}}기)", _numbered("para")),
    (rf"제 ?(?P<n>[{_SINO}]{{1,4}}) ?호(?! ?선)", _numbered("item")),
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
    # 3~5일, 5일 내지 10일: what the last number counts, the first one counts too
    (
        rf"(?P<n>{_NUM}) ?(?:[~∼〜～–-]|내지|에서|부터) ?(?=(?:{_NUM}) ?(?P<u>{_UNIT})(?![a-z]))",
        _quantity,
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
        (
            rf"(?<![가-힣])(?P<t>{'|'.join(_TENS)})?(?P<o>{'|'.join(_ONES)})?(?<=[가-힣])"
            rf"(?: (?P<u>{_UNIT})|(?!{_APART})(?P<v>{_UNIT}))(?![a-z]){_AFTER_NATIVE}"
        ),
        _native,
    ),
    (
        rf"(?<![가-힣])(?P<t>{'|'.join(_TENS)})? ?(?P<d>{'|'.join(_DAYS)}){_AFTER_NATIVE}",
        _native_days,
    ),
    (r"절반", lambda _: ("frac", "2", "1")),
    (r"(?<![가-힣])일주일", lambda _: ("qty", "1", "주")),
    (rf"(?<![\d.])(?P<n>{_MIXED})", lambda m: ("num", _plain(amount(m["n"])))),
)
_BOUND: Final = re.compile(
    r" ?(?:(?P<le>이하|이내|내에|안에|까지|[을를] ?(?:넘지|초과하지)|이 ?넘지)|(?P<lt>미만)|"
    r"(?P<gt>초과|[을를이] ?(?:넘는|넘으면|넘을|초과))|(?P<ge>이상))"
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
    whole = left = folded.text
    out: list[Figure] = []
    for pattern, read in _rules():
        spans: list[tuple[int, int]] = []
        for match in pattern.finditer(left):
            key = read(match)
            spans.append(match.span())
            if key is not None:
                bound = _BOUND.match(whole, match.end())
                side = (bound.lastgroup or "") if bound else ""
                out.append(Figure(key, *folded.span(*match.span()), side))
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
