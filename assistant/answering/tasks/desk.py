"""Tasks as turns: kept, run, streamed, stopped, shared and taken out like every answer, under the same rights."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from assistant.answering import store
from assistant.answering.ask import Step
from assistant.answering.events import EventType
from assistant.answering.steps.check import RIGHTS_CHANGED, check
from assistant.answering.steps.compose import EXTRACTIVE, compose
from assistant.answering.steps.screen import screen
from assistant.answering.tasks import asking, differences, digest, duties, modelled, tables
from assistant.answering.tasks.points import Point, laid_out
from assistant.answering.tasks.reading import MOST_PASSAGES, passages, screened, structure
from assistant.answering.tasks.spec import NAMES, Task, TaskKind, Wanted, prepare
from assistant.answering.turn import Status
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import AuditAction, record
from assistant.messages import title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.accounts.identity import Principal
    from assistant.answering.kit import Kit
    from assistant.answering.turn import Source, Turn
    from assistant.db.engine import Database
    from assistant.ports import ChatModel, Sealer

_GRADES: Final = "OSC"
_ENOUGH: Final = 0.34  # share of a question's words that a text must hold to be asked
_NOTHING: Final = {
    TaskKind.SUMMARY: "요약할 문장을 찾지 못했습니다. 문서에 글이 거의 없거나 표와 그림뿐일 수 있습니다.",
    TaskKind.DUTIES: "의무나 기한을 정한 문장을 찾지 못했습니다.",
    TaskKind.TABLES: "이 문서에서 표를 찾지 못했습니다.",
    TaskKind.COMPARE: "두 글 사이에 달라진 곳이 없습니다.",
}


class Desk:
    """Takes tasks in and gives the steps that carry them out.

    Args:
        database: where texts and turns are.
        sealer: encrypts what was typed.
        most: longest question accepted.
    """

    def __init__(self, database: Database, sealer: Sealer, *, most: int) -> None:
        self._database = database
        self._sealer = sealer
        self._most = most

    def start(
        self, principal: Principal, wanted: Wanted, *, asked: str = "", conversation_id: str | None = None
    ) -> str:
        """Keep a task and return the id of its turn; the service runs it like any other.

        A task on an attached file stays in that file's conversation.

        Raises:
            Failure: ``document_not_found``, ``conversation_not_found``, ``question_empty``, ``question_too_long``.
        """
        if wanted.kind is TaskKind.ASK and not asked.strip():
            raise Failure(ErrorCode.QUESTION_EMPTY)
        if len(asked) > self._most:
            raise Failure(ErrorCode.QUESTION_TOO_LONG, detail=f"{len(asked)} > {self._most}")
        with self._database.write() as session:
            task, home = prepare(session, principal, wanted)
            question = task.question(asked if wanted.kind is TaskKind.ASK else "")
            row = store.begin(
                session,
                principal,
                self._sealer.seal(question),
                conversation_id=home or conversation_id,
                collection=None,
            )
            row.task = task.kept()
            record(
                session,
                actor=principal.username,
                action=AuditAction.TURN_ASKED,
                subject=f"turn:{row.id}",
                data={
                    "conversation": row.conversation_id,
                    "characters": len(asked),
                    "task": task.kind.value,
                    "versions": [text.version_id for text in task.texts],
                },
            )
            return row.id

    def steps(self, task: Task) -> tuple[Step, ...]:
        """Return the steps of a task."""
        work = _Work(self._database, task)
        first = Step("screen", "요청을 확인하고 있습니다", screen, 100)
        read = Step("read", "문서를 읽고 있습니다", work.read, 500)
        if task.kind is TaskKind.ASK:
            return (
                first,
                read,
                Step("compose", "답변을 쓰고 있습니다", compose, 500),
                Step("check", "근거를 확인하고 있습니다", check, 200),
            )
        return (
            first,
            read,
            Step("compose", f"{NAMES[task.kind]}을(를) 정리하고 있습니다", work.write, 1500),
            Step("check", "근거를 확인하고 있습니다", work.close, 200),
        )


class _Work:
    """One task under way."""

    def __init__(self, database: Database, task: Task) -> None:
        self._database = database
        self._task = task
        self._texts: list[list[Source]] = []
        self._points: list[Point] = []

    async def read(self, turn: Turn, kit: Kit) -> None:
        """Read the passages this person may read; for a question choose those that speak of it."""
        found = await asyncio.to_thread(self._passages, turn)
        if any(len(one) > MOST_PASSAGES for one in found):
            turn.notice("task_cut", f"문서가 길어 앞의 {MOST_PASSAGES}개 조각만 읽었습니다.")
        self._texts = [await asyncio.to_thread(screened, one[:MOST_PASSAGES], turn, kit) for one in found]
        turn.grade = max([turn.grade, *(source.grade for one in self._texts for source in one)], key=_GRADES.index)
        if self._task.kind is not TaskKind.ASK:
            turn.search_query = turn.question
            return
        turn.search_query = turn.question.rsplit("」 ", 1)[-1]
        chosen, share = await asyncio.to_thread(asking.ranked, turn.search_query, self._texts[0])
        turn.evidence = 1.0
        turn.sources = [replace(source, n=n) for n, source in enumerate(chosen, start=1)]
        turn.emit(EventType.SOURCES, {"items": [source.view() for source in turn.sources]})
        if not chosen or share < _ENOUGH:
            turn.end(Status.UNANSWERABLE_NO_SOURCE)

    def _passages(self, turn: Turn) -> list[list[Source]]:
        with self._database.read() as session:
            return [passages(session, turn.principal, turn.conversation_id, text) for text in self._task.texts]

    async def write(self, turn: Turn, kit: Kit) -> None:
        """Make the points, by a model where one may read the text and the task is for one, else by rules."""
        model = kit.model
        turn.model = EXTRACTIVE
        if model is not None and self._task.kind in modelled.ORDERS and not kit.short_answers(model):
            if _GRADES.index(turn.grade) > _GRADES.index(model.max_grade):
                turn.notice(
                    "grade_local", f"{turn.grade}등급 문서라 언어 모델에 보내지 않고, 문서의 문장을 그대로 골랐습니다."
                )
            else:
                await self._by_model(turn, kit, model)
        if not self._points and not turn.ended:
            self._points = await asyncio.to_thread(self._by_rules)
        self._show(turn)

    async def _by_model(self, turn: Turn, kit: Kit, model: ChatModel) -> None:
        try:
            self._points = await modelled.work(self._task.kind, self._texts[0], turn, kit, model)
        except Failure as failure:
            turn.failure = failure
            turn.notice(failure.code.value, f"{title(failure.code)} 문서의 문장을 대신 골랐습니다.")
        if not self._points:
            turn.model, turn.prompt = EXTRACTIVE, ""

    def _by_rules(self) -> list[Point]:
        kind, first = self._task.kind, self._texts[0]
        if kind is TaskKind.SUMMARY:
            return digest.summarise(first)
        if kind is TaskKind.DUTIES:
            return duties.duties(first)
        with self._database.read() as session:
            contents = [structure(session, text.version_id) for text in self._task.texts]
        if kind is TaskKind.TABLES:
            return tables.points(tables.tables(contents[0].text, contents[0].blocks), first)
        return differences.changes(contents[0], contents[1], first, self._texts[1])

    def _show(self, turn: Turn) -> None:
        if turn.ended:
            return
        if not self._points:
            turn.draft = _NOTHING[self._task.kind]
            turn.emit(EventType.DELTA, {"text": turn.draft})
            return
        lines, turn.sources = laid_out(self._points)
        shown = sum(line.startswith("- ") for line in lines)
        if shown < len(self._points):
            turn.notice("task_most", f"모두 {len(self._points)}건 가운데 {shown}건을 보여 드립니다.")
        turn.emit(EventType.SOURCES, {"items": [source.view() for source in turn.sources]})
        turn.draft = "\n".join(lines)
        turn.emit(EventType.DELTA, {"text": turn.draft})

    async def close(self, turn: Turn, kit: Kit) -> None:
        """Ask for rights once more, see that every quote is the text's own, and end the turn."""
        del kit
        lost = await asyncio.to_thread(turn.lost, turn.sources or [one for text in self._texts for one in text[:1]])
        if lost:
            turn.sources = []
            turn.end(Status.BLOCKED_OUTPUT, RIGHTS_CHANGED)
            turn.emit(EventType.RETRACT, {"text": turn.answer, "reason": "rights_changed"})
            return
        _assert_verbatim(turn.sources)
        turn.emit(EventType.CITATIONS, {"items": [source.view() for source in turn.sources], "marks": []})
        written = turn.model != EXTRACTIVE
        turn.end(Status.ANSWERED if written else Status.ANSWERED_EXTRACTIVE, turn.draft)


def _assert_verbatim(sources: Sequence[Source]) -> None:
    for source in sources:
        at = source.start - source.chunk_start
        if source.text[at : at + len(source.quote)] != source.quote:
            raise AssertionError(f"quote of source {source.n} is not verbatim")
