"""One engine per process, and the two ways to a session: ``read()`` and ``write()``.

A unit of work is ``with database.write() as session``: it begins (on SQLite ``BEGIN IMMEDIATE``, so that a
writer waits for its turn instead of failing in the middle), commits when the block ends and rolls back
when it raises. Services take the session and never commit.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from assistant.errors import ErrorCode, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

BUSY_TIMEOUT_S = 30


class Database:
    """The database of this installation.

    Args:
        url: SQLAlchemy URL, ``sqlite:///…`` or ``postgresql+psycopg://…``.

    Raises:
        Failure: ``settings_invalid`` when the URL cannot be understood.
    """

    def __init__(self, url: str) -> None:
        try:
            self.url = make_url(url)
        except ArgumentError as error:
            raise Failure(ErrorCode.SETTINGS_INVALID, detail="ASSISTANT_DATABASE_URL") from error
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else create_engine(url, pool_pre_ping=True, pool_size=10)
        self._read = sessionmaker(self.engine, expire_on_commit=False)
        self._write = sessionmaker(self.engine.execution_options(immediate=True), expire_on_commit=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session for reading; nothing is committed.

        Raises:
            Failure: ``database_unavailable`` when the server cannot be reached.
        """
        with _translate(), self._read() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session whose work is committed at the end of the block, or not at all.

        Raises:
            Failure: ``database_unavailable`` when the server cannot be reached or the file stays locked,
                ``input_invalid`` for a value that the database cannot hold.
        """
        with _translate(), self._write.begin() as session:
            yield session

    def cut_log(self) -> None:
        """Bring SQLite's log of writes into the file and cut it: it holds pages as they were before they changed.

        Readers that are in the middle of something keep it from being cut as a whole; the next time gets the rest.
        """
        if not self.is_sqlite:
            return
        with _translate():
            connection = self.engine.raw_connection()  # past SQLAlchemy, which would begin a transaction
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()

    def dispose(self) -> None:
        """Close all connections of this process."""
        self.engine.dispose()


@contextmanager
def _translate() -> Iterator[None]:
    try:
        yield
    except DataError as error:  # PostgreSQL knows no NUL in texts and no number beyond its columns; SQLite takes both
        raise Failure(ErrorCode.INPUT_INVALID, detail="value") from error
    except OperationalError as error:
        raise Failure(ErrorCode.DATABASE_UNAVAILABLE, detail=type(error.orig).__name__) from error
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        raise Failure(ErrorCode.DATABASE_UNAVAILABLE, detail="connection lost") from error


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection has no type
        connection.isolation_level = None  # SQLAlchemy says BEGIN, not the driver
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000}")
        _use_wal(cursor)
        cursor.execute("PRAGMA synchronous=FULL")  # an acknowledged audit event survives a power cut
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten, not left lying in free pages
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _use_wal(cursor: Any) -> None:  # noqa: ANN401 - a DBAPI cursor has no type
    """Switch the file to write-ahead logging, which lasts; only the first connection ever has to.

    While several programs open a new file together, SQLite may refuse the switch at once instead of waiting its busy
    timeout out (it would have to upgrade a lock that another one waits for), so it is tried again here.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
