r"""``Pseudonymiser``: reversible placeholders for one conversation (개인정보 보호법 28조의2 - 28조의5).

``hide`` puts numbered placeholders (``[전화번호_1]``) where personal data stood; the same value, however spaced or
dotted, has the same number for the whole conversation. ``restore`` puts the values back into what a model wrote, also
where the model damaged a placeholder (``[ 전화번호 _ １ ]``, ``\[전화번호\_1\]``). The state is a plain mapping of
strings that the application keeps encrypted and apart from the pseudonymised text (28조의4 제1항).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from guardrails.pii.engine import replace_spans, settle
from guardrails.pii.labels import LABELS, label_of
from guardrails.pii.normalise import fold
from guardrails.types import Entity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from guardrails.pii.engine import PiiEngine

STATE_VERSION: Final = 1
LITERAL_LABEL: Final = "원문표기"  # stands for user text that itself looks like a placeholder
_LITERAL: Final = "LITERAL"
_MIN_ECHO: Final = 3  # a value shorter than this is not looked for elsewhere in the text
_MAX_EXACT: Final = 200  # hidden texts remembered to the letter, oldest forgotten first

_ALL_LABELS = sorted({*LABELS.values(), "개인정보", LITERAL_LABEL}, key=len, reverse=True)
_SPACED = "|".join(r"\s?".join(label) for label in _ALL_LABELS)
_GLUE = r"(?:\s|\\|[_＿\-－])*"
# bracketed in any way with any glue, or bare with an underscore
PLACEHOLDER: Final = re.compile(
    rf"\\?[\[［【〔｛{{]\s*\**\s*(?P<a>{_SPACED}){_GLUE}(?P<n>\d{{1,5}})\s*\**\s*\\?[\]］】〕｝}}]"
    rf"|(?<![가-힣])(?P<b>{'|'.join(_ALL_LABELS)})\\?[_＿](?P<m>\d{{1,5}})(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Restored:
    """A restored text, and placeholders in it that this conversation never gave out (left as they are)."""

    text: str
    unknown: tuple[str, ...]


@dataclass(slots=True)
class _Book:
    """Placeholder → first surface form; (type, normalised value) → placeholder; hash of hidden text → surfaces."""

    values: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    exact: dict[str, list[str]] = field(default_factory=dict)


class Pseudonymiser:
    """Hides and restores personal data of one conversation. Not thread-safe: one conversation, one turn at a time."""

    def __init__(self, engine: PiiEngine, state: Mapping[str, Any] | None = None) -> None:
        """Start afresh, or go on from ``state`` of an earlier turn. Raises ValueError on a state that is none."""
        self._engine = engine
        self._book = _read_state(state)
        self._counts = Counter(mark[1:-1].rsplit("_", 1)[0] for mark in self._book.values)
        self._keys = {value_key(type_, self._book.values[mark]): mark for mark, type_ in self._book.types.items()}

    @property
    def state(self) -> dict[str, Any]:
        """Return what must be kept (encrypted) to restore later: JSON-serialisable, holds clear values."""
        return {
            "version": STATE_VERSION,
            "values": dict(self._book.values),
            "types": dict(self._book.types),
            "exact": {key: list(value) for key, value in self._book.exact.items()},
        }

    def hide(self, text: str, entities: Sequence[Entity] | None = None) -> str:
        """Return ``text`` with placeholders for personal data (found here unless given) and for look-alikes."""
        found = list(self._engine.find(text) if entities is None else entities)
        literals = [Entity(_LITERAL, *m.span(), 1.0) for m in PLACEHOLDER.finditer(text)]
        # literals first: half a look-alike left standing could be restored to somebody's value
        fixed = literals + [piece for e in found for piece in _beside(e, literals)]
        fixed = settle(fixed)
        spans = sorted([*fixed, *self._echoes(text, fixed)], key=lambda e: e.start)
        surfaces = [text[e.start : e.end] for e in spans]
        marks = [self._mark(e.type, surface) for e, surface in zip(spans, surfaces, strict=True)]
        masked = replace_spans(text, [(e.start, e.end, mark) for e, mark in zip(spans, marks, strict=True)])
        if any(self._book.values[mark] != surface for mark, surface in zip(marks, surfaces, strict=True)):
            self._remember(masked, surfaces)
        return masked

    def restore(self, text: str) -> str:
        """Return ``text`` with every known placeholder replaced by its value."""
        return self.restore_reporting(text).text

    def restore_reporting(self, text: str) -> Restored:
        """Restore, and report placeholders that were never given out."""
        matches = list(PLACEHOLDER.finditer(text))
        exact = self._book.exact.get(_digest(text))
        if exact is not None and len(exact) == len(matches):
            return Restored(
                replace_spans(text, [(*m.span(), value) for m, value in zip(matches, exact, strict=True)]), ()
            )
        unknown: list[str] = []
        spans: list[tuple[int, int, str]] = []
        for match in matches:
            value = self._book.values.get(_canonical(match))
            if value is None:
                unknown.append(match.group())
            else:
                spans.append((*match.span(), value))
        return Restored(replace_spans(text, spans), tuple(unknown))

    def _echoes(self, text: str, taken: Sequence[Entity]) -> list[Entity]:
        """Return further places where a value stands that was found here or in an earlier turn (a name without 씨)."""
        known: dict[str, str] = {text[e.start : e.end]: e.type for e in taken if e.type != _LITERAL}
        known |= {
            value: self._book.types[mark] for mark, value in self._book.values.items() if mark in self._book.types
        }
        known = {value: type_ for value, type_ in known.items() if len(value) >= _MIN_ECHO and type_ != _LITERAL}
        if not known:
            return []
        either = "|".join(re.escape(value) for value in sorted(known, key=len, reverse=True))
        covered = bytearray(len(text))
        for entity in taken:
            covered[entity.start : entity.end] = b"\x01" * (entity.end - entity.start)
        return [
            Entity(known[m.group()], *m.span(), 1.0)
            for m in re.finditer(either, text)
            if not any(covered[m.start() : m.end()])
        ]

    def _mark(self, type_: str, surface: str) -> str:
        """Return the placeholder of a value, a new one the first time."""
        key = value_key(type_, surface)
        mark = self._keys.get(key)
        if mark is None:
            label = LITERAL_LABEL if type_ == _LITERAL else label_of(type_)
            self._counts[label] += 1
            mark = f"[{label}_{self._counts[label]}]"
            self._keys[key] = mark
            self._book.values[mark] = surface
            self._book.types[mark] = type_
        return mark

    def _remember(self, masked: str, surfaces: list[str]) -> None:
        """Keep the exact surface forms of a text in which one value was written in several ways."""
        self._book.exact[_digest(masked)] = surfaces
        while len(self._book.exact) > _MAX_EXACT:
            del self._book.exact[next(iter(self._book.exact))]


def _beside(entity: Entity, literals: Sequence[Entity]) -> list[Entity]:
    """Return what of an entity stands outside the look-alikes, so that no part of a value stays in clear."""
    pieces = [(entity.start, entity.end)]
    for literal in literals:
        if literal.start < entity.end and entity.start < literal.end:
            pieces = [
                (start, end)
                for a, b in pieces
                for start, end in ((a, min(b, literal.start)), (max(a, literal.end), b))
                if start < end
            ]
    return [Entity(entity.type, start, end, entity.score) for start, end in pieces]


def _read_state(state: Mapping[str, Any] | None) -> _Book:
    """Check and read a stored state."""
    if state is None:
        return _Book()
    if state.get("version") != STATE_VERSION:
        raise ValueError(f"unknown pseudonymiser state version: {state.get('version')!r}")
    values, types, exact = state.get("values"), state.get("types"), state.get("exact", {})
    if not isinstance(values, dict) or not isinstance(types, dict) or set(values) != set(types):
        raise ValueError("pseudonymiser state is damaged: values and types differ")
    return _Book(dict(values), dict(types), {key: list(value) for key, value in exact.items()})


def value_key(type_: str, value: str) -> tuple[str, str]:
    """Return what two writings of one value have in common, however spaced or dotted: they get one placeholder."""
    return (type_, _normalise(type_, value))


def _normalise(type_: str, value: str) -> str:
    """Return the form by which two writings of one value are equal."""
    if type_ == _LITERAL:
        return value
    text = fold(value).text
    if type_ in {"PERSON", "KR_ADDRESS"}:
        return re.sub(r"[\s,]+", "", text)
    if type_ == "EMAIL":
        return re.sub(r"\s|[()\[\]]", "", text).lower().replace("골뱅이", "@")
    if type_ == "IP":
        return text.lower()
    kept = "".join(char for char in text if char.isalnum())
    return re.sub(r"^(?:00)?820?(?=\d{8,10}$)", "0", kept) if type_ == "PHONE" else kept.upper()


def _canonical(match: re.Match[str]) -> str:
    """Return the placeholder that a damaged one stands for."""
    label = re.sub(r"\s", "", match["a"] or match["b"])
    return f"[{label}_{int(match['n'] or match['m'])}]"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def placeholders(text: str) -> Iterable[str]:
    """Yield the canonical form of every placeholder in ``text`` (for checks that a model invented none)."""
    return (_canonical(match) for match in PLACEHOLDER.finditer(text))
