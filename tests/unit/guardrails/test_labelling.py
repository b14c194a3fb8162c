import json

import pytest

from guardrails.labelling import LABEL, AiLabel, with_label


def test_label_is_shown_once():
    label = AiLabel("answer", "m", "2026-04-06T09:00:00+09:00")
    once = with_label("답변입니다.\n", label)
    assert once == f"답변입니다.\n\n{LABEL}"
    assert with_label(once, label) == once


def test_machine_mark_says_what_and_whether_reviewed():
    mark = json.loads(json.dumps(AiLabel("reviewed", "m", "2026-04-06", "answer/v1").as_dict()))
    assert mark["ai_generated"] is True
    assert mark["human_reviewed"] is True
    assert mark["digital_source_type"] == "compositeWithTrainedAlgorithmicMedia"
    assert AiLabel("draft", "m", "").as_dict()["human_reviewed"] is False


def test_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="poem"):
        _ = AiLabel("poem", "m", "").text
