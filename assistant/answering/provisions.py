"""The structure within a passage: which sentence opens which list, which exception belongs to which rule.

A sentence of a list means little without the sentence that opens it, and a rule without its "다만" says too much. This
finds both by the marks at the head of the lines (① 1. 가. 1) 가)), in statutes as in official papers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assistant.answering.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.answering.sentences import Sentence

_LEVELS: Final = (
    re.compile(r"\s*\d{1,3}(?:의\d{1,2})?\.\s"),
    re.compile(r"\s*[가-하]\.\s"),
    re.compile(r"\s*\(?\d{1,2}\)\s"),
    re.compile(r"\s*\(?[가-하]\)\s"),
    re.compile(r"\s*[-*•·ㆍ○□▪◦※]\s"),
)
EXCEPTION: Final = ("다만", "단,")
CONTINUES: Final = ("이 경우", "이 때", "그러하지 아니하다")


@dataclass(frozen=True, slots=True)
class Node:
    """A sentence in its place.

    ``parent`` is the index of the sentence that opens the list it stands in; ``first`` that of the first sentence of
    its line; ``begin`` the offset where its line begins to be worth showing: the item mark, or the sentence.
    """

    sentence: Sentence
    level: int
    parent: int | None
    first: int
    begin: int

    @property
    def is_exception(self) -> bool:
        """Whether it takes something away from the sentence before it."""
        return self.sentence.text.startswith(EXCEPTION)

    @property
    def leans_back(self) -> bool:
        """Whether it means nothing without the sentence before it."""
        return self.sentence.text.startswith((*EXCEPTION, *CONTINUES))


def nodes(text: str) -> list[Node]:
    """Return the sentences of a text in order, each with its place."""
    result: list[Node] = []
    open_at: dict[int, int] = {}  # level of a list → index of the sentence that opens what lies below
    line_begin, first = -1, 0
    for index, sentence in enumerate(sentences(text)):
        begin = text.rfind("\n", 0, sentence.start) + 1
        if begin != line_begin:
            line_begin, first = begin, index
            level = _level(text[begin : sentence.start + 1]) if sentence.item else 0
            if level == 0:
                open_at.clear()
            for deeper in [known for known in open_at if known >= level]:
                del open_at[deeper]
        else:
            level = result[first].level
        parent = max((known for known in open_at if known < level), default=None) if level else None
        head = begin + len(text[begin : sentence.start]) - len(text[begin : sentence.start].lstrip())
        result.append(
            Node(
                sentence,
                level,
                None if parent is None else open_at[parent],
                first,
                head if index == first and sentence.item else sentence.start,
            )
        )
        if sentence.opens_list or (index == first and level not in open_at):
            open_at[level] = index
    return result


def _level(head: str) -> int:
    return next((number for number, mark in enumerate(_LEVELS, start=1) if mark.match(head + " ")), len(_LEVELS))


def children(found: Sequence[Node], index: int) -> list[int]:
    """Return the first sentences of the items directly below a sentence."""
    return [n for n, node in enumerate(found) if node.parent == index and node.first == n]


def exceptions(found: Sequence[Node], index: int) -> list[int]:
    """Return the sentences right behind one, on its line, that take something away from it."""
    kept = []
    for number in range(index + 1, len(found)):
        if found[number].first != found[index].first or not found[number].leans_back:
            break
        kept.append(number)
    while kept and not found[kept[-1]].is_exception:
        kept.pop()
    return kept


def rule_of(found: Sequence[Node], index: int) -> int:
    """Return the sentence that one leans on: itself, or the nearest before it on its line that stands alone."""
    while index > found[index].first and found[index].leans_back:
        index -= 1
    return index
