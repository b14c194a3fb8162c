"""Duties, bans and deadlines of a text by rules: who must do what until when. The sentences are shown verbatim.

Rules follow the wording of Korean statutes (법제처, 법령 입안·심사 기준): a duty ends in "하여야 한다", a ban in
"하여서는 아니 된다" or "할 수 없다", a deadline is a length of time with 이내·까지·전 or a word like 지체 없이.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assistant.answering.sentences import sentences
from assistant.answering.tasks.points import Point

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.answering.turn import Source

WITH_DEADLINE: Final = "기한이 있는 의무"
OTHER: Final = "그 밖의 의무"
BANS: Final = "금지"
GROUPS: Final = (WITH_DEADLINE, OTHER, BANS)

_BAN: Final = re.compile(
    r"(?:여서는|해서는|아서는|어서는|서는)\s?(?:아니|안)\s?(?:된다|되며|됩니다)|못한다|못합니다|금지(?:한다|된다|합니다|됩니다)"
    r"|(?:할|될|받을|갈|줄) 수 없(?:다|습니다|으며)|하지 (?:못한다|아니한다|않아야)"
)
_DUTY: Final = re.compile(
    r"[가-힣]야\s?(?:만\s?)?(?:한다|합니다|하며|하고|함|할 것|된다|됩니다)"
    r"|의무(?:가 있다|를 진다|를 집니다)|(?:할|받을|둘|낼) 것[.)]?$|하십시오|(?:해 주|하)시기 바랍니다"
)
_LENGTH: Final = r"(?:\d+|[일이삼사오육칠팔구십]+|한|두|세|네)\s?(?:시간|근무일|영업일|일|주일?|개월|달|월|분기|년)"
_DEADLINE: Final = re.compile(
    r"(?:(?:[가-힣ㆍ]{1,14}[을를이가]\s)?(?:[가-힣]{1,8}\s)?(?:다음 )?(?:날|때)부터\s)?"
    rf"{_LENGTH}\s?(?:이내|내에?|안에|전까지|까지|전에?|마다)"
    r"|(?:매년|매월|매주|매 분기|해마다)(?:\s?(?:\d+회|(?:\d+월\s?)?\d+일까지|한 번))?|연\s?\d+회"
    r"|\d+월\s?\d+일까지|다음 (?:달|해|연도)\s?\d+일까지"
    r"|(?:지체\s?없이|즉시|바로|미리|사전에)|(?:다음 날|당일|말일)까지"
)
_ACTOR: Final = (
    "자|장|인|관|원|청|처|부|기관|단체|회사|사업자|위원회|법인|국가|주민|사람|부서|팀|과|시|군|구|도|교|처장"
)
_WHO: Final = re.compile(
    rf"([^.]{{1,90}}?(?:{_ACTOR}))(?:은|는)\s|([^,.]{{1,40}}?(?:{_ACTOR}))(?:이|가)\s(?!아닌|아니)"
)
_NOBODY: Final = re.compile(r"(누구든지)\s")
_LED_IN: Final = re.compile(
    r"^(?:[①-⑳]\s*|\d+\.\s*|[가-하]\.\s*)?(?:(?:다만|이 경우|그러나|또한)[, ]\s*)?"
    r"(?:제\d+[조항호](?:의\d+)?(?:\s?(?:또는|및|부터|,)\s?제\d+[항호])*(?:까지)?(?:에 따라|에 따른|의)\s)?"
)
_BRACKETS: Final = re.compile(r"\s?\([^()]*\)")
_SUPPLEMENT: Final = re.compile(r"부\s?칙")
_ORDER: Final = {name: place for place, name in enumerate(GROUPS)}


def duties(sources: Sequence[Source]) -> list[Point]:
    """Return duties with a deadline, then other duties, then bans, each group in reading order."""
    points: list[Point] = []
    seen: set[str] = set()
    for source in sources:
        if _SUPPLEMENT.match(next(iter(source.locator["heading"]), "")):
            continue  # transitional rules, and amendments of other laws
        for sentence in sentences(source.text):
            group = group_of(sentence.text)
            plain = "".join(sentence.text.split())
            if group is None or plain in seen:
                continue
            seen.add(plain)
            points.append(
                Point(sentence.text, ((source, sentence.start, sentence.end),), group, _lead(sentence.text, group))
            )
    return sorted(points, key=lambda point: _ORDER[point.group])


def group_of(text: str) -> str | None:
    """Return what a sentence lays down, ``None`` when it lays nothing down."""
    if _BAN.search(text):
        return BANS
    if not _DUTY.search(text):
        return None
    return WITH_DEADLINE if deadline_of(text) else OTHER


def who_of(text: str) -> str:
    """Return who must act, as the sentence names them; empty where it does not."""
    plain = _BRACKETS.sub("", _LED_IN.sub("", text))
    found = _NOBODY.match(plain) or _WHO.match(plain)
    return next((one.strip() for one in found.groups() if one), "") if found else ""


def deadline_of(text: str) -> str:
    """Return the deadline a sentence names, in its words; empty where it names none."""
    found = max((match[0].strip() for match in _DEADLINE.finditer(text)), key=len, default="")
    return " ".join(found.split())


def _lead(text: str, group: str) -> str:
    who, until = who_of(text), deadline_of(text) if group == WITH_DEADLINE else ""
    return " · ".join(part for part in (who, f"기한: {until}" if until else "") if part) + (":" if who or until else "")
