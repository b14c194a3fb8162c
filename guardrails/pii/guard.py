"""Personal data as a guard: one rule per entity type, ``pii.kr_rrn``, ``pii.phone`` and so on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from guardrails.types import RawFinding, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardrails.pii.engine import PiiEngine


@dataclass(frozen=True, slots=True)
class PiiGuard:
    """Reports what the engine finds."""

    engine: PiiEngine
    name: str = "pii"
    stages: frozenset[Stage] = frozenset(Stage)

    @property
    def rules(self) -> frozenset[str]:
        """Name the rules this guard can report."""
        return frozenset(f"pii.{entity.lower()}" for entity in self.engine.entity_types)

    def inspect(self, text: str) -> Sequence[RawFinding]:
        """Return one finding per entity."""
        return [RawFinding(f"pii.{e.type.lower()}", e.score, e.start, e.end) for e in self.engine.find(text)]
