"""PERSON: Korean names, where something speaks for one: a field label, a title, or a frequent given name.

Precision first. A name is a surname and one or two given-name syllables that no ordinary word of public law texts
begins with. Evidence decides the score: ``성명: 홍길동`` .85 · ``홍길동 씨`` .75 · ``신청인 홍길동`` .7 · surname and a
frequent given name before a particle or a stop .5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from guardrails.pii.base import Hit
from guardrails.pii.recognizers.names import (
    COMMON_GIVEN,
    DOUBLE_SURNAMES,
    FREQUENT_SURNAMES,
    GIVEN,
    NAME_ENDINGS,
    SURNAMES,
    not_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_DOUBLE = "|".join(DOUBLE_SURNAMES)
_FULL = rf"(?:(?:{_DOUBLE})[가-힣]{{1,2}}|[{SURNAMES}][{GIVEN}]{{2}})"
_SHORT = rf"[{SURNAMES}][가-힣]"
_LABELS = (
    r"성\s*명|이\s*름|성\s*함|신청인|신청자|민원인|청구인|피청구인|청원인|진정인|고소인|피고소인|"
    r"고발인|신고인|신고자|피신고인|피해자|가해자|피의자|참고인"
    r"|제보자|보호자|법정대리인|대리인|대표자|대표이사|대표|예금주|계좌주|담당자?|작성자|기안자|검토자|"
    r"결재자|수신인|수취인|받는\s?분|받는\s?사람|보내는\s?사람|발신인"
    r"|고객명?|환자명?|학생명?|배우자|세대주|소유자|임차인|임대인|매도인|매수인|양도인|양수인|상속인|"
    r"피상속인|망인|수급자|대상자|당사자|원고|피고|증인|동거인"
    r"|자녀|아들|딸|부친|모친|남편|아내|아버지|어머니|아동|지원자|응시자|합격자|문의자|연락인|운전자|"
    r"차주|본인|저는|제 이름은|임산부|당선자|입주자|세입자|집주인|면담자"
)
_TITLES = (
    r"씨|님|군(?![가-힣]|청|수)|양(?![가-힣])|선생님?|여사|옹|어르신|할머니|할아버지|주무관|사무관|"
    r"서기관|이사관|팀장|계장|과장|국장|실장|주사보?|서기보?|반장|통장|이장|동장|면장"
    r"|읍장|구청장|군수|시장|도지사|의원|위원장|위원|교수|교사|박사|변호사|판사|검사|의사|원장|소장|"
    r"대리|부장|차장|사원|대표|회장|사장|이사|간호사|기자|경위|경사|경장|순경|경감"
    r"|소방[사교장위경]|조사관|상담사|사회복지사|강사|학생|어린이|할머님|고객|후보|감독|선수|민원인|신청인|아동"
)
_TAIL = (
    r"(?:께서|에게서?|한테서?|으로부터|로부터|이라고|라고|이라는|라는|이며|이고|입니다|이었|였|이란|"
    r"이나|이랑|까지|부터|처럼|보다|[은는이가을를의와과도만께랑])"
)
_END = rf"(?=[^가-힣]|$|{_TAIL}(?:[^가-힣]|$)|입니다|입니까|이라|라고|이에요|예요|에게|께서|씨|님)"

_LABEL_COLON = re.compile(
    rf"(?:{_LABELS})(?:\([^()\n]{{0,8}}\))?\s{{0,3}}[:：=|]\s{{0,3}}(?P<v>{_FULL}|{_SHORT}|(?:{_DOUBLE})"
    rf"\s?[가-힣]{{1,2}}|[{SURNAMES}] ?[가-힣] ?[가-힣])"
    rf"(?=[^가-힣]|$|{_TAIL}(?:[^가-힣]|$)|님|씨|입니다)"
)
_LABEL_LATIN = re.compile(
    rf"(?:{_LABELS})(?:\([^()\n]{{0,8}}\))?\s{{0,3}}[:：]\s{{0,3}}(?P<v>[A-Z][A-Za-z'-]{{1,20}}(?:,? "
    rf"[A-Z][A-Za-z'-]{{0,20}}){{1,4}})"
)
_LABEL_PLAIN = re.compile(rf"(?<![가-힣])(?:{_LABELS})(?:은|는|인|이|가)?(?:\s{{1,3}}|\()(?P<v>{_FULL}){_END}")
_TITLED = re.compile(rf"(?<![가-힣])(?P<v>{_FULL}) {{0,1}}(?:{_TITLES})")
_TITLED_SHORT = re.compile(rf"(?<![가-힣])(?P<v>[{SURNAMES}][{GIVEN}]) ?(?:씨|님)(?![가-힣]{{2}}원)")
_POST_NAME = re.compile(
    rf"(?:주무관|사무관|서기관|팀장|계장|과장|국장|실장|시장|구청장|군수|의원|교수|변호사|원장|소장|"
    rf"대표|회장|위원장|부장|차장|대리|주사)\s(?P<v>{_FULL}){_END}"
)
_BARE = re.compile(rf"(?<![가-힣A-Za-z0-9])(?P<v>{_FULL}){_END}")
_BRACKETED = re.compile(
    rf"(?<![가-힣])(?P<v>{_FULL})\s?\((?:\d{{2,3}}세?|남|여|[남여], ?\d|\d{{2,4}}[.\-]|만 ?\d{{2}}세|"
    rf"주민|생년|연락처|전화|010|☎)"
)

# offices and bodies end like this: 주택과 주무관, 전산팀 팀장
_OFFICE_END = frozenset("과국실팀계부처청센장회소관")
# last syllables that are more often a particle or an ending: 유언을 하지, 구해서 이사
_PARTICLES = frozenset("은는을를이가고서해한하지로도만의에대인시여기")
_LABEL_SCORE, _LATIN_SCORE, _TITLE_SCORE, _PLAIN_SCORE, _BRACKET_SCORE, _POST_SCORE, _BARE_SCORE = (
    0.85,
    0.7,
    0.75,
    0.7,
    0.75,
    0.65,
    0.5,
)
_FULL_LENGTH = 3
_PLACE_TITLES = ("시장", "군수", "군", "구청장", "동장", "면장", "읍장", "이장")


def _is_word(name: str) -> bool:
    """Tell whether an ordinary word begins like ``name`` (given without inner spaces)."""
    three, two = not_words()
    if len(name) < _FULL_LENGTH:
        return name in two
    return name[:_FULL_LENGTH] in three


def _common(name: str) -> bool:
    """Tell whether the given name is a frequent one."""
    return name[-2:] in COMMON_GIVEN


def _namelike(name: str) -> bool:
    """Tell whether a name needs no other evidence: a frequent given name, or a surname and an ending that say so."""
    return _common(name) or (name[0] in FREQUENT_SURNAMES and name[-1] in NAME_ENDINGS)


@dataclass(frozen=True, slots=True)
class PersonRecognizer:
    """Names by label, title, bracket and frequent given name."""

    entity: str = "PERSON"

    def find(self, text: str) -> Iterator[Hit]:
        """Yield names with the score of their evidence."""
        for match in _LABEL_COLON.finditer(text):
            name = match["v"].replace(" ", "")
            if _common(name) or not (_is_word(name) or (len(name) >= _FULL_LENGTH and name[-1] in "과국팀")):
                yield Hit(*match.span("v"), _LABEL_SCORE)
        for match in _LABEL_LATIN.finditer(text):
            yield Hit(*match.span("v"), _LATIN_SCORE)
        yield from self._evident(text)
        for match in _BARE.finditer(text):
            if _namelike(match["v"]) and not _is_word(match["v"]):
                yield Hit(*match.span("v"), _BARE_SCORE)

    def _evident(self, text: str) -> Iterator[Hit]:
        """Yield names that a title, a label without a colon, a post or a bracket speaks for."""
        for regex, score in ((_LABEL_PLAIN, _PLAIN_SCORE), (_BRACKETED, _BRACKET_SCORE), (_POST_NAME, _POST_SCORE)):
            for match in regex.finditer(text):
                if _carried(match["v"]):
                    yield Hit(*match.span("v"), score)
        for match in _TITLED.finditer(text):
            if _titled(match):
                yield Hit(*match.span("v"), _TITLE_SCORE)
        for match in _TITLED_SHORT.finditer(text):
            if not _is_word(match["v"]):
                yield Hit(*match.span("v"), _PLAIN_SCORE)


def _carried(name: str) -> bool:
    """Tell whether a name holds beside weak evidence: frequent, or no word, no office, no particle at its end."""
    if _is_word(name):
        return False
    return _namelike(name) or (name[-1] not in _OFFICE_END and name[-1] not in _PARTICLES)


def _titled(match: re.Match[str]) -> bool:
    """Tell whether name and title hold: 씨 and 님 vouch for any name, 의사 and 이사 are also ordinary words."""
    name, title = match["v"], match.group()[len(match["v"]) :].strip()
    if title in {"씨", "님"}:
        return _common(name) or not _is_word(name)
    return _carried(name) and not (_is_office(match) and not _common(name))


def _is_office(match: re.Match[str]) -> bool:
    """Tell 도시과 과장 and 연산동 동장 from 홍길동 과장."""
    name, title = match["v"], match.group()[len(match["v"]) :].strip()
    return name[-1] in _OFFICE_END or (name[-1] in "시군구동면리" and title in _PLACE_TITLES)


RECOGNIZER = PersonRecognizer()
