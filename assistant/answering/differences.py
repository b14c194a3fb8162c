"""Sources that say the same with different figures: an older and a newer text, an act and an ordinance.

Compared are the sentence of a source on which an answer stands and the sentences of sources from other documents. Two
of them differ when they share nearly all words both ways and each has exactly one figure of a kind, not the same one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assistant.answering.extractive import where
from assistant.answering.sentences import sentences
from guardrails.figures import figures
from guardrails.grounding import overlap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.answering.turn import Source
    from guardrails.figures import Figure

MOST: Final = 2
_ALIKE: Final = 0.7  # share of words that each holds of the other
_KINDS: Final = {"qty", "won", "pct", "frac"}


def differences(sources: Sequence[Source]) -> list[str]:
    """Return a sentence for each pair of a cited source and another one that differ, two at most."""
    found: list[str] = []
    for cited in (source for source in sources if source.cited):
        for other in sources:
            if other.document_id == cited.document_id or (other.cited and other.n < cited.n):
                continue
            if (pair := _differing(cited.quote, other.body)) is not None:
                here, there = pair
                found.append(
                    f"찾은 문서의 내용이 서로 다릅니다. {where(cited)}: {here} / {where(other)}: {there}. "
                    "어느 쪽이 적용되는지 확인해 주세요."
                )
    return found[:MOST]


def _differing(quote: str, text: str) -> tuple[str, str] | None:
    """Return the two figures, as written, in which a quoted sentence and its like in another text differ."""
    for sentence in sentences(quote):
        mine = _figures(sentence.text)
        if not mine:
            continue
        for other in sentences(text):
            theirs = _figures(other.text)
            shared = set(mine) & set(theirs)
            unlike = [kind for kind in shared if mine[kind].key != theirs[kind].key]
            if not unlike or min(overlap(sentence.text, other.text), overlap(other.text, sentence.text)) < _ALIKE:
                continue
            one, two = mine[unlike[0]], theirs[unlike[0]]
            return sentence.text[one.start : one.end], other.text[two.start : two.end]
    return None


def _figures(text: str) -> dict[str, Figure]:
    """Return the figures of which a sentence has exactly one of their kind and unit."""
    found: dict[str, list[Figure]] = {}
    for figure in figures(text):
        if figure.key[0] in _KINDS:
            found.setdefault(f"{figure.key[0]} {figure.key[2] if figure.key[0] == 'qty' else ''}", []).append(figure)
    return {kind: several[0] for kind, several in found.items() if len(several) == 1}
