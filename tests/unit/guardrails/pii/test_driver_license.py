import pytest

from guardrails.pii.recognizers.driver_license import RECOGNIZER


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("면허번호 11-12-123456-11로", "11-12-123456-11"),
        ("부산 12-345678-90", "부산 12-345678-90"),
        ("운전면허 211234567890", "211234567890"),
    ],
)
def test_found(values, text, value):
    assert values(RECOGNIZER, text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "211234567890",
        "27-12-123456-11",
        "11-12-123456-111",
        "송장번호 11-12-123456-11",
    ],
)
def test_left_alone(values, text):
    assert values(RECOGNIZER, text) == []
