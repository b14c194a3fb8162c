"""What every installation starts with, and the made-up city that shows the product.

All functions may be called at every start and by several processes at once; what is already there is left as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import select

from assistant.accounts.identity import create_department, create_user
from assistant.db.models import Department, Role, User
from assistant.governance import audit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

ROOT_DEPARTMENT: Final = "000"
OPERATOR: Final = "operator"
_ACTOR: Final = "system"


class _Unit(NamedTuple):
    code: str
    name: str
    parent: str


class _Person(NamedTuple):
    username: str
    display_name: str
    department: str
    roles: frozenset[Role]


_OPERATOR: Final = _Person(OPERATOR, "명령줄 운영자", ROOT_DEPARTMENT, frozenset({Role.ADMIN, Role.STAFF}))

DEMO_UNITS: Final = (
    _Unit("100", "기획조정실", ROOT_DEPARTMENT),
    _Unit("110", "정책기획과", "100"),
    _Unit("120", "데이터정책과", "100"),
    _Unit("130", "정보통신과", "100"),
    _Unit("200", "시민안전국", ROOT_DEPARTMENT),
    _Unit("210", "민원여권과", "200"),
    _Unit("300", "도시환경국", ROOT_DEPARTMENT),
    _Unit("310", "건축과", "300"),
    _Unit("320", "자원순환과", "300"),
    _Unit("400", "감사담당관", ROOT_DEPARTMENT),
)

DEMO_PEOPLE: Final = (
    _Person("staff", "김하늘 (직원)", "110", frozenset({Role.STAFF})),
    _Person("staff2", "오세찬 (직원)", "320", frozenset({Role.STAFF})),
    _Person("complaints", "이민서 (민원 담당)", "210", frozenset({Role.STAFF, Role.COMPLAINTS})),
    _Person("complaints2", "박서연 (민원 담당)", "310", frozenset({Role.STAFF, Role.COMPLAINTS})),
    _Person("steward", "최도윤 (데이터 담당)", "120", frozenset({Role.STAFF, Role.STEWARD})),
    _Person("governance", "정지우 (거버넌스)", "400", frozenset({Role.STAFF, Role.GOVERNANCE})),
    _Person("admin", "한예린 (운영자)", "130", frozenset({Role.STAFF, Role.ADMIN})),
)


def ensure_base(session: Session, organisation: str = "가온시") -> None:
    """Make sure of the root department and of ``operator``, for whom the command line acts by default.

    Args:
        session: a writing session.
        organisation: name of the root department where it is made.
    """
    _ensure(session, (_Unit(ROOT_DEPARTMENT, organisation, ""),), (_OPERATOR,), demo=False)


def ensure_demo(session: Session) -> None:
    """Make sure of the demo departments and demo users of the fictional 가온시, after :func:`ensure_base`."""
    _ensure(session, DEMO_UNITS, DEMO_PEOPLE, demo=True)


def ensure_demo_departments(session: Session) -> None:
    """Make sure of the departments that the sample documents belong to, without the people, who sign in elsewhere."""
    _ensure(session, DEMO_UNITS, (), demo=True)


def _ensure(session: Session, units: tuple[_Unit, ...], people: tuple[_Person, ...], *, demo: bool) -> None:
    if not any(_missing(session, units, people)):
        return
    audit.lock(session)  # of two processes that start together the second waits here and then finds all of it there
    new_units, new_people = _missing(session, units, people)
    for unit in new_units:
        create_department(session, code=unit.code, name=unit.name, parent=unit.parent or None, actor=_ACTOR)
    for person in new_people:
        create_user(
            session,
            username=person.username,
            display_name=person.display_name,
            department=person.department,
            roles=person.roles,
            actor=_ACTOR,
            demo=demo,
        )


def _missing(
    session: Session, units: tuple[_Unit, ...], people: tuple[_Person, ...]
) -> tuple[list[_Unit], list[_Person]]:
    codes = set(session.execute(select(Department.code).where(Department.code.in_([u.code for u in units]))).scalars())
    names = set(session.execute(select(User.username).where(User.username.in_([p.username for p in people]))).scalars())
    return (
        [unit for unit in units if unit.code not in codes],
        [person for person in people if person.username not in names],
    )
