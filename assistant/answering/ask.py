"""The answer pipeline. Read this first.

A turn is a list of named steps over one state object. Each step reads and writes the turn, may end it by
setting a status, and is timed; a broken dependency surfaces as a ``Failure`` and becomes an ``error_…`` ending.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assistant.answering.events import EventType
from assistant.answering.steps.check import check
from assistant.answering.steps.compose import compose
from assistant.answering.steps.retrieve import retrieve
from assistant.answering.steps.rewrite import rewrite
from assistant.answering.steps.screen import screen
from assistant.answering.turn import Status
from assistant.errors import ErrorCode, Failure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from assistant.answering.kit import Kit
    from assistant.answering.turn import Turn


@dataclass(frozen=True, slots=True)
class Step:
    """One named step: its function and what the page says while it runs."""

    name: str
    label: str
    run: Callable[[Turn, Kit], Awaitable[None]]


STEPS: Final = (
    Step("screen", "질문을 확인하고 있습니다", screen),
    Step("rewrite", "앞선 대화를 살피고 있습니다", rewrite),
    Step("retrieve", "문서를 찾고 있습니다", retrieve),
    Step("compose", "답변을 쓰고 있습니다", compose),
    Step("check", "근거를 확인하고 있습니다", check),
)
LABELS: Final = {step.name: step.label for step in STEPS}

_ENDINGS: Final = {
    ErrorCode.INDEX_UNAVAILABLE: Status.ERROR_INDEX,
    ErrorCode.EMBEDDER_UNAVAILABLE: Status.ERROR_INDEX,
    ErrorCode.COLLECTION_NOT_FOUND: Status.UNANSWERABLE_NO_SOURCE,  # the chosen one was closed to this person since
}


async def ask(turn: Turn, kit: Kit) -> None:
    """Take a turn to its end. Afterwards ``turn.status`` is set, whatever happened.

    Raises:
        Exception: a defect of ours; the caller ends the turn as ``error_internal`` and logs it.
    """
    for step in STEPS:
        if turn.ended:
            break
        if turn.stopped():
            turn.end(Status.REFUSED_STOPPED)
            break
        turn.emit(EventType.STEP, {"name": step.name, "state": "started", "label": step.label})
        started = time.perf_counter()
        try:
            await step.run(turn, kit)
        except Failure as failure:
            turn.failure = failure
            turn.end(_ENDINGS.get(failure.code, Status.ERROR_INTERNAL))
        took = round((time.perf_counter() - started) * 1000, 1)
        turn.steps.append({"name": step.name, "label": step.label, "ms": took})
        turn.emit(EventType.STEP, {"name": step.name, "state": "done", "label": step.label, "ms": took})
