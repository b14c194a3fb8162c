"""Word lists for Korean personal names: surnames, given-name syllables, frequent given names, ordinary words.

The surnames are those of the 2015 census with more than a few thousand bearers; syllables and given names are general
knowledge. ``not_words`` are words counted in public law texts: what a statute says is not somebody's name.
"""

from __future__ import annotations

import functools
from importlib import resources

SURNAMES = (
    "김이박최정강조윤장임한오서신권황안송류유홍전고문양손배백허남심노하곽성차주우구민진나지엄채원천방공현"
    "함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용"
)
DOUBLE_SURNAMES = ("남궁", "황보", "제갈", "사공", "선우", "서문", "독고", "동방")
GIVEN = (
    "가강건겸경고관광교구국권규균근금기길나남노다단달대덕도동두라란래려련령례로록루리린림만명모목무문미민"
    "방배백범별병보복봄봉빈빛사상새서석선설섭성세소솔송수숙순술슬승시식신아안애양언엄여연열영예오옥온완용"
    "우욱운웅원월위유윤율은을음이익인일임자장재점정제조종주준중지진찬창채천철초춘충치태택평표필하한해향헌"
    "혁현형혜호홍화환회효후훈휘흠흥희"
)

# last syllables that end names and hardly ever another word (one false alarm beside 160 names in 4,000 news lines)
NAME_ENDINGS = frozenset("석철훈숙옥순준혁환섭욱웅택범빈희현영진호균식윤재수연")
FREQUENT_SURNAMES = frozenset("김이박최정강조윤장임한오서신권황안송류홍전고문양손배백허남심노하")

COMMON_GIVEN_TEXT = (
    "민수 영수 철수 영희 순희 길동 지훈 민준 서준 도윤 예준 시우 하준 주원 지호 지후 준서 준우 "
    "현우 도현 지환 건우 우진 선우 서진 민재 현준 연우 유준 정우 승우 승현 시윤 준혁 은우 지우 "
    "민성 준영 재윤 진우 민호 성민 성현 성호 성진 성훈 재현 재훈 재호 재민 재영 영호 영철 영진 "
    "영민 영훈 영식 영길 영태 동현 동훈 동욱 동민 동건 동수 동희 상현 상훈 상우 상민 상철 상호 "
    "상진 태현 태훈 태영 태호 태우 태희 태민 종현 종훈 종호 종수 종민 종석 종철 병철 병호 병훈 "
    "병수 광수 광호 광현 광석 정훈 정호 정현 정민 정수 정식 정환 정희 정숙 정자 정순 정아 정은 "
    "정화 정미 경수 경호 경민 경훈 경희 경숙 경자 경아 경미 경화 기현 기훈 기호 기영 기철 창호 "
    "창민 창수 창현 용수 용호 용현 용준 현수 현철 현석 현민 현호 현정 현주 현아 현숙 현지 현진 "
    "현미 진호 진수 진영 진석 진희 진아 진주 진숙 준호 준수 준석 준희 준형 승호 승민 승훈 승희 "
    "승철 세훈 세현 세진 세영 민정 민지 민아 민서 민경 민영 민희 민주 서연 서윤 서현 서영 서아 "
    "서우 지우 지윤 지유 지민 지아 지현 지영 지은 지연 지혜 지수 지선 지숙 지원 하은 하윤 하린 "
    "하율 수아 수빈 수연 수진 수현 수정 수민 수경 수영 소율 소윤 소연 소영 소희 소정 채원 채은 "
    "채윤 예은 예린 예원 예진 예나 예지 윤서 윤아 윤지 윤정 윤희 윤경 유진 유나 유정 유미 유리 "
    "다은 다인 다연 다현 다영 다혜 가은 가영 가윤 나연 나은 나영 은지 은정 은주 은영 은경 은희 "
    "은서 은비 은미 은숙 은혜 은아 혜진 혜원 혜정 혜경 혜영 혜숙 혜린 혜인 혜선 선영 선희 선미 "
    "선아 선경 선주 선화 선옥 선자 미정 미영 미경 미숙 미선 미희 미란 미자 미연 미라 영미 영숙 "
    "영자 영순 영희 영주 영은 영란 영선 영애 순자 순옥 순영 순덕 명자 명숙 명희 명수 명호 명철 "
    "춘자 춘희 옥순 옥희 옥자 말순 말자 복순 금순 금자 정남 정림 연희 연주 연수 연정 아름 아영 "
    "보라 보영 보람 하나 한나 한결 한별 슬기 지성 찬호 찬우 찬영 인호 인수 인영 인숙 인철 희정 "
    "희진 희수 희영 희경 희선 덕수 덕호 만수 만호 대호 대현 대희 대영 대성 두환 두현 무현 근혜 "
    "명박 재명 석열 재인 도영 도훈 도희 도연 도경 시현 시은 시아 규민 규현 규호 규리 홍석 홍철 "
    "원석 원희 원호 원준 우성 우석 우현 윤호 윤수 윤석 윤식 윤재 한수 한솔 한울 해진 해원 효진 "
    "효주 효정 효민 효리 형준 형석 형우 형식 형민 휘성 흥민 흥수 희철 익현 주영 주희 주현 주형 "
    "주연 주은 주호 주환 강민 강현 강호 건호 건희 순신 봉주 봉수 봉길 석호 석준 석진 세종"
)
COMMON_GIVEN = frozenset(COMMON_GIVEN_TEXT.split())


@functools.cache
def not_words() -> tuple[frozenset[str], frozenset[str]]:
    """Return ordinary three-syllable beginnings and two-syllable words that look like names (read once)."""
    raw = resources.files("guardrails.pii.recognizers").joinpath("not_names.txt").read_text("utf-8")
    body = "\n".join(line for line in raw.splitlines() if not line.startswith("#"))
    three, _, two = body.partition("%%")
    return frozenset(three.split()), frozenset(two.split())
