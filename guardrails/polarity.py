"""Turned meaning: 할 수 있다 for 할 수 없다, 하여야 한다 for 아니할 수 있다, 산입한다 for 산입하지 아니한다.

A sentence whose words and figures all stand in its source may still say the opposite. What is said of a verb - may,
must, must not, need not, does, does not - is read from the endings that statutes and answers use at the end of a
clause; endings before a noun ("신고하여야 하는 자") or in a condition ("보완하지 아니하면") say nothing by themselves.
Only verbs that occur in both sentences are compared, so a paraphrase with another verb is left alone.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Force(StrEnum):
    """What a clause says of its verb."""

    MAY = "may"  # 할 수 있다
    MUST = "must"  # 하여야 한다
    DOES = "does"  # 한다
    CANNOT = "cannot"  # 할 수 없다
    MUST_NOT = "must_not"  # 하여서는 아니 된다, 하지 못한다
    DOES_NOT = "does_not"  # 하지 아니한다
    NEED_NOT = "need_not"  # 아니할 수 있다


class Clause(NamedTuple):
    """A verb's stem and what is said of it."""

    stem: str
    force: Force


_SAYS_NO: Final = frozenset({Force.CANNOT, Force.MUST_NOT, Force.DOES_NOT})
# what an answer says → what its source says of the same verb when the answer has turned it
_TURNED: Final = {
    Force.MAY: _SAYS_NO | {Force.MUST, Force.NEED_NOT},
    Force.MUST: _SAYS_NO | {Force.MAY, Force.NEED_NOT},
    Force.DOES: _SAYS_NO | {Force.NEED_NOT},
    Force.CANNOT: frozenset({Force.MAY, Force.MUST, Force.DOES, Force.NEED_NOT}),
    Force.MUST_NOT: frozenset({Force.MAY, Force.MUST, Force.DOES, Force.NEED_NOT}),
    Force.DOES_NOT: frozenset({Force.MAY, Force.MUST, Force.DOES}),
    Force.NEED_NOT: frozenset({Force.MUST, Force.MUST_NOT, Force.CANNOT, Force.DOES}),
}
_OPPOSITES: Final = (
    ("포함", "제외"),
    ("허용", "금지"),
    ("유효", "무효"),
    ("가중", "감경"),
    ("증액", "감액"),
    ("면제", "부과"),
)
_NEAR: Final = 0.85  # of the best overlap: sentences of the source that speak of the same
_OVERLAP: Final = 0.5  # of the answer's words that a sentence must share before the two are compared
_STEM: Final = 2

_WORD: Final = r"(?P<w>[가-힣]{1,12}?)"
_HAS: Final = r"(?:있다|있습|있으며|있고|있음|있어요|있지만|있으나)"
_LACKS: Final = r"(?:없다|없습|없으며|없고|없음|없어요|없지만|없으나)"
_END: Final = r"(?:한다|합니다|하며|하고|함|해요|하나|하지만|됩니다|된다|되며|되고|됨|돼요|되나|되지만)"
_NOT: Final = r"(?:아니|않|안)"
_RULES: Final[tuple[tuple[re.Pattern[str], Force], ...]] = (
    (re.compile(rf"{_WORD}지(?:는|도)? ?(?:아니할|않을) 수 ?(?:는|도|가)? ?{_HAS}"), Force.NEED_NOT),
    (re.compile(rf"{_WORD}지(?:는|도)? ?(?:아니하여|아니해|않아)도 ?(?:된다|됩|되|돼)"), Force.NEED_NOT),
    (re.compile(rf"{_WORD}[ㄱ-ㅎ가-힣]? ?(?:필요가|필요는|의무가|의무는) ?{_LACKS}"), Force.NEED_NOT),
    (re.compile(rf"{_WORD}(?:하여|해|되어|돼|아|어|여)?서는? ?{_NOT} ?(?:된다|됩|되며|되고|됨|돼)"), Force.MUST_NOT),
    (re.compile(rf"{_WORD}지(?:는|도)? ?못(?:한다|합|하며|하고|함|해요)"), Force.MUST_NOT),
    (
        re.compile(rf"{_WORD}지(?:는|도)? ?(?:아니하여야|아니해야|않아야|말아야) ?(?:한다|합|하며|하고|함)"),
        Force.MUST_NOT,
    ),
    (re.compile(rf"{_WORD}(?:이|을|를|은|는)? ?금지(?:한다|합|하며|하고|된다|됩|되며|되고|됨)"), Force.MUST_NOT),
    (re.compile(rf"{_WORD} 수 ?(?:는|도|가)? ?{_LACKS}"), Force.CANNOT),
    (re.compile(rf"{_WORD} 수 ?(?:는|도|가)? ?{_HAS}"), Force.MAY),
    (re.compile(rf"{_WORD}(?:하여|해|되어|아|어|여)도 ?(?:된다|됩|되며|좋|무방)"), Force.MAY),
    (re.compile(rf"{_WORD}(?:하여|해|되어|돼|아|어|여)?야(?:만)? ?{_END}"), Force.MUST),
    (re.compile(rf"{_WORD}지(?:는|도)? ?(?:아니|않)(?:한다|합|하며|하고|함|는다|습|으며|음|아요)"), Force.DOES_NOT),
    (re.compile(rf"(?P<w>[가-힣]{{2,12}}?)(?:{_END})"), Force.DOES),
)
_TAIL: Final = re.compile(r"(?:하|되|시키)$")
_FINAL_L: Final = 8  # ㄹ among the 28 final consonants of a syllable
_FINALS: Final = 28
_HANGUL: Final = 0xAC00


def clauses(sentence: str) -> list[Clause]:
    """Return what a sentence says of its verbs; what one rule read, no later rule reads again."""
    left = sentence
    found: list[tuple[int, Clause]] = []
    for pattern, force in _RULES:
        for match in list(pattern.finditer(left)):
            stem = _stem(match["w"], before_su=" 수 " in pattern.pattern)
            if stem:
                found.append((match.start(), Clause(stem, force)))
            left = left[: match.start()] + " " * (match.end() - match.start()) + left[match.end() :]
    return [clause for _, clause in sorted(found)]


def _stem(word: str, *, before_su: bool) -> str:
    """Return the verb's stem: 처리할 → 처리, 낼 → 내, 받을 → 받."""
    if before_su and word:
        last = ord(word[-1]) - _HANGUL
        if word.endswith("을") and len(word) > 1:
            word = word[:-1]
        elif last % _FINALS == _FINAL_L:
            word = word[:-1] + chr(_HANGUL + last - _FINAL_L)
    bare = _TAIL.sub("", word)
    return bare[-4:]


def _same(one: str, other: str) -> bool:
    """Whether two stems are of one verb: equal, or one of them with an adverb or noun grown onto its front."""
    shorter, longer = sorted((one, other), key=len)
    return one == other if len(shorter) < _STEM else longer.endswith(shorter) or shorter[:_STEM] == longer[:_STEM]


def turned(sentence: str, source_sentences: Sequence[str], overlap: Callable[[str], float]) -> bool:
    """Tell whether a sentence says the opposite of what its source says of the same.

    Args:
        sentence: of an answer, without citation marks.
        source_sentences: of what it cites.
        overlap: share of the sentence's words that a text holds, in [0, 1].
    """
    said = clauses(sentence)
    if not source_sentences or not (said or any(word in sentence for pair in _OPPOSITES for word in pair)):
        return False
    scored = [(overlap(text), text) for text in source_sentences]
    best = max(score for score, _ in scored)
    if best < _OVERLAP:
        return False
    near = [text for score, text in scored if score >= _NEAR * best]
    if _opposite_words(sentence, near):
        return True
    held = [clause for text in near for clause in clauses(text)]
    for clause in said:
        forces = {other.force for other in held if _same(clause.stem, other.stem)}
        if forces and forces <= _TURNED[clause.force]:
            return True
    return False


def _opposite_words(sentence: str, near: Sequence[str]) -> bool:
    """Whether the sentence has 포함 where its source has 제외 only; a negation in either leaves it open."""
    text = " ".join(near)
    if re.search(rf"{_NOT}|못하|없", sentence + text):
        return False
    for pair in _OPPOSITES:
        for here, there in (pair, pair[::-1]):
            if here in sentence and there not in sentence and there in text and here not in text:
                return True
    return False
