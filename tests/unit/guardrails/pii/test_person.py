import pytest

from guardrails.pii.recognizers.person import RECOGNIZER


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("성명: 홍길동", "홍길동"),
        ("성 명 : 김 영 희", "김 영 희"),
        ("신청인 박철수는", "박철수"),
        ("홍길동 씨가", "홍길동"),
        ("이정훈님께서", "이정훈"),
        ("김민수 주무관에게", "김민수"),
        ("담당 과장 최영호", "최영호"),
        ("남궁민수 팀장", "남궁민수"),
        ("김현 씨", "김현"),
        ("예금주 김영희", "김영희"),
        ("저는 이서연입니다", "이서연"),
        ("강동희(35세)", "강동희"),
        ("성명: NGUYEN VAN AN", "NGUYEN VAN AN"),
        ("민원인 정우성에게", "정우성"),
        ("어제 김민지가 왔다", "김민지"),
    ],
)
def test_found(values, text, value):
    assert values(RECOGNIZER, text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "도시과 과장",
        "인사과장에게",
        "주택과 주무관",
        "신청인은 서류를 제출한다",
        "위원장은 위원을 위촉한다",
        "소유자는 신고하여야 한다",
        "담당자: 총무과",
        "이용자가 정보를",
        "고객님",
        "안녕하세요 주무관님",
        "김치를 담갔다",
        "정보시스템을 변경하는 경우",
        "한국은행",
        "민원인 여러분",
        "조정위원회 위원장",
        "국무총리",
        "신고인의 성명을 적는다",
        "전기요금이",
        "○○○ 씨",
    ],
)
def test_left_alone(values, text):
    assert values(RECOGNIZER, text) == []


def test_evidence_decides_the_score(score):
    labelled, titled, bare = "성명: 홍길동", "홍길동 씨", "홍길동이 왔다"
    assert score(RECOGNIZER, labelled) > score(RECOGNIZER, titled) > score(RECOGNIZER, bare) >= 0.4
