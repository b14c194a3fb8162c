"""Spreadsheet numbers as people see them: 1234.5 with ``#,##0`` is 1,235, 45292 with ``yyyy-mm-dd`` is 2024-01-01.

After ECMA-376 part 1, 18.8.30 (numFmt). What has no meaning in plain text (colours, fill, widths) is left out; dates
in the system's own short form are written the Korean way, year first.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Final, NamedTuple

GENERAL: Final = "General"
ISO_DATE: Final = "yyyy-mm-dd"

# Formats that files name by number only. 27-36 and 50-58 as Excel has them for Korean.
BUILT_IN: Final = {
    **dict(enumerate(("0", "0.00", "#,##0", "#,##0.00"), start=1)),
    **dict(
        enumerate(("0%", "0.00%", "0.00E+00", "# ?/?", "# ??/??", ISO_DATE, "d-mmm-yy", "d-mmm", "mmm-yy"), start=9)
    ),
    **dict(enumerate(("h:mm AM/PM", "h:mm:ss AM/PM", "h:mm", "h:mm:ss", f"{ISO_DATE} h:mm"), start=18)),
    **dict(enumerate(('yyyy"년" mm"월" dd"일"', 'h"시" mm"분"', 'h"시" mm"분" ss"초"', "yyyy/mm/dd"), start=31)),
    **dict.fromkeys((30, 35, 52, 53, 55), ISO_DATE),
    **dict.fromkeys((27, 36, 50, 57), 'yyyy"年" mm"月" dd"日"'),
    **dict.fromkeys((28, 29, 51, 54, 56, 58), "mm-dd"),
    **dict.fromkeys((37, 38), "#,##0;-#,##0"),
    **dict.fromkeys((39, 40), "#,##0.00;-#,##0.00"),
    **dict(enumerate(("#,##0;-#,##0;-", "₩#,##0;-₩#,##0;₩-"), start=41)),
    **dict(enumerate(("#,##0.00;-#,##0.00;-", "₩#,##0.00;-₩#,##0.00;₩-"), start=43)),
    **dict(enumerate(("mm:ss", "[h]:mm:ss", "mm:ss", "0.0E+0", "@"), start=45)),
}
_SYSTEM_DATE = re.compile(r"\[\$-(?:F800|x-sysdate)[^\]]*\]", re.IGNORECASE)
_TOKEN = re.compile(
    r"""
    "(?P<quoted>[^"]*)"? | \\(?P<escaped>.) | (?P<skip>_.|\*.) | \[(?P<bracket>[^\]]*)\]
    | (?P<half>AM/PM|A/P|오전/오후) | (?P<general>General|G/표준)
    | (?P<exponent>E[+-]0+) | (?P<date>y+|m+|d+|h+|s+|a{3,4}|e+) | (?P<digits>[0\#?.,]+) | (?P<percent>%)
    | (?P<text>@) | (?P<plain>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"\A(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)\Z")
_ELAPSED = re.compile(r"\A(?:h+|m+|s+)\Z", re.IGNORECASE)
_PIECES = re.compile(r'"[^"]*"?|\\.|\[[^\]]*\]|;|.', re.DOTALL)
_WEEKDAYS = "월화수목금토일"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LAST_SERIAL = 2_958_466  # 10000-01-01
_LEAP_BUG = 60  # 29 February 1900, which never was; serials below it are one day off
_MAX_EXPONENT = 40
_MAX_FORMAT = 255  # characters, the file format's own limit


class _Token(NamedTuple):
    kind: str
    text: str


class _Section(NamedTuple):
    tokens: tuple[_Token, ...]
    condition: tuple[str, Decimal] | None
    is_date: bool


def is_date(code: str) -> bool:
    """Whether values with this format are days or times."""
    return any(section.is_date for section in _parse(code))


def render(raw: str, code: str, *, epoch_1904: bool = False) -> str:
    """Return a stored number in its format; what cannot be shown (a day before 1900) comes back as it is stored.

    Args:
        raw: the number as the file has it.
        code: the format, ``General`` where there is none.
        epoch_1904: days are counted from 1904, as on old Macintosh computers.
    """
    value = None if code == GENERAL and _is_whole(raw) else _stored(raw)
    if value is None:
        return raw
    if code == GENERAL:
        return _general(value)
    section, value = _choose(_parse(code[:_MAX_FORMAT]), value)
    if section is None or any(token.kind in {"general", "text"} for token in section.tokens):
        return _with_general(section, value)
    if section.is_date:
        moment = _moment(value, epoch_1904=epoch_1904)
        return raw if moment is None else _date(section.tokens, moment, value)
    return _number(section.tokens, value)


def _is_whole(raw: str) -> bool:
    return len(raw) < 16 and raw.lstrip("-").isdecimal()  # noqa: PLR2004 - of so many digits all are exact


def _stored(raw: str) -> Decimal | None:
    """The number, to the 15 digits that a spreadsheet keeps; the rest is binary noise (0.30000000000000004)."""
    try:
        value = Decimal(f"{float(raw):.15g}")
    except (ValueError, InvalidOperation):
        return None
    return value if value.is_finite() else None


@lru_cache(maxsize=1024)
def _parse(code: str) -> tuple[_Section, ...]:
    if _SYSTEM_DATE.search(code):
        code = ISO_DATE
    parts = [""]
    for piece in _PIECES.findall(code or GENERAL):
        if piece == ";":
            parts.append("")
        else:
            parts[-1] += piece
    return tuple(_section(part) for part in parts[:4])


def _section(code: str) -> _Section:
    tokens: list[_Token] = []
    condition = None
    is_day = False
    for match in _TOKEN.finditer(code):
        kind, text = match.lastgroup or "plain", match.group(match.lastgroup or 0)
        if kind in {"quoted", "escaped", "plain"}:
            tokens.append(_Token("literal", text))
        elif kind == "bracket":
            if found := _CONDITION.match(text):
                condition = (found.group(1), Decimal(found.group(2)))
            elif text.startswith("$"):
                symbol, _, locale = text[1:].partition("-")
                tokens.append(_Token("literal", symbol))
                tokens.append(_Token("locale", locale.lower()))
            elif _ELAPSED.match(text):
                tokens.append(_Token("elapsed", text.lower()))
                is_day = True
        elif kind == "skip":
            tokens.append(_Token("literal", " " if text.startswith("_") else ""))
        else:
            is_day = is_day or kind in {"date", "half"}
            tokens.append(_Token(kind, text.lower() if kind == "date" else text))
    return _Section(tuple(tokens), condition, is_day)


def _choose(sections: tuple[_Section, ...], value: Decimal) -> tuple[_Section | None, Decimal]:
    """The part of the format for this value; a part of its own for negative numbers shows the sign itself."""
    conditions = [section for section in sections if section.condition]
    if conditions:
        for section in conditions:
            operator, limit = section.condition or ("", Decimal(0))
            if _holds(value, operator, limit):
                return section, value
        rest = [section for section in sections if not section.condition]
        return (rest[0] if rest else None), value
    if value < 0 and len(sections) > 1:
        return sections[1], -value
    if value == 0 and len(sections) > 2:  # noqa: PLR2004 - positive; negative; zero; text
        return sections[2], value
    return sections[0], value


def _holds(value: Decimal, operator: str, limit: Decimal) -> bool:
    return {
        "<": value < limit,
        "<=": value <= limit,
        ">": value > limit,
        ">=": value >= limit,
        "=": value == limit,
        "<>": value != limit,
    }[operator]


def _with_general(section: _Section | None, value: Decimal) -> str:
    words = [token for token in section.tokens if token.kind in {"literal", "general", "text"}] if section else []
    if not words:
        return _general(value)
    return "".join(token.text if token.kind == "literal" else _general(value) for token in words).strip()


def _general(value: Decimal) -> str:
    """As a cell without a format shows it: eleven digits, no trailing zeros."""
    if value == value.to_integral_value() and abs(value.adjusted()) <= _MAX_EXPONENT:
        return str(int(value))
    text = f"{value:.11g}"
    if "e" not in text.lower():
        return text.rstrip("0").rstrip(".") if "." in text else text
    return format(Decimal(text), "f") if value.adjusted() > -_MAX_EXPONENT else text


def _number(tokens: tuple[_Token, ...], value: Decimal) -> str:
    pattern = "".join(token.text for token in tokens if token.kind == "digits")
    if not pattern:  # words only: "해당 없음"
        return "".join(token.text for token in tokens if token.kind in {"literal", "percent"}).strip()
    for token in tokens:
        if token.kind == "exponent":
            places = len(pattern.partition(".")[2])
            return f"{value:.{places}E}"
    if "?" in pattern and any(token == ("literal", "/") for token in tokens):
        return _general(value)  # fractions (1 3/4) are read as decimals
    whole, _, fraction = pattern.partition(".")
    scale = len(pattern) - len(pattern.rstrip(","))
    value = value * Decimal(100) ** sum(token.kind == "percent" for token in tokens) / Decimal(1000) ** scale
    places, least = len(re.sub("[^0#?]", "", fraction)), fraction.count("0")
    if abs(value.adjusted()) > _MAX_EXPONENT:
        return _general(value)
    rounded = abs(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    integer, _, decimals = f"{rounded:f}".partition(".")
    while len(decimals) > least and decimals.endswith("0"):
        decimals = decimals[:-1]
    integer = integer.lstrip("0").rjust(whole.count("0"), "0")
    grouped = "," in whole.rstrip(",")
    text = _place(tokens, integer, decimals, grouped=grouped)
    return ("-" if value < 0 and rounded else "") + text.strip()


def _place(tokens: tuple[_Token, ...], integer: str, decimals: str, *, grouped: bool) -> str:
    """Put digits into the pattern from the right, so that masks (``000-0000``) and literals keep their places."""
    slots = [index for index, token in enumerate(tokens) if token.kind == "digits"]
    point = next((index for index in slots if "." in tokens[index].text), slots[-1])
    parts: dict[int, str] = {}
    rest = integer
    for index in reversed([slot for slot in slots if slot <= point]):
        width = len(re.sub("[^0#?]", "", tokens[index].text.partition(".")[0]))
        first = index == slots[0]
        take = rest if first else rest[max(len(rest) - width, 0) :]
        rest = "" if first else rest[: max(len(rest) - width, 0)]
        parts[index] = f"{int(take):,}".rjust(len(take)) if grouped and take else take
    if decimals:
        parts[point] = f"{parts[point] or '0'}.{decimals}"
    elif not integer:
        parts[point] = parts[point] or "0" * ("0" in tokens[point].text)
    shown = []
    for index, token in enumerate(tokens):
        if token.kind == "digits":
            shown.append(parts.get(index, ""))
        elif token.kind in {"literal", "percent"}:
            shown.append(token.text)
    return "".join(shown)


def _moment(value: Decimal, *, epoch_1904: bool) -> dt.datetime | None:
    if not 0 <= value < _LAST_SERIAL:
        return None
    base = dt.datetime(1904, 1, 1) if epoch_1904 else dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a table has no time zone
    if not epoch_1904 and value < _LEAP_BUG:
        base += dt.timedelta(days=1)
    return base + dt.timedelta(seconds=int((value * 86_400).to_integral_value(ROUND_HALF_UP)))


def _date(tokens: tuple[_Token, ...], moment: dt.datetime, value: Decimal) -> str:
    half = any(token.kind == "half" for token in tokens)
    korean = any(token == ("locale", "412") for token in tokens)
    times = [token.text[0] for token in tokens if token.kind in {"date", "elapsed"}]
    seconds = int((value * 86_400).to_integral_value(ROUND_HALF_UP))
    shown: list[str] = []
    position = -1
    for token in tokens:
        if token.kind == "literal":
            shown.append(token.text)
        elif token.kind == "half":
            words = ("오전", "오후") if korean or "오" in token.text else ("AM", "PM")
            shown.append(words[moment.hour >= 12])  # noqa: PLR2004 - noon
        elif token.kind == "elapsed":
            position += 1
            unit = {"h": 3600, "m": 60, "s": 1}[token.text[0]]
            shown.append(str(seconds // unit).rjust(len(token.text), "0"))
        elif token.kind == "date":
            position += 1
            near = (times[position - 1 : position] if position else []) + times[position + 1 : position + 2]
            minutes = token.text[0] == "m" and (times[position - 1 : position] == ["h"] or near[-1:] == ["s"])
            shown.append(_part(token.text, moment, half=half, minutes=minutes))
        elif token.kind == "digits":
            shown.append(token.text if set(token.text) <= set(".,") else "")  # 2026. 1. 2. has its points here
    return " ".join("".join(shown).split())


def _part(text: str, moment: dt.datetime, *, half: bool, minutes: bool) -> str:
    letter, width = text[0], len(text)
    if letter in "ye":
        return f"{moment.year % 100:02d}" if letter == "y" and width <= 2 else str(moment.year)  # noqa: PLR2004
    if letter == "m" and not minutes and width >= 3:  # noqa: PLR2004
        return _MONTHS[moment.month - 1]
    if letter == "a" or (letter == "d" and width >= 3):  # noqa: PLR2004
        return _WEEKDAYS[moment.weekday()] + ("요일" if width >= 4 else "")  # noqa: PLR2004
    number = {
        "m": moment.minute if minutes else moment.month,
        "d": moment.day,
        "h": (moment.hour % 12 or 12) if half else moment.hour,
        "s": moment.second,
    }[letter]
    return f"{number:02d}" if width > 1 else str(number)
