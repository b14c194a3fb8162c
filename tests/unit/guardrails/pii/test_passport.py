import pytest

from guardrails.pii.recognizers.passport import RECOGNIZER


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("여권번호 M12345678입니다", "M12345678"),
        ("M123A4567", "M123A4567"),
        ("여권 jb1234567", "jb1234567"),
    ],
)
def test_found(values, text, value):
    assert values(RECOGNIZER, text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "A12345678",
        "모델 M12345678",
        "XM12345678",
        "M1234567",
        "M123456789",
    ],
)
def test_left_alone(values, text):
    assert values(RECOGNIZER, text) == []
