"""An answer without a model: the best sentences of the sources, word for word.

Every sentence of the sources is scored by meaning (cosine of the embedding to the question), by the share of
the question's rare words it holds, and by the score of its source; the best one answers first, then at
most two more that come close. Weights were set on the tuning questions of ``eval/answers``.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.answering.sentences import Sentence, list_below, sentences, without_mark
from retrieval.korean import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.answering.turn import Source
    from retrieval.ports import Embedder

MEANING, WORDS, SOURCE = 0.4, 0.35, 0.25
MOST_CANDIDATES = 40  # sentences embedded for one answer
FRAGMENT = 0.85  # a line that neither ends like a sentence nor is a list item is rather a heading
CLOSE = 0.82  # share of the best score that a further sentence needs
MOST_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class Extract:
    """One sentence chosen from one source, with the items it opens and its score in [0, 1]."""

    source: Source
    sentence: Sentence
    items: tuple[str, ...]
    score: float
    coverage: float
    meaning: float


@dataclass(slots=True)
class _Candidate:
    source: Source
    found: list[Sentence]
    index: int
    words: Counter[str]
    coverage: float = 0.0
    meaning: float = 0.0
    score: float = 0.0


def extract(question: str, sources: Sequence[Source], embedder: Embedder | None) -> list[Extract]:
    """Choose the sentences that answer; best first, none twice, an empty list when there is nothing to choose from."""
    candidates = _candidates(sources)
    if not candidates:
        return []
    _cover(candidates, Counter(tokens(question)))
    candidates.sort(key=lambda c: c.coverage + c.source.score, reverse=True)
    candidates = candidates[:MOST_CANDIDATES]
    _mean(candidates, question, embedder)
    for candidate in candidates:
        candidate.score = (
            MEANING * candidate.meaning + WORDS * candidate.coverage + SOURCE * min(candidate.source.score, 1.0)
        )
        if not (candidate.found[candidate.index].complete or candidate.found[candidate.index].item):
            candidate.score *= FRAGMENT
    candidates.sort(key=lambda c: c.score, reverse=True)
    return _choose(candidates)


def compose(extracts: Sequence[Extract]) -> str:
    """Write the answer: the quoted sentence first, where it stands and since when, then what else was found."""
    blocks = []
    for number, extract_ in enumerate(extracts):
        header = [f"(표: {extract_.sentence.header})"] if extract_.sentence.header else []
        quote = f"“{extract_.sentence.text}” [{extract_.source.n}]"
        lines = [quote, *header, *extract_.items, f"— {_where(extract_.source)}"]
        block = "\n".join(lines)
        blocks.append(block if number != 1 else f"함께 볼 내용\n\n{block}")
    return "\n\n".join(blocks)


def _where(source: Source) -> str:
    """Name title, article and effective date of a source, as a citation in running text."""
    article = str(source.locator.get("article") or "")
    heading = source.locator.get("article_title")
    page = source.locator.get("page")
    place = article + (f"({heading})" if article and heading else "") or (f"{page}쪽" if page else "")
    since = source.effective_on
    date = f", {since.year}. {since.month}. {since.day}. 시행" if since else ""
    return " ".join(part for part in (f"「{source.title}」", place) if part) + date


def _candidates(sources: Sequence[Source]) -> list[_Candidate]:
    result = []
    for source in sources:
        found = sentences(source.text)
        title = " ".join(
            str(part)
            for part in (source.title, source.locator.get("article_title"), source.locator.get("article"))
            if part
        )
        heading = Counter(tokens(title))
        headings = _headings(source)
        for index, sentence in enumerate(found):
            if sentence.text in headings or sentence.text.endswith("?"):
                continue  # a heading or a question of a FAQ names the matter; it does not answer
            words = Counter(tokens(f"{sentence.text} {sentence.header}"))
            if sentence.opens_list:
                for line in list_below(found, index, source.text):
                    words.update(tokens(line))
            words.update(dict.fromkeys(heading, 1))
            result.append(_Candidate(source, found, index, words))
    return result


def _headings(source: Source) -> set[str]:
    """Return the headings above a passage as sentences would show them: joined ones apart, item marks off."""
    parts = [part for heading in source.locator.get("heading") or () for part in str(heading).split(" · ")]
    return {source.title, *parts, *(without_mark(part) for part in parts)}


def _cover(candidates: Sequence[_Candidate], question: Counter[str]) -> None:
    """Fill in the share of the question's words, weighed by rarity among the candidates, that each one holds."""
    holding = Counter(word for candidate in candidates for word in candidate.words if word in question)
    weight = {word: math.log(1 + len(candidates) / (1 + holding[word])) for word in question}
    total = sum(weight.values()) or 1.0
    for candidate in candidates:
        candidate.coverage = sum(weight[word] for word in question if word in candidate.words) / total


def _mean(candidates: Sequence[_Candidate], question: str, embedder: Embedder | None) -> None:
    """Fill in the closeness in meaning, spread to [0, 1]; without an embedder coverage stands in."""
    if embedder is None:
        for candidate in candidates:
            candidate.meaning = candidate.coverage
        return
    passages = [
        f"{c.source.locator.get('article_title') or c.source.title}\n{c.found[c.index].header} {c.found[c.index].text}"
        for c in candidates
    ]
    cosines = embedder.embed_passages(passages) @ embedder.embed_query(question)
    low, high = float(cosines.min()), float(cosines.max())
    for candidate, cosine in zip(candidates, cosines, strict=True):
        candidate.meaning = (float(cosine) - low) / (high - low) if high > low else 1.0


def _choose(candidates: Sequence[_Candidate]) -> list[Extract]:
    best = candidates[0]
    chosen: list[Extract] = []
    seen: set[str] = set()
    for candidate in candidates:
        sentence = candidate.found[candidate.index]
        if candidate.score < CLOSE * best.score or len(chosen) >= MOST_SENTENCES:
            break
        if sentence.text in seen or (chosen and any(e.source.n == candidate.source.n for e in chosen)):
            continue
        seen.add(sentence.text)
        items = list_below(candidate.found, candidate.index, candidate.source.text) if sentence.opens_list else []
        chosen.append(
            Extract(candidate.source, sentence, tuple(items), candidate.score, candidate.coverage, candidate.meaning)
        )
    return chosen
