"""Who acts: departments, users and their roles.

A :class:`Principal` is what the rest of the product knows of a person; it is loaded once per request.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from assistant.db.models import Department, Role, SignInSession, User, UserRole, new_id
from assistant.errors import ErrorCode, Failure
from assistant.governance.audit import AuditAction, record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Insert
    from sqlalchemy.orm import Session

_DEEPEST: Final = 32  # levels of the department tree; ends the walk should the tree ever contain a circle
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in, active person.

    Attributes:
        user_id: key of the user's row.
        username: what the city's sign-on calls them; the actor of audit events.
        display_name: what pages show.
        department_code: own department, ``None`` for users outside the tree.
        departments: codes of the own department, its parent and so on up to the root.
        roles: what they may do.
    """

    user_id: str
    username: str
    display_name: str
    department_code: str | None
    departments: tuple[str, ...]
    roles: frozenset[Role]

    def has(self, *roles: Role) -> bool:
        """Whether the person holds at least one of the roles."""
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True, slots=True)
class UserInfo:
    """A line of the user list."""

    user_id: str
    username: str
    display_name: str
    department_code: str | None
    department_name: str | None
    roles: tuple[Role, ...]
    active: bool
    demo: bool


def load_principal(session: Session, username: str) -> Principal:
    """Load the person with this username.

    Raises:
        Failure: ``user_not_found`` when there is none, or the account is closed.
    """
    user = session.execute(select(User).where(User.username == username, User.active.is_(True))).scalar_one_or_none()
    if user is None:
        raise Failure(ErrorCode.USER_NOT_FOUND)
    roles = session.execute(select(UserRole.role).where(UserRole.user_id == user.id)).scalars()
    return Principal(
        user_id=user.id,
        username=user.username,
        display_name=user.display_name,
        department_code=user.department_code,
        departments=department_line(session, user.department_code),
        roles=frozenset(Role(role) for role in roles),
    )


def department_line(session: Session, code: str | None) -> tuple[str, ...]:
    """Return the codes from this department up to the root, itself first; empty for an unknown one."""
    if code is None:
        return ()
    own = select(Department.code, Department.parent_code, literal(0).label("depth")).where(Department.code == code)
    line = own.cte("line", recursive=True)
    above = aliased(Department)
    line = line.union_all(
        select(above.code, above.parent_code, line.c.depth + 1).where(
            above.code == line.c.parent_code, line.c.depth < _DEEPEST
        )
    )
    codes = session.execute(select(line.c.code).order_by(line.c.depth)).scalars()
    return tuple(dict.fromkeys(codes))


def create_department(session: Session, *, code: str, name: str, parent: str | None = None, actor: str) -> None:
    """Add a unit to the tree.

    Raises:
        Failure: ``name_taken``, ``department_not_found`` (the parent) or ``input_invalid``.
    """
    code, name = _name(code, "code"), _label(name, "name")
    if parent is not None:
        _require_department(session, parent)
    _insert_once(session, insert(Department).values(code=code, name=name, parent_code=parent))
    record(
        session,
        actor=actor,
        action=AuditAction.DEPARTMENT_CREATED,
        subject=f"department:{code}",
        data={"name": name, "parent": parent},
    )


def create_user(
    session: Session,
    *,
    username: str,
    display_name: str,
    department: str | None,
    roles: Iterable[Role],
    actor: str,
    demo: bool = False,
) -> Principal:
    """Register a person.

    Args:
        session: a writing session.
        username: the name the city's sign-on gives; no spaces.
        display_name: name shown on pages.
        department: code of their unit, ``None`` for none.
        roles: what they may do.
        actor: username of who registers them.
        demo: whether this is a demo user, who may sign in without a password on the loopback address.

    Raises:
        Failure: ``name_taken``, ``department_not_found`` or ``input_invalid``.
    """
    username, display_name = _name(username, "username"), _label(display_name, "display_name")
    if department is not None:
        _require_department(session, department)
    user_id = new_id()
    _insert_once(
        session,
        insert(User).values(
            id=user_id, username=username, display_name=display_name, department_code=department, active=True, demo=demo
        ),
    )
    held = _write_roles(session, user_id, roles)
    record(
        session,
        actor=actor,
        action=AuditAction.USER_CREATED,
        subject=f"user:{user_id}",
        data={"username": username, "department": department, "roles": held, "demo": demo},
    )
    return load_principal(session, username)


def set_roles(session: Session, username: str, roles: Iterable[Role], *, actor: str) -> None:
    """Give a person exactly these roles; setting the same again leaves no trace.

    Raises:
        Failure: ``user_not_found`` or ``input_invalid``.
    """
    user = _locked_user(session, username)
    before = sorted(session.execute(select(UserRole.role).where(UserRole.user_id == user.id)).scalars())
    if before == _role_names(roles := list(roles)):
        return
    session.execute(delete(UserRole).where(UserRole.user_id == user.id))
    held = _write_roles(session, user.id, roles)
    record(
        session,
        actor=actor,
        action=AuditAction.USER_CHANGED,
        subject=f"user:{user.id}",
        data={"roles": held, "before": before},
    )


def set_department(session: Session, username: str, department: str | None, *, actor: str) -> None:
    """Move a person to another unit, or out of the tree.

    Raises:
        Failure: ``user_not_found`` or ``department_not_found``.
    """
    user = _locked_user(session, username)
    if department is not None:
        _require_department(session, department)
    before = user.department_code
    if before == department:
        return
    user.department_code = department
    session.flush()
    record(
        session,
        actor=actor,
        action=AuditAction.USER_CHANGED,
        subject=f"user:{user.id}",
        data={"department": department, "before": before},
    )


def deactivate(session: Session, username: str, *, actor: str) -> None:
    """Close an account and end its sessions. The row stays: records go on naming it.

    Raises:
        Failure: ``user_not_found``.
    """
    _set_active(session, username, active=False, actor=actor)


def reactivate(session: Session, username: str, *, actor: str) -> None:
    """Open a closed account again, with the roles it had.

    Raises:
        Failure: ``user_not_found``.
    """
    _set_active(session, username, active=True, actor=actor)


def list_users(session: Session, *, include_inactive: bool = True) -> list[UserInfo]:
    """Return all users by username."""
    question = (
        select(User, Department.name)
        .join(Department, Department.code == User.department_code, isouter=True)
        .order_by(User.username)
    )
    if not include_inactive:
        question = question.where(User.active.is_(True))
    held: dict[str, list[Role]] = {}
    for user_id, role in session.execute(select(UserRole.user_id, UserRole.role).order_by(UserRole.role)):
        held.setdefault(user_id, []).append(Role(role))
    return [
        UserInfo(
            user_id=user.id,
            username=user.username,
            display_name=user.display_name,
            department_code=user.department_code,
            department_name=department_name,
            roles=tuple(held.get(user.id, ())),
            active=user.active,
            demo=user.demo,
        )
        for user, department_name in session.execute(question)
    ]


def _set_active(session: Session, username: str, *, active: bool, actor: str) -> None:
    user = _locked_user(session, username)
    if user.active is active:
        return
    session.execute(update(User).where(User.id == user.id).values(active=active))
    if not active:
        session.execute(delete(SignInSession).where(SignInSession.user_id == user.id))
    record(session, actor=actor, action=AuditAction.USER_CHANGED, subject=f"user:{user.id}", data={"active": active})


def _locked_user(session: Session, username: str) -> User:
    user = session.execute(
        select(User).where(User.username == username).with_for_update().execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if user is None:
        raise Failure(ErrorCode.USER_NOT_FOUND)
    return user


def _require_department(session: Session, code: str) -> None:
    if not session.execute(select(func.count()).where(Department.code == code)).scalar_one():
        raise Failure(ErrorCode.DEPARTMENT_NOT_FOUND)


def _role_names(roles: Iterable[Role]) -> list[str]:
    try:
        return sorted({Role(role).value for role in roles})
    except ValueError as error:
        raise Failure(ErrorCode.INPUT_INVALID, detail="role") from error


def _write_roles(session: Session, user_id: str, roles: Iterable[Role]) -> list[str]:
    names = _role_names(roles)
    if names:
        session.execute(insert(UserRole), [{"user_id": user_id, "role": name} for name in names])
    return names


def _insert_once(session: Session, statement: Insert) -> None:
    """Insert a row whose name must be free; a savepoint keeps the caller's transaction usable when it is not."""
    try:
        with session.begin_nested():
            session.execute(statement)
    except IntegrityError as error:
        raise Failure(ErrorCode.NAME_TAKEN) from error


def _name(text: str, field: str) -> str:
    """Return a technical name in composed form; spaces and control characters make it unusable."""
    name = unicodedata.normalize("NFC", text.strip())
    bad = any(character.isspace() or unicodedata.category(character).startswith("C") for character in name)
    if not name or bad or len(name) > _LONGEST_NAME:
        raise Failure(ErrorCode.INPUT_INVALID, detail=field)
    return name


def _label(text: str, field: str) -> str:
    """Return a name for people on one line."""
    label = unicodedata.normalize("NFC", " ".join(text.split()))
    if not label or not label.isprintable() or len(label) > _LONGEST_NAME:
        raise Failure(ErrorCode.INPUT_INVALID, detail=field)
    return label
