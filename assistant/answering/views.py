"""Turns and conversations as their owner sees them: placeholders restored, sources grouped, marks in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from assistant.answering import branches
from assistant.answering.rights import WITHHELD, hidden
from assistant.answering.steps.check import GROUNDING_RULES
from assistant.answering.turn import STATUS_TEXT, Status
from assistant.db.models import Collection, Conversation, DocumentVersion, Feedback, TurnRow, TurnSource
from assistant.library.legal import LegalState, korean_today
from assistant.library.versions import states

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal


def turn_view(
    session: Session,
    row: TurnRow,
    *,
    typed: str,
    restore: Callable[[str], str],
    readable: frozenset[str],
    tree: Sequence[branches.Node] | None = None,
) -> dict[str, Any]:
    """Return a turn for its owner.

    Args:
        session: a reading session.
        row: the turn.
        typed: the question as it was typed.
        restore: puts the owner's own values back in place of placeholders.
        readable: ids of the collections the owner may read now; sources elsewhere keep their number only, and an
            answer that cites one of them is withheld.
        tree: the places of all turns of the conversation, where the caller has read them.
    """
    status = Status(row.status) if row.status else None
    found = _sources(session, row.id)
    today = _states_today(session, [source for source, _ in found])
    sources = [_source_view(source, name, readable, today) for source, name in found]
    rating = session.scalar(select(Feedback.rating).where(Feedback.turn_id == row.id, Feedback.user_id == row.user_id))
    withheld = any(source["cited"] and source["document_id"] is None for source in sources)
    marks = [] if withheld else [f for f in row.findings if f["rule"] in GROUNDING_RULES]
    return {
        "id": row.id,
        "conversation_id": row.conversation_id,
        "parent_id": row.parent_id,
        "beside": branches.beside(tree or branches.nodes(session, row.conversation_id), row.id),
        "status": row.status,
        "status_tag": STATUS_TEXT[status].tag if status else "",
        "question": typed,
        "task": row.task,
        "as_of": row.as_of.isoformat() if row.as_of else None,
        "answer": WITHHELD if withheld else restore(row.answer),
        "citations": [source for source in sources if source["cited"]],
        "sources": sources,
        "marks": [_shown(mark, row.answer, restore) for mark in marks],
        "findings": [{k: f[k] for k in ("rule", "value", "stage", "action")} for f in row.findings],
        "notices": row.notices,
        "model": row.model,
        "prompt": row.prompt,
        "steps": row.steps,
        "created_at": row.created_at.isoformat(),
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
        "reason": row.reason,
        "feedback": rating,
    }


def conversation_list(session: Session, principal: Principal, limit: int) -> list[dict[str, Any]]:
    """Return the person's conversations, newest first."""
    rows = session.scalars(
        select(Conversation)
        .where(Conversation.user_id == principal.user_id)
        .order_by(Conversation.updated_at.desc())
        .limit(limit)
    )
    return [{"id": row.id, "title": row.title, "updated_at": row.updated_at.isoformat()} for row in rows]


def turn_rows(session: Session, conversation_id: str, ids: Sequence[str]) -> list[TurnRow]:
    """Return these turns of a conversation in order."""
    statement = select(TurnRow).where(TurnRow.conversation_id == conversation_id, TurnRow.id.in_(ids))
    return list(session.scalars(statement.order_by(TurnRow.ordinal)))


def _shown(mark: dict[str, Any], answer: str, restore: Callable[[str], str]) -> dict[str, Any]:
    """Move a mark from the kept answer to the restored one, whose values are longer or shorter than placeholders."""
    start, end = (len(restore(answer[: mark[side]])) for side in ("start", "end"))
    return {"start": start, "end": end, "rule": mark["rule"]}


def _sources(session: Session, turn_id: str) -> list[tuple[TurnSource, str]]:
    statement = (
        select(TurnSource, Collection.name)
        .join(Collection, Collection.id == TurnSource.collection_id)
        .where(TurnSource.turn_id == turn_id)
        .order_by(TurnSource.n)
    )
    return [(source, name) for source, name in session.execute(statement)]


def _states_today(session: Session, sources: list[TurnSource]) -> dict[str, str]:
    """Return the legal states of the cited texts as of today: a law may have been amended since the answer."""
    ids = {source.version_id for source in sources}
    if not ids:
        return {}
    versions = session.scalars(select(DocumentVersion).where(DocumentVersion.id.in_(sorted(ids)))).all()
    return {key: state.value for key, state in states(session, versions, korean_today()).items()}


def _source_view(
    source: TurnSource, collection: str, readable: frozenset[str], today: Mapping[str, str]
) -> dict[str, Any]:
    view = {
        "n": source.n,
        "document_id": source.document_id,
        "version_id": source.version_id,
        "collection": collection,
        "title": source.title,
        "locator": source.locator,
        "quote": source.quote,
        "start": source.start,
        "end": source.end,
        "score": round(source.score, 4),
        "legal_state": source.legal_state,
        "legal_state_today": today.get(source.version_id, LegalState.UNKNOWN.value),
        "effective_on": source.effective_on.isoformat() if source.effective_on else None,
        "cited": source.cited,
    }
    return view if source.collection_id in readable else hidden(view)
