"""``PiiEngine``: presidio-analyzer with the house's Korean recognizers and no language model.

presidio (2 s to import) is loaded at the first ``find``. It runs with its no-op NLP engine and a registry that holds
only our recognizers: its own look suffix lists up over the network (e-mail) or take any twelve digits for a licence.
Long texts are read in overlapping windows, since presidio compares every result with every other.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any

from guardrails.pii.base import THRESHOLD
from guardrails.pii.labels import label_of
from guardrails.pii.normalise import fold
from guardrails.pii.recognizers import all_recognizers
from guardrails.types import Entity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from guardrails.pii.base import Recognizer

LANGUAGE = "ko"
_WINDOW = 4096  # characters whose entities a window owns
_BEFORE = 64  # context a window sees before what it owns
_AFTER = 256  # longest entity, read past the end of the window


def _build_analyzer(recognizers: Sequence[Recognizer], threshold: float) -> Any:  # noqa: ANN401 - vendor type, skipped by mypy
    """Return a presidio AnalyzerEngine that asks only ``recognizers``."""
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult  # noqa: PLC0415
    from presidio_analyzer.nlp_engine import NlpEngineProvider  # noqa: PLC0415

    class Adapter(EntityRecognizer):  # type: ignore[misc]
        """A recognizer of ours as presidio wants it."""

        def __init__(self, inner: Recognizer) -> None:
            self.inner = inner
            super().__init__(
                supported_entities=[inner.entity], name=f"{inner.entity}_recognizer", supported_language=LANGUAGE
            )

        def load(self) -> None:
            """Nothing to load: patterns compile with their module."""

        def analyze(self, text: str, entities: list[str], nlp_artifacts: object) -> list[Any]:  # noqa: ARG002 - presidio's signature
            """Return the inner recognizer's hits above the threshold."""
            return [
                RecognizerResult(
                    entity_type=inner.entity,
                    start=hit.start,
                    end=hit.end,
                    score=hit.score,
                    recognition_metadata={
                        RecognizerResult.RECOGNIZER_NAME_KEY: self.name,
                        RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
                    },
                )
                for inner in (self.inner,)
                for hit in inner.find(text)
                if hit.score >= threshold
            ]

    provider = NlpEngineProvider(
        nlp_configuration={
            "nlp_engine_name": "no_op",
            "models": [{"lang_code": LANGUAGE, "model_name": "no_op"}],
        }
    )
    registry = RecognizerRegistry(supported_languages=[LANGUAGE])
    for recognizer in recognizers:
        registry.add_recognizer(Adapter(recognizer))
    return AnalyzerEngine(registry=registry, nlp_engine=provider.create_engine(), supported_languages=[LANGUAGE])


class PiiEngine:
    """Finds and redacts personal data in Korean text. Thread-safe; offsets refer to the text as given."""

    def __init__(
        self,
        recognizers: Iterable[Recognizer] | None = None,
        *,
        threshold: float = THRESHOLD,
        analyzer: Any = None,  # noqa: ANN401
    ) -> None:
        """Take other recognizers or a ready presidio analyzer where a deployment has its own."""
        self._recognizers = tuple(recognizers) if recognizers is not None else all_recognizers()
        self._threshold = threshold
        self._given = analyzer
        self._lock = threading.Lock()

    @functools.cached_property
    def _analyzer(self) -> Any:  # noqa: ANN401
        with self._lock:
            return self._given if self._given is not None else _build_analyzer(self._recognizers, self._threshold)

    @property
    def entity_types(self) -> tuple[str, ...]:
        """Return the entity types that this engine looks for."""
        return tuple(recognizer.entity for recognizer in self._recognizers)

    def find(self, text: str) -> list[Entity]:
        """Return entities sorted by start and free of overlaps: the longest wins, then the highest score."""
        if not text:
            return []
        folded = fold(text)
        found = settle(self._windows(folded.text))
        return [Entity(e.type, *folded.span(e.start, e.end), e.score) for e in found]

    def redact(self, text: str) -> tuple[str, list[Entity]]:
        """Return the text with ``[주민등록번호]``-style labels in place of values, and what was found in ``text``."""
        entities = self.find(text)
        return replace_spans(text, [(e.start, e.end, f"[{label_of(e.type)}]") for e in entities]), entities

    def _windows(self, text: str) -> Iterator[Entity]:
        """Yield entities of every window, each by the window that owns its start."""
        for begin in range(0, len(text), _WINDOW):
            left = max(0, begin - _BEFORE)
            right = min(len(text), begin + _WINDOW + _AFTER)
            for result in self._analyzer.analyze(text=text[left:right], language=LANGUAGE):
                start, end = result.start + left, result.end + left
                if begin <= start < begin + _WINDOW:
                    yield Entity(result.entity_type, start, end, round(float(result.score), 3))


def settle(entities: Iterable[Entity]) -> list[Entity]:
    """Drop overlaps: longest first, then highest score, then earliest; sorted by start."""
    taken: list[Entity] = []
    ends: dict[int, int] = {}
    covered: set[int] = set()
    for entity in sorted(entities, key=lambda e: (e.start - e.end, -e.score, e.start, e.type)):
        # longest first: an overlap with a taken one shows at the first or last character
        if entity.start in covered or entity.end - 1 in covered or entity.start in ends:
            continue
        taken.append(entity)
        covered.update(range(entity.start, entity.end))
    return sorted(taken, key=lambda e: e.start)


def replace_spans(text: str, spans: Iterable[tuple[int, int, str]]) -> str:
    """Return ``text`` with each (start, end, replacement) put in; spans sorted and apart."""
    out: list[str] = []
    at = 0
    for start, end, replacement in spans:
        out += (text[at:start], replacement)
        at = end
    out.append(text[at:])
    return "".join(out)
