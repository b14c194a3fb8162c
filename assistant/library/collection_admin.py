"""Collections as those see them who look after them: made, described, graded, opened and closed.

Who may: administrators all of them; a data steward those that their own department or one below it owns. A steward must
also be able to read what they administer, and cannot shut themselves out: otherwise the right to administer would be a
right to read that no rule shows. An administrator may open a collection to themselves, which the audit then tells;
until then they see its name, title and readers, and neither what is in it nor how much.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from assistant.accounts.access import EVERYONE, PUBLIC, Reader, ReaderKind, readable, readers_of, set_readers
from assistant.accounts.departments import DepartmentTree
from assistant.accounts.wording import display_names, in_words
from assistant.db.models import Collection, CollectionReader, Department, Job, JobState, Role
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import AuditAction, record
from assistant.library.collections import (
    change_readers,
    checked_choices,
    default_readers,
    list_collections,
    new_collection,
)
from assistant.library.job_names import JOB_MOVE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.ports import JobQueue

FIELDS: Final = frozenset({"title", "description", "department", "grade", "pii_policy"})
_LONGEST_TITLE: Final = 200
_LONGEST_DESCRIPTION: Final = 2000
_NAMED_IN_AUDIT: Final = ("department", "grade", "pii_policy")  # what people wrote freely is not repeated there


@dataclass(frozen=True, slots=True)
class CollectionDetail:
    """A collection as one person may see it.

    ``documents`` and ``chunks`` are ``None`` for who may not read it, ``readers`` is empty for who may not administer
    it; ``readers_in_words`` counts single people instead of naming them then. ``moving``: its passages are on their way
    to the index partition of new readers, who may find only part of them until then.
    """

    id: str
    name: str
    title: str
    description: str
    department_code: str | None
    department_name: str | None
    grade: str
    pii_policy: str
    documents: int | None
    chunks: int | None
    readers: tuple[Reader, ...]
    readers_in_words: tuple[str, ...]
    readable: bool
    manageable: bool
    moving: bool


def may_create(principal: Principal) -> bool:
    """Whether a person may make collections: administrators, and stewards who belong to a department."""
    return principal.has(Role.ADMIN) or (principal.has(Role.STEWARD) and principal.department_code is not None)


def overview(session: Session, principal: Principal) -> list[CollectionDetail]:
    """Return the collections this person may read or administer, by title."""
    tree = DepartmentTree.load(session)
    seen = {one.id: one for one in list_collections(session, principal)}
    shelves = session.scalars(
        select(Collection).where(Collection.conversation_id.is_(None)).order_by(Collection.title, Collection.name)
    )
    shown = [one for one in shelves if one.id in seen or _manages(principal, one, tree, seen)]
    rules = _rules(session, [one.id for one in shown])
    people = display_names(session, rules.values())
    moving = _moving(session, [one.id for one in shown])
    details = []
    for shelf in shown:
        manageable = _manages(principal, shelf, tree, seen)
        rule = rules.get(shelf.id, [])
        counts = seen.get(shelf.id)
        details.append(
            CollectionDetail(
                id=shelf.id,
                name=shelf.name,
                title=shelf.title,
                description=shelf.description,
                department_code=shelf.department_code,
                department_name=tree.name(shelf.department_code) if shelf.department_code else None,
                grade=shelf.grade,
                pii_policy=shelf.pii_policy,
                documents=counts.documents if counts else None,
                chunks=counts.chunks if counts else None,
                readers=tuple(sorted(rule)) if manageable else (),
                readers_in_words=in_words(rule, tree, people if manageable else None),
                readable=counts is not None,
                manageable=manageable,
                moving=shelf.id in moving,
            )
        )
    return details


def detail(session: Session, principal: Principal, name: str) -> CollectionDetail:
    """Return one collection.

    Raises:
        Failure: ``collection_not_found`` when there is none, or it is neither readable nor theirs to administer.
    """
    wanted = _composed(name)
    for one in overview(session, principal):
        if one.name == wanted:
            return one
    raise Failure(ErrorCode.COLLECTION_NOT_FOUND)


def create(
    session: Session,
    principal: Principal,
    *,
    name: str,
    title: str = "",
    description: str = "",
    department: str | None = None,
    grade: str = PUBLIC,
    pii_policy: str | None = None,
    readers: Iterable[Reader] | None = None,
) -> CollectionDetail:
    """Make a collection.

    Args:
        session: a writing session.
        principal: who makes it.
        name: as for ``ensure_collection``.
        title: the name people read; the name itself when empty.
        description: what is on the shelf.
        department: code of the owner; a steward's own when not given.
        grade: ``O``, ``S`` or ``C``.
        pii_policy: ``keep``, ``pseudonymise`` or ``refuse``.
        readers: who may read; what follows from the grade when not given, and the steward who makes it.

    Raises:
        Failure: ``forbidden`` (not a steward or administrator, or another department's), ``name_taken``,
            ``input_invalid``, ``department_not_found``, ``user_not_found``, ``grade_forbids_everyone``,
            ``readers_exclude_you``.
    """
    if not may_create(principal):
        raise Failure(ErrorCode.FORBIDDEN)
    admin = principal.has(Role.ADMIN)
    owner = department or (None if admin else principal.department_code)
    _check_owner(session, principal, owner)
    checked_choices(grade, pii_policy)
    if readers is None:
        rule = set(default_readers(grade, owner))
        if not admin and not _fits(principal, rule):
            rule.add(Reader(ReaderKind.USER.value, principal.username))
    else:
        rule = set(readers)
    _check_not_out(principal, rule)
    shelf = new_collection(
        session,
        name=name,
        title=_text(title or name, _LONGEST_TITLE, "title"),
        description=_text(description, _LONGEST_DESCRIPTION, "description", empty=True),
        department=owner,
        grade=grade,
        pii_policy=pii_policy,
        actor=principal.username,
    )
    set_readers(session, shelf, rule, principal.username)
    return detail(session, principal, shelf.name)


def change(session: Session, principal: Principal, name: str, fields: Mapping[str, str | None]) -> CollectionDetail:
    """Change what a collection is called, whose it is, its grade or its policy for personal data.

    Args:
        session: a writing session.
        principal: who changes it.
        name: of the collection; it stays.
        fields: the new values among :data:`FIELDS`; what is not named stays.

    Raises:
        Failure: ``collection_not_found``, ``forbidden``, ``input_invalid``, ``department_not_found``;
            ``grade_forbids_everyone`` when the grade is raised while everyone may read.
    """
    shelf = _administered(session, principal, name)
    new = _checked(session, principal, fields)
    if new.get("grade", PUBLIC) != PUBLIC and EVERYONE in readers_of(session, shelf.id):
        raise Failure(ErrorCode.GRADE_FORBIDS_EVERYONE, detail=str(new["grade"]))
    before = _values(shelf)
    changed = {key: value for key, value in new.items() if before[key] != value}
    if not changed:
        return detail(session, principal, shelf.name)
    for key, value in changed.items():
        setattr(shelf, "department_code" if key == "department" else key, value)
    session.flush()
    told = [key for key in _NAMED_IN_AUDIT if key in changed]
    record(
        session,
        actor=principal.username,
        action=AuditAction.COLLECTION_CHANGED,
        subject=f"collection:{shelf.id}",
        data={
            "fields": sorted(changed),
            "before": {key: before[key] for key in told},
            "after": {key: changed[key] for key in told},
        },
    )
    return detail(session, principal, shelf.name)


def change_rule(
    session: Session, principal: Principal, name: str, readers: Iterable[Reader], *, queue: JobQueue
) -> CollectionDetail:
    """Say anew who may read a collection; rights hold from the commit on, a job moves the index entries.

    Raises:
        Failure: ``collection_not_found``, ``forbidden``, ``input_invalid``, ``department_not_found``,
            ``user_not_found``, ``grade_forbids_everyone``, ``readers_exclude_you``.
    """
    shelf = _administered(session, principal, name)
    rule = set(readers)
    _check_not_out(principal, rule)
    change_readers(session, shelf, rule, queue=queue, actor=principal.username)
    return detail(session, principal, shelf.name)


def parse_readers(lines: Iterable[str]) -> list[Reader]:
    """Read lines as people type them: ``everyone``, ``department:CODE``, ``role:NAME``, ``user:NAME``."""
    found = []
    for line in lines:
        kind, _, value = line.strip().partition(":")
        found.append(Reader(kind.strip(), value.strip() or "*"))
    return found


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip()


def _manages(principal: Principal, shelf: Collection, tree: DepartmentTree, may_read: Iterable[str]) -> bool:
    if principal.has(Role.ADMIN):
        return True
    owned = shelf.department_code in tree.under(principal.department_code)
    return principal.has(Role.STEWARD) and owned and shelf.id in may_read


def _administered(session: Session, principal: Principal, name: str) -> Collection:
    """Return a collection, locked, that this person administers."""
    shelf = session.scalars(
        select(Collection)
        .where(Collection.name == _composed(name), Collection.conversation_id.is_(None))
        .with_for_update()
    ).one_or_none()
    may_read = readable(session, principal).collection_ids
    if shelf is not None and _manages(principal, shelf, DepartmentTree.load(session), may_read):
        session.refresh(shelf)
        return shelf
    seen = shelf is not None and shelf.id in may_read
    raise Failure(ErrorCode.FORBIDDEN if seen else ErrorCode.COLLECTION_NOT_FOUND)


def _check_owner(session: Session, principal: Principal, department: str | None) -> None:
    if department is not None and session.get(Department, department) is None:
        raise Failure(ErrorCode.DEPARTMENT_NOT_FOUND)
    within = department in DepartmentTree.load(session).under(principal.department_code)
    if not within and not principal.has(Role.ADMIN):
        raise Failure(ErrorCode.FORBIDDEN, detail="department")


def _check_not_out(principal: Principal, rule: set[Reader]) -> None:
    if not principal.has(Role.ADMIN) and not _fits(principal, rule):
        raise Failure(ErrorCode.READERS_EXCLUDE_YOU)


def _fits(principal: Principal, rule: Iterable[Reader]) -> bool:
    own = {Reader(ReaderKind.DEPARTMENT.value, code) for code in principal.departments}
    own |= {Reader(ReaderKind.ROLE.value, role.value) for role in principal.roles}
    return not {EVERYONE, Reader(ReaderKind.USER.value, principal.username), *own}.isdisjoint(rule)


def _checked(session: Session, principal: Principal, fields: Mapping[str, str | None]) -> dict[str, Any]:
    new: dict[str, Any] = dict(fields)
    if unknown := sorted(new.keys() - FIELDS):
        raise Failure(ErrorCode.INPUT_INVALID, detail=unknown[0])
    checked_choices(new.get("grade"), new.get("pii_policy"))
    for key in ("grade", "pii_policy"):
        if key in new and new[key] is None:
            raise Failure(ErrorCode.INPUT_INVALID, detail=key)
    if "title" in new:
        new["title"] = _text(new["title"] or "", _LONGEST_TITLE, "title")
    if "description" in new:
        new["description"] = _text(new["description"] or "", _LONGEST_DESCRIPTION, "description", empty=True)
    if "department" in new:
        new["department"] = new["department"] or None
        _check_owner(session, principal, new["department"])
    return new


def _text(text: str, longest: int, field: str, *, empty: bool = False) -> str:
    tidy = "\n".join(" ".join(line.split()) for line in text.replace("\0", "").splitlines()).strip()
    if len(tidy) > longest or not (tidy or empty):
        raise Failure(ErrorCode.INPUT_INVALID, detail=field)
    return tidy if empty else " ".join(tidy.split())


def _values(shelf: Collection) -> dict[str, str | None]:
    return {
        "title": shelf.title,
        "description": shelf.description,
        "department": shelf.department_code,
        "grade": shelf.grade,
        "pii_policy": shelf.pii_policy,
    }


def _rules(session: Session, ids: Sequence[str]) -> dict[str, list[Reader]]:
    rules: dict[str, list[Reader]] = {}
    line = CollectionReader
    rows = session.execute(select(line.collection_id, line.kind, line.value).where(line.collection_id.in_(ids)))
    for collection_id, kind, value in rows:
        rules.setdefault(collection_id, []).append(Reader(kind, value))
    return rules


def _moving(session: Session, ids: Sequence[str]) -> set[str | None]:
    open_states = (JobState.WAITING.value, JobState.RUNNING.value)
    jobs = select(Job.key).where(Job.kind == JOB_MOVE, Job.state.in_(open_states), Job.key.in_(ids))
    return set(session.scalars(jobs))
