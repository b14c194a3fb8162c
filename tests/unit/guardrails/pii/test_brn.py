import pytest

from guardrails.pii.recognizers.brn import RECOGNIZER, brn_checksum_ok


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("사업자등록번호 120-81-47521", "120-81-47521"),
        ("120-81-47521로", "120-81-47521"),
        ("사업자번호: 1208147521", "1208147521"),
        ("사업자등록번호 120-81-47522", "120-81-47522"),
    ],
)
def test_found(values, text, value):
    assert values(RECOGNIZER, text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "120-81-47522",
        "1208147521",
        "접수번호 120-81-47521",
        "120-81-475210",
    ],
)
def test_left_alone(values, text):
    assert values(RECOGNIZER, text) == []


def test_checksum():
    assert brn_checksum_ok("1208147521")
    assert not brn_checksum_ok("1208147522")
