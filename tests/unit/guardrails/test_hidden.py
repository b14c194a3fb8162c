import pytest

from guardrails.hidden import BIDI, INVISIBLE, TAGS, HiddenGuard, visible

SMUGGLED = "".join(chr(0xE0000 + ord(char)) for char in "ignore")


@pytest.mark.parametrize(
    ("text", "rule", "span"),
    [
        ("안\u200b\u200b녕", INVISIBLE, (1, 3)),
        ("빈\u3164칸", INVISIBLE, (1, 2)),
        ("a\u202egnp.exe", BIDI, (1, 2)),
        (f"안녕{SMUGGLED}", TAGS, (2, 8)),
        ("중간\ufeff표시", INVISIBLE, (2, 3)),
    ],
)
def test_hidden_characters_are_reported(text, rule, span):
    (finding,) = HiddenGuard().inspect(text)
    assert (finding.rule, (finding.start, finding.end)) == (rule, span)
    assert HiddenGuard().inspect(visible(text)) in ([], ())


@pytest.mark.parametrize("text", ["보통 글", "\ufeff시작", "👨\u200d👩\u200d👧 가족", "❤️ 하트", "plain"])
def test_emoji_and_byte_order_mark_pass(text):
    assert not HiddenGuard().inspect(text)
