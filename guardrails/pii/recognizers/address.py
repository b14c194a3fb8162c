"""KR_ADDRESS: road-name and lot addresses down to 동·호 (도로명주소법, 지번주소).

The district names are a closed list, since ``연구 결과로 3건`` has the shape of a road address. Without a district a
road or lot needs a word for address before it, or a unit (101동 1203호) after it. A bare city or district is no
personal datum and is left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from guardrails.pii.base import CONTEXT_CHARS, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIDO = (
    r"(?:서울(?:특별시|시)?|(?:부산|대구|인천|광주|대전|울산)(?:광역시|시)?|세종(?:특별자치시|시)?|"
    r"경기도?|강원(?:특별자치도|도)?|충청[남북]도|충[남북]"
    r"|전라[남북]도|전[남북]|전북특별자치도|경상[남북]도|경[남북]|제주(?:특별자치도|도)?)"
)
_GU_TEXT = (
    "종로 중 용산 성동 광진 동대문 중랑 성북 강북 도봉 노원 은평 서대문 마포 양천 강서 구로 금천 "
    "영등포 동작 관악 서초 강남 송파 강동 서 동 영도 부산진 동래 남 북 해운대 사하 금정 연제 "
    "수영 사상 수성 달서 미추홀 연수 남동 부평 계양 영종 검단 제물포 서해 광산 유성 대덕 장안 "
    "권선 팔달 영통 수정 중원 분당 만안 동안 상록 단원 덕양 일산동 일산서 처인 기흥 수지 상당 "
    "서원 흥덕 청원 동남 서북 완산 덕진 의창 성산 마산합포 마산회원 진해 원미 소사 오정 만세 효행 "
    "병점 동탄"
)
_GU = _GU_TEXT.split()
_SI_TEXT = (
    "수원 성남 의정부 안양 부천 광명 평택 동두천 안산 고양 과천 구리 남양주 오산 시흥 군포 의왕 "
    "하남 용인 파주 이천 안성 김포 화성 광주 양주 포천 여주 춘천 원주 강릉 동해 태백 속초 삼척 "
    "청주 충주 제천 천안 공주 보령 아산 서산 논산 계룡 당진 전주 군산 익산 정읍 남원 김제 목포 "
    "여수 순천 나주 광양 포항 경주 김천 안동 구미 영주 영천 상주 문경 경산 창원 진주 통영 사천 "
    "김해 밀양 거제 양산 제주 서귀포"
)
_SI = _SI_TEXT.split()
_GUN_TEXT = (
    "연천 가평 양평 홍천 횡성 영월 평창 정선 철원 화천 양구 인제 고성 양양 보은 옥천 영동 증평 "
    "진천 괴산 음성 단양 금산 부여 서천 청양 홍성 예산 태안 완주 진안 무주 장수 임실 순창 고창 "
    "부안 담양 곡성 구례 고흥 보성 화순 장흥 강진 해남 영암 무안 함평 영광 장성 완도 진도 신안 "
    "의성 청송 영양 영덕 청도 고령 성주 칠곡 예천 봉화 울진 울릉 의령 함안 창녕 남해 하동 산청 "
    "함양 거창 합천 기장 달성 군위 강화 옹진 울주"
)
_GUN = _GUN_TEXT.split()


def _either(names: list[str], ending: str) -> str:
    """Return an alternation of names, longest first, and the ending."""
    return "(?:" + "|".join(sorted(names, key=len, reverse=True)) + ")" + ending


_DISTRICT = rf"(?:(?:{_either(_SI, '시')}(?: ?{_either(_GU, '구')})?|{_either(_GU, '구')}|{_either(_GUN, '군')}))"
_TOWN = r"(?:[가-힣]{1,5}\d?[읍면])"
_ROAD = (
    r"(?:[가-힣A-Za-z0-9·]{1,12}?(?:대로|(?<!으)로|(?<!거리)길)(?: ?\d{1,4}(?:번?[가-힣]?길|로))"
    r"?(?:(?<=길) ?\d{1,3}번?길)?)"
)
_NO_COUNT = (
    r"(?!\d)(?! ?(?:조|항|년|월|일|명|원|건|%|퍼센트|회|개|시간|시|분|초|차|km|㎞|m|㎡|배|점|위(?![치에])|세|주|"
    r"만|억|천|인(?![데가지])|가지|번째|호선|제곱미터|평|류|가(?= ?(?:\d|제|구역))|단지)(?![가-힣]?구))"
)
_UNIT = (
    r"(?:(?:, ?| )?(?:[가-힣A-Za-z0-9·]{1,16} ?(?:아파트|빌라|맨션|오피스텔|타운|빌딩|주택|연립|"
    r"[Aa][Pp][Tt]|타워|하이츠|캐슬|자이|푸르지오|래미안|힐스테이트|더샵|e편한세상|센텀|빌))"
    r"(?![가-힣]{3}))?(?:(?:, ?| )?(?:제)?(?:\d{1,4}|[가-하A-Z])동(?![가-힣]))?(?:(?:, ?| )?(?:지하 ?|"
    r"[Bb])?\d{1,3}층(?![가-힣]{3}))?"
    r"(?:(?:, ?| )?(?:제)?[Bb]?\d{1,5}호(?:실)?)?(?: ?\([가-힣0-9]{1,10}(?:동|가|리|읍|면)\d?가?"
    r"(?:, ?[^()\n]{1,25})?\))?(?:,? (?:\d{1,4}동 ?)?\d{1,5}호)?"
)
_ROAD_NUMBER = rf"(?:지하 ?)?\d{{1,5}}(?: ?- ?\d{{1,4}})?(?:번지|{_NO_COUNT})"
_LOT = (
    rf"(?:[가-힣]{{1,6}}\d{{0,2}}(?:동(?:\d가)?|리|\d가)) ?(?:산 ?)?\d{{1,4}}(?: ?- ?\d{{1,4}})?"
    rf"(?: ?번지(?: ?\d{{1,3}}호)?|{_NO_COUNT})"
)
_HEAD = rf"(?:{_SIDO},? )?{_DISTRICT}(?: {_DISTRICT})?(?: {_TOWN})?"

_ROAD_FULL = re.compile(
    rf"(?<![가-힣])(?:{_SIDO} ?)?{_DISTRICT}(?: {_TOWN})?(?: [가-힣]{{1,6}}(?:동|가|리))? {_ROAD} "
    rf"?{_ROAD_NUMBER}{_UNIT}"
)
_SEJONG_ROAD = re.compile(rf"(?<![가-힣]){_SIDO}(?: {_TOWN})? {_ROAD} ?{_ROAD_NUMBER}{_UNIT}")
_LOT_FULL = re.compile(rf"(?<![가-힣])(?:(?:{_SIDO} ?)?{_DISTRICT}|{_SIDO})(?: {_TOWN})? {_LOT}{_UNIT}")
_ROAD_BARE = re.compile(
    rf"(?<![가-힣])(?!(?:도|사유|이유|결과|경|통|진입|접속|자전거도|보)로)(?:{_TOWN} )?(?P<road>{_ROAD})"
    rf" ?{_ROAD_NUMBER}(?P<unit>{_UNIT})"
)
_LOT_BARE = re.compile(rf"(?<![가-힣])(?:{_TOWN} )?(?P<lot>{_LOT})(?P<unit>{_UNIT})")
_HOUSING = re.compile(
    rf"(?<![가-힣])(?:{_HEAD} )?(?:[가-힣]{{1,5}}\d?동 )?[가-힣A-Za-z0-9]{{1,14}} ?(?:아파트|빌라|맨션|"
    rf"오피스텔|연립|[Aa][Pp][Tt])(?:,? ?(?:\d{{1,4}}|[가-하A-Z])동)?,? ?\d{{1,5}}호(?:실)?"
)
_UNIT_PAIR = re.compile(r"(?<![\d가-힣제])\d{2,4}동 ?\d{2,5}호(?![가-힣]*선)")
_WORDS = re.compile(r"주\s?소|거주|소재|사는|살고|거소|배송|등록기준지|본적|사업장|자택|집은|택지|번지")
_SPECIFIC = re.compile(r"(?:대로|(?<!으)로|길) ?\d{1,4}번?[가-힣]?길|\d호|[가-힣]동[,)]|\d동")
_GATE = re.compile(r"[로길동리가호] ?(?:산 ?|지하 ?)?\d|\d호")
_FULL_SCORE, _LOT_SCORE, _BARE_SCORE, _UNIT_SCORE = 0.85, 0.8, 0.6, 0.5


@dataclass(frozen=True, slots=True)
class AddressRecognizer:
    """Addresses with a building or lot number, or a named block with a unit."""

    entity: str = "KR_ADDRESS"

    def find(self, text: str) -> Iterator[Hit]:
        """Yield addresses; overlaps are settled by length in the engine."""
        if not _GATE.search(text):
            return
        for regex, score in (
            (_ROAD_FULL, _FULL_SCORE),
            (_SEJONG_ROAD, _LOT_SCORE),
            (_LOT_FULL, _LOT_SCORE),
            (_HOUSING, _LOT_SCORE),
        ):
            for match in regex.finditer(text):
                yield _hit(match, score)
        for regex in (_ROAD_BARE, _LOT_BARE):
            for match in regex.finditer(text):
                if _speaks(text, match):
                    yield _hit(match, _BARE_SCORE)
        for match in _UNIT_PAIR.finditer(text):
            yield _hit(match, _UNIT_SCORE)


def _hit(match: re.Match[str], score: float) -> Hit:
    """Return the match without trailing spaces and commas."""
    start, end = match.span()
    return Hit(start, start + len(match.group().rstrip(" ,")), score) if end > start else Hit(start, end, score)


def _speaks(text: str, match: re.Match[str]) -> bool:
    """Tell whether a road or lot without a district is an address: a word before, or a unit or side road in it."""
    start = match.start()
    if _WORDS.search(text, max(0, start - CONTEXT_CHARS), start):
        return True
    return _SPECIFIC.search(match.group()) is not None and any(
        char.isdigit() for char in match["unit"] or match.group()
    )


RECOGNIZER = AddressRecognizer()
