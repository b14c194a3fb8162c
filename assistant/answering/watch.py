"""What an answer takes: milliseconds and model calls of each step, and how long until the first text was shown."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from assistant.answering.events import EventType

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from assistant.answering.kit import Kit
    from assistant.answering.turn import Turn
    from assistant.ports import ChatModel


class CountedModel:
    """A chat model that counts how often it is asked; everything else is the model's own.

    Args:
        model: the model.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self.calls = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the model has
        return getattr(self._model, name)

    def stream(self, *args: Any, **how: Any) -> AsyncIterator[str]:  # noqa: ANN401 - as the model takes it
        """Ask the model, and count it."""
        self.calls += 1
        return self._model.stream(*args, **how)


class Watch:
    """Times the steps of one turn.

    Args:
        turn: the turn; what it emits is listened to.
    """

    def __init__(self, turn: Turn) -> None:
        self._emit = turn.emit
        self._began = self._step = time.perf_counter()
        self._first: float | None = None
        self._calls_until = 0
        self._reported = False
        self._calls_before = 0
        self._model: CountedModel | None = None
        turn.emit = self._listen

    def over(self, kit: Kit) -> Kit:
        """Return the same tools with a model whose calls are counted."""
        if kit.model is None:
            return kit
        self._model = CountedModel(kit.model)
        return replace(kit, model=cast("ChatModel", self._model))

    def begin(self) -> None:
        """A step begins."""
        self._step = time.perf_counter()
        self._calls_before = self._calls

    def told(self, name: str, label: str, budget_ms: int) -> dict[str, Any]:
        """Return what a step took, as pages and events show it.

        ``model_calls`` is left out where there was none. The step that showed the first text has ``first_text_ms``,
        since the turn began, and ``calls_until_text``: the model calls up to then, the answering one among them.
        """
        told: dict[str, Any] = {"name": name, "label": label, "ms": _ms(self._step), "budget_ms": budget_ms}
        if calls := self._calls - self._calls_before:
            told["model_calls"] = calls
        if self._first is not None and not self._reported:
            self._reported = True
            told["first_text_ms"] = round((self._first - self._began) * 1000, 1)
            told["calls_until_text"] = self._calls_until
        return told

    @property
    def _calls(self) -> int:
        return self._model.calls if self._model is not None else 0

    def _listen(self, type_: str, data: dict[str, Any]) -> None:
        if type_ == EventType.DELTA and self._first is None:
            self._first, self._calls_until = time.perf_counter(), self._calls
        self._emit(type_, data)


def _ms(since: float) -> float:
    return round((time.perf_counter() - since) * 1000, 1)
