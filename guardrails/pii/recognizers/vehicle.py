"""KR_VEHICLE: vehicle plates such as 12가3456, 123가4567, 부산 12바3456 (자동차등록규칙 별표 letters)."""

from __future__ import annotations

import re

from guardrails.pii.base import NUMBER_OF_THING, Shape, ShapeRecognizer

_PLAIN = "가나다라마거너더러머버서어저고노로모보소오구누두루무우아바사자배허육해"
_WORDLIKE = "도조부수주하호국합공"  # 조 is also 兆 and 條, 호 a counter, 하 · 수 · 부 ends of words
_CITY = r"(?:서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주)"

RECOGNIZER = ShapeRecognizer(
    entity="KR_VEHICLE",
    shapes=(
        Shape(
            re.compile(rf"(?<!\d)(?<!제)(?<!\d[-.,]){_CITY} ?\d{{1,2}} ?[{_PLAIN}{_WORDLIKE}] ?\d{{4}}(?!\d)(?!,\d)"),
            0.75,
        ),
        Shape(re.compile(rf"(?<!\d)(?<!제)(?<!\d[-.,])\d{{2,3}}[{_PLAIN}]\d{{4}}(?!\d)(?!,\d)"), 0.7),
        Shape(
            re.compile(rf"(?<!\d)(?<!제)(?<!\d[-.,])\d{{2,3}} ?[{_PLAIN}{_WORDLIKE}] ?\d{{4}}(?!\d)(?!,\d)"),
            0.55,
            needs_context=True,
        ),
    ),
    context=re.compile(r"차량|차번|번호판|자동차|주차|승용|화물|오토바이|이륜|트럭|택시|버스|차\s?[:(]"),
    # court cases are numbered alike: 90누8855 판결
    veto_before=re.compile(rf"(?:선고|법원|판결|사건|대법|헌재)[^\n]{{0,20}}$|{NUMBER_OF_THING.pattern}"),
    veto_after=re.compile(r"\s?(?:판결|결정|사건)|,\s?\d\d[누구두마나도다바]|\s?(?:년|억|만|천|원|명|호|건|개)"),
    gate=re.compile(r"\d{2} ?[가-힣] ?\d{4}"),
)
