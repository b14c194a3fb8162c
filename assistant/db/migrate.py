"""Brings the database to the state that this version of the program works with.

The revisions are in ``migrations/versions``, one chain for SQLite and PostgreSQL. A migration runs in one transaction:
it is done or it never was. Programs that start at the same time take turns.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from assistant.errors import ErrorCode, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alembic.config import Config
    from sqlalchemy import Connection

    from assistant.db.engine import Database

_SCRIPTS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 0x6D696772  # "migr", key of the PostgreSQL advisory lock


def upgrade(database: Database) -> None:
    """Run every revision that the database has not seen.

    Raises:
        Failure: ``database_unavailable``, or ``database_outdated`` when a newer version of the program wrote it.
    """
    from alembic import command  # noqa: PLC0415 - only the commands that migrate need it

    with _exclusive(database) as connection:
        known = _revision(connection)
        if known is not None and known not in _known():
            raise Failure(ErrorCode.DATABASE_OUTDATED, detail=f"unknown revision {known}")
        if known != head():
            command.upgrade(config(connection), "head")


def downgrade(database: Database, revision: str = "base") -> None:
    """Undo revisions down to the one named; data of the tables that go is lost.

    Raises:
        Failure: ``database_unavailable``.
    """
    from alembic import command  # noqa: PLC0415 - as above

    with _exclusive(database) as connection:
        command.downgrade(config(connection), revision)


def head() -> str:
    """Return the newest revision that this program knows."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    revision = ScriptDirectory(str(_SCRIPTS)).get_current_head()
    if revision is None:
        raise RuntimeError("the package carries no revisions")
    return revision


def current(database: Database) -> str | None:
    """Return the revision that the database is at, ``None`` for an empty one.

    Raises:
        Failure: ``database_unavailable``.
    """
    with _translate(), database.engine.connect() as connection:
        return _revision(connection)


def is_current(database: Database) -> bool:
    """Whether the database is at the newest revision.

    Raises:
        Failure: ``database_unavailable``.
    """
    return current(database) == head()


def config(connection: Connection) -> Config:
    """Return the Alembic configuration for this connection.

    To write the next revision after a change of the models, give it to
    ``alembic.command.revision(config, message, autogenerate=True)`` with an up-to-date database.
    """
    from alembic.config import Config  # noqa: PLC0415 - as above

    made = Config()
    made.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def in_models(_object: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:  # noqa: ANN401, FBT001 - Alembic's signature
    """Whether a difference between database and models is ours: the queue's tables in PostgreSQL are made by Huey."""
    theirs = kind == "table" and reflected and compared is None and str(name).startswith("huey_")
    return not theirs


@contextmanager
def _exclusive(database: Database) -> Iterator[Connection]:
    """Open a transaction that nobody else who migrates can be in."""
    engine = database.engine.execution_options(immediate=True)
    with _translate(), engine.connect() as connection:
        if not database.is_sqlite:
            with connection.begin():
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                yield connection
            return
        # Writing a table anew drops the old one, and with foreign keys on that would empty the tables that refer to
        # it. The switch works only outside a transaction, so SQLAlchemy, which begins one by itself, is gone round.
        driver = connection.connection.driver_connection
        if driver is None:
            raise RuntimeError("no connection")
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():  # BEGIN IMMEDIATE: the second one waits here
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                if broken is not None:
                    raise RuntimeError(f"the migration left rows without their parent in {broken[0]}")
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


@contextmanager
def _translate() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise Failure(ErrorCode.DATABASE_UNAVAILABLE, detail=type(error.orig).__name__) from error


def _revision(connection: Connection) -> str | None:
    from alembic.migration import MigrationContext  # noqa: PLC0415 - as above

    return MigrationContext.configure(connection).get_current_revision()


def _known() -> set[str]:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    return {script.revision for script in ScriptDirectory(str(_SCRIPTS)).walk_revisions()}
