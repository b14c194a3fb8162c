import pytest

from guardrails.pii.recognizers.rrn import RECOGNIZER, checksum_ok


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("주민등록번호는 800101-1234567입니다", "800101-1234567"),
        ("800101 - 2234567", "800101 - 2234567"),
        ("9001011234567이고", "9001011234567"),
        ("８００１０１－１２３４５６７", "８００１０１－１２３４５６７"),
        ("800101\xa01234567", "800101\xa01234567"),
        ("80\u200b0101-1234567을", "80\u200b0101-1234567"),
        ("주민번호 000229-4234567", "000229-4234567"),
        ("(850228.1234567)", "850228.1234567"),
    ],
)
def test_found(values, text, value):
    assert values(RECOGNIZER, text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "801301-1234567",
        "800230-1234567",
        "010229-3234567",
        "18001011234567",
        "800101-12345678",
        "송장번호 8001011234567",
        "관리번호: 800101-1234567",
        "800101-5234567",
        "제800101-1234567호",
    ],
)
def test_left_alone(values, text):
    assert values(RECOGNIZER, text) == []


def test_checksum_only_raises(score):
    assert checksum_ok("8001011234560") != checksum_ok("8001011234567")
    right = next(f"800101-123456{d}" for d in range(10) if checksum_ok(f"800101123456{d}"))
    wrong = next(f"800101-123456{d}" for d in range(10) if not checksum_ok(f"800101123456{d}"))
    assert score(RECOGNIZER, right) > score(RECOGNIZER, wrong) >= 0.4
    assert score(RECOGNIZER, f"주민번호 {wrong}") > score(RECOGNIZER, wrong)
