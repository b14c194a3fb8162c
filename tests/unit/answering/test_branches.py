"""One line of a conversation is shown; the others stay."""

from __future__ import annotations

import pytest

from assistant.answering.branches import Node, beside, line
from assistant.errors import ErrorCode, Failure

#  a ─ b ─ c
#    └ d ─ e      d was asked instead of b
TREE = [Node("a", None, 1), Node("b", "a", 2), Node("c", "b", 3), Node("d", "a", 4), Node("e", "d", 5)]


def test_the_newest_line_is_shown_and_the_older_one_can_be() -> None:
    assert line(TREE) == ["a", "d", "e"]
    assert line(TREE, "b") == ["a", "b", "c"]
    assert line(TREE, "a") == ["a", "d", "e"]
    assert beside(TREE, "b") == beside(TREE, "d") == ["b", "d"]
    assert beside(TREE, "c") == ["c"]
    assert line([]) == []


def test_a_turn_of_another_conversation_is_none_of_it() -> None:
    with pytest.raises(Failure) as caught:
        line(TREE, "z")
    assert caught.value.code is ErrorCode.TURN_NOT_FOUND


def test_a_circle_ends() -> None:
    assert line([Node("a", "b", 1), Node("b", "a", 2)]) == ["a", "b"]
