"""Rules in words, and the tree of departments they speak of."""

from __future__ import annotations

from assistant.accounts.access import Reader
from assistant.accounts.departments import DepartmentTree
from assistant.accounts.wording import in_words

TREE = DepartmentTree(
    [("0", "가온시", None), ("1", "기획실", "0"), ("11", "총무과", "1"), ("12", "예산과", "1"), ("111", "서무팀", "11")]
)


def test_every_kind_of_line() -> None:
    rule = [
        Reader("user", "kim"),
        Reader("role", "governance"),
        Reader("department", "1"),
        Reader("department", "11"),
        Reader("department", "12"),
        Reader("user", "lee"),
    ]
    assert in_words(rule, TREE, {"kim": "김하늘", "lee": "lee"}) == (
        "기획실과 그 아래 3개 부서",
        "총무과와 그 아래 1개 부서",
        "예산과",
        "역할 거버넌스",
        "사용자 김하늘 [kim]",
        "사용자 lee",
    )
    assert in_words(rule, TREE, None)[-1] == "사용자 2명"
    assert "사용자" not in " ".join(in_words(rule[1:5], TREE, None))


def test_everyone_and_nobody() -> None:
    assert in_words([Reader("everyone", "*"), Reader("user", "kim")], TREE, {}) == ("모든 사람",)
    assert in_words([], TREE, {}) == ("아무도 볼 수 없음",)


def test_the_tree_in_the_order_people_read_it() -> None:
    assert [(unit.code, unit.depth, unit.below) for unit in TREE.units] == [
        ("0", 0, 4),
        ("1", 1, 3),
        ("11", 2, 1),
        ("111", 3, 0),
        ("12", 2, 0),
    ]
    assert TREE.under("11") == {"11", "111"}
    assert TREE.under(None) == TREE.under("99") == frozenset()


def test_orphans_and_circles_are_not_lost() -> None:
    tree = DepartmentTree([("a", "가", "gone"), ("b", "나", "c"), ("c", "다", "b"), ("d", "라", "d")])
    assert {unit.code for unit in tree.units} == {"a", "b", "c", "d"}
    assert len(tree.units) == 4
    assert tree.under("b") == {"b", "c"}
