"""Files that a person attaches in a conversation: private to it, and gone with it.

They take the way of every document (sandbox, passages, both indexes), into a collection of their own that stands in no
list, no count and no search but those of this conversation (``accounts.access``). Anybody may attach; what an office
shares goes through the data stewards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select

from assistant.accounts.access import Reader, ReaderKind, scope_of
from assistant.answering.store import own_conversation
from assistant.db.models import (
    Collection,
    CollectionReader,
    Conversation,
    Document,
    DocumentVersion,
    TurnRow,
    new_id,
)
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import AuditAction, record
from assistant.ingestion.intake import clean_filename
from assistant.library.collections import PRIVATE_PREFIX
from assistant.library.legal import korean_today
from assistant.library.lifecycle import take_out, with_parts
from assistant.messages import reason_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.db.engine import Database
    from assistant.ingestion.service import IngestionService
    from assistant.ports import JobQueue

MOST_FILES: Final = 20
_TITLE: Final = "대화에 붙인 파일"
_PRIORITY: Final = 10  # somebody waits with a question


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file of a conversation and how far it is. ``state`` is a ``VersionState``, ``reason`` an error code."""

    document_id: str
    version_id: str
    name: str
    state: str
    reason: str | None
    reason_text: str
    pages: int | None
    chunks: int


class ConversationFiles:
    """Attaches, lists and removes.

    Args:
        database: where conversations and documents are.
        ingestion: gives what takes the files in; called when first needed, because it knows the embedding model.
        queue: takes the clean-up of the indexes.
        grade: data grade of attached files: a model that may see less never gets them.
    """

    def __init__(
        self, database: Database, ingestion: Callable[[], IngestionService], queue: JobQueue, *, grade: str
    ) -> None:
        self._database = database
        self._ingestion = ingestion
        self._queue = queue
        self._grade = grade

    def attach(
        self, principal: Principal, path: Path, filename: str, *, conversation_id: str | None = None
    ) -> tuple[str, AttachedFile]:
        """Take a file into a conversation, or into a new one, and return the conversation's id and the file.

        A file that is turned away leaves no new conversation behind.

        Raises:
            Failure: ``conversation_not_found`` (also for another person's), ``conversation_files_full``, or what
                ingestion refuses.
        """
        with self._database.write() as session:
            if conversation_id is None:
                conversation = Conversation(id=new_id(), user_id=principal.user_id)
                session.add(conversation)
                session.flush()
            else:
                conversation = own_conversation(session, principal, conversation_id)
            shelf = self._shelf(session, principal, conversation.id)
            if (session.scalar(select(func.count()).select_from(_files(shelf.id).subquery())) or 0) >= MOST_FILES:
                raise Failure(ErrorCode.CONVERSATION_FILES_FULL, detail=str(MOST_FILES))
            target, shelf_name = conversation.id, shelf.name
        name = clean_filename(filename)
        try:
            submission = self._ingestion().submit_file(
                path,
                collection=shelf_name,
                principal_name=principal.username,
                source_key=f"attached:{new_id()}:{name}",
                filename=name,
                priority=_PRIORITY,
            )
        except Failure:
            if conversation_id is None:
                self._forget(target)
            raise
        with self._database.read() as session:
            found = self.list(session, principal, target)
        return target, next(one for one in found if one.document_id == submission.document_id)

    def list(self, session: Session, principal: Principal, conversation_id: str) -> list[AttachedFile]:
        """Return the files of a conversation of this person, oldest first.

        Raises:
            Failure: ``conversation_not_found``.
        """
        own_conversation(session, principal, conversation_id)
        shelf = _shelf_of(session, conversation_id)
        if shelf is None:
            return []
        newest = (
            select(func.max(DocumentVersion.number))
            .where(DocumentVersion.document_id == Document.id)
            .correlate(Document)
            .scalar_subquery()
        )
        rows = session.execute(
            _files(shelf.id)
            .join(DocumentVersion, DocumentVersion.document_id == Document.id)
            .where(DocumentVersion.number == newest)
            .add_columns(DocumentVersion)
            .order_by(Document.created_at, Document.id)
        )
        return [_file(document, version) for document, version in rows]

    def remove(self, principal: Principal, conversation_id: str, document_id: str) -> None:
        """Take a file out of its conversation: gone from search and views at once, from storage with the next purge.

        Raises:
            Failure: ``conversation_not_found``, ``document_not_found``.
        """
        with self._database.write() as session:
            own_conversation(session, principal, conversation_id)
            shelf = _shelf_of(session, conversation_id, lock=True)
            found = with_parts(session, document_id)
            if shelf is None or not found or found[0].collection_id != shelf.id or found[0].deleted_at is not None:
                raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)
            _discard(session, found, self._queue, principal.username)

    def _shelf(self, session: Session, principal: Principal, conversation_id: str) -> Collection:
        """Return the collection of a conversation, locked, made with its first file."""
        shelf = _shelf_of(session, conversation_id, lock=True)
        if shelf is not None:
            return shelf
        reader = Reader(ReaderKind.USER.value, principal.username)
        shelf = Collection(
            id=new_id(),
            name=f"{PRIVATE_PREFIX}{conversation_id}",
            title=_TITLE,
            grade=self._grade,
            scope=scope_of([reader], conversation=conversation_id),
            conversation_id=conversation_id,
        )
        session.add(shelf)
        session.flush()
        session.add(CollectionReader(collection_id=shelf.id, kind=reader.kind, value=reader.value))
        session.flush()
        record(
            session,
            actor=principal.username,
            action=AuditAction.COLLECTION_CREATED,
            subject=f"collection:{shelf.id}",
            data={"name": shelf.name, "grade": shelf.grade, "conversation": conversation_id},
        )
        return shelf

    def _forget(self, conversation_id: str) -> None:
        """Take a conversation away again that was opened for a file which was then turned away."""
        with self._database.write() as session:
            asked = session.scalar(select(func.count()).where(TurnRow.conversation_id == conversation_id))
            shelf = _shelf_of(session, conversation_id)
            if asked or shelf is None or session.scalar(_files(shelf.id).limit(1)) is not None:
                return  # meanwhile there is something in it
            session.execute(delete(CollectionReader).where(CollectionReader.collection_id == shelf.id))
            session.execute(delete(Collection).where(Collection.id == shelf.id))
            session.execute(delete(Conversation).where(Conversation.id == conversation_id))


def discard_all(session: Session, conversation_id: str, *, queue: JobQueue | None, actor: str) -> None:
    """Delete all files of a conversation that is being deleted, in the transaction of that.

    Their collection stays as a shell without readers: nobody's conversation, nobody's shelf.

    Args:
        session: a writing session.
        conversation_id: the conversation.
        queue: takes the clean-up of the indexes.
        actor: username for the audit.
    """
    shelf = _shelf_of(session, conversation_id, lock=True)
    if shelf is None:
        return
    if queue is None:
        raise AssertionError("files cannot be deleted without a queue")
    documents = session.scalars(
        select(Document).where(Document.collection_id == shelf.id, Document.deleted_at.is_(None)).with_for_update()
    ).all()
    _discard(session, documents, queue, actor)
    session.execute(delete(CollectionReader).where(CollectionReader.collection_id == shelf.id))


def _shelf_of(session: Session, conversation_id: str, *, lock: bool = False) -> Collection | None:
    statement = select(Collection).where(Collection.conversation_id == conversation_id)
    return session.scalars(statement.with_for_update() if lock else statement).one_or_none()


def _files(collection_id: str) -> Select[Any]:
    """Select what was attached itself; what an archive or an e-mail held stands behind it."""
    return select(Document).where(
        Document.collection_id == collection_id,
        Document.parent_id.is_(None),
        Document.withdrawn_at.is_(None),
        Document.deleted_at.is_(None),
    )


def _file(document: Document, version: DocumentVersion) -> AttachedFile:
    return AttachedFile(
        document_id=document.id,
        version_id=version.id,
        name=document.filename,
        state=version.state,
        reason=version.reason,
        reason_text=reason_text(version.reason) if version.reason else "",
        pages=version.page_count,
        chunks=version.chunk_count,
    )


def _discard(session: Session, documents: Sequence[Document], queue: JobQueue, actor: str) -> None:
    """Delete documents of one locked collection: gone from the commit on; indexes and storage follow by jobs."""
    take_out(session, queue, documents, today=korean_today(), deleted=True)
    for document in documents:
        record(
            session,
            actor=actor,
            action=AuditAction.DOCUMENT_DELETED,
            subject=f"document:{document.id}",
            data={"collection": document.collection_id, "parts": []},
        )
