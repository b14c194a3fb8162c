"""Who may read which collection. Nobody, unless a line of the collection's rule says so.

A rule is a set of lines; one that fits is enough. A department line holds for the departments below it too: a person
carries the codes of all departments above their own, so the test is plain membership. No role reads everything.

The files of a conversation lie in a collection of its own. It is no shelf: it is found only by whom the conversation
belongs to, and only where that is asked for (:func:`readable` with the conversation, :func:`openable` by id).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, delete, exists, insert, or_, select

from assistant.db.models import Collection, CollectionReader, Conversation, Department, Role, User
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import AuditAction, record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal


class ReaderKind(StrEnum):
    """What a line of a reader rule names."""

    EVERYONE = "everyone"
    DEPARTMENT = "department"
    ROLE = "role"
    USER = "user"


@dataclass(frozen=True, slots=True, order=True)
class Reader:
    """One line of a reader rule.

    Attributes:
        kind: one of :class:`ReaderKind`.
        value: ``*`` for everyone, a department's code, a role's name or a username.
    """

    kind: str
    value: str


EVERYONE: Final = Reader(ReaderKind.EVERYONE.value, "*")
_PRIVATE: Final = "p"  # no hexadecimal digit: begins the scopes of conversations, and no other
PUBLIC: Final = "O"  # the only grade that may be open to everyone


@dataclass(frozen=True, slots=True)
class Access:
    """What a person may read.

    Attributes:
        scopes: digests of reader rules; index partitions are named after them.
        collection_ids: the collections themselves.
    """

    scopes: frozenset[str]
    collection_ids: frozenset[str]


def scope_of(readers: Iterable[Reader], *, conversation: str | None = None) -> str:
    """Return the digest of a reader rule, 20 hexadecimal digits.

    The same people give the same digest whatever the order of the lines, so collections with the same readers share
    index partitions; beside "everyone" other lines change nothing. The empty rule has a digest too: nobody's.
    The files of a conversation share their partition with nothing (``p`` and 19 digits): they must neither crowd out
    what is searched elsewhere nor be crowded out by the files of other conversations.
    """
    lines = set(readers)
    if EVERYONE in lines:
        lines = {EVERYONE}
    rule = "\n".join(f"{line.kind}\x1f{line.value}" for line in sorted(lines))
    if conversation is None:
        return _digest(rule)
    return _PRIVATE + _digest(f"{rule}\n\x1econversation\x1f{conversation}")[1:]


def is_private(scope: str) -> bool:
    """Whether an index partition holds the files of one conversation."""
    return scope.startswith(_PRIVATE)


def _digest(rule: str) -> str:
    return hashlib.sha256(rule.encode("utf-8")).hexdigest()[:20]


NOBODY: Final = scope_of(())


def readers_of(session: Session, collection_id: str) -> frozenset[Reader]:
    """Return the lines of a collection's rule."""
    rows = session.execute(
        select(CollectionReader.kind, CollectionReader.value).where(CollectionReader.collection_id == collection_id)
    )
    return frozenset(Reader(kind, value) for kind, value in rows)


def set_readers(session: Session, collection: Collection, readers: Iterable[Reader], actor: str) -> bool:
    """Replace a collection's rule; its scope follows.

    Args:
        session: a writing session.
        collection: the collection, already in the database or added to the session.
        readers: the new lines; none means nobody.
        actor: username of who decides.

    Returns:
        Whether the scope changed, so that the collection's passages belong into another index partition.

    Raises:
        Failure: ``input_invalid``, ``department_not_found`` or ``user_not_found`` for a line that names nothing;
            ``grade_forbids_everyone`` where the collection holds what is not public.
    """
    lines = set(readers)
    _validate(session, lines)
    session.flush()
    session.execute(select(Collection.id).where(Collection.id == collection.id).with_for_update())
    session.refresh(collection, ["grade"])  # under the lock: somebody may be raising it
    if EVERYONE in lines and collection.grade != PUBLIC:
        raise Failure(ErrorCode.GRADE_FORBIDS_EVERYONE, detail=collection.grade)
    before, scope = readers_of(session, collection.id), scope_of(lines, conversation=collection.conversation_id)
    session.refresh(collection, ["scope"])
    changed = collection.scope != scope
    if before == lines and not changed:
        return False
    session.execute(delete(CollectionReader).where(CollectionReader.collection_id == collection.id))
    if lines:
        rows = [{"collection_id": collection.id, "kind": line.kind, "value": line.value} for line in sorted(lines)]
        session.execute(insert(CollectionReader), rows)
    collection.scope = scope
    session.flush()
    record(
        session,
        actor=actor,
        action=AuditAction.COLLECTION_READERS_CHANGED,
        subject=f"collection:{collection.id}",
        data={"before": _written(before), "readers": _written(lines), "scope": scope},
    )
    return changed


def readable(session: Session, principal: Principal, *, conversation: str | None = None) -> Access:
    """Return the shelves a person may read now, in one query.

    An account that was closed since the principal was loaded reads nothing any more.

    Args:
        session: any session.
        principal: who reads.
        conversation: id of a conversation whose files are to be among what is read; another person's adds nothing.
    """
    shelf = Collection.conversation_id.is_(None)
    if conversation is None:
        return _access(session, principal, shelf)
    return _access(session, principal, or_(shelf, _own_files(principal, Collection.conversation_id == conversation)))


def openable(session: Session, principal: Principal) -> Access:
    """Return the shelves a person may read, and the files of all their own conversations.

    For what is opened by its id (a citation that is followed, an original, a state); never for lists, counts or search.
    """
    return _access(session, principal, or_(Collection.conversation_id.is_(None), _own_files(principal)))


def _own_files(principal: Principal, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    mine = exists().where(
        Conversation.id == Collection.conversation_id, Conversation.user_id == principal.user_id, *conditions
    )
    return mine.correlate(Collection)


def _access(session: Session, principal: Principal, among: ColumnElement[bool]) -> Access:
    line = CollectionReader
    fits = or_(
        and_(line.kind == EVERYONE.kind, line.value == EVERYONE.value),
        and_(line.kind == ReaderKind.DEPARTMENT.value, line.value.in_(principal.departments)),
        and_(line.kind == ReaderKind.ROLE.value, line.value.in_([role.value for role in principal.roles])),
        and_(line.kind == ReaderKind.USER.value, line.value == principal.username),
    )
    active = exists().where(User.id == principal.user_id, User.username == principal.username, User.active.is_(True))
    rows = session.execute(
        select(Collection.id, Collection.scope).where(
            active, among, exists().where(line.collection_id == Collection.id, fits).correlate(Collection)
        )
    ).all()
    return Access(scopes=frozenset(row.scope for row in rows), collection_ids=frozenset(row.id for row in rows))


def _validate(session: Session, lines: set[Reader]) -> None:
    for line in lines:
        if line.kind == ReaderKind.EVERYONE:
            fits = line == EVERYONE
        elif line.kind == ReaderKind.ROLE:
            fits = line.value in set(Role)
        else:
            fits = line.kind in {ReaderKind.DEPARTMENT, ReaderKind.USER}
        if not fits:
            raise Failure(ErrorCode.INPUT_INVALID, detail=f"reader {line.kind}")
    _require(session, lines, ReaderKind.DEPARTMENT)
    _require(session, lines, ReaderKind.USER)


def _require(session: Session, lines: set[Reader], kind: ReaderKind) -> None:
    named = {line.value for line in lines if line.kind == kind}
    if not named:
        return
    column = Department.code if kind is ReaderKind.DEPARTMENT else User.username
    if named - set(session.execute(select(column).where(column.in_(named))).scalars()):
        code = ErrorCode.DEPARTMENT_NOT_FOUND if kind is ReaderKind.DEPARTMENT else ErrorCode.USER_NOT_FOUND
        raise Failure(code)


def _written(lines: Iterable[Reader]) -> list[str]:
    return [f"{line.kind}:{line.value}" for line in sorted(lines)]
