"""Grounding: does a sentence of an answer stand on its sources? (신뢰성).

Figures must stand in the sources exactly, in any Korean writing. Words are measured by coverage: stems and character
pairs of the sentence that occur in the sources. It cannot see a turned polarity (할 수 있다 / 할 수 없다) or the wrong
one of two true figures: a judge model or a person must.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from guardrails.figures import Figure, circled_paragraphs, figures
from guardrails.folding import squeeze
from guardrails.stream import SentenceGate
from guardrails.types import RawFinding, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from guardrails.figures import Key

DEFAULT_THRESHOLD: Final = 0.6
FIGURE: Final = "grounding.figure"
SENTENCE: Final = "grounding.sentence"
NO_SOURCE_TEXT: Final = "근거를 찾지 못했습니다"

_WORD: Final = re.compile(r"[가-힣]{2,}|[A-Za-z]{2,}")
_MARK: Final = re.compile(r"\[[^\[\]\n]{1,40}\]")
_ENDING: Final = re.compile(
    r"(?:하여야|해야|하거나|하면서|하지만|합니다|됩니다|입니다|습니다|ㅂ니다|니다|하고|하며|되며|되고|"
    r"한다|된다|이다|하는|되는|하여|되어|해서|하면|되면|했던|"
    r"에게서|에서는|으로는|에게|에서|으로|부터|까지|이나|라도|이며|이고|은|는|이|가|을|를|의|에|로|와|"
    r"과|도|만|한|된|할|될|함|됨|해|돼)$"
)
_STEM: Final = 2  # a Korean content word keeps its first two syllables through every ending
_WORD_SHARE: Final = 0.6
_EMPTY: Final = frozenset(
    [
        "부터",
        "까지",
        "에서",
        "으로",
        "이상",
        "이하",
        "이내",
        "있습니다",
        "없습니다",
        "합니다",
        "됩니다",
        "입니다",
        "하여야",
        "해야",
        "하며",
        "경우",
        "경우에는",
        "경우에",
        "따라",
        "따라서",
        "따른",
        "대한",
        "대하여",
        "대해",
        "관한",
        "관하여",
        "위해",
        "위하여",
        "위한",
        "다음",
        "다음과",
        "같습니다",
        "해당",
        "그리고",
        "또한",
        "또는",
        "다만",
        "및",
        "등을",
        "등의",
        "이를",
        "이에",
        "이때",
        "그러나",
        "모두",
        "각각",
        "수도",
        "것입니다",
        "것으로",
        "것은",
        "때에는",
        "때에",
        "때는",
        "바랍니다",
        "주시기",
        "참고",
        "확인",
        "관련",
        "안내",
        "말씀",
        "드립니다",
        "보입니다",
    ]
)


@dataclass(frozen=True, slots=True)
class Support:
    """How well a sentence is supported: score in [0, 1], unsupported (start, end) spans, and the verdict."""

    score: float
    unsupported: tuple[tuple[int, int], ...]
    ok: bool


class Evidence:
    """The sources of one answer, read once and asked for every sentence."""

    def __init__(
        self,
        sources: Sequence[str],
        *,
        similarity: Callable[[str, str], float] | None = None,
        threshold: float = DEFAULT_THRESHOLD,
    ) -> None:
        """Take the sources' texts, with title and locator where an answer may name them.

        ``similarity(sentence, source)`` in [0, 1] may raise or lower the word score by half; figures stay exact.
        """
        self._sources = tuple(sources)
        self._similarity = similarity
        self._threshold = threshold
        self._keys: set[Key] = set()
        self._values: set[str] = set()
        for source in sources:
            self._learn(source)
        self._text = "\x00".join(squeeze(source).text for source in sources)
        self._pairs = {self._text[index : index + 2] for index in range(len(self._text) - 1)}

    def _learn(self, source: str) -> None:
        """Remember the figures of a source and what follows from them."""
        for figure in figures(source):
            key = figure.key
            self._keys.add(key)
            self._values.update(part for part in key[1:] if part[:1].isdigit())
            if key[0] == "date":
                self._keys |= {("ym", key[1], key[2]), ("md", key[2], key[3]), ("year", key[1])}
            elif key[0] == "ym":
                self._keys.add(("year", key[1]))
            elif key[0] == "qty" and key[2] == "년":
                self._keys.add(("qty", str(int(float(key[1]) * 12)), "개월"))
            elif key[0] == "qty" and key[2] == "주":
                self._keys.add(("qty", str(int(float(key[1]) * 7)), "일"))
        self._keys.update(circled_paragraphs(source))

    def check(self, sentence: str) -> Support:
        """Measure one sentence."""
        if NO_SOURCE_TEXT in sentence or not sentence.strip():
            return Support(1.0, (), ok=True)
        missing = tuple((f.start, f.end) for f in figures(sentence) if not self._holds(f))
        score = self._coverage(sentence)
        if self._similarity is not None and self._sources:
            near = max(self._similarity(sentence, source) for source in self._sources)
            score = (score + min(1.0, max(0.0, near))) / 2
        score = round(score * (0.5 if missing else 1.0), 4)
        unsupported = missing
        if not missing and score < self._threshold:
            unsupported = ((0, len(sentence)),)
        return Support(score, unsupported, ok=not unsupported)

    def _holds(self, figure: Figure) -> bool:
        """Tell whether a figure stands in the sources."""
        key = figure.key
        if key in self._keys:
            return True
        if key[0] in {"num", "id"}:
            return key[1] in self._values
        if key[0] == "qty":
            return ("num", key[1]) in self._keys
        if key[0] == "item":  # 제3호 of a list that numbers its items 3.
            return ("num", key[1]) in self._keys or f"{key[1]}호" in self._text
        return False

    def _coverage(self, sentence: str) -> float:
        """Return the share of the sentence's words and character pairs that the sources hold; 1 without words."""
        bare = _without(sentence, [(f.start, f.end) for f in figures(sentence)])
        words = [_stem(word.lower()) for word in _WORD.findall(_MARK.sub(" ", bare)) if word not in _EMPTY]
        if not words:
            return 1.0
        held = sum(1 for word in words if self._known(word))
        pairs = [word[at : at + 2] for word in words for at in range(len(word) - 1)]
        shared = sum(1 for pair in pairs if pair in self._pairs) / len(pairs)
        return _WORD_SHARE * held / len(words) + (1 - _WORD_SHARE) * shared

    def _known(self, word: str) -> bool:
        """Tell whether a source holds the beginning of a stem: all of a short one, half of a long one."""
        return word[: max(_STEM, (len(word) + 1) // 2)] in self._text


def _stem(word: str) -> str:
    """Return the word without its particle or ending, two letters at least."""
    bare = _ENDING.sub("", word)
    return bare if len(bare) >= _STEM else word[:_STEM]


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """Return ``text`` with blanks for the spans."""
    out = text
    for start, end in spans:
        out = f"{out[:start]}{' ' * (end - start)}{out[end:]}"
    return out


def check(
    sentence: str,
    sources: Sequence[str],
    similarity: Callable[[str, str], float] | None = None,
    *,
    threshold: float = DEFAULT_THRESHOLD,
) -> Support:
    """Measure one sentence against sources. For a whole answer build ``Evidence`` once."""
    return Evidence(sources, similarity=similarity, threshold=threshold).check(sentence)


@dataclass(frozen=True, slots=True)
class GroundingGuard:
    """The check as a guard over a whole answer; made per answer, since it knows that answer's sources."""

    evidence: Evidence
    name: str = "grounding"
    stages: frozenset[Stage] = frozenset({Stage.OUTPUT})

    @property
    def rules(self) -> frozenset[str]:
        """Name the rules this guard can report."""
        return frozenset({FIGURE, SENTENCE})

    def inspect(self, text: str) -> Sequence[RawFinding]:
        """Return unsupported figures, and sentences that the sources do not carry."""
        gate = SentenceGate()
        out: list[RawFinding] = []
        at = 0
        for sentence in [*gate.feed(text), *gate.flush()]:
            support = self.evidence.check(sentence)
            whole = support.unsupported == ((0, len(sentence)),)
            rule = SENTENCE if whole else FIGURE
            out += [RawFinding(rule, round(1 - support.score, 4), at + s, at + e) for s, e in support.unsupported]
            at += len(sentence)
        return out
