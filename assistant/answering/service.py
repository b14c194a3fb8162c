"""Questions and answers as the rest of the product uses them.

The work belongs to the process, not to a connection: closing the tab loses neither the answer nor the record. A
turn whose process died is taken over by another one, or by the same one after its restart.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete

from assistant.answering import files, rights, store
from assistant.answering.ask import STEPS, walk
from assistant.answering.claiming import Claimed, take
from assistant.answering.events import Event, EventType
from assistant.answering.live import LiveTurn
from assistant.answering.reader import Reader
from assistant.answering.sharing import Sharing
from assistant.answering.tasks.desk import Desk
from assistant.answering.tasks.spec import Task
from assistant.answering.turn import Status, Turn
from assistant.db.models import Conversation, Feedback, TurnRow, new_id
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import AuditAction, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.answering.ask import Step
    from assistant.answering.kit import Kit
    from assistant.answering.turn import Source
    from assistant.db.engine import Database
    from assistant.ports import ChatModel, JobQueue, Sealer
    from guardrails.pii.engine import PiiEngine

log = logging.getLogger(__name__)

_POLL_S = 0.3  # how often the events of a turn that another process runs are looked for


class AnswerService:
    """Starts, runs, shows and stops turns.

    Args:
        database: where everything is kept.
        sealer: encrypts what was typed.
        pii: finds and hides personal data.
        kit: gives the tools of the pipeline; called when first needed, because some load models.
        question_max_chars: longest question accepted.
        queue: takes the clean-up of the files of deleted conversations.
    """

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        pii: PiiEngine,
        kit: Callable[[], Kit],
        *,
        question_max_chars: int = 8000,
        queue: JobQueue | None = None,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._pii = pii
        self._kit = kit
        self._most = question_max_chars
        self._queue = queue
        self._reader = Reader(sealer, pii)
        self.sharing = Sharing(database)
        self.desk = Desk(database, sealer, most=question_max_chars)
        self._owner = new_id()
        self._model: ChatModel | None = None  # known once the kit is built
        self._live: dict[str, LiveTurn] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # -- asking

    def start(
        self,
        principal: Principal,
        question: str,
        *,
        conversation_id: str | None = None,
        collection: str | None = None,
        as_of: date | None = None,
        after: str | None = None,
        instead_of: str | None = None,
    ) -> str:
        """Keep a question and return the id of its turn; :meth:`run` or :meth:`launch` then answers it.

        ``as_of`` is the day whose law the answer goes by; today in Korea when not given. The turn follows ``after``
        (the newest one when not given) or stands in for ``instead_of``, whose question was edited or is asked again.

        Raises:
            Failure: ``question_empty``, ``question_too_long``, ``conversation_not_found``, ``collection_not_found``,
                ``turn_not_found`` where another turn is named that is not of this conversation.
        """
        if not question.strip():
            raise Failure(ErrorCode.QUESTION_EMPTY)
        if len(question) > self._most:
            raise Failure(ErrorCode.QUESTION_TOO_LONG, detail=f"{len(question)} > {self._most}")
        sealed = self._sealer.seal(question)
        with self._database.write() as session:
            row = store.begin(
                session,
                principal,
                sealed,
                conversation_id=conversation_id,
                collection=collection,
                after=after,
                instead_of=instead_of,
            )
            row.as_of = as_of
            record(
                session,
                actor=principal.username,
                action=AuditAction.TURN_ASKED,
                subject=f"turn:{row.id}",
                data={
                    "conversation": row.conversation_id,
                    "characters": len(question),
                    **({"as_of": as_of.isoformat()} if as_of else {}),
                    **({"instead_of": instead_of} if instead_of else {}),
                },
            )
            return row.id

    async def answer(self, principal: Principal, question: str, **how: Any) -> dict[str, Any]:  # noqa: ANN401 - as for start
        """Ask and wait for the answer; returns the turn's view. Takes and raises what :meth:`start` does."""
        turn_id = await asyncio.to_thread(self.start, principal, question, **how)
        await self.run(turn_id)
        return await asyncio.to_thread(self._view_by_id, principal, turn_id)

    def launch(self, turn_id: str) -> None:
        """Let the running event loop answer a turn, whoever is listening."""
        task = asyncio.create_task(self.run(turn_id), name=f"turn {turn_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def run(self, turn_id: str) -> None:
        """Answer a turn to its end. Does nothing when it has ended or another process is at it."""
        claimed = await asyncio.to_thread(self._claim, turn_id)
        if claimed is None:
            return
        row, principal = claimed.row, claimed.principal
        live = LiveTurn(self._database, turn_id, self._owner, claimed.seq)
        self._live[turn_id] = live
        turn = Turn(
            id=turn_id,
            conversation_id=row.conversation_id,
            principal=principal,
            typed=claimed.typed,
            collection=claimed.collection,
            pseudonyms=claimed.pseudonyms,
            emit=live.emit,
            stopped=live.stopped,
            lost=partial(self._lost, principal.username, row.conversation_id),
            past=claimed.past,
            as_of=row.as_of,
        )
        if row.attempts > 1:
            live.emit(EventType.RESTART, {})
        pump = asyncio.create_task(live.pump())
        try:
            steps = self.desk.steps(Task.of(row.task)) if row.task else STEPS
            await self._work(turn, live, steps, exhausted=row.attempts > store.MOST_ATTEMPTS)
        except asyncio.CancelledError:
            await asyncio.to_thread(self._release, turn_id)  # the process is going down: somebody else goes on
            raise
        finally:
            live.close()
            await asyncio.shield(pump)
            if turn.ended:
                await asyncio.shield(asyncio.create_task(self._finish(turn, live)))
            self._live.pop(turn_id, None)

    async def _work(self, turn: Turn, live: LiveTurn, steps: Sequence[Step], *, exhausted: bool) -> None:
        """Run the pipeline as a task of its own, so that a stop can end it wherever it waits."""
        if exhausted:
            turn.end(Status.ERROR_INTERRUPTED)
            return
        try:
            kit = await asyncio.to_thread(self._kit)
            self._model = kit.model
            live.work = asyncio.create_task(walk(steps, turn, kit))
            await live.work
        except asyncio.CancelledError:
            if not live.stop_requested:
                raise
            turn.end(Status.REFUSED_STOPPED)
            live.emit(EventType.RETRACT, {"text": turn.answer, "reason": Status.REFUSED_STOPPED.value})
        except Failure as failure:  # a tool could not be built: an index or a model file is missing
            turn.failure = failure
            turn.end(Status.ERROR_INTERNAL)
        except Exception:  # a defect of ours: the turn must end all the same, and the log must know
            log.exception("turn %s failed", turn.id)
            turn.failure = Failure(ErrorCode.INTERNAL)
            turn.end(Status.ERROR_INTERNAL)

    async def _finish(self, turn: Turn, live: LiveTurn) -> None:
        live.emit(EventType.DONE, {"status": turn.status.value if turn.status else ""})
        await asyncio.to_thread(self._keep_outcome, turn, live.take())
        await live.changed()

    def _keep_outcome(self, turn: Turn, events: list[Event]) -> None:
        with self._database.write() as session:
            row = session.get_one(TurnRow, turn.id)
            if row.status:
                return
            store.finish(session, row, turn, self._sealer)
            store.append(session, turn.id, events)
            stopped = turn.status is Status.REFUSED_STOPPED
            record(
                session,
                actor=turn.principal.username,
                action=AuditAction.TURN_STOPPED if stopped else AuditAction.TURN_ANSWERED,
                subject=f"turn:{turn.id}",
                data={
                    "status": row.status,
                    "reason": row.reason,
                    "model": row.model,
                    "prompt": row.prompt,
                    "policy": row.policy,
                    "grade": row.grade,
                    "sources": [{"version": s.version_id, "chunk": s.chunk_id, "cited": s.cited} for s in turn.sources],
                    "findings": [
                        {"rule": f.rule, "value": f.value.value, "stage": f.stage.value, "action": f.action.value}
                        for f in turn.findings
                    ],
                },
            )

    def _claim(self, turn_id: str) -> Claimed | None:
        with self._database.write() as session:
            return take(session, turn_id, self._owner, self._sealer, self._pii)

    def _lost(self, username: str, conversation_id: str, sources: Sequence[Source]) -> frozenset[int]:
        with self._database.read() as session:
            return rights.lost(session, username, conversation_id, sources)

    def _release(self, turn_id: str) -> None:
        with self._database.write() as session:
            row = session.get(TurnRow, turn_id)
            if row is not None and not row.status:
                row.owner = None

    # -- listening

    async def events(self, principal: Principal, turn_id: str, after: int = 0) -> AsyncIterator[Event]:
        """Yield the turn's events behind number ``after``, then new ones as they come, up to ``done``.

        Raises:
            Failure: ``turn_not_found``.
        """
        while True:
            live = self._live.get(turn_id)
            events = await asyncio.to_thread(self._events_after, principal, turn_id, after)
            for event in events:
                after = event.seq
                yield event
                if event.type is EventType.DONE:
                    return
            if not events:
                if live is not None:
                    await live.wait(_POLL_S)
                else:
                    await asyncio.sleep(_POLL_S)

    # -- looking

    def view(self, session: Session, principal: Principal, turn_id: str) -> dict[str, Any]:
        """Return a turn of this person.

        Raises:
            Failure: ``turn_not_found``.
        """
        return self._reader.view(session, principal, turn_id)

    def conversations(self, session: Session, principal: Principal, limit: int = 50) -> list[dict[str, Any]]:
        """Return the person's conversations, newest first, titles restored."""
        return self._reader.conversations(session, principal, limit)

    def conversation(
        self, session: Session, principal: Principal, conversation_id: str, through: str | None = None
    ) -> dict[str, Any]:
        """Return a conversation of this person with the turns of one line: the newest, or the one through a turn.

        Raises:
            Failure: ``conversation_not_found``, ``turn_not_found``.
        """
        return self._reader.conversation(session, principal, conversation_id, through)

    def _view_by_id(self, principal: Principal, turn_id: str) -> dict[str, Any]:
        with self._database.read() as session:
            return self.view(session, principal, turn_id)

    def _events_after(self, principal: Principal, turn_id: str, after: int) -> list[Event]:
        with self._database.read() as session:
            return self._reader.events_after(session, principal, turn_id, after)

    # -- acting

    def stop(self, principal: Principal, turn_id: str) -> None:
        """Ask for the end of a running turn, whichever process runs it.

        Raises:
            Failure: ``turn_not_found``.
        """
        with self._database.write() as session:
            store.own_turn(session, principal, turn_id).stop_requested = True
        live = self._live.get(turn_id)
        if live is not None:
            live.stop_soon()

    def feedback(self, principal: Principal, turn_id: str, rating: int, comment: str = "") -> None:
        """Keep a person's thumb (1 or -1) and comment; the last word counts.

        Raises:
            Failure: ``turn_not_found``, ``input_invalid``.
        """
        if rating not in {1, -1} or len(comment) > self._most:
            raise Failure(ErrorCode.INPUT_INVALID, detail="rating")
        masked, _ = self._pii.redact(comment)
        with self._database.write() as session:
            row = store.own_turn(session, principal, turn_id)
            session.execute(delete(Feedback).where(Feedback.turn_id == row.id, Feedback.user_id == principal.user_id))
            session.add(Feedback(turn_id=row.id, user_id=principal.user_id, rating=rating, comment=masked))
            record(
                session,
                actor=principal.username,
                action=AuditAction.FEEDBACK_GIVEN,
                subject=f"turn:{row.id}",
                data={"rating": rating, "commented": bool(masked)},
            )

    def rename_conversation(self, principal: Principal, conversation_id: str, title: str) -> None:
        """Give a conversation another title, pseudonymised before it is kept."""
        if not title.strip():
            raise Failure(ErrorCode.INPUT_INVALID, detail="title")
        masked, _ = self._pii.redact(title.strip()[:200])
        with self._database.write() as session:
            store.own_conversation(session, principal, conversation_id).title = masked

    def delete_conversation(self, principal: Principal, conversation_id: str) -> None:
        """Delete a conversation with all that hangs on it, its files too; the audit keeps that it was there."""
        with self._database.write() as session:
            row = store.own_conversation(session, principal, conversation_id)
            files.discard_all(session, row.id, queue=self._queue, actor=principal.username)
            session.execute(delete(Conversation).where(Conversation.id == row.id))
            record(
                session,
                actor=principal.username,
                action=AuditAction.CONVERSATION_DELETED,
                subject=f"conversation:{conversation_id}",
            )

    # -- life of the process

    async def recover(self) -> None:
        """Watch for turns whose process died, and answer them; runs as a task of the process until shutdown."""
        task = asyncio.create_task(self._watch(), name="orphaned turns")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self) -> None:
        while True:
            try:
                for turn_id in await asyncio.to_thread(self._orphans):
                    if turn_id not in self._live:
                        self.launch(turn_id)
            except Failure as failure:
                log.warning("cannot look for interrupted turns: %s", failure)
            await asyncio.sleep(store.ORPHANED_AFTER_S / 4)

    def _orphans(self) -> list[str]:
        with self._database.read() as session:
            return store.orphans(session)

    async def shutdown(self) -> None:
        """End the work of this process; unfinished turns are left to whoever starts next."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._model is not None:
            await self._model.aclose()
