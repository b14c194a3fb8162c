import pytest

from guardrails.policy import PolicyError, load
from guardrails.types import Action, Stage

RULE = """
  - id: x.y
    value: security
    actions: {input: block}
    severity: high
    threshold: 0.5
    reason: 이유
    remedy: 방법
    source: 법
"""


def write(tmp_path, body, head='version: "1"\nrules:'):
    path = tmp_path / "policy.yaml"
    path.write_text(head + body, "utf-8")
    return path


def test_default_policy_is_whole():
    policy = load()
    assert policy.hash.startswith("sha256:")
    assert policy.hash == load().hash
    assert policy.rule("pii.kr_rrn").action_at(Stage.INPUT) is Action.REDACT
    assert policy.rule("injection.override").action_at(Stage.INPUT) is Action.BLOCK
    assert policy.rule("grounding.figure").action_at(Stage.INPUT) is None
    assert {rule.value for rule in policy.rules.values()} == {"security", "fairness", "reliability"}
    assert policy.disabled() == ()


def test_unknown_rule_is_an_error():
    with pytest.raises(PolicyError, match=r"no rule pii\.none"):
        load().rule("pii.none")


def test_own_policy_and_switch(tmp_path):
    policy = load(write(tmp_path, RULE + "    enabled: false\n    disabled_reason: 오탐이 많아 점검 중\n"))
    assert policy.rule("x.y").action_at(Stage.INPUT) is None
    assert [rule.disabled_reason for rule in policy.disabled()] == ["오탐이 많아 점검 중"]
    assert policy.hash != load(write(tmp_path, RULE)).hash


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (RULE.replace("security", "beauty"), "value must be one of"),
        (RULE.replace("block", "explode"), "action must be one of"),
        (RULE.replace("input", "dream"), "stage must be one of"),
        (RULE.replace("0.5", "1.5"), "threshold"),
        (RULE.replace("0.5", "true"), "threshold"),
        (RULE.replace("high", "huge"), "severity must be one of"),
        (RULE.replace("    reason: 이유\n", ""), "lacks reason"),
        (RULE.replace("이유", '""'), "reason must be a text"),
        (RULE + "    enabled: false\n", "needs a disabled_reason"),
        (RULE + "    enabled: maybe\n", "enabled must be"),
        (RULE + "    colour: red\n", "unknown fields colour"),
        (RULE + RULE, "stands twice"),
        ("\n  - just text\n", "must be a mapping"),
        (" []", "needs a list of rules"),
        (" [", "is not YAML"),
    ],
)
def test_mistakes_are_named(tmp_path, body, message):
    with pytest.raises(PolicyError, match=message):
        load(write(tmp_path, body))


def test_missing_file_and_version(tmp_path):
    with pytest.raises(PolicyError, match="cannot be read"):
        load(tmp_path / "none.yaml")
    with pytest.raises(PolicyError, match="version"):
        load(write(tmp_path, RULE, head="rules:"))
