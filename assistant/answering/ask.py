"""The answer pipeline. Read this first.

A turn is a list of named steps over one state object. Each step reads and writes the turn, may end it by
setting a status, and is timed; a broken dependency surfaces as a ``Failure`` and becomes an ``error_…`` ending.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assistant.answering.events import EventType
from assistant.answering.steps.check import check
from assistant.answering.steps.compose import compose
from assistant.answering.steps.retrieve import retrieve
from assistant.answering.steps.rewrite import rewrite
from assistant.answering.steps.screen import screen
from assistant.answering.turn import Status
from assistant.answering.watch import Watch
from assistant.errors import ErrorCode, Failure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from assistant.answering.kit import Kit
    from assistant.answering.turn import Turn


@dataclass(frozen=True, slots=True)
class Step:
    """One named step: its function, what the page says while it runs, and the milliseconds it should take.

    The budget is for the work of this machine; what a language model takes beyond it is shown beside it, not hidden.
    """

    name: str
    label: str
    run: Callable[[Turn, Kit], Awaitable[None]]
    budget_ms: int


STEPS: Final = (
    Step("screen", "질문을 확인하고 있습니다", screen, 100),
    Step("rewrite", "앞선 대화를 살피고 있습니다", rewrite, 50),
    Step("retrieve", "문서를 찾고 있습니다", retrieve, 300),
    Step("compose", "답변을 쓰고 있습니다", compose, 500),
    Step("check", "근거를 확인하고 있습니다", check, 200),
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
    await walk(STEPS, turn, kit)


async def walk(steps: Sequence[Step], turn: Turn, kit: Kit) -> None:
    """Take a turn through steps until one ends it; each is timed, and its model calls are counted.

    Raises:
        Exception: a defect of ours.
    """
    watch = Watch(turn)
    kit = watch.over(kit)
    for step in steps:
        if turn.ended:
            break
        if turn.stopped():
            turn.end(Status.REFUSED_STOPPED)
            break
        turn.emit(EventType.STEP, {"name": step.name, "state": "started", "label": step.label})
        watch.begin()
        try:
            await step.run(turn, kit)
        except Failure as failure:
            turn.failure = failure
            turn.end(_ENDINGS.get(failure.code, Status.ERROR_INTERNAL))
        told = watch.told(step.name, step.label, step.budget_ms)
        turn.steps.append(told)
        turn.emit(EventType.STEP, {"state": "done", **told})
