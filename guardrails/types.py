"""The words of the guards: values, stages, actions, findings and personal-data entities.

Spans are Python string offsets into the text exactly as it was given, whatever a guard
normalises inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Value(StrEnum):
    """The four values of the city's guideline for generative AI."""

    FAIRNESS = "fairness"  # 공정성
    RELIABILITY = "reliability"  # 신뢰성
    RESPONSIBILITY = "responsibility"  # 책임성
    SECURITY = "security"  # 보안성


class Stage(StrEnum):
    """Where a text stands when it is looked at."""

    INPUT = "input"  # what a person typed
    CONTEXT = "context"  # what retrieval brought
    OUTPUT = "output"  # what a model wrote


class Action(StrEnum):
    """What policy does about a finding, from mild to strict."""

    ALLOW = "allow"
    NOTE = "note"
    REDACT = "redact"
    WARN = "warn"
    BLOCK = "block"

    @property
    def severity(self) -> int:
        """Rank for picking the strictest of several actions."""
        return list(Action).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a guard noticed: rule id, ethics value, stage, action by policy, score in [0, 1], span."""

    rule: str
    value: Value
    stage: Stage
    action: Action
    score: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class GuardReport:
    """All findings on one text and the strictest action among them."""

    action: Action
    findings: tuple[Finding, ...]

    def strictest(self, action: Action) -> Finding | None:
        """Return the first finding with this action, for the reason shown to the user."""
        return next((f for f in self.findings if f.action is action), None)


@dataclass(frozen=True, slots=True)
class Entity:
    """A personal datum: ``type`` is a presidio-style entity name (``KR_RRN``, ``PERSON`` …)."""

    type: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class RawFinding:
    """What a guard sees before policy gives it value and action."""

    rule: str
    score: float
    start: int
    end: int


class Guard(Protocol):
    """Looks at one text. Adding a guard is one module with this method and a policy rule."""

    @property
    def name(self) -> str:
        """Name the guard."""
        ...

    @property
    def stages(self) -> frozenset[Stage]:
        """Say at which stages it looks."""
        ...

    def inspect(self, text: str) -> Sequence[RawFinding]:
        """Return what was noticed; an empty sequence means nothing was."""
        ...
