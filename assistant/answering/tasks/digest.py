"""A summary without a model: the sentences of each section that the others lean on most.

Sentences are ranked by how much they share with all others (LexRank: Erkan and Radev, 2004, over TF-IDF cosines, a
fixed number of rounds), and one that repeats a chosen one gives way. What is shown is verbatim.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from assistant.answering.sentences import sentences
from assistant.answering.tasks.points import Point
from assistant.answering.tasks.reading import sections
from retrieval.korean import morphemes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.answering.turn import Source

MOST_POINTS: Final = 15
FEWEST_POINTS: Final = 4
_PER: Final = 12  # sentences for each point of a summary
_MOST_SENTENCES: Final = 900  # ranked at once; beyond that every n-th is left out
_ROUNDS: Final = 30
_DAMPING: Final = 0.85
_ALIKE: Final = 0.55  # cosine from which a sentence says the same again
_LENGTH: Final = (15, 220)  # characters of a sentence that may stand in a summary
_LEANS: Final = re.compile(
    r"^(?:제?\d|다만|이 경우|그러나|또한|따라서|<)|다음 각 (?:호|목)|다음과 같|삭제"
)  # not alone
_SUPPLEMENT: Final = re.compile(r"부\s?칙|별지|별표")
_NOTE: Final = re.compile(r"\s*<[^<>]*>\s*$")  # <개정 2010.3.26>
_AIM: Final = re.compile(r"목적|개요|요약|배경|결론|주요 내용|핵심")  # headings that say what a text is about
_AIMED: Final = 4.0
_FIRST: Final = 1.3


class Candidate(NamedTuple):
    """A sentence of a passage: offsets within the passage's text, and the section it stands in."""

    source: Source
    start: int
    end: int
    text: str
    section: str
    weight: float


def summarise(sources: Sequence[Source], *, most: int = MOST_POINTS) -> list[Point]:
    """Return the points of a summary in reading order, verbatim, each below the heading of its section."""
    found = list(_candidates(sources))
    if not found:
        return []
    step = math.ceil(len(found) / _MOST_SENTENCES)
    found = found[::step]
    vectors = _vectors([candidate.text for candidate in found])
    ranks = _ranks(vectors) * np.array([candidate.weight for candidate in found])
    wanted = max(FEWEST_POINTS, min(most, len(found) // _PER))
    chosen: list[int] = []
    quota = _quota([candidate.section for candidate in found], wanted)
    for at in np.argsort(-ranks):
        candidate = found[at]
        if quota[candidate.section] and not any(float(vectors[at] @ vectors[other]) > _ALIKE for other in chosen):
            quota[candidate.section] -= 1
            chosen.append(int(at))
    return [_point(found[at]) for at in sorted(chosen)]


def _candidates(sources: Sequence[Source]) -> Iterator[Candidate]:
    least, most = _LENGTH
    for name, run in sections(sources):
        if _SUPPLEMENT.match(name):
            continue
        for number, source in enumerate(run):
            about = f"{source.locator['article_title'] or ''} {' '.join(source.locator['heading'][-1:])}"
            for place, sentence in enumerate(sentences(source.text)):
                if not (least <= len(sentence.text) <= most and sentence.complete) or _LEANS.search(sentence.text):
                    continue
                weight = _AIMED if place == 0 and _AIM.search(about) else _FIRST if number == place == 0 else 1.0
                yield Candidate(source, sentence.start, sentence.end, sentence.text, name, weight)


def _vectors(texts: Sequence[str]) -> np.ndarray:
    """Return TF-IDF vectors of length one, a row for each sentence."""
    words = [Counter(morphemes(text)) for text in texts]
    seen = Counter(word for counts in words for word in counts)
    index = {word: at for at, word in enumerate(word for word, times in seen.items() if times > 1)}
    matrix = np.zeros((len(texts), max(len(index), 1)), dtype=np.float32)
    for row, counts in enumerate(words):
        for word, times in counts.items():
            if word in index:
                matrix[row, index[word]] = (1 + math.log(times)) * math.log(1 + len(texts) / seen[word])
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix / np.where(norms > 0, norms, 1)


def _ranks(vectors: np.ndarray) -> np.ndarray:
    """Return the stationary weights of the sentences in the graph of their likeness."""
    size = len(vectors)
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, 0)
    sums = likeness.sum(axis=1, keepdims=True)
    moves = np.where(sums > 0, likeness / np.where(sums > 0, sums, 1), 1 / size)
    ranks = np.full(size, 1 / size)
    for _ in range(_ROUNDS):
        ranks = (1 - _DAMPING) / size + _DAMPING * (moves.T @ ranks)
    return np.asarray(ranks)


def _quota(names: Sequence[str], wanted: int) -> dict[str, int]:
    """Give each section its share of the points, at least one while there are any; the largest first."""
    sizes = Counter(names)
    left = wanted
    shares = dict.fromkeys(sizes, 0)
    for name, size in sizes.most_common():
        share = min(left, max(1, round(wanted * size / len(names))))
        shares[name] = share
        left -= share
    for name in sizes:
        shares[name] += left if name == sizes.most_common(1)[0][0] else 0
    return shares


def _point(candidate: Candidate) -> Point:
    return Point(
        candidate.text, ((candidate.source, candidate.start, candidate.end),), group=_heading(candidate.section)
    )


def _heading(name: str) -> str:
    return _NOTE.sub("", " ".join(name.split()))
