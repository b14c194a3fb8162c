"""Conversations shared inside a department: read-only, as they were when they were shared, under each reader's rights.

A reader sees what the owner typed with its personal data as placeholders, and of every answer what they could have
found themselves: where an answer rests on a document that is closed to them, the citation is closed and the answer
withheld. What a model wrote rests on everything it was given, not only on what it cites, and on what it was told of the
conversation: it is withheld with any of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from assistant.accounts.access import readable
from assistant.answering import branches, store, views
from assistant.answering.rights import WITHHELD
from assistant.db.models import Conversation, ConversationShare, Department, TurnRow, User, now
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import AuditAction, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.db.engine import Database

_WRITTEN_BY_NOBODY = frozenset({"", "extractive"})
LISTED = 50


class Sharing:
    """Shares, takes back, lists and shows.

    Args:
        database: where conversations are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def share(self, principal: Principal, conversation_id: str) -> dict[str, Any]:
        """Let the own department read a conversation as it is now; again, to let it read what was added since.

        Raises:
            Failure: ``conversation_not_found``; ``department_not_found`` for who belongs to none.
        """
        if principal.department_code is None:
            raise Failure(ErrorCode.DEPARTMENT_NOT_FOUND)
        with self._database.write() as session:
            row = store.own_conversation(session, principal, conversation_id)
            found = session.get(ConversationShare, row.id) or ConversationShare(conversation_id=row.id)
            found.department_code, found.shared_at = principal.department_code, now()
            session.add(found)
            record(
                session,
                actor=principal.username,
                action=AuditAction.CONVERSATION_SHARED,
                subject=f"conversation:{row.id}",
                data={"department": found.department_code},
            )
            return _state(session, found)

    def unshare(self, principal: Principal, conversation_id: str) -> None:
        """Take a conversation back from its readers, from this moment on.

        Raises:
            Failure: ``conversation_not_found``.
        """
        with self._database.write() as session:
            row = store.own_conversation(session, principal, conversation_id)
            if session.get(ConversationShare, row.id) is None:
                return
            session.execute(delete(ConversationShare).where(ConversationShare.conversation_id == row.id))
            record(
                session,
                actor=principal.username,
                action=AuditAction.CONVERSATION_UNSHARED,
                subject=f"conversation:{row.id}",
            )

    def state(self, session: Session, principal: Principal, conversation_id: str) -> dict[str, Any] | None:
        """Return with whom a conversation of this person is shared and since when; ``None`` when it is not.

        Raises:
            Failure: ``conversation_not_found``.
        """
        row = store.own_conversation(session, principal, conversation_id)
        found = session.get(ConversationShare, row.id)
        return _state(session, found) if found is not None else None

    def listed(self, session: Session, principal: Principal) -> list[dict[str, Any]]:
        """Return the conversations that colleagues share with this person, shared last first."""
        rows = session.execute(
            _shared_with(principal)
            .where(Conversation.user_id != principal.user_id)
            .order_by(ConversationShare.shared_at.desc())
            .limit(LISTED)
        )
        return [
            {"id": row.id, "title": row.title, "owner": owner, "shared_at": share.shared_at.isoformat()}
            for row, share, owner in rows
        ]

    def read(self, principal: Principal, conversation_id: str) -> dict[str, Any]:
        """Return a shared conversation as this person may see it, and write into the audit that they opened it.

        Raises:
            Failure: ``conversation_not_found`` where it is not shared with them (any more).
        """
        with self._database.write() as session:
            found = session.execute(_shared_with(principal).where(Conversation.id == conversation_id)).one_or_none()
            if found is None:
                raise Failure(ErrorCode.CONVERSATION_NOT_FOUND)
            row, share, owner = found
            if row.user_id != principal.user_id:
                record(
                    session,
                    actor=principal.username,
                    action=AuditAction.CONVERSATION_READ,
                    subject=f"conversation:{row.id}",
                    data={"department": share.department_code},
                )
            return {
                "id": row.id,
                "title": row.title,
                "owner": owner,
                "shared_at": share.shared_at.isoformat(),
                "turns": _turns(session, principal, share),
            }


def _shared_with(principal: Principal) -> Select[Conversation, ConversationShare, str]:
    """Select what this person may read as a member of a department, or below it, with its share and its owner's name.

    A share counts only while its owner is active and in that department: elsewhere they have to share anew.
    """
    return (
        select(Conversation, ConversationShare, User.display_name)
        .join(ConversationShare, ConversationShare.conversation_id == Conversation.id)
        .join(User, User.id == Conversation.user_id)
        .where(
            ConversationShare.department_code.in_(principal.departments),
            User.department_code == ConversationShare.department_code,
            User.active.is_(True),
        )
    )


def _state(session: Session, share: ConversationShare) -> dict[str, Any]:
    department = session.get_one(Department, share.department_code)
    return {
        "department": share.department_code,
        "department_name": department.name,
        "shared_at": share.shared_at.isoformat(),
    }


def _turns(session: Session, principal: Principal, share: ConversationShare) -> list[dict[str, Any]]:
    """Return the newest line of what had been answered when the conversation was shared."""
    allowed = readable(session, principal).collection_ids
    rows = session.scalars(
        select(TurnRow).where(
            TurnRow.conversation_id == share.conversation_id,
            TurnRow.created_at <= share.shared_at,
            TurnRow.status != "",
        )
    ).all()
    by_id = {row.id: row for row in rows}
    tree = [one for one in branches.nodes(session, share.conversation_id) if one.id in by_id]
    told, closed = [], False
    for turn_id in branches.line(tree):
        row = by_id[turn_id]
        view = views.turn_view(session, row, typed=row.question, restore=str, readable=allowed, tree=tree)
        view["feedback"] = None  # the owner's
        closed = _withhold(view, view["sources"], closed=closed)
        told.append(view)
    return told


def _withhold(view: dict[str, Any], sources: Sequence[dict[str, Any]], *, closed: bool) -> bool:
    """Take an answer away that rests on what is closed; return whether later ones may rest on it too."""
    foreign = any(source["document_id"] is None for source in sources)
    if view["answer"] == WITHHELD:
        return True
    if view["model"] not in _WRITTEN_BY_NOBODY and (foreign or closed):
        view["answer"], view["marks"] = WITHHELD, []
        return True
    return closed
