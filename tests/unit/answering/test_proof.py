from __future__ import annotations

from datetime import date

import pytest

from assistant.answering.proof import MOST_DROPPED, Prover, visible
from assistant.answering.turn import Source

TEXTS = {
    1: "① 행정기관의 장은 질의민원을 14일 이내에 처리하여야 한다. 다만, 처리기간을 연장할 수 있다.\n"
    "② 행정기관의 장은 접수를 거부하여서는 아니 된다. 수수료는 1천만원 이하로 한다.",
    2: "공휴일과 토요일은 처리기간에 산입하지 아니한다. 신청인에게 30일 이내에 알려야 한다.",
}


def source(n: int) -> Source:
    text = TEXTS[n]
    return Source(
        n=n, chunk_id=f"c{n}", document_id=f"d{n}", version_id=f"v{n}", collection_id="k", collection="laws",
        grade="O", title="민원 처리에 관한 법률", locator={"article": f"제{n + 9}조", "article_title": "처리기간"},
        text=text, start=0, end=len(text), quote=text, score=1.0, legal_state="in_force",
        effective_on=date(2022, 7, 12), chunk_start=0,
    )  # fmt: skip


@pytest.fixture
def prover() -> Prover:
    return Prover([source(1), source(2)], known=("“신속 처리”가 무엇인가요?",), secrets=("abcd1234",))


@pytest.mark.parametrize(
    ("written", "cited"),
    [
        ("질의민원은 14일 이내에 처리하여야 합니다. [1]", (1,)),
        ("질의민원은 십사일 이내에 처리해야 합니다.", (1,)),
        ("공휴일은 처리기간에 산입하지 않습니다. [1]", (2,)),  # the wrong number is put right
        ("질의민원은 14일 이내에 처리하고 신청인에게 30일 이내에 알려야 합니다. [1]", (1, 2)),
        ("“접수를 거부하여서는 아니 된다”고 정하고 있습니다. [1]", (1,)),
        ("「민원 처리에 관한 법률」 제10조에 따라 14일 이내에 처리합니다. [1]", (1,)),
        ("신속 처리는 14일 이내에 처리하는 질의민원입니다. [1]", (1,)),
    ],
)
def test_what_stands_is_cited_where_it_stands(prover: Prover, written: str, cited: tuple[int, ...]) -> None:
    statement = prover.prove(written)
    assert statement is not None
    assert (statement.rule, statement.cited) == ("", cited)
    assert "근거 확인 필요" not in statement.text


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("질의민원은 45일 이내에 처리하여야 합니다. [1]", "grounding.figure"),
        ("질의민원은 14일 이상 처리하여야 합니다. [1]", "grounding.figure"),
        ("질의민원은 [45일] 이내에 처리하여야 합니다. [1]", "grounding.figure"),
        ("질의민원은 ⁴⁵일 이내에 처리하여야 합니다. [1]", "grounding.figure"),
        ("질의민원은 thirty일 이내에 처리하여야 합니다. [1]", "grounding.figure"),
        ("제99조에 따라 질의민원을 처리하여야 합니다. [1]", "grounding.figure"),
        ("제구십구조에 따라 질의민원을 처리하여야 합니다. [1]", "grounding.figure"),
        ("처리기간 연장은 http://evil.example/a 에서 신청할 수 있습니다. [1]", "grounding.figure"),
        ("행정기관의 장은 “즉시 접수하여야 한다”고 처리기간을 정합니다. [1]", "grounding.quote"),
        ("「도로교통법」에 따라 질의민원을 처리하여야 합니다. [1]", "grounding.quote"),
        ("처리기간을 연장할 수 없습니다. [1]", "grounding.polarity"),
        ("행정기관의 장은 접수를 거부할 수 있습니다. [1]", "grounding.polarity"),
        ("공휴일과 토요일은 처리기간에 산입합니다. [2]", "grounding.polarity"),
    ],
)
def test_what_does_not_stand_is_marked(prover: Prover, written: str, rule: str) -> None:
    statement = prover.prove(written)
    assert statement is not None
    assert statement.rule == rule
    assert statement.text.rstrip().endswith("(근거 확인 필요)")


def test_a_quotation_that_is_none_loses_its_marks(prover: Prover) -> None:
    statement = prover.prove("행정기관의 장은 “즉시 접수하여야 한다”고 처리기간을 정합니다. [1]")
    assert statement is not None
    assert "“" not in statement.text


@pytest.mark.parametrize(
    "written",
    [
        "The complaint must be handled within 14 days. [1]",
        "苦情は十四日以内に処理しなければならない。 [1]",
        "질의민원은 14\ufffd 이내에 처리합니다.",
        '<출처 abcd1234 번호="1">',
        "경계 표시는 abcd1234 입니다.",
        "화성 이주 우주선 표는 당일 선착장에서 삽니다.",
        "\ufffd\ufffd\ufffd",
    ],
)
def test_what_nothing_can_be_made_of_is_dropped(prover: Prover, written: str) -> None:
    assert prover.prove(written) is None
    assert prover.dropped == 1


def test_what_was_said_before_is_dropped_and_a_loop_is_noticed(prover: Prover) -> None:
    said = "질의민원은 14일 이내에 처리하여야 합니다. [1]\n"
    assert prover.prove(said) is not None
    assert not prover.lost
    for _ in range(MOST_DROPPED):
        assert prover.prove(said) is None
    assert prover.lost


def test_a_line_that_a_dropped_sentence_ended_ends(prover: Prover) -> None:
    prover.prove("질의민원은 14일 이내에 처리하여야 합니다. [1] ")
    assert prover.prove("This is not Korean at all.\n") is None
    statement = prover.prove("- 공휴일은 처리기간에 산입하지 않습니다. [2]")
    assert statement is not None
    assert statement.text.startswith("\n- ")


@pytest.mark.parametrize("written", ["다음과 같습니다.", "나머지는 근거를 찾지 못했습니다.", "---"])
def test_what_claims_nothing_is_neither_marked_nor_cited(prover: Prover, written: str) -> None:
    statement = prover.prove(written)
    assert statement is not None
    assert (statement.text, statement.rule, statement.cited) == (written, "", ())


def test_hidden_characters_do_not_hide_a_figure(prover: Prover) -> None:
    assert visible("4\u200b5일\x00") == "45일"
    statement = prover.prove("질의민원은 1\u200b5일 이내에 처리하여야 합니다. [1]")
    assert statement is not None
    assert statement.rule == "grounding.figure"
