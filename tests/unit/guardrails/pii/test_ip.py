import pytest

from guardrails.pii.recognizers.ip import RECOGNIZER


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("192.168.0.1에서", "192.168.0.1"),
        ("접속 IP 1.2.3.4", "1.2.3.4"),
        ("2001:db8::ff00:42:8329입니다", "2001:db8::ff00:42:8329"),
        ("10.0.0.255,", "10.0.0.255"),
    ],
)
def test_found(values, text, value):
    assert values(RECOGNIZER, text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "1.2.3.4",
        "256.1.1.10",
        "버전 10.12.3.4",
        "10.0.0.1.5",
        "12:30:45",
        "2026.04.06",
    ],
)
def test_left_alone(values, text):
    assert values(RECOGNIZER, text) == []
