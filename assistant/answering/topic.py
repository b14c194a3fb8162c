"""The words of a question: what it is about, what it asks of that, and what is only manner of speaking."""

from __future__ import annotations

import re
from typing import Final

_ASKED_OF_ANYTHING: Final = """
    과태료 벌금 벌칙 처벌 형량 기한 기간 처리기간 유효기간 시기 시점 날짜 언제 수수료 비용 금액 요금 절차 방법 순서
    요건 조건 기준 대상 예외 단서 서류 구비서류 제출서류 첨부서류 이유 사유 근거 조항 조문 정의 뜻 의미 담당 담당자
    기관 관할 효력 범위 자격 신청 신고 제출 접수 종류 횟수 장소 주체 의무 제재 불이익 이의신청 불복 구제 감경 감면
    면제 가산 가산금 연장 갱신 취소 변경 철회 벌점 과징금 양식 서식 시행일 적용 차이 예시 사례 권한 책임 통지 공고
    위임 위탁 결과 내용 경우 자세히 설명 요약 정리 포함 제외 인정 해당 허용 금지 진행 반영 계산 산입 합산 발생 처리
    쉬운 쉽게 간단히 간단하게 짧게 말로 표로 예시로 안에 이내 이상 이하 수위 정도
"""
# A question of such words alone leaves out what it is about.
ASPECTS: Final = frozenset(_ASKED_OF_ANYTHING.split())
_ASKING: Final = re.compile(
    r"(?:무엇|무슨|뭐라고|뭐라|뭐|뭔|뭘|몇|언제|어디|어느|누구|누가|어떻게|어떤|어떠|얼마|왜|며칠|가능|필요|있|없|되|하|알|해|주|말|좀|더|또|꼭|바로|다시|그대로|혹시|"
    r"궁금|어찌|싶|맞|괜찮|인가|인지|건가|나요|까요|예요|이에요|합니까|됩니까|한가요|할|한|돼|된|될|수|때|것|거|건|게|그|이|저)"
)
_PARTICLE: Final = re.compile(
    r"(?:에서는|에게는|으로는|까지는|부터는|이라면|에서|에게|에는|에도|으로|라면|이면|까지|부터|이나|이란|란|은요|는요|도요|은|는|이|가|을|를|의|에|도|로|와|과|만|나)$"
)
_ENDING: Final = re.compile(
    r"(?:하(?:나요|는지|려면|면|고|여|는데|지|는|기|게)|해(?:야|도|서|주세요|줘요?|줄래요?)?|할|한|함|했을|합니까|했는데|할까요|한가요|하죠|해요|되(?:나요|는지|면|는)|됩니까|될까요|되죠|인가요|입니까|이에요|예요|인지|일까요|이죠|죠)$"
)
_PREDICATE: Final = re.compile(
    r"(?:나요|까요|어요|아요|와요|워요|세요|십시오|니까|는지|은지|나|든지|[았었했됐]\w{0,2})$"
)
_KEPT_WHOLE: Final = frozenset(
    {
        "거리",
        "도로",
        "자로",
        "회의",
        "주의",
        "동의",
        "건의",
        "이의",
        "어린이",
        "나이",
        "놀이",
        "국가",
        "허가",
        "인가",
        "휴가",
        "평가",
        "증가",
        "물가",
        "원가",
        "가로",
        "임의",
    }
)
_LAW_NAME: Final = re.compile(
    r"[가-힣]{2,}(?:법률|법|조례|시행령|시행규칙)(?=$|[\s,.?!」』)]|제?\d|상|에|은|는|이|을|의|도|과|와)|관한\s?(?:법률|규정|규칙|조례)"
)
_NO_LAW: Final = re.compile(
    r"(?:방법|불법|위법|적법|합법|편법|문법|사법|입법|준법|기법|수법|용법|탈법|비법|해법|어법|화법|요법|무법|헌법상)$"
)
_WORD: Final = re.compile(r"[0-9A-Za-z가-힣\[\]_·.-]+")
_SHORTEST: Final = 2


def is_law(text: str) -> bool:
    """Whether a text names a law or an ordinance by its title (``민원처리법``, ``… 에 관한 법률``)."""
    for found in _LAW_NAME.finditer(text):
        word = text[: found.end()].rsplit(maxsplit=1)[-1]
        if word not in {"시행령", "시행규칙"} and not _NO_LAW.search(word):
            return True
    return False


def own_words(text: str) -> list[str]:
    """Return the words that say what a question is about: no aspects, no question words, no manner of speaking."""
    return [word for word in _words(text) if not is_aspect(word)]


def is_aspect(word: str) -> bool:
    """Whether a word only says what is asked of a thing (``신고기한``: 신고 and 기한 both do)."""
    if word in ASPECTS:
        return True
    return any(word[:cut] in ASPECTS and word[cut:] in ASPECTS for cut in range(2, len(word) - 1))


def only_asks(text: str) -> bool:
    """Whether a text is one noun and its particle, without a predicate: ``과태료는?``, ``여권은요?``."""
    return len(_WORD.findall(text)) <= 3  # noqa: PLR2004 - "신고 기한 은?"


def bare_noun(text: str) -> bool:
    """Whether a question names an aspect, so that the one asked before gives way."""
    return any(is_aspect(word) for word in _words(text))


def topic_of(text: str, *, replaced: bool = False) -> list[str]:
    """Return the words of a question that a follow-up takes over.

    Args:
        text: the earlier question, or what was searched for it.
        replaced: the follow-up asks another thing of the same subject: the last aspect is dropped.
    """
    words = _words(text)
    if not replaced:
        return words
    for index in range(len(words) - 1, -1, -1):
        if is_aspect(words[index]) and len(words) > 1:
            return words[:index] + words[index + 1 :]
    return words


def _words(text: str) -> list[str]:
    found = []
    for raw in _WORD.findall(text):
        word = raw.strip(".-·")
        ended = _ENDING.sub("", word)
        if ended != word:
            word = ended
        elif _PREDICATE.search(word) and word not in _KEPT_WHOLE:
            continue
        elif word not in _KEPT_WHOLE and len(word) > _SHORTEST:
            word = _PARTICLE.sub("", word)
        if len(word) >= _SHORTEST and not _asks(word):
            found.append(word)
    return found


def _asks(word: str) -> bool:
    """Whether a word is a question word or a light verb; ``수수료`` begins like one and is none."""
    asked = _ASKING.match(word)
    return asked is not None and (len(word) - asked.end() <= 1 or len(asked[0]) >= _SHORTEST) and word not in ASPECTS
