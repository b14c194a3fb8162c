import pytest

from guardrails.pii.recognizers.email import RECOGNIZER


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("hong@korea.kr로 주세요", "hong@korea.kr"),
        ("메일:hong.gil_dong+1@mail.busan.go.kr입니다", "hong.gil_dong+1@mail.busan.go.kr"),
        ("<a@b.co>", "a@b.co"),
        ("ｈｏｎｇ＠ｋｏｒｅａ．ｋｒ", "ｈｏｎｇ＠ｋｏｒｅａ．ｋｒ"),
        ("hong(at)korea.kr", "hong(at)korea.kr"),
        ("hong 골뱅이 naver.com", "hong 골뱅이 naver.com"),
    ],
)
def test_found(values, text, value):
    assert values(RECOGNIZER, text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "@busan 계정",
        "1@2",
        "a@b",
        "골뱅이 무침 3,000원",
        "hong@korea",
    ],
)
def test_left_alone(values, text):
    assert values(RECOGNIZER, text) == []
