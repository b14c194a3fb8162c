import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.pii import PiiEngine, label_of
from guardrails.pii.engine import settle
from guardrails.types import Entity

ENGINE = PiiEngine()
MESSAGE = (
    "성명: 홍길동\n주소: 부산광역시 해운대구 센텀중앙로 79, 101동 1203호\n연락처 010-1234-5678, hong@korea.kr\n"
    "주민번호 800101-1234567이고 계좌는 신한은행 110-123-456789입니다."
)


def test_finds_everything_sorted_and_apart():
    entities = ENGINE.find(MESSAGE)
    assert [e.type for e in entities] == ["PERSON", "KR_ADDRESS", "PHONE", "EMAIL", "KR_RRN", "KR_BANK_ACCOUNT"]
    assert [MESSAGE[e.start : e.end] for e in entities] == [
        "홍길동",
        "부산광역시 해운대구 센텀중앙로 79, 101동 1203호",
        "010-1234-5678",
        "hong@korea.kr",
        "800101-1234567",
        "110-123-456789",
    ]


def test_redact_puts_labels():
    text, entities = ENGINE.redact("제 번호는 ０１０-1234-5678이고 카드 4111-1111-1111-1111로 냈어요")
    assert text == "제 번호는 [전화번호]이고 카드 [카드번호]로 냈어요"
    assert [e.type for e in entities] == ["PHONE", "CREDIT_CARD"]


@pytest.mark.parametrize(
    "text",
    [
        "제14조(질의민원의 처리기간 등) ① 행정기관의 장은 14일 이내에 처리하여야 한다.",
        "부산광역시 고시 제2020-123호, 법률 제19234호, 예산 1,234,567천원",
        "위원회는 위원장 1명을 포함한 15명 이내의 위원으로 구성한다.",
        "접수번호 20260406-1234567, 송장번호 123456789012, 사건번호 2016두45165",
        "",
    ],
)
def test_ordinary_text_of_an_office_is_left_alone(text):
    assert ENGINE.find(text) == []


def test_values_across_window_borders_are_found_once():
    for shift in range(4085, 4100, 3):
        text = "가" * shift + " 010-1234-5678 " + "나" * 300
        (entity,) = ENGINE.find(text)
        assert text[entity.start : entity.end] == "010-1234-5678"


def test_long_hostile_texts_end():
    for unit in ("1234567890", "(", "1-", "a@", "중구 ", "길2로1 "):
        ENGINE.find(unit * (40_000 // len(unit)))


def test_longest_wins_then_highest_score():
    entities = [Entity("A", 0, 5, 0.9), Entity("B", 0, 9, 0.5), Entity("C", 10, 12, 0.4), Entity("D", 10, 12, 0.8)]
    assert [e.type for e in settle(entities)] == ["B", "D"]


def test_every_type_has_a_label():
    assert all(label_of(entity) != "개인정보" for entity in ENGINE.entity_types)


@settings(max_examples=60, deadline=None)
@given(
    before=st.text(
        alphabet=st.characters(exclude_categories=["Nd", "Cs"], exclude_characters="+-.,/_~@%"), max_size=30
    ),
    after=st.text(alphabet="은는이가 을를.\n가나다", max_size=10),
)
def test_offsets_refer_to_the_text_as_given(before, after):
    value = "800101-1234567"
    text = f"{before} 주민번호 {value}{after}"
    assert value in [text[e.start : e.end] for e in ENGINE.find(text)]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_entities_inside_it(text):
    last = 0
    for entity in ENGINE.find(text):
        assert last <= entity.start < entity.end <= len(text)
        last = entity.end
