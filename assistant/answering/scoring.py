"""How likely each sentence of the sources is the one that answers: a linear model over a few features.

The weights were fitted as a conditional logit on the tuning questions of ``eval/answers`` and ``eval/retrieval``
(``python -m eval.answers --calibrate``) and stand with their recipe in ``weights.json``: each question is a choice
among the sentences of the articles found for it, and the right choice is one that holds the words of the answer.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assistant.answering.asking import Kind, kinds, share_held
from assistant.answering.provisions import Node, nodes
from assistant.answering.sentences import without_mark
from retrieval.korean import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.answering.turn import Source
    from retrieval.ports import Embedder

WEIGHTS: Final = Path(__file__).with_name("weights.json")
MOST_CANDIDATES: Final = 18  # sentences embedded for one answer
_LEAD: Final = 60  # characters of an opening sentence that count as context of its items
_LONG: Final = 160  # characters embedded of one sentence

_GENERAL: Final = re.compile(r"목적|정의|적용\s?범위|다른 법(?:률|령)과의 관계|기본이념|책무|권한의 위임|위임ㆍ위탁")
_SANCTIONS: Final = re.compile(r"벌칙|과태료|양벌|과징금")
_DELEGATES: Final = re.compile(
    r"(?:필요한 사항은|구체적인 사항은|관한 사항은).{0,60}(?:령|규칙|조례|고시)(?:으로|로) 정한다"
)
_REFERS: Final = re.compile(r"제\d+[조항호]")


@dataclass(slots=True)
class Candidate:
    """A sentence of a source that may answer; ``nodes`` are all sentences of that source."""

    source: Source
    nodes: list[Node]
    index: int
    words: Counter[str]
    features: dict[str, float] = field(default_factory=dict)
    score: float = 0.0

    @property
    def node(self) -> Node:
        """The sentence in its place."""
        return self.nodes[self.index]


@cache
def weights() -> dict[str, Any]:
    """Return what ``weights.json`` holds."""
    read: dict[str, Any] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return read


def candidates(question: str, sources: Sequence[Source], embedder: Embedder | None) -> list[Candidate]:
    """Return the sentences that may answer, scored, best first; empty when there is nothing to choose from."""
    found = prepared(question, sources, embedder)
    linear = weights()["sentences"]["weights"]
    for candidate in found:
        candidate.score = sum(linear.get(name, 0.0) * value for name, value in candidate.features.items())
    return sorted(found, key=lambda c: c.score, reverse=True)


def prepared(question: str, sources: Sequence[Source], embedder: Embedder | None) -> list[Candidate]:
    """Return the sentences that may answer with their features, not yet scored."""
    found = [candidate for source in sources for candidate in _of(source)]
    if not found:
        return []
    asked = kinds(question)
    words = Counter(tokens(question))
    _by_words(found, words)
    best = max(source.score for source in sources)
    for candidate in found:
        candidate.features.update(_by_rule(candidate, asked, question))
        candidate.features["source"] = candidate.source.score - best
        candidate.features["first_source"] = float(candidate.source is sources[0])
    found.sort(key=lambda c: c.features["words"] + c.features["source"], reverse=True)
    found = found[:MOST_CANDIDATES]
    _by_meaning(found, question, embedder)
    return found


def _of(source: Source) -> list[Candidate]:
    result = []
    found = nodes(source.body)
    title = " ".join(str(part) for part in (source.title, source.locator.get("article_title")) if part)
    heading = set(tokens(title))
    headings = _headings(source)
    for index, node in enumerate(found):
        sentence = node.sentence
        if sentence.text in headings or sentence.text.endswith("?") or node.leans_back:
            continue  # a heading or a question of a FAQ names the matter; an exception goes with its rule
        words = Counter(tokens(f"{sentence.text} {sentence.header}"))
        for word in heading:
            words.setdefault(word, 0)
        result.append(Candidate(source, found, index, words))
    return result


def _headings(source: Source) -> set[str]:
    """Return the headings above a passage as sentences would show them: joined ones apart, item marks off."""
    parts = [part for heading in source.locator.get("heading") or () for part in str(heading).split(" · ")]
    return {source.title, *parts, *(without_mark(part) for part in parts)}


def _by_words(found: Sequence[Candidate], question: Counter[str]) -> None:
    """Fill in the shares of the question's words, weighed by rarity here, in sentence, opening sentence and title."""
    holding = Counter(word for candidate in found for word in candidate.words if word in question)
    weight = {word: math.log(1 + len(found) / (1 + holding[word])) for word in question}
    total = sum(weight.values()) or 1.0
    for candidate in found:
        own = {word for word in question if candidate.words.get(word, 0)}
        title = {word for word in question if word in candidate.words} - own
        parent = candidate.node.parent
        lead = _lead(candidate) if parent is not None else ""
        above = {word for word in tokens(lead) if word in question} - own - title if lead else set()
        candidate.features["words"] = sum(weight[word] for word in own) / total
        candidate.features["title_words"] = sum(weight[word] for word in title) / total
        candidate.features["lead_words"] = sum(weight[word] for word in above) / total


def _lead(candidate: Candidate) -> str:
    parent = candidate.node.parent
    return candidate.nodes[parent].sentence.text[:_LEAD] if parent is not None else ""


def _by_rule(candidate: Candidate, asked: frozenset[Kind], question: str) -> dict[str, float]:
    node = candidate.node
    text = node.sentence.text
    title = str(candidate.source.locator.get("article_title") or "")
    sanction = bool(_SANCTIONS.search(title))
    about_sanctions = Kind.PENALTY in asked
    exact = asked & {Kind.AMOUNT, Kind.PERIOD, Kind.COUNT, Kind.AGE, Kind.SHARE, Kind.PENALTY, Kind.HOUR, Kind.CONTACT}
    loose = asked - exact
    return {
        "held_exact": share_held(exact, text),
        "held_loose": share_held(loose, text),
        "fragment": float(not (node.sentence.complete or node.sentence.item)),
        "item": float(node.parent is not None),
        "opens": float(node.sentence.opens_list),
        "first": float(node.first == 0),
        "general": float(bool(_GENERAL.search(title)) and Kind.MEANING not in asked),
        "defines": float(Kind.MEANING in asked and share_held(frozenset({Kind.MEANING}), text)),
        "sanction_unasked": float(sanction and not about_sanctions),
        "sanction_asked": float(sanction and about_sanctions),
        "delegates": float(bool(_DELEGATES.search(text))),
        "refers": min(3, len(_REFERS.findall(text))) / 3 if not _REFERS.search(question) else 0.0,
        "long": math.log(1 + len(text) / 100),
    }


def _by_meaning(found: Sequence[Candidate], question: str, embedder: Embedder | None) -> None:
    """Fill in the closeness in meaning: cosine to the question less the best; without an embedder words stand in."""
    if embedder is None:
        for candidate in found:
            candidate.features["meaning"] = candidate.features["words"] - 1.0
        return
    cosines = embedder.embed_passages([_passage(candidate) for candidate in found]) @ embedder.embed_query(question)
    best = float(cosines.max())
    for candidate, cosine in zip(found, cosines, strict=True):
        candidate.features["meaning"] = 10.0 * (float(cosine) - best)
        candidate.features["cosine"] = float(cosine)


def _passage(candidate: Candidate) -> str:
    head = candidate.source.locator.get("article_title") or candidate.source.title
    sentence = candidate.node.sentence
    return f"{head}\n{_lead(candidate)} {sentence.header} {sentence.text[:_LONG]}"
