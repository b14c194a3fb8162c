"""An answer without a model: the provision that answers, word for word, and where else to look.

The best sentence comes first, as a reader needs it: an item of a list with the sentence that opens the list, a rule
with its exception ("다만"). Other articles that come close, and the article of the decree that gives the details,
follow in a line each. Which sentence is best is decided in ``scoring``; this module chooses, cuts and writes.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assistant.answering.provisions import children, exceptions
from assistant.answering.scoring import candidates, weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.answering.provisions import Node
    from assistant.answering.scoring import Candidate
    from assistant.answering.turn import Source
    from retrieval.ports import Embedder

MAIN: Final = 420  # characters that the first provision may have before items of its list are left out
MOST_ITEMS: Final = 8
BESIDE: Final = 110  # characters of a sentence that still goes into a line of its own below the answer
MOST_BESIDE: Final = 3
CLOSE: Final = 0.12  # share of the first one's probability that another article needs to be named
LONGEST_QUOTE: Final = 3000  # characters between first and last word of what is cited as one passage

CAUTION: Final = "질문에 꼭 맞는 규정인지 확실하지 않습니다. 가장 가까운 내용을 보여 드리니 원문을 확인해 주세요."
BESIDE_TITLE: Final = "함께 볼 내용"
MORE: Final = "(그 밖의 항목은 원문에서 확인해 주세요.)"
_DECREE: Final = re.compile(r"대통령령(?:으로|이)\s?정하")


@dataclass(frozen=True, slots=True)
class Piece:
    """Words taken from a source: ``text == source.body[start:end]``."""

    start: int
    end: int
    text: str
    item: bool = False


@dataclass(frozen=True, slots=True)
class Extract:
    """One provision chosen from one source: its sentence and what belongs to it, in the order of the text.

    ``more`` says that items of its list were left out, ``beside`` that it is named below the answer and not part of it;
    ``header`` is the header row of a table whose row it is; ``share`` the probability of the choice in [0, 1].
    """

    source: Source
    pieces: tuple[Piece, ...]
    share: float
    header: str = ""
    more: bool = False
    beside: bool = False

    @property
    def verbatim(self) -> bool:
        """Whether every piece stands in its source letter by letter."""
        return all(self.source.body[piece.start : piece.end] == piece.text for piece in self.pieces)

    def cite(self) -> None:
        """Make the source's quote the stretch from the first piece to the last."""
        body, start, end = self.source.body, self.pieces[0].start, self.pieces[-1].end
        self.source.quote = body[start:end]
        self.source.start, self.source.end = self.source.body_start + start, self.source.body_start + end
        self.source.cited = True


def extract(question: str, sources: Sequence[Source], embedder: Embedder | None) -> list[Extract]:
    """Choose the provisions that answer; best first, none twice, an empty list when there is nothing to choose from."""
    found = candidates(question, [source for source in sources if not source.details], embedder)
    if not found:
        return []
    shares = _shares(found)
    best = found[0]
    chosen = [_whole(best, found, shares[0])]
    chosen += _details(chosen[0], sources, question)
    used = {extract_.source.n for extract_ in chosen}
    seen = {piece.text for extract_ in chosen for piece in extract_.pieces}
    articles = _by_article(found, shares)
    for candidate, share in zip(found, shares, strict=True):
        if len(chosen) > MOST_BESIDE or articles[candidate.source.n] < CLOSE * articles[best.source.n]:
            continue
        if candidate.source.n in used or candidate.node.sentence.text in seen:
            continue
        used.add(candidate.source.n)
        seen.add(candidate.node.sentence.text)
        chosen.append(Extract(candidate.source, (_piece(candidate.source, candidate.node),), share, beside=True))
    return chosen


def compose(extracts: Sequence[Extract], *, doubtful: bool = False) -> str:
    """Write the answer: the quoted provision first, where it stands and since when, then what else was found.

    ``doubtful`` puts a word of caution before it: evidence is enough to answer from and too little to be sure of.
    """
    blocks: list[Extract] = []
    beside: list[Extract] = []
    for extract_ in extracts:
        (beside if extract_.beside else blocks).append(extract_)
    parts = [CAUTION] if doubtful and extracts else []
    parts += ["\n".join(_block(extract_)) for extract_ in blocks]
    if beside:
        parts.append("\n".join([BESIDE_TITLE, "", *(_line(extract_) for extract_ in beside)]))
    return "\n\n".join(parts)


def _block(extract_: Extract) -> list[str]:
    lead = " ".join(piece.text for piece in extract_.pieces if not piece.item)
    items = [piece.text for piece in extract_.pieces if piece.item]
    mark = f"[{extract_.source.n}]"
    lines = [f"“{lead}” {mark}"] if lead else [f"“{items.pop(0)}” {mark}"]
    lines += [f"(표: {extract_.header})"] if extract_.header else []
    lines += items
    lines += [MORE] if extract_.more else []
    return [*lines, f"— {where(extract_.source)}"]


def _line(extract_: Extract) -> str:
    text = extract_.pieces[0].text
    quoted = f": “{text}”" if len(text) <= BESIDE else ""
    return f"- {where(extract_.source, since=False)}{quoted} [{extract_.source.n}]"


def where(source: Source, *, since: bool = True) -> str:
    """Name title, article and, unless told not to, effective date of a source, as a citation in running text."""
    article = str(source.locator.get("article") or "")
    heading = source.locator.get("article_title")
    page = source.locator.get("page")
    place = article + (f"({heading})" if article and heading else "") or (f"{page}쪽" if page else "")
    day = source.effective_on if since else None
    date = f", {day.year}. {day.month}. {day.day}. 시행" if day else ""
    return " ".join(part for part in (f"「{source.title}」", place) if part) + date


def _shares(found: Sequence[Candidate]) -> list[float]:
    """Return the probability of each candidate, as the fitted choice model gives it."""
    top = found[0].score
    raw = [math.exp(max(-50.0, candidate.score - top)) for candidate in found]
    total = sum(raw)
    return [value / total for value in raw]


def _by_article(found: Sequence[Candidate], shares: Sequence[float]) -> dict[int, float]:
    articles: dict[int, float] = {}
    for candidate, share in zip(found, shares, strict=True):
        articles[candidate.source.n] = articles.get(candidate.source.n, 0.0) + share
    return articles


def _piece(source: Source, node: Node, *, item: bool = False) -> Piece:
    start = node.begin if item else node.sentence.start
    return Piece(start, node.sentence.end, source.body[start : node.sentence.end], item)


def _whole(best: Candidate, found: Sequence[Candidate], share: float) -> Extract:
    """Return a sentence with what a reader needs to understand it: the openers above, its exceptions, its items."""
    every, index = best.nodes, best.index
    chain = [index]
    while (parent := every[chain[0]].parent) is not None:
        chain.insert(0, parent)
    kept = {number: every[number].level > 0 for number in chain}
    for number in chain:
        kept |= dict.fromkeys(exceptions(every, number), False)
    opener = index if every[index].sentence.opens_list else every[index].parent
    more = False
    if opener is not None:
        room = MAIN - sum(len(every[number].sentence.text) for number in kept)
        chosen, more = _items(best, opener, found, room)
        kept |= dict.fromkeys(chosen, True)
    pieces = _joined(best.source, [(every[number], item) for number, item in sorted(kept.items())])
    return Extract(best.source, pieces, share, header=best.node.sentence.header, more=more)


def _items(best: Candidate, opener: int, found: Sequence[Candidate], room: int) -> tuple[list[int], bool]:
    """Return the items of a list to be shown beside the best sentence, and whether some are left out."""
    every = best.nodes
    items = [number for number in children(every, opener) if number != best.index]
    lengths = {number: len(every[number].sentence.text) for number in items}
    if sum(lengths.values()) <= room and len(items) < MOST_ITEMS:
        return items, False
    if best.index != opener:
        return [], bool(items)  # one item is the answer: its neighbours are other cases
    scores = {c.index: c.score for c in found if c.source is best.source}
    chosen: list[int] = []
    for number in sorted(items, key=lambda number: scores.get(number, -math.inf), reverse=True):
        if lengths[number] <= room and len(chosen) < MOST_ITEMS:
            chosen.append(number)
            room -= lengths[number]
    return chosen, len(chosen) < len(items)


def _joined(source: Source, parts: Sequence[tuple[Node, bool]]) -> tuple[Piece, ...]:
    """Return the pieces, sentences of one line that follow each other as one."""
    pieces: list[Piece] = []
    for node, item in parts:
        piece = _piece(source, node, item=item)
        last = pieces[-1] if pieces else None
        between = source.body[last.end : piece.start] if last else ""
        if last is not None and not between.strip() and "\n" not in between and node.begin == node.sentence.start:
            pieces[-1] = Piece(last.start, piece.end, source.body[last.start : piece.end], last.item)
        else:
            pieces.append(piece)
    while len(pieces) > 1 and pieces[-1].end - pieces[0].start > LONGEST_QUOTE:
        del pieces[0]  # an item far below the sentence that opens its list is quoted without it
    return tuple(pieces)


def _details(main: Extract, sources: Sequence[Source], question: str) -> list[Extract]:
    """Return the article of the decree that fills in what the provision leaves to it, where one was read."""
    if not any(_DECREE.search(piece.text) for piece in main.pieces):
        return []
    for source in sources:
        if source.details == main.source.n:
            found = candidates(question, [source], None)
            if found:
                return [Extract(source, (_piece(source, found[0].node),), 0.0, beside=True)]
    return []


def doubtful(evidence: float) -> bool:
    """Whether evidence is enough to answer from and too little to be sure of."""
    return evidence < float(weights()["gate"]["sure"])
