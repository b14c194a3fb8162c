import pytest

from guardrails.grounding import FIGURE, SENTENCE, Evidence, GroundingGuard, check

SOURCES = [
    (
        "민원 처리에 관한 법률 시행령 제14조(질의민원의 처리기간 등) ① 행정기관의 장은 법령에 관하여 "
        "설명이나 해석을 요구하는 "
        "질의민원을 접수한 경우에는 14일 이내에 처리하여야 한다. 위반하면 1천만원 이하의 과태료를 "
        "부과한다. 2026. 4. 6. 시행"
    )
]


@pytest.mark.parametrize(
    "sentence",
    [
        "질의민원은 14일 이내에 처리해야 합니다. [1]",
        "질의민원은 십사일 이내에 처리합니다.",
        "제14조제1항에 따라 처리합니다.",
        "과태료는 10,000,000원 이하입니다.",
        "2026년 4월 6일부터 시행됩니다.",
        "근거를 찾지 못했습니다.",
        "",
    ],
)
def test_supported(sentence):
    support = check(sentence, SOURCES)
    assert support.ok
    assert support.unsupported == ()


@pytest.mark.parametrize(
    ("sentence", "span"),
    [
        ("질의민원은 7일 이내에 처리해야 합니다.", "7일"),
        ("제15조에 따라 처리합니다.", "제15조"),
        ("질의민원은 14명이 처리합니다.", "14명"),
        ("과태료는 100만원 이하입니다.", "100만원"),
        ("2026년 4월 7일부터 시행됩니다.", "2026년 4월 7일"),
        ("질의민원은 30퍼센트를 처리합니다.", "30퍼센트"),
    ],
)
def test_a_figure_that_is_not_in_the_sources_is_named(sentence, span):
    support = check(sentence, SOURCES)
    assert not support.ok
    assert [sentence[start:end] for start, end in support.unsupported] == [span]


def test_foreign_sentence_is_unsupported_as_a_whole():
    sentence = "여권 발급에는 사진과 수수료가 필요합니다."
    support = check(sentence, SOURCES)
    assert support.score < 0.3
    assert support.unsupported == ((0, len(sentence)),)
    assert not check("질의민원은 14일 이내에 처리합니다.", []).ok


def test_similarity_may_carry_other_words_but_no_figure():
    sentence = "설명을 요청하면 열나흘 안으로 답장을 보냅니다."
    assert not check(sentence, SOURCES).ok
    assert check(sentence, SOURCES, lambda _s, _t: 1.0, threshold=0.55).score > check(sentence, SOURCES).score
    assert not check("질의민원은 7일 이내에 처리합니다.", SOURCES, lambda _s, _t: 1.0).ok


def test_guard_reports_spans_in_the_whole_answer():
    answer = "질의민원은 7일 이내에 처리합니다. [1] 여권 발급에는 사진과 수수료가 필요합니다."
    findings = GroundingGuard(Evidence(SOURCES)).inspect(answer)
    assert [(f.rule, answer[f.start : f.end]) for f in findings] == [
        (FIGURE, "7일"),
        (SENTENCE, "여권 발급에는 사진과 수수료가 필요합니다."),
    ]
