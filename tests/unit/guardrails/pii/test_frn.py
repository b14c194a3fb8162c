import pytest

from guardrails.pii.recognizers.frn import RECOGNIZER


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("외국인등록번호 900101-5234567로", "900101-5234567"),
        ("거소신고번호: 9001016234567", "9001016234567"),
        ("050101-7234567", "050101-7234567"),
    ],
)
def test_found(values, text, value):
    assert values(RECOGNIZER, text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "900101-1234567",
        "901301-5234567",
        "900231-5234567",
        "일련번호 9001015234567",
    ],
)
def test_left_alone(values, text):
    assert values(RECOGNIZER, text) == []
