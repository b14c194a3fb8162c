import pytest

from guardrails.pii.recognizers.vehicle import RECOGNIZER


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12가3456 차량", "12가3456"),
        ("차량번호 123가 4567", "123가 4567"),
        ("부산 12바 3456", "부산 12바 3456"),
        ("서울31자1234가", "서울31자1234"),
        ("자동차 12허3456", "12허3456"),
    ],
)
def test_found(values, text, value):
    assert values(RECOGNIZER, text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "제12조2024",
        "12조3456억",
        "30호2024",
        "12가3456원",
        "예산 12조 3456억",
    ],
)
def test_left_alone(values, text):
    assert values(RECOGNIZER, text) == []
