"""A question to one text alone: its passages ranked in memory (BM25: Robertson, k1 1.2, b 0.75)."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final

from retrieval.korean import morphemes, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.answering.turn import Source

MOST: Final = 8  # passages that an answer is made of
_K1: Final = 1.2
_B: Final = 0.75


def ranked(question: str, sources: Sequence[Source]) -> tuple[list[Source], float]:
    """Return the passages that speak of the question, best first, and the share of its words that they hold."""
    asked = Counter(tokens(question))
    read = [Counter(tokens(f"{' '.join(source.locator['heading'])} {source.text}")) for source in sources]
    lengths = [sum(counts.values()) for counts in read]
    usual = sum(lengths) / max(len(lengths), 1) or 1
    seen = Counter(word for counts in read for word in counts if word in asked)
    scores = [
        sum(
            math.log(1 + (len(read) - seen[word] + 0.5) / (seen[word] + 0.5))
            * counts[word]
            * (_K1 + 1)
            / (counts[word] + _K1 * (1 - _B + _B * length / usual))
            for word in asked
            if word in counts
        )
        for counts, length in zip(read, lengths, strict=True)
    ]
    order = sorted(range(len(scores)), key=lambda at: (-scores[at], at))
    best = [sources[at] for at in order[:MOST] if scores[at] > 0]
    words = set(morphemes(question))
    held = {word for source in best[:3] for word in morphemes(f"{' '.join(source.locator['heading'])} {source.text}")}
    return best, len(words & held) / max(len(words), 1)
