"""A database with a small city in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from assistant.accounts import identity
from assistant.db.engine import Database
from assistant.db.models import Base, Role

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


@pytest.fixture
def city(database: Database) -> Database:
    """Root ``0`` with ``1`` (``11``, ``12`` with ``121``) and ``2``; five people."""
    units = [("0", None), ("1", "0"), ("2", "0"), ("11", "1"), ("12", "1"), ("121", "12")]
    people = [
        ("mayor", "0", [Role.STAFF]),
        ("kim", "11", [Role.STAFF]),
        ("lee", "121", [Role.STAFF, Role.STEWARD]),
        ("park", "2", [Role.STAFF, Role.ADMIN]),
        ("guest", None, []),
    ]
    with database.write() as session:
        for code, parent in units:
            identity.create_department(session, code=code, name=f"부서 {code}", parent=parent, actor="system")
        for username, department, roles in people:
            identity.create_user(
                session, username=username, display_name=username, department=department, roles=roles, actor="system"
            )
    return database


@pytest.fixture
def statements(database: Database) -> Iterator[list[str]]:
    """Give the list in which every SQL statement appears."""
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)
