from __future__ import annotations

import pytest

from assistant.answering.citations import marks, normalise_marks, without_marks


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("14일입니다 [출처 1].", "14일입니다 [1]."),
        ("14일입니다【2】", "14일입니다[2]"),
        ("14일입니다 [1, 2]", "14일입니다 [1][2]"),
        ("14일입니다 (출처: 1)", "14일입니다 [1]"),
        ("(1) 신청서", "(1) 신청서"),
        ("없는 출처입니다 [7]", "없는 출처입니다"),
        ("2026년 [12]호", "2026년 호"),
    ],
)
def test_marks_are_written_one_way_and_unknown_ones_dropped(written: str, meant: str) -> None:
    assert normalise_marks(written, {1, 2}) == meant


def test_marks_are_read_once_in_order() -> None:
    assert marks("가 [2]. 나 [1][2].") == [2, 1]
    assert without_marks("가 [2]") == "가"
