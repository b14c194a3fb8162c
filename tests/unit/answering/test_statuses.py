from __future__ import annotations

from assistant.answering.turn import STATUS_TEXT, Status
from assistant.errors import ErrorCode
from assistant.messages import ERRORS

FAMILIES = {"answered", "clarify", "unanswerable", "refused", "blocked", "error"}


def test_every_status_has_a_family_a_tag_and_where_needed_an_answer() -> None:
    for status in Status:
        assert status.family in FAMILIES
        text = STATUS_TEXT[status]
        assert text.tag
        assert text.tag_en
        assert text.answer or status.family == "answered"


def test_every_error_code_has_both_texts_and_a_status() -> None:
    for code in ErrorCode:
        message = ERRORS[code]
        assert message.ko.endswith(".")
        assert message.en.endswith(".")
        assert 400 <= message.status < 600
