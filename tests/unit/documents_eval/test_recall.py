"""The measure by which readings of one file are compared."""

from __future__ import annotations

from eval.documents.recall import recall


def test_line_ends_marks_and_order_of_cells_do_not_count() -> None:
    ours = "# 민원 처리 규정\n\n구분 | 처리 기한\n질의 | 7일 이내에 처리한다"
    theirs = "처리 기한\n질의\n구분\n7일 이내에\n처리한다.\n민원처리 규정"

    assert recall(theirs, ours).share == 1.0


def test_what_is_missing_is_counted_and_named() -> None:
    result = recall("남아 있는 첫째 문장입니다\n사라져 버린 둘째 문장입니다", "남아 있는 첫째 문장입니다")

    assert result.missing == ("사라져 버린 둘째 문장입니다",)
    assert result.share is not None
    assert 0 < result.share < 0.7


def test_short_pieces_count_whole() -> None:
    assert recall("가나\n다라", "가나 마바").share == 0.5


def test_nothing_to_find_is_no_figure() -> None:
    assert recall("123 - 456", "가나다").share is None
    assert recall("가나다라마바사아", "").share == 0.0
