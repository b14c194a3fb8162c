"""PHONE: Korean telephone numbers: mobile, area, 070, 080, 050x, 15xx and 18xx service lines, +82 forms."""

from __future__ import annotations

import re

from guardrails.pii.base import Shape, ShapeRecognizer

_SEP = r"(?: ?[-~./·)] ?| )"
_NOT_INSIDE = r"(?<!\d)(?<!\d[-.,])"
_END = r"(?!\d)(?!-\d)(?!\.\d)"
_AREA = r"0(?:2|3[1-3]|4[1-4]|5[1-5]|6[1-4])"
_CODE = rf"(?:{_AREA}|070|080|050\d)"
_SERVICE = r"1(?:5(?:22|33|44|66|77|88|99)|6(?:00|11|33|44|55|60|61|66|68|70|88)|8(?:00|11|33|44|55|66|77|99))"
_CONTEXT = re.compile(
    r"전\s?화|연락|휴대|핸드폰|폰|번호로|[Tt][Ee][Ll]|☎|☏|📞|📱|[Mm]obile|[Pp]hone|팩스|[Ff][Aa][Xx]|문의|H\.?P|(?<![A-Za-z])[TMF]\s?[.:)]|콜센터|대표번호"
)
_YEARS = re.compile(r"1[5-9]\d\d\s?[-~]\s?(?:1[4-9]|20)\d\d$")


def _is_year_range(match: re.Match[str]) -> bool:
    """1800-1950 and 1588-1598 are years, not service lines."""
    return _YEARS.match(match.group()) is not None


_MOBILE = Shape(re.compile(rf"{_NOT_INSIDE}(?:\(01[016789]\) ?|01[016789]{_SEP})\d{{3,4}}{_SEP}\d{{4}}{_END}"), 0.75)
_MOBILE_TIGHT = Shape(re.compile(rf"(?<![\dA-Za-z])(?<!\d[-.,])01(?:0\d{{8}}|[16789]\d{{7,8}}){_END}"), 0.65)
_MOBILE_HALF = Shape(re.compile(rf"{_NOT_INSIDE}01[016789](?:{_SEP}\d{{7,8}}|\d{{3,4}}{_SEP}\d{{4}}){_END}"), 0.65)
_LAND = Shape(re.compile(rf"{_NOT_INSIDE}(?:\({_CODE}\) ?|{_CODE}{_SEP})\d{{3,4}} ?[-~.] ?\d{{4}}{_END}"), 0.65)
_LAND_SPACED = Shape(
    re.compile(rf"{_NOT_INSIDE}(?:\({_CODE}\) ?|{_CODE}{_SEP})\d{{3,4}} \d{{4}}{_END}"), 0.5, needs_context=True
)
_LAND_TIGHT = Shape(
    re.compile(rf"{_NOT_INSIDE}(?:{_AREA}|070|080|050\d){_SEP}?\d{{7,8}}{_END}"), 0.5, needs_context=True
)
_INTERNATIONAL = Shape(
    re.compile(
        rf"(?<![\d+])(?:\+ ?|00)82[-. ]{{0,2}}(?:\(0\)|0)?[-. ]?(?:1[016789]|2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|80)"
        rf"[-. )]?\d{{3,4}}[-. ]?\d{{4}}{_END}"
    ),
    0.8,
)
_LINE = Shape(re.compile(rf"{_NOT_INSIDE}{_SERVICE} ?[-.~] ?\d{{4}}{_END}"), 0.5)
_LINE_TIGHT = Shape(re.compile(rf"{_NOT_INSIDE}{_SERVICE} ?\d{{4}}{_END}"), 0.5, needs_context=True)
_LOCAL = Shape(re.compile(rf"{_NOT_INSIDE}[2-9]\d{{2,3}}-\d{{4}}{_END}"), 0.35, needs_context=True)


RECOGNIZER = ShapeRecognizer(
    entity="PHONE",
    shapes=(
        _MOBILE,
        _MOBILE_TIGHT,
        _MOBILE_HALF,
        _LAND,
        _LAND_SPACED,
        _LAND_TIGHT,
        _INTERNATIONAL,
        _LINE,
        _LINE_TIGHT,
        _LOCAL,
    ),
    context=_CONTEXT,
    veto_after=re.compile(r"\s?(?:호|억|만\s?원|천\s?원|원|톤|년)"),
    reject=_is_year_range,
    gate=re.compile(r"\d{4}"),
)
