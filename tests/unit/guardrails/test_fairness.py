import pytest

from guardrails.fairness import DEMEANING, PARTISAN, SWEEPING, FairnessGuard

GUARD = FairnessGuard()


def flagged(text):
    return [(f.rule, text[f.start : f.end]) for f in GUARD.inspect(text) if f.score >= 0.5]


@pytest.mark.parametrize(
    ("text", "rule", "span"),
    [
        ("맘충 때문에 못 살겠다", DEMEANING, "맘충"),
        ("그 병신 같은 놈", DEMEANING, "병신"),
        ("외국인 노동자들은 게으르다", SWEEPING, "외국인 노동자들은 게으르"),
        ("여자는 감정적이라 곤란하다", SWEEPING, "여자는 감정적이"),
        ("노인은 모두 판단력이 떨어진다", SWEEPING, "노인은 모두 판단력이 떨어"),
        ("가나당 후보를 지지해야 합니다", PARTISAN, "후보를 지지해야"),
    ],
)
def test_demeaning_and_sweeping_wording_is_flagged(text, rule, span):
    found = flagged(text)
    assert rule in [r for r, _ in found]
    assert any(span in s for _, s in found)


@pytest.mark.parametrize(
    "text",
    [
        "장애인을 비하하는 표현은 금지됩니다",
        "노인들은 판단력이 떨어진다는 편견을 버려야 합니다",
        "청년은 만 19세 이상 34세 이하인 사람을 말한다",
        "외국인이 추방된 경우에는 재입국이 제한됩니다",
        "여성의 사회참여를 확대한다",
        "장애인등록증을 발급받은 사람",
        "정당은 후보자를 추천할 수 있다",
        "",
    ],
)
def test_ordinary_and_refusing_text_passes(text):
    assert flagged(text) == []
