"""Shelves of documents: making them, finding them, counting what is on them, changing who may read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, func, select
from sqlalchemy.exc import IntegrityError

from assistant.accounts.access import EVERYONE, PUBLIC, Reader, ReaderKind, readable, scope_of, set_readers
from assistant.db.models import Collection, Department, Document, DocumentVersion, PiiPolicy, VersionState, new_id
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import AuditAction, record
from assistant.library.job_names import JOB_MOVE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.ports import JobQueue

GRADES: Final = ("O", "S", "C")  # in rising order of protection
# Letters and digits of any script, then those and . _ - ; a name is typed on the command line and stands in addresses.
_NAME: Final = re.compile(r"[^\W_][\w.\-]{0,63}")
PRIVATE_PREFIX: Final = "conversation-"  # begins the names of the collections behind conversations, and no other


@dataclass(frozen=True, slots=True)
class CollectionSummary:
    """A collection as one of its readers sees it; ``documents`` and ``chunks`` count what can be searched now."""

    id: str
    name: str
    title: str
    department_code: str | None
    grade: str
    documents: int
    chunks: int


def ensure_collection(
    session: Session,
    *,
    name: str,
    title: str | None = None,
    department: str | None = None,
    grade: str | None = None,
    description: str = "",
    pii_policy: str | None = None,
    actor: str,
) -> Collection:
    """Return the collection of that name, made on first use.

    A new one gets the readers that follow from its grade: ``O`` everyone, ``S`` and ``C`` its department and the
    departments below it, nobody where it has none. An existing one is left as it is.

    Args:
        session: a writing session.
        name: 1-64 letters, digits, ``.``, ``_``, ``-``; the name people type.
        title: the name people read; the name itself when not given.
        department: code of the owning department.
        grade: ``O``, ``S`` or ``C``; ``O`` when not given for a new one.
        description: what is on the shelf, for people; of a new one only.
        pii_policy: what becomes of personal data in documents (:class:`PiiPolicy`); of a new one only, ``keep`` when
            not given.
        actor: username for the audit.

    Raises:
        Failure: ``input_invalid`` for a malformed name or an unknown grade, or when the collection exists with a lower
            grade or another department than asked for: what is meant to be protected must not land on an open shelf.
            ``department_not_found``.
    """
    name = valid_name(name)
    checked_choices(grade, pii_policy)
    existing = _by_name(session, name)
    if existing is not None:
        return _checked(existing, department=department, grade=grade)
    try:
        return new_collection(
            session,
            name=name,
            title=title,
            department=department,
            grade=grade or PUBLIC,
            description=description,
            pii_policy=pii_policy,
            actor=actor,
        )
    except Failure as failure:
        existing = _by_name(session, name)
        if failure.code is not ErrorCode.NAME_TAKEN or existing is None:
            raise
        return _checked(
            existing, department=department, grade=grade
        )  # somebody made it between our look and our insert


def new_collection(
    session: Session,
    *,
    name: str,
    title: str | None = None,
    department: str | None = None,
    grade: str = PUBLIC,
    description: str = "",
    pii_policy: str | None = None,
    actor: str,
) -> Collection:
    """Make a collection with the readers that follow from its grade; arguments as for :func:`ensure_collection`.

    Raises:
        Failure: ``name_taken``, ``input_invalid``, ``department_not_found``.
    """
    name = valid_name(name)
    checked_choices(grade, pii_policy)
    if department is not None and session.get(Department, department) is None:
        raise Failure(ErrorCode.DEPARTMENT_NOT_FOUND)
    readers = default_readers(grade, department)
    collection = Collection(
        id=new_id(),
        name=name,
        title=(title or name).strip(),
        description=description.strip(),
        department_code=department,
        grade=grade,
        pii_policy=pii_policy or PiiPolicy.KEEP.value,
        scope=scope_of(readers),
    )
    try:
        with session.begin_nested():
            session.add(collection)
    except IntegrityError as error:
        raise Failure(ErrorCode.NAME_TAKEN) from error
    record(
        session,
        actor=actor,
        action=AuditAction.COLLECTION_CREATED,
        subject=f"collection:{collection.id}",
        data={"name": name, "grade": grade, "department": department, "pii_policy": collection.pii_policy},
    )
    set_readers(session, collection, readers, actor=actor)
    return collection


def checked_choices(grade: str | None, pii_policy: str | None) -> None:
    """Make sure that what is given of the two is one of the known words.

    Raises:
        Failure: ``input_invalid``.
    """
    if grade is not None and grade not in GRADES:
        raise Failure(ErrorCode.INPUT_INVALID, detail="grade O|S|C")
    if pii_policy is not None and pii_policy not in set(PiiPolicy):
        raise Failure(ErrorCode.INPUT_INVALID, detail="pii_policy keep|pseudonymise|refuse")


def find_collection(session: Session, principal: Principal, name: str) -> Collection:
    """Return the collection of that name.

    Raises:
        Failure: ``collection_not_found`` when there is none or this person may not read it: the same answer for both.
    """
    collection = _by_name(session, unicodedata.normalize("NFC", name).strip())
    if collection is None or collection.id not in readable(session, principal).collection_ids:
        raise Failure(ErrorCode.COLLECTION_NOT_FOUND)
    return collection


def list_collections(session: Session, principal: Principal) -> list[CollectionSummary]:
    """Return the collections this person may read, by title, with counts of what is in them."""
    ids = readable(session, principal).collection_ids
    statement = (
        select(
            Collection,
            func.count(DocumentVersion.id),
            func.coalesce(func.sum(DocumentVersion.chunk_count), 0),
        )
        .outerjoin(Document, and_(Document.collection_id == Collection.id, Document.withdrawn_at.is_(None)))
        .outerjoin(
            DocumentVersion,
            and_(
                DocumentVersion.id == Document.active_version_id,
                DocumentVersion.state == VersionState.READY.value,
            ),
        )
        .where(Collection.id.in_(sorted(ids)))
        .group_by(Collection.id)
        .order_by(Collection.title, Collection.name)
    )
    return [
        CollectionSummary(
            id=collection.id,
            name=collection.name,
            title=collection.title,
            department_code=collection.department_code,
            grade=collection.grade,
            documents=documents,
            chunks=int(chunks),
        )
        for collection, documents, chunks in session.execute(statement)
    ]


def change_readers(
    session: Session, collection: Collection, readers: Iterable[Reader], *, queue: JobQueue, actor: str
) -> bool:
    """Change who may read a collection and return whether its scope changed.

    Rights hold from the commit on: search looks every passage up under the new rule. The job moves the passages to the
    index partition of the new scope; until it is done, newly admitted readers may find nothing there yet.

    Raises:
        Failure: as ``accounts.access.set_readers``; ``collection_not_found`` for the files of a conversation, which
            have one reader for good.
    """
    if collection.conversation_id is not None:
        raise Failure(ErrorCode.COLLECTION_NOT_FOUND)
    old_scope = collection.scope
    changed = set_readers(session, collection, list(readers), actor=actor)
    if changed:
        queue.add(session, JOB_MOVE, {"collection_id": collection.id, "old_scope": old_scope}, key=collection.id)
    return changed


def valid_name(name: str) -> str:
    """Return the name in composed form.

    Raises:
        Failure: ``input_invalid`` when it does not fit.
    """
    composed = unicodedata.normalize("NFC", name).strip()
    if not _NAME.fullmatch(composed) or composed.startswith(PRIVATE_PREFIX):
        raise Failure(ErrorCode.INPUT_INVALID, detail="collection name: 1-64 letters, digits, . _ -")
    return composed


def _by_name(session: Session, name: str) -> Collection | None:
    return session.scalars(select(Collection).where(Collection.name == name)).one_or_none()


def _checked(collection: Collection, *, department: str | None, grade: str | None) -> Collection:
    if grade is not None and GRADES.index(grade) > GRADES.index(collection.grade):
        raise Failure(ErrorCode.INPUT_INVALID, detail=f"the collection's grade is {collection.grade}")
    if department is not None and department != collection.department_code:
        raise Failure(ErrorCode.INPUT_INVALID, detail="the collection belongs to another department")
    return collection


def default_readers(grade: str, department: str | None) -> list[Reader]:
    """Return the readers a new collection gets when nobody says otherwise."""
    if grade == PUBLIC:
        return [EVERYONE]
    return [Reader(ReaderKind.DEPARTMENT.value, department)] if department is not None else []
