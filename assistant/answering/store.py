"""Turns in the database: begin, claim, append events, finish. Every function works in the caller's transaction."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, or_, select, update

from assistant.answering import branches
from assistant.answering.citations import marks
from assistant.answering.memory import Cited, Exchange
from assistant.answering.rights import rests_on_readable
from assistant.answering.titles import title_of
from assistant.db.models import (
    Collection,
    Conversation,
    PseudonymMap,
    TurnEvent,
    TurnRow,
    TurnSource,
    User,
    new_id,
    now,
)
from assistant.errors import ErrorCode, Failure
from assistant.library.collections import find_collection
from guardrails.pii.pseudonymise import Pseudonymiser

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Collection as AbstractCollection

    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.answering.events import Event
    from assistant.answering.turn import Source, Turn
    from assistant.ports import Sealer
    from guardrails.pii.engine import PiiEngine

HEARTBEAT_S: Final = 2.0
ORPHANED_AFTER_S: Final = 8.0  # a running turn whose owner has not been heard of for so long is taken over
MOST_ATTEMPTS: Final = 3
HISTORY_TURNS: Final = 40  # a model is told of as many as its budget holds
_REMEMBERED: Final = ("answered", "unanswerable", "clarify")  # classes of endings that a follow-up may lean on


def begin(
    session: Session,
    principal: Principal,
    sealed: bytes,
    *,
    conversation_id: str | None,
    collection: str | None,
    after: str | None = None,
    instead_of: str | None = None,
) -> TurnRow:
    """Write a new turn, and its conversation when it opens one.

    Args:
        session: a writing session.
        principal: who asks.
        sealed: the question, sealed.
        conversation_id: the conversation; none opens one.
        collection: name of the one shelf to search.
        after: the turn it follows; the newest one when not given.
        instead_of: the turn it stands in for, edited or asked again; that one stays.

    Raises:
        Failure: ``conversation_not_found`` for an unknown conversation or another person's,
            ``collection_not_found`` for an unknown collection or one this person may not read, ``turn_not_found``
            for ``after`` or ``instead_of`` from elsewhere.
    """
    if conversation_id is None:
        shelf = _collection(session, principal, collection)
        conversation = Conversation(id=new_id(), user_id=principal.user_id, collection_id=shelf)
        session.add(conversation)
        session.flush()
    else:
        conversation = own_conversation(session, principal, conversation_id)
        if collection is not None:
            conversation.collection_id = _collection(session, principal, collection)
    tree = branches.nodes(session, conversation.id)
    turn = TurnRow(
        id=new_id(),
        conversation_id=conversation.id,
        user_id=principal.user_id,
        ordinal=tree[-1].ordinal + 1 if tree else 1,
        parent_id=_parent(tree, after, instead_of),
        question_sealed=sealed,
    )
    conversation.updated_at = now()
    session.add(turn)
    session.flush()
    return turn


def _parent(tree: Sequence[branches.Node], after: str | None, instead_of: str | None) -> str | None:
    named = instead_of or after
    if named is None:
        return tree[-1].id if tree else None
    found = next((node for node in tree if node.id == named), None)
    if found is None:
        raise Failure(ErrorCode.TURN_NOT_FOUND)
    return found.parent_id if instead_of else found.id


def own_conversation(session: Session, principal: Principal, conversation_id: str) -> Conversation:
    """Return a conversation of this person; another person's does not exist for them."""
    found = session.get(Conversation, conversation_id)
    if found is None or found.user_id != principal.user_id:
        raise Failure(ErrorCode.CONVERSATION_NOT_FOUND)
    return found


def own_turn(session: Session, principal: Principal, turn_id: str) -> TurnRow:
    """Return a turn of this person; another person's does not exist for them."""
    found = session.get(TurnRow, turn_id)
    if found is None or found.user_id != principal.user_id:
        raise Failure(ErrorCode.TURN_NOT_FOUND)
    return found


def claim(session: Session, turn_id: str, owner: str) -> TurnRow | None:
    """Take a turn that nobody runs (any more); ``None`` when it has ended or somebody else is faster."""
    stale = now() - timedelta(seconds=ORPHANED_AFTER_S)
    taken = session.execute(
        update(TurnRow)
        .where(
            TurnRow.id == turn_id,
            TurnRow.status == "",
            or_(TurnRow.owner.is_(None), TurnRow.heartbeat_at < stale),
        )
        .values(owner=owner, heartbeat_at=now(), attempts=TurnRow.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    return session.get(TurnRow, turn_id, populate_existing=True) if taken.rowcount else None  # type: ignore[attr-defined]


def orphans(session: Session) -> list[str]:
    """Return the turns that were running on a process that is no more."""
    stale = now() - timedelta(seconds=ORPHANED_AFTER_S)
    return list(
        session.scalars(
            select(TurnRow.id).where(
                TurnRow.status == "",
                or_(TurnRow.heartbeat_at < stale, (TurnRow.owner.is_(None)) & (TurnRow.created_at < stale)),
            )
        )
    )


def beat(session: Session, turn_id: str, owner: str) -> bool:
    """Say that the turn is still being worked on; return whether its owner has asked for a stop."""
    session.execute(update(TurnRow).where(TurnRow.id == turn_id, TurnRow.owner == owner).values(heartbeat_at=now()))
    return bool(session.scalar(select(TurnRow.stop_requested).where(TurnRow.id == turn_id)))


def last_seq(session: Session, turn_id: str) -> int:
    """Return the number of the turn's last event, 0 when there is none."""
    return session.scalar(select(func.max(TurnEvent.seq)).where(TurnEvent.turn_id == turn_id)) or 0


def append(session: Session, turn_id: str, events: Sequence[Event]) -> None:
    """Write events in order."""
    session.add_all(TurnEvent(turn_id=turn_id, seq=e.seq, type=e.type.value, data=e.data) for e in events)


def past(session: Session, row: TurnRow, allowed: AbstractCollection[str]) -> list[Exchange]:
    """Return what this turn follows, oldest first, pseudonymised.

    Turns that cite what lies outside the ``allowed`` collections are left out: a model would repeat them.
    """
    if row.parent_id is None:
        return []
    above = branches.ancestors(branches.nodes(session, row.conversation_id), row.parent_id)[-HISTORY_TURNS:]
    rows = session.scalars(
        select(TurnRow)
        .where(
            TurnRow.id.in_(above),
            or_(*(TurnRow.status.startswith(one) for one in _REMEMBERED)),
            rests_on_readable(allowed),
        )
        .order_by(TurnRow.ordinal)
    ).all()
    sources = session.scalars(
        select(TurnSource).where(TurnSource.turn_id.in_([one.id for one in rows]), TurnSource.cited.is_(True))
    ).all()
    return [_exchange(one, [source for source in sources if source.turn_id == one.id]) for one in rows]


def _exchange(row: TurnRow, sources: Sequence[TurnSource]) -> Exchange:
    order = {n: place for place, n in enumerate(marks(row.answer))}
    return Exchange(
        question=row.question,
        query=row.search_query or row.question,
        answer=row.answer,
        grade=row.grade,
        answered=row.status.startswith("answered"),
        cited=tuple(
            Cited(
                source.n,
                source.title,
                source.locator.get("article") or "",
                source.locator.get("article_title") or "",
                next(reversed(source.locator.get("heading") or [""]), ""),
            )
            for source in sorted(sources, key=lambda one: (order.get(one.n, len(order)), one.n))
        ),
    )


def pseudonyms(session: Session, conversation_id: str, sealer: Sealer, engine: PiiEngine) -> Pseudonymiser:
    """Return the conversation's pseudonymiser with what it has replaced so far."""
    row = session.get(PseudonymMap, conversation_id)
    state = json.loads(sealer.open(row.sealed)) if row else None
    return Pseudonymiser(engine, state)


def restorer(session: Session, conversation_id: str, sealer: Sealer, engine: PiiEngine) -> Callable[[str], str]:
    """Return the function that puts the conversation's own values back in place of placeholders."""
    if session.get(PseudonymMap, conversation_id) is None:
        return str
    return pseudonyms(session, conversation_id, sealer, engine).restore


def finish(session: Session, row: TurnRow, turn: Turn, sealer: Sealer) -> None:
    """Write the outcome of a turn: texts, sources, figures, and the conversation's title and pseudonym map."""
    if turn.status is None:
        raise AssertionError("a turn without a status cannot be finished")
    row.status = turn.status.value
    row.reason = turn.failure.code.value if turn.failure else None
    row.question, row.search_query, row.answer = turn.question, turn.search_query, turn.answer
    row.grade, row.model, row.prompt, row.policy = turn.grade, turn.model, turn.prompt, turn.policy
    row.steps, row.notices, row.findings = turn.steps, turn.notices, _findings(turn)
    row.tokens_in, row.tokens_out = turn.tokens_in, turn.tokens_out
    row.finished_at = now()
    session.execute(delete(TurnSource).where(TurnSource.turn_id == row.id))
    session.add_all(_source_row(row.id, source) for source in turn.sources)
    conversation = session.get_one(Conversation, row.conversation_id)
    conversation.title = conversation.title or title_of(turn.question)
    conversation.updated_at = now()
    state = turn.pseudonyms.state
    if state["values"]:
        sealed = sealer.seal(json.dumps(state, ensure_ascii=False))
        session.merge(PseudonymMap(conversation_id=row.conversation_id, sealed=sealed))


def username_of(session: Session, user_id: str) -> str:
    """Return the username behind a user id."""
    return session.get_one(User, user_id).username


def collection_name(session: Session, collection_id: str | None) -> str | None:
    """Return the name of a collection by id."""
    found = session.get(Collection, collection_id) if collection_id else None
    return found.name if found else None


def _collection(session: Session, principal: Principal, name: str | None) -> str | None:
    """Return the id of a collection that this person may read; any other does not exist for them."""
    return None if name is None else find_collection(session, principal, name).id


def _findings(turn: Turn) -> list[dict[str, Any]]:
    return [
        {
            "rule": f.rule,
            "value": f.value.value,
            "stage": f.stage.value,
            "action": f.action.value,
            "score": round(f.score, 4),
            "start": f.start,
            "end": f.end,
        }
        for f in turn.findings
    ]


def _source_row(turn_id: str, source: Source) -> TurnSource:
    return TurnSource(
        turn_id=turn_id,
        n=source.n,
        cited=source.cited,
        chunk_id=source.chunk_id,
        document_id=source.document_id,
        version_id=source.version_id,
        collection_id=source.collection_id,
        title=source.title,
        locator=source.locator,
        legal_state=source.legal_state,
        effective_on=source.effective_on,
        start=source.start,
        end=source.end,
        quote=source.quote,
        score=source.score,
    )
