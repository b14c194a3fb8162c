"""Numbers, periods, amounts and ages as people write them, put as the law writes them.

``한 달`` is ``1개월`` or ``30일`` in a statute, ``10,000원`` ``1만원``, ``스무 살`` ``20세``. What the law writes is
asked besides what the asker wrote, never in its place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.query.types import Term, Why

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIGITS = {"영": 0, "공": 0, "일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "륙": 6, "칠": 7, "팔": 8, "구": 9}
_SMALL = {"십": 10, "백": 100, "천": 1000}
_LARGE = {"만": 10**4, "억": 10**8, "조": 10**12}
_NATIVE = {
    "한": 1, "하나": 1, "두": 2, "둘": 2, "세": 3, "석": 3, "셋": 3, "네": 4, "넉": 4, "넷": 4, "다섯": 5, "여섯": 6,
    "일곱": 7, "여덟": 8, "아홉": 9,
}  # fmt: skip
_TENS = {
    "열": 10,
    "스무": 20,
    "스물": 20,
    "서른": 30,
    "마흔": 40,
    "쉰": 50,
    "예순": 60,
    "일흔": 70,
    "여든": 80,
    "아흔": 90,
}
_DAYS = {
    "하루": 1, "이틀": 2, "사흘": 3, "나흘": 4, "닷새": 5, "엿새": 6, "이레": 7, "여드레": 8, "아흐레": 9, "열흘": 10,
    "보름": 15,
}  # fmt: skip
_ONES = "다섯|여섯|일곱|여덟|아홉|하나|한|두|둘|세|석|셋|네|넉|넷"
_NATIVE_NUMBER = rf"(?:(?:{'|'.join(_TENS)})\s?(?:{_ONES})?|{_ONES})"
_SINO_NUMBER = r"[일이삼사오육륙칠팔구십백천만억조]{1,20}"
_FIGURE = r"\d{1,3}(?:,\d{3}){1,5}+|\d{1,16}+"  # bounded and possessive, as all below: questions may be any text
_MONEY = re.compile(
    rf"(?<![\d가-힣])(?P<amount>(?:(?:{_FIGURE})\s?+[십백천만억조]{{0,4}}+\s?+|{_SINO_NUMBER}\s?+){{1,6}}+)원(?!래|인|칙|장|서|본|룸|하)"
)
_COUNTED = re.compile(
    rf"(?<![\d가-힣.])(?:(?P<figure>{_FIGURE})|(?P<native>{_NATIVE_NUMBER})|(?P<sino>{_SINO_NUMBER}))\s?"
    r"(?P<unit>개월|달|주일|주|일|년|해|살|세|명|사람|번|차례|시간|퍼센트|프로|%|미터|평)(?![장소의반기째지호])"
)
_DAY_WORDS = re.compile(rf"(?<![가-힣])(?P<days>{'|'.join(_DAYS)})|(?P<half>반\s?년)(?!도)|(?P<week>일주일)")
_PIECE = re.compile(rf"(?P<figure>{_FIGURE})|(?P<word>[가-힣])")
_DAYS_OF_A_WEEK, _DAYS_OF_A_MONTH, _MONTHS_OF_A_YEAR = 7, 30, 12
_MOST = 10**16  # larger figures are not amounts but numbers of something
_SURE, _LIKELY = 0.6, 0.35  # the same thing in other letters; another way of measuring it
_SAME = {
    "살": "세",
    "사람": "명",
    "번": "회",
    "차례": "회",
    "퍼센트": "퍼센트",
    "프로": "퍼센트",
    "%": "퍼센트",
    "해": "년",
}


def number_terms(text: str) -> list[Term]:
    """Return the law's way of writing for each number, period, amount and age in a text (NFKC)."""
    found: dict[str, Term] = {}
    for written, source, weight in _readings(text):
        if written not in text and (written not in found or found[written].weight < weight):
            found[written] = Term(written, weight, Why.NUMBER, source)
    return list(found.values())


def value_of(text: str) -> int | None:
    """Return the value of a number in figures, Sino-Korean words or both (``3천만``, ``오백``, ``10,000``)."""
    total = part = 0
    digit: int | None = None
    for match in _PIECE.finditer(text.replace(" ", "")):
        if match["figure"]:
            digit = int(match["figure"].replace(",", ""))
            continue
        word = match["word"]
        if word in _DIGITS:
            digit = (digit or 0) * 10 + _DIGITS[word]
        elif word in _SMALL:
            part, digit = part + (1 if digit is None else digit) * _SMALL[word], None
        elif word in _LARGE:
            whole = part + (digit or 0)
            total, part, digit = total + (whole or 1) * _LARGE[word], 0, None
        else:
            return None
    value = total + part + (digit or 0)
    return value if 0 < value < _MOST else None


def as_statute(value: int) -> str:
    """Return an amount as statutes write it: ``3천만``, ``500만``, ``1억5천만``, ``12만5천``."""
    written = ""
    for name, size in (("조", 10**12), ("억", 10**8), ("만", 10**4), ("", 1)):
        part, value = divmod(value, size)
        if part:
            thousands, rest = divmod(part, 1000)
            figures = f"{thousands}천" if thousands < 10 and not rest else str(part)  # noqa: PLR2004 - one digit
            written += (figures if thousands else str(part)) + name
    return written


def _readings(text: str) -> Iterator[tuple[str, str, float]]:
    """Yield what the law may write, what stands in the text, and how sure that is."""
    for match in _MONEY.finditer(text):
        value = value_of(match["amount"])
        if value is not None:
            yield f"{as_statute(value)}원", match[0], _SURE
    for match in _COUNTED.finditer(text):
        if match["sino"] and not _is_number(match["sino"], match["unit"]):
            continue
        value = value_of(match["figure"] or match["sino"]) if not match["native"] else _native(match["native"])
        if value is not None:
            yield from ((written, match[0], weight) for written, weight in _counted(value, match["unit"]))
    for match in _DAY_WORDS.finditer(text):
        if match["days"]:
            yield f"{_DAYS[match['days']]}일", match[0], _SURE
        elif match["half"]:
            yield "6개월", match[0], _SURE
        else:
            yield "7일", match[0], _SURE
            yield "1주", match[0], _LIKELY


def _is_number(word: str, unit: str) -> bool:
    """Whether Sino-Korean syllables before a unit are a number: 이 of 이번, 이사 of 이사 일 are not."""
    return any(letter in word for letter in _SMALL) or (len(word) == 1 and unit in {"개월", "년", "주일"})


def _counted(value: int, unit: str) -> Iterator[tuple[str, float]]:
    if unit in {"달", "개월"}:
        yield f"{value}개월", _SURE
        yield f"{value * _DAYS_OF_A_MONTH}일", _LIKELY
        if value % _MONTHS_OF_A_YEAR == 0:
            yield f"{value // _MONTHS_OF_A_YEAR}년", _LIKELY
    elif unit in {"주", "주일"}:
        yield f"{value}주", _SURE
        yield f"{value * _DAYS_OF_A_WEEK}일", _SURE
    elif unit == "일" and value % _DAYS_OF_A_MONTH == 0:
        yield f"{value}일", _SURE
        yield f"{value // _DAYS_OF_A_MONTH}개월", _LIKELY
    elif unit == "평":
        return  # 3.3 square metres: no statute draws its lines there
    else:
        yield f"{value}{_SAME.get(unit, unit)}", _SURE
    if unit in {"퍼센트", "프로", "%"}:
        yield f"100분의 {value}", _SURE


def _native(text: str) -> int | None:
    """Return the value of a native Korean number: 열네, 스무, 세."""
    rest = text.replace(" ", "")
    for name, tens in sorted(_TENS.items(), key=lambda item: -len(item[0])):
        if rest.startswith(name):
            ones = _NATIVE.get(rest[len(name) :], 0) if rest[len(name) :] else 0
            return tens + ones
    return _NATIVE.get(rest)
