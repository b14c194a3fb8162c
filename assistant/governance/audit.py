"""The audit trail: a chain of events in which an edit, a removal or a reordering shows.

Each event carries the hash of the one before it and a hash over its own columns; one row, the head, holds the last
link and its number, so that a cut tail shows too. An event is written in the transaction of the thing it records:
either both are there or neither (개인정보 보호법 시행령 30(1)5: access logs are kept and tamper-evident).

What the chain does not show: someone who may write to the whole database can write a new chain from any point on.
``AuditReport.head`` is therefore worth writing down elsewhere; a later report must still contain that link.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import BigInteger, String, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from assistant.db.models import AuditEvent, AuditHead, Base, now
from assistant.errors import ErrorCode, Failure
from assistant.governance.scrub import scrub_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy.orm import Session

GENESIS: Final = "0" * 64
_HEAD_ID: Final = 1
_BATCH: Final = 1000

# Every request writes events: statements over plain tables, built once, take half the time of mapped ones.
_EVENTS: Final = Base.metadata.tables[AuditEvent.__tablename__]
_HEADS: Final = Base.metadata.tables[AuditHead.__tablename__]
_ADD: Final = insert(_EVENTS)
_MOVE_HEAD: Final = (
    update(_HEADS)
    .where(_HEADS.c.id == _HEAD_ID)
    .values(seq=bindparam("new_seq", type_=BigInteger()), hash=bindparam("new_hash", type_=String()))
)
_READ_HEAD: Final = select(_HEADS.c.seq, _HEADS.c.hash).where(_HEADS.c.id == _HEAD_ID)
_LOCK_HEAD: Final = _READ_HEAD.with_for_update()


class AuditAction(StrEnum):
    """Every kind of event. Never rename one: events already written carry the name and are hashed with it."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    USER_CREATED = "user.created"
    USER_CHANGED = "user.changed"
    DEPARTMENT_CREATED = "department.created"
    COLLECTION_CREATED = "collection.created"
    COLLECTION_CHANGED = "collection.changed"
    COLLECTION_READERS_CHANGED = "collection.readers_changed"
    DOCUMENT_SUBMITTED = "document.submitted"
    DOCUMENT_READY = "document.ready"
    DOCUMENT_FAILED = "document.failed"
    DOCUMENT_IN_FORCE = "document.in_force"
    DOCUMENT_WITHDRAWN = "document.withdrawn"
    DOCUMENT_RESTORED = "document.restored"
    DOCUMENT_PURGED = "document.purged"
    DOCUMENT_DELETED = "document.deleted"
    DOCUMENT_OPENED = "document.opened"
    DOCUMENT_DOWNLOADED = "document.downloaded"
    CONVERSATION_DELETED = "conversation.deleted"
    CONVERSATION_SHARED = "conversation.shared"
    CONVERSATION_UNSHARED = "conversation.unshared"
    CONVERSATION_READ = "conversation.read"  # by somebody else of the department
    CONVERSATION_EXPORTED = "conversation.exported"
    TURN_ASKED = "turn.asked"
    TURN_ANSWERED = "turn.answered"
    TURN_STOPPED = "turn.stopped"
    SEARCH_MADE = "search.made"
    FEEDBACK_GIVEN = "feedback.given"
    RESTORE_USED = "restore.used"
    INDEX_REBUILT = "index.rebuilt"
    JOB_FAILED = "job.failed"
    AUDIT_VERIFIED = "audit.verified"


class AuditProblem(StrEnum):
    """What a verification may find."""

    EDITED = "edited"  # a column was changed after the event was written
    MISSING = "missing"  # a number is skipped: an event was removed
    UNLINKED = "unlinked"  # the event does not follow from the one before it: moved, replaced or rewritten
    TAIL_MISSING = "tail_missing"  # the head knows of later events than there are
    HEAD_MISMATCH = "head_mismatch"  # the head is older than the chain, or carries another hash
    HEAD_MISSING = "head_missing"  # there are events and no head


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Result of :func:`verify`.

    Attributes:
        ok: whether the whole chain holds.
        events: how many events hold, counted from the first.
        first_broken: number of the first event that does not, ``None`` when all do.
        problem: what is wrong there.
        head: hash of the last event that holds; write it down elsewhere to notice a rewritten chain.
    """

    ok: bool
    events: int
    first_broken: int | None = None
    problem: AuditProblem | None = None
    head: str = GENESIS


class Columns(NamedTuple):
    """What the hash of an event covers: every column but the hash itself."""

    seq: int
    at: str
    actor: str
    action: str
    subject: str
    data: str
    prev_hash: str


class Link(NamedTuple):
    """Number and hash of an event, as the next one needs them."""

    seq: int
    hash: str


class _Scrubber:
    """Holds the function that every text passes on its way into the trail."""

    scrub: Callable[[str], str] = staticmethod(scrub_numbers)


def configure_scrub(scrub: Callable[[str], str]) -> None:
    """Put another net in place of :func:`scrub_numbers`; called once, by wiring. It must be pure and fast."""
    _Scrubber.scrub = staticmethod(scrub)


def record(
    session: Session, *, actor: str, action: AuditAction, subject: str, data: Mapping[str, object] | None = None
) -> None:
    """Add an event to the chain, in the caller's transaction.

    The head stays locked until that transaction ends, so writers queue up behind one another: record last, and keep
    slow work out of the transaction.

    Args:
        session: a writing session (on SQLite one of ``Database.write()``).
        actor: username of who did it, or ``system``.
        action: what was done.
        subject: what it was done to, ``kind:id``.
        data: details that JSON can hold; pseudonymised text only.

    Raises:
        Failure: ``audit_broken`` when the chain has lost its head.
        TypeError, ValueError: the data cannot be written as JSON.
    """
    head = lock(session)
    columns = Columns(
        seq=head.seq + 1,
        at=now().isoformat(timespec="microseconds"),
        actor=_storable(actor),
        action=action.value,
        subject=_storable(subject),
        data=canonical(_scrubbed_items(data or {})),
        prev_hash=head.hash,
    )
    digest = link_hash(columns)
    session.execute(_ADD, {**columns._asdict(), "hash": digest})
    session.execute(_MOVE_HEAD, {"new_seq": columns.seq, "new_hash": digest})


def lock(session: Session) -> Link:
    """Lock the chain until the transaction ends and return its last link.

    Also good for making two processes that set up the same thing take turns.

    Raises:
        Failure: ``audit_broken`` when there are events and no head.
    """
    row = session.execute(_LOCK_HEAD).one_or_none()
    if row is None:
        _create_head(session)
        row = session.execute(_LOCK_HEAD).one()
    return Link(row.seq, row.hash)


def verify(session: Session, *, batch: int = _BATCH) -> AuditReport:
    """Walk the chain from its first event to its head and report the first link that does not hold.

    Reads ``batch`` events at a time and locks nothing; events added meanwhile are walked too.
    """
    last = Link(0, GENESIS)
    while True:
        for columns, digest in _events(session, last.seq, batch):
            problem = _check(columns, digest, last)
            if problem is not None:
                return _broken(last, last.seq + 1, problem)
            last = Link(columns.seq, digest)
        head = _head(session)
        if head == last or (head is None and last.seq == 0):
            return AuditReport(ok=True, events=last.seq, head=last.hash)
        if head is None:
            return _broken(last, last.seq, AuditProblem.HEAD_MISSING)
        if head.seq <= last.seq:
            return _broken(last, min(head.seq + 1, last.seq), AuditProblem.HEAD_MISMATCH)
        if _newest(session) == last.seq:
            return _broken(last, last.seq + 1, AuditProblem.TAIL_MISSING)
        # Somebody added events since the last batch was read: walk on.


def canonical(data: Mapping[str, object]) -> str:
    """Return the one way to write this as JSON: sorted keys, no spaces, no NaN; lone surrogates become ``?``."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace").decode("utf-8")


def link_hash(link: Columns) -> str:
    """Return the SHA-256 over all columns, as a JSON array so that no text can slip from one column into the next."""
    return hashlib.sha256(json.dumps(link, ensure_ascii=False, separators=(",", ":")).encode("utf-8")).hexdigest()


def _storable(text: str) -> str:
    """Take out what a database cannot keep as text: NUL and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _scrubbed_items(data: Mapping[str, object]) -> dict[str, object]:
    return {str(key): _scrubbed(value) for key, value in data.items()}


def _scrubbed(value: object) -> object:
    if isinstance(value, str):
        return _Scrubber.scrub(value)
    if isinstance(value, dict):
        return _scrubbed_items(value)
    if isinstance(value, (list, tuple)):
        return [_scrubbed(item) for item in value]
    return value


def _create_head(session: Session) -> None:
    """Write the head of an empty chain; of two who try at once one does and both go on."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    values = {"id": _HEAD_ID, "seq": 0, "hash": GENESIS}
    made = session.execute(dialect.insert(_HEADS).values(values).on_conflict_do_nothing().returning(_HEADS.c.id))
    # Looked at after the insert: had somebody made the head and events meanwhile, the insert would have given way.
    if made.scalar_one_or_none() is not None and _newest(session):
        session.execute(delete(_HEADS))
        raise Failure(ErrorCode.AUDIT_BROKEN, detail=AuditProblem.HEAD_MISSING.value)


def _newest(session: Session) -> int:
    return session.execute(select(func.max(AuditEvent.seq))).scalar() or 0


def _head(session: Session) -> Link | None:
    row = session.execute(_READ_HEAD).one_or_none()
    return None if row is None else Link(row.seq, row.hash)


def _events(session: Session, after: int, batch: int) -> Iterator[tuple[Columns, str]]:
    question = select(*(getattr(AuditEvent, name) for name in (*Columns._fields, "hash"))).order_by(AuditEvent.seq)
    while True:
        rows = session.execute(question.where(AuditEvent.seq > after).limit(batch)).all()
        for *columns, digest in rows:
            yield Columns(*columns), digest
        if len(rows) < batch:
            return
        after = rows[-1].seq


def _check(columns: Columns, digest: str, last: Link) -> AuditProblem | None:
    if columns.seq != last.seq + 1:
        return AuditProblem.MISSING
    if columns.prev_hash != last.hash:
        return AuditProblem.UNLINKED
    return None if digest == link_hash(columns) else AuditProblem.EDITED


def _broken(last: Link, first_broken: int, problem: AuditProblem) -> AuditReport:
    return AuditReport(ok=False, events=last.seq, first_broken=first_broken, problem=problem, head=last.hash)
