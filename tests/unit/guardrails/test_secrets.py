import pytest

from guardrails.secrets import SecretsGuard

GUARD = SecretsGuard()


@pytest.mark.parametrize(
    ("text", "rule", "value"),
    [
        ("api_key = abcd1234efgh5678", "secret.api_key", "abcd1234efgh5678"),
        ("인증키는 AbCd1234EfGh5678입니다", "secret.api_key", "AbCd1234EfGh5678"),
        ("키 sk-abcdefghijklmnopqrstuvwx를", "secret.api_key", "sk-abcdefghijklmnopqrstuvwx"),
        ("AKIAABCDEFGHIJKLMNOP", "secret.api_key", "AKIAABCDEFGHIJKLMNOP"),
        ("비밀번호는 Busan2026!입니다", "secret.password", "Busan2026!"),
        ("PW: qwer1234!", "secret.password", "qwer1234!"),
        ("postgres://u:pa55word@db:5432/x", "secret.connection", "pa55word"),
        ("Authorization: Bearer abcdefghijklmnop1234", "secret.token", "abcdefghijklmnop1234"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", "secret.token", "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl"),
    ],
)
def test_found_without_the_word_before(text, rule, value):
    assert (rule, value) in [(f.rule, text[f.start : f.end]) for f in GUARD.inspect(text)]


def test_private_key_block():
    text = "키\n-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----\n끝"
    (finding,) = GUARD.inspect(text)
    assert finding.rule == "secret.private_key"
    assert text[finding.start : finding.end].endswith("PRIVATE KEY-----")


@pytest.mark.parametrize(
    "text",
    [
        "비밀번호는 8자 이상이어야 합니다",
        "비밀번호: 변경하세요",
        "password: ********",
        "API 키를 발급받으세요",
        "pw: xxxx",
        "암호화 기준",
    ],
)
def test_talk_about_secrets_passes(text):
    assert GUARD.inspect(text) == []
