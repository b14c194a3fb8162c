import pytest

from guardrails.pii.recognizers.credit_card import RECOGNIZER, luhn_ok


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("카드 4111-1111-1111-1111로", "4111-1111-1111-1111"),
        ("4111111111111111이", "4111111111111111"),
        ("5105 1051 0510 5100", "5105 1051 0510 5100"),
        ("3782-822463-10005", "3782-822463-10005"),
        ("신용카드: 9410-1234-5678-9012", "9410-1234-5678-9012"),
    ],
)
def test_found(values, text, value):
    assert values(RECOGNIZER, text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",
        "관리번호 4111-1111-1111-1111",
        "0000-0000-0000-0000",
        "14111111111111111",
        "1234-5678-9012",
    ],
)
def test_left_alone(values, text):
    assert values(RECOGNIZER, text) == []


@pytest.mark.parametrize(
    ("digits", "ok"), [("4111111111111111", True), ("4111111111111112", False), ("79927398713", True)]
)
def test_luhn(digits, ok):
    assert luhn_ok(digits) is ok


def test_luhn_raises(score):
    assert score(RECOGNIZER, "4111-1111-1111-1111") > score(RECOGNIZER, "4111-1111-1111-1112") >= 0.4
