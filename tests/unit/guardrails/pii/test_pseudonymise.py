import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.pii import PiiEngine, Pseudonymiser
from guardrails.pii.pseudonymise import placeholders
from guardrails.types import Entity

ENGINE = PiiEngine()


def test_same_value_same_placeholder_however_written():
    p = Pseudonymiser(ENGINE)
    masked = p.hide("010-1234-5678 또는 01012345678 또는 +82-10-1234-5678, 다른 번호 010-9999-8888")
    assert masked == "[전화번호_1] 또는 [전화번호_1] 또는 [전화번호_1], 다른 번호 [전화번호_2]"
    assert p.restore(masked) == "010-1234-5678 또는 01012345678 또는 +82-10-1234-5678, 다른 번호 010-9999-8888"
    assert p.hide("어제 010 1234 5678로") == "어제 [전화번호_1]로"


def test_a_name_once_known_is_hidden_everywhere_and_later():
    p = Pseudonymiser(ENGINE)
    assert p.hide("성명: 황보관우. 그런데 황보관우에 관하여") == "성명: [이름_1]. 그런데 [이름_1]에 관하여"
    assert p.hide("황보관우의 서류") == "[이름_1]의 서류"


@pytest.mark.parametrize(
    "damaged",
    [
        "[전화번호_1]",
        "[ 전화번호 _1 ]",
        "［전화번호＿１］",
        "[전화번호 1]",
        "\\[전화번호\\_1\\]",
        "【전화번호_1】",
        "[**전화번호_1**]",
        "[전화 번호_1]",
        "[전화번호_01]",
        "전화번호_1",
    ],
)
def test_damaged_placeholders_are_restored(damaged):
    p = Pseudonymiser(ENGINE)
    p.hide("010-1234-5678")
    assert p.restore(f"연락처는 {damaged}입니다.") == "연락처는 010-1234-5678입니다."


def test_invented_placeholders_are_reported_and_left():
    p = Pseudonymiser(ENGINE)
    p.hide("010-1234-5678")
    restored = p.restore_reporting("[전화번호_7]과 [이름_1], [전화번호_1]")
    assert restored.text == "[전화번호_7]과 [이름_1], 010-1234-5678"
    assert restored.unknown == ("[전화번호_7]", "[이름_1]")
    assert list(placeholders("［전화번호 ７］")) == ["[전화번호_7]"]


def test_text_that_looks_like_a_placeholder_is_nobodys_value():
    p = Pseudonymiser(ENGINE)
    p.hide("제 번호는 010-1234-5678")
    text = "[전화번호_1]이 뭔가요? ［전화번호＿１］, 전화번호_1"
    masked = p.hide(text)
    assert "전화번호" not in masked
    assert p.restore(masked) == text


def test_state_goes_through_json_and_carries_on():
    first = Pseudonymiser(ENGINE)
    first.hide("홍길동 씨 010-1234-5678")
    state = json.loads(json.dumps(first.state))
    second = Pseudonymiser(ENGINE, state)
    assert second.hide("010 1234 5678, 010-9999-8888") == "[전화번호_1], [전화번호_2]"
    assert second.restore("[이름_1]") == "홍길동"


@pytest.mark.parametrize("state", [{}, {"version": 9}, {"version": 1, "values": {"[이름_1]": "x"}, "types": {}}])
def test_a_damaged_state_is_refused(state):
    with pytest.raises(ValueError, match="state"):
        Pseudonymiser(ENGINE, state)


PIECES = st.sampled_from(
    [
        "010-1234-5678",
        "01012345678",
        "홍길동 씨",
        "성명: 김영희",
        "800101-1234567",
        "hong@korea.kr",
        "Hong@Korea.kr",
        "[전화번호_1]",
        "[이름_1",
        "전화번호_2",
        "\\[이름\\_1\\]",
        "[",
        "_1]",
        "부산 연제구 연산동 12-3번지",
        "처리기한은 14일",
        " ",
        "\n",
        "의",
    ]
)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=12), st.lists(PIECES, max_size=5))
def test_restore_undoes_hide_and_nothing_shows(parts, earlier):
    p = Pseudonymiser(ENGINE)
    p.hide(" ".join(earlier))
    text = " ".join(parts)
    masked = p.hide(text)
    assert p.restore(masked) == text
    for entity in ENGINE.find(text):
        value = text[entity.start : entity.end]
        assert len(value) < 3 or value not in masked


def test_a_value_that_overlaps_a_look_alike_is_hidden_on_both_sides():
    text = "부산 [이름_1] 연산동"
    p = Pseudonymiser(ENGINE)
    masked = p.hide(text, [Entity("KR_ADDRESS", 0, len(text), 0.9)])
    assert masked == "[주소_1][원문표기_1][주소_2]"
    assert p.restore(masked) == text
