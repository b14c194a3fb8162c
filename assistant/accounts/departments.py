"""The tree of departments as one look at it: who stands below whom, in the order of the codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from assistant.db.models import Department

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Unit:
    """A department in the tree; ``depth`` is 0 at the root, ``below`` the number of all departments under it."""

    code: str
    name: str
    parent: str | None
    depth: int
    below: int


class DepartmentTree:
    """All departments of the city, read once; a few hundred rows.

    A department whose parent is missing, or that stands in a circle, hangs at the root: nothing is lost from view.

    Args:
        rows: code, name and parent's code of each.
    """

    def __init__(self, rows: list[tuple[str, str, str | None]]) -> None:
        names = {code for code, _, _ in rows}
        self._names = {code: name for code, name, _ in rows}
        self._parents = {code: parent if parent in names and parent != code else None for code, _, parent in rows}
        self._children: dict[str | None, list[str]] = {}
        for code in sorted(names):
            self._children.setdefault(self._parents[code], []).append(code)
        self.units: tuple[Unit, ...] = tuple(self._walk())

    @classmethod
    def load(cls, session: Session) -> DepartmentTree:
        """Read the tree."""
        rows = session.execute(select(Department.code, Department.name, Department.parent_code))
        return cls([(code, name, parent) for code, name, parent in rows])

    def name(self, code: str) -> str:
        """Return a department's name; the code where it has none."""
        return self._names.get(code, code)

    def under(self, code: str | None) -> frozenset[str]:
        """Return the codes of a department and all below it; empty for none and for an unknown one."""
        if code is None or code not in self._names:
            return frozenset()
        found: set[str] = set()
        rest = [code]
        while rest:
            one = rest.pop()
            if one not in found:
                found.add(one)
                rest.extend(self._children.get(one, ()))
        return frozenset(found)

    def _walk(self) -> Iterator[Unit]:
        """Yield depth first, every department once."""
        seen: set[str] = set()
        circled = (code for code in sorted(self._names) if code not in seen)  # reached only when no root leads there
        for source in (iter(self._children.get(None, ())), circled):
            for root in source:
                stack = [(root, 0)]
                while stack:
                    code, depth = stack.pop()
                    if code in seen:
                        continue
                    seen.add(code)
                    parent = self._parents[code]
                    yield Unit(code, self._names[code], parent, depth, len(self.under(code)) - 1)
                    stack.extend((child, depth + 1) for child in reversed(self._children.get(code, [])))
