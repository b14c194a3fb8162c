"""Grounding: does a sentence of an answer stand on its sources? (신뢰성).

Figures must stand in the sources exactly, in any Korean writing and on the same side (이상 is not 이하). Words are
measured by coverage: stems and character pairs of the sentence that occur in the sources. Quotations must be verbatim,
and a turned polarity (할 수 있다 / 할 수 없다) is seen where both speak of the same verb (``polarity``). The wrong one
of two true figures passes: a judge model or a person must see it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Final

from guardrails.figures import Figure, circled_paragraphs, figures
from guardrails.folding import squeeze
from guardrails.polarity import turned
from guardrails.stream import SentenceGate
from guardrails.types import RawFinding, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from guardrails.figures import Key

DEFAULT_THRESHOLD: Final = 0.6
FIGURE: Final = "grounding.figure"
SENTENCE: Final = "grounding.sentence"
QUOTE: Final = "grounding.quote"
POLARITY: Final = "grounding.polarity"
NO_SOURCE_TEXT: Final = "근거를 찾지 못했습니다"

_WORD: Final = re.compile(r"[가-힣]{2,}|[A-Za-z]{2,}")
_MARK: Final = re.compile(r"\[(?:\d{1,3}(?:[,~-] ?\d{1,3})*|[가-힣A-Za-z][가-힣A-Za-z ]{0,20}_\d{1,4})\]")
_QUOTATION: Final = re.compile(r"[“\"]([^“”\"\n]{2,600})[”\"]")
_TITLE: Final = re.compile(r"[「『]([^「」『』\n]{2,80})[」』]")
_SENTENCE_END: Final = re.compile(r"(?<=[다요음함임됨])\.(?=\s|$)|\n")
_LETTERS: Final = re.compile(r"[^\W\d_]")
_HANGUL: Final = re.compile(r"[가-힣]")
_LATIN: Final = re.compile(r"[A-Za-z]")
_FEW_LETTERS: Final = 10  # PDF, HWP: abbreviations alone are no other language
_FEW_STRANGE: Final = 2  # letters of other scripts than Hangul and Latin
_KOREAN_SHARE: Final = 0.4
_FEW_WORDS: Final = 40  # characters of an aside about missing grounds; a longer sentence claims something
_ENDING: Final = re.compile(
    r"(?:하여야|해야|하거나|하면서|하지만|합니다|됩니다|입니다|습니다|ㅂ니다|니다|하고|하며|되며|되고|"
    r"한다|된다|이다|하는|되는|하여|되어|해서|하면|되면|했던|"
    r"에게서|에서는|으로는|에게|에서|으로|부터|까지|이나|라도|이며|이고|은|는|이|가|을|를|의|에|로|와|"
    r"과|도|만|한|된|할|될|함|됨|해|돼)$"
)
_ADDRESS: Final = re.compile(r"https?://\S+|[\w.+-]+@[\w.-]+")
_PLAIN_QUOTES: Final = str.maketrans("“”‘’「」『』", '""\'\'""""')
_LONGER: Final = {"년": (12, "개월"), "주": (7, "일")}
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
    """How well a sentence is supported: score in [0, 1], unsupported (start, end) spans, and the verdict.

    ``rule`` is the rule it breaks, empty when it stands.
    """

    score: float
    unsupported: tuple[tuple[int, int], ...]
    ok: bool
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of one source: figures with the sides on which it has them, their values, letters and pairs."""

    source: str
    keys: dict[Key, set[str]]
    values: frozenset[str]
    text: str
    pairs: frozenset[str]
    letters: str


class Evidence:
    """The sources of one answer, or some of them, read once and asked for every sentence."""

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
        self._similarity = similarity
        self._threshold = threshold
        self.readings: tuple[Reading, ...] = tuple(_read(source) for source in sources)

    @classmethod
    def union(cls, parts: Sequence[Evidence], *, threshold: float = DEFAULT_THRESHOLD) -> Evidence:
        """Return the evidence of several sources together, without reading them again."""
        whole = cls((), threshold=threshold)
        whole.readings = tuple(reading for part in parts for reading in part.readings)
        return whole

    def check(self, sentence: str) -> Support:
        """Measure one sentence: figures first, then quotations and names of laws, polarity, words."""
        written = figures(sentence)
        if not sentence.strip() or (NO_SOURCE_TEXT in sentence and not written and _is_aside(sentence)):
            return Support(1.0, (), ok=True)
        missing = [(f.start, f.end) for f in written if not self._holds(f)]
        score = self.coverage(sentence)
        if self._similarity is not None and self.readings:
            near = max(self._similarity(sentence, reading.source) for reading in self.readings)
            score = (score + min(1.0, max(0.0, near))) / 2
        rule = FIGURE if missing else ""
        if not missing and (missing := self.misquoted(sentence)):
            rule = QUOTE
        if not missing and score < self._threshold:
            rule, missing = SENTENCE, [(0, len(sentence))]
        if not missing and turned(sentence, self.sentences(), partial(_held, _content(sentence))):
            rule, missing = POLARITY, [(0, len(sentence))]
        score = round(score * (0.5 if rule and rule != SENTENCE else 1.0), 4)
        return Support(score, tuple(missing), ok=not rule, rule=rule)

    def misquoted(self, sentence: str) -> list[tuple[int, int]]:
        """Return the spans of quotations and names of laws, marks included, that stand in no source."""
        spans = [m.span() for m in _QUOTATION.finditer(sentence) if not self.quotes(m[1])]
        texts = [reading.text for reading in self.readings]
        names = [(m.span(), squeeze(m[1]).text) for m in _TITLE.finditer(sentence)]
        return spans + [span for span, name in names if not any(name in text for text in texts)]

    def quotes(self, words: str) -> bool:
        """Tell whether words stand in a source letter by letter, white space and a last full stop aside."""
        wanted = _close(words).rstrip(".")
        return any(wanted in reading.letters for reading in self.readings)

    def sentences(self) -> list[str]:
        """Return the sources' sentences."""
        parts = (part for reading in self.readings for part in _SENTENCE_END.split(reading.source))
        return [part for part in parts if part.strip()]

    def _holds(self, figure: Figure) -> bool:
        """Tell whether a figure stands in the sources, on the side that is claimed."""
        key = figure.key
        sides: set[str] = set()
        for one in (key, *_follows(key, back=True)):
            sides.update(*(reading.keys.get(one, ()) for reading in self.readings))
        if sides:
            return not figure.bound or figure.bound in sides or "" in sides
        if key[0] in {"num", "id"}:
            return any(key[1] in reading.values for reading in self.readings)
        bare = key[0] in {"qty", "item"} and any(("num", key[1]) in reading.keys for reading in self.readings)
        if key[0] == "item":  # 제3호 of a list that numbers its items 3.
            return bare or any(f"{key[1]}호" in reading.text for reading in self.readings)
        return bare

    def coverage(self, sentence: str) -> float:
        """Return the share of the sentence's words and character pairs that the sources hold; 1 without words."""
        words = _content(sentence)
        if not words:
            return 1.0
        held = sum(1 for word in words if any(_begins(word) in reading.text for reading in self.readings))
        pairs = [word[at : at + 2] for word in words for at in range(len(word) - 1)]
        shared = sum(1 for pair in pairs if any(pair in reading.pairs for reading in self.readings)) / len(pairs)
        return _WORD_SHARE * held / len(words) + (1 - _WORD_SHARE) * shared


def _read(source: str) -> Reading:
    """Read a source once: its figures and what follows from them, its letters and pairs of letters."""
    keys: dict[Key, set[str]] = {}
    values: set[str] = set()
    for figure in figures(source):
        key = figure.key
        for one in (key, *_follows(key)):
            keys.setdefault(one, set()).add(figure.bound)
        if key[0] not in {"art", "para", "item", "address", "word"}:
            values.update(part for part in key[1:] if part[:1].isdigit())
    for key in circled_paragraphs(source):
        keys.setdefault(key, set()).add("")
    text = squeeze(source).text
    pairs = frozenset(text[index : index + 2] for index in range(len(text) - 1))
    return Reading(source, keys, frozenset(values), text, pairs, _close(source))


def overlap(sentence: str, other: str) -> float:
    """Return the share of the sentence's content words that another text holds, in [0, 1]."""
    return _held(_content(sentence), other)


def _held(words: Sequence[str], other: str) -> float:
    """Return the share of words that a text holds, in [0, 1]; 0 without words."""
    text = squeeze(other).text
    return sum(1 for word in words if _begins(word) in text) / len(words) if words else 0.0


def _follows(key: Key, *, back: bool = False) -> list[Key]:
    """Return what a figure of a source also says; ``back``: in which other forms it would support this one."""
    if key[0] == "date" and not back:
        return [("ym", key[1], key[2]), ("md", key[2], key[3]), ("year", key[1])]
    if key[0] == "ym" and not back:
        return [("year", key[1])]
    if key[0] == "frac":
        share = Decimal(key[2]) * 100 / Decimal(key[1]) if Decimal(key[1]) else Decimal(0)
        return [("pct", format(share.normalize(), "f"))] if share == round(share, 4) else []
    if key[0] == "qty" and key[2] in _LONGER:
        times, unit = _LONGER[key[2]]
        return [("qty", format((Decimal(key[1]) * times).normalize(), "f"), unit)]
    return []


def _content(sentence: str) -> list[str]:
    """Return the stems of the words of a sentence that say something; figures, marks and empty words left out."""
    bare = _without(sentence, [(f.start, f.end) for f in figures(sentence)])
    return [_stem(word.lower()) for word in _WORD.findall(_MARK.sub(" ", bare)) if word not in _EMPTY]


def _begins(word: str) -> str:
    """Return the beginning of a stem that must occur: all of a short one, half of a long one."""
    return word[: max(_STEM, (len(word) + 1) // 2)]


def _close(text: str) -> str:
    """Return a text without white space and with plain quotation marks, to compare letter by letter."""
    return re.sub(r"\s+", "", text).translate(_PLAIN_QUOTES)


def _is_aside(sentence: str) -> bool:
    """Whether a sentence that says that no ground was found says nothing else."""
    return len(re.sub(r"\s", "", sentence.replace(NO_SOURCE_TEXT, ""))) <= _FEW_WORDS


def foreign(sentence: str) -> bool:
    """Tell whether a sentence is written in another language than Korean: most of its letters are no Hangul."""
    bare = _ADDRESS.sub(" ", _MARK.sub(" ", sentence))
    letters, korean, latin = len(_LETTERS.findall(bare)), len(_HANGUL.findall(bare)), len(_LATIN.findall(bare))
    if letters - korean - latin > max(_FEW_STRANGE, korean):
        return True
    return letters >= _FEW_LETTERS and korean < _KOREAN_SHARE * letters


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
        return frozenset({FIGURE, SENTENCE, QUOTE, POLARITY})

    def inspect(self, text: str) -> Sequence[RawFinding]:
        """Return unsupported figures, and sentences that the sources do not carry."""
        gate = SentenceGate()
        out: list[RawFinding] = []
        at = 0
        for sentence in [*gate.feed(text), *gate.flush()]:
            support = self.evidence.check(sentence)
            out += [
                RawFinding(support.rule, round(1 - support.score, 4), at + s, at + e) for s, e in support.unsupported
            ]
            at += len(sentence)
        return out
