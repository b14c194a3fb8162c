"""Rules of readers in words that people understand: 총무과와 그 아래 3개 부서, 역할 거버넌스, 사용자 김하늘."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from assistant.accounts.access import EVERYONE, Reader, ReaderKind
from assistant.db.models import Role, User

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from assistant.accounts.departments import DepartmentTree

ROLE_NAMES: Final = {
    Role.STAFF: "직원",
    Role.COMPLAINTS: "민원 담당",
    Role.STEWARD: "데이터 담당",
    Role.GOVERNANCE: "거버넌스",
    Role.ADMIN: "운영자",
}
ALL: Final = "모든 사람"
NOBODY: Final = "아무도 볼 수 없음"
_ORDER: Final = (ReaderKind.DEPARTMENT.value, ReaderKind.ROLE.value, ReaderKind.USER.value)
_HANGUL: Final = (0xAC00, 0xD7A3)
_FINALS: Final = 28  # a Hangul syllable's code tells its final consonant by the remainder


def display_names(session: Session, rules: Iterable[Iterable[Reader]]) -> dict[str, str]:
    """Return the display names of all users that these rules name, by username."""
    users = {line.value for rule in rules for line in rule if line.kind == ReaderKind.USER}
    if not users:
        return {}
    found = session.execute(select(User.username, User.display_name).where(User.username.in_(sorted(users))))
    return {username: name for username, name in found}  # noqa: C416 - dict() takes a result for a mapping


def in_words(readers: Iterable[Reader], tree: DepartmentTree, people: dict[str, str] | None) -> tuple[str, ...]:
    """Return a rule in words, a phrase for each line: departments, then roles, then users.

    Args:
        readers: the lines.
        tree: names the departments and counts those below.
        people: display names by username; ``None`` where single people are to be counted and not named.
    """
    lines = sorted(set(readers), key=lambda line: (_ORDER.index(line.kind) if line.kind in _ORDER else -1, line.value))
    if EVERYONE in lines:
        return (ALL,)
    if not lines:
        return (NOBODY,)
    words = [_phrase(line, tree, people or {}) for line in lines if people is not None or line.kind != ReaderKind.USER]
    counted = sum(line.kind == ReaderKind.USER for line in lines)
    if people is None and counted:
        words.append(f"사용자 {counted}명")
    return tuple(words)


def _phrase(line: Reader, tree: DepartmentTree, people: dict[str, str]) -> str:
    if line.kind == ReaderKind.DEPARTMENT:
        name, below = tree.name(line.value), len(tree.under(line.value)) - 1
        return f"{name}{_and(name)} 그 아래 {below}개 부서" if below > 0 else name
    if line.kind == ReaderKind.ROLE:
        return f"역할 {ROLE_NAMES[Role(line.value)]}"
    person = people.get(line.value, line.value)
    return f"사용자 {person}" if person == line.value else f"사용자 {person} [{line.value}]"


def _and(name: str) -> str:
    """Return 과 after a final consonant, else 와."""
    last = ord(name[-1]) if name else 0
    ends_in_consonant = _HANGUL[0] <= last <= _HANGUL[1] and (last - _HANGUL[0]) % _FINALS
    return "과" if ends_in_consonant else "와"
