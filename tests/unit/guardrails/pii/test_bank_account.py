import pytest

from guardrails.pii.recognizers.bank_account import RECOGNIZER


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("계좌번호 110-123-456789로", "110-123-456789"),
        ("국민은행 123456-04-123456", "123456-04-123456"),
        ("농협 302-1234-5678-91 홍길동", "302-1234-5678-91"),
        ("입금: 1101234567890", "1101234567890"),
        ("카카오뱅크 3333-01-1234567", "3333-01-1234567"),
        ("부산은행(홍길동) 101-2012-3456-07", "101-2012-3456-07"),
    ],
)
def test_found(values, text, value):
    assert values(RECOGNIZER, text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "110-123-456789",
        "계좌 2026-04-06 개설",
        "입금 010-1234-5678",
        "계좌 000-000-000000",
        "은행 2023-123",
        "계좌 123-45",
    ],
)
def test_left_alone(values, text):
    assert values(RECOGNIZER, text) == []
