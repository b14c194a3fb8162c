"""What is remembered of files that were taken in, so that an unchanged one is not read again.

A small SQLite file in the home's cache. It is a memory, not a truth: without it each file is read and hashed once more,
and the database finds that it knows them all. A file counts as unchanged when size, times and inode are as they were;
what was changed within the last moments before it was read is not remembered, because a second change within the same
tick of the clock would not show.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_FILE: Final = "sources.db"
_TICK_S: Final = 2.0  # the coarsest clock of a file system in use (FAT)
_LOOKUP: Final = 500
_COLUMNS: Final = "path, size, mtime_ns, ctime_ns, inode, revision, version_id, document_id, source_key, reason"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS sources (
  collection TEXT NOT NULL, path TEXT NOT NULL,
  size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
  revision TEXT NOT NULL, version_id TEXT NOT NULL, document_id TEXT NOT NULL, source_key TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (collection, path)
) WITHOUT ROWID
"""


class Signature(NamedTuple):
    """What tells a file from its earlier self without reading it."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @property
    def is_old_enough(self) -> bool:
        """Whether a change after now would show."""
        return abs(time.time_ns() - max(self.mtime_ns, self.ctime_ns)) > _TICK_S * 1e9  # clocks of shares differ


def signature(path: Path) -> Signature | None:
    """Return a file's signature; ``None`` when it cannot be looked at."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return Signature(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


@dataclass(frozen=True, slots=True)
class Remembered:
    """A file as it was when it was taken in, and what it became.

    ``version_id`` and ``document_id`` are empty for a file that was turned away; ``reason`` says why. ``source_key`` is
    the document's, which is another file's where both held the same content.
    """

    path: str
    signature: Signature
    revision: str
    version_id: str
    document_id: str
    source_key: str
    reason: str = ""

    def same(self, now: Signature | None, revision: str) -> bool:
        """Whether the file is as it was and would be read as it was."""
        return now == self.signature and revision == self.revision


class SourceMemory:
    """The memory of one home; every call is a transaction of its own. For one thread at a time.

    Args:
        home: the product's home.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / "cache" / _FILE
        self._open: sqlite3.Connection | None = None

    def recall(self, collection: str, paths: Sequence[str]) -> dict[str, Remembered]:
        """Return what is remembered of these paths in a collection."""
        found: dict[str, Remembered] = {}
        with self._connection() as connection:
            for start in range(0, len(paths), _LOOKUP):
                some = paths[start : start + _LOOKUP]
                marks = ",".join("?" * len(some))
                question = f"SELECT {_COLUMNS} FROM sources WHERE collection = ? AND path IN ({marks})"  # noqa: S608 - marks
                found.update((row[0], _read(row)) for row in connection.execute(question, (collection, *some)))
        return found

    def under(self, collection: str, folder: Path) -> list[Remembered]:
        """Return what is remembered of the files below a folder."""
        first = f"{folder}/"
        question = f"SELECT {_COLUMNS} FROM sources WHERE collection = ? AND path >= ? AND path < ? ORDER BY path"  # noqa: S608 - names made here
        with self._connection() as connection:
            return [_read(row) for row in connection.execute(question, (collection, first, f"{folder}0"))]  # "0" > "/"

    def remember(self, collection: str, items: Iterable[Remembered]) -> None:
        """Remember files in place of what was known of them; those changed a moment ago are forgotten instead."""
        rows, young = [], []
        for item in items:
            if item.signature.is_old_enough:
                meaning = (item.revision, item.version_id, item.document_id, item.source_key, item.reason)
                rows.append((collection, item.path, *item.signature, *meaning))
            else:
                young.append(item.path)
        with self._connection() as connection:
            connection.executemany("INSERT OR REPLACE INTO sources VALUES (?,?,?,?,?,?,?,?,?,?,?)", rows)
        if young:
            self.forget(collection, young)

    def forget(self, collection: str, paths: Iterable[str]) -> None:
        """Forget files."""
        with self._connection() as connection:
            connection.executemany(
                "DELETE FROM sources WHERE collection = ? AND path = ?", [(collection, path) for path in paths]
            )

    def close(self) -> None:
        """Close the file."""
        if self._open is not None:
            self._open.close()
            self._open = None

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Give the connection; a damaged memory is thrown away, and the caller finds an empty one."""
        try:
            connection = self._connect()
        except sqlite3.DatabaseError:
            self.close()
            self._path.unlink(missing_ok=True)
            connection = self._connect()
        with connection:
            yield connection

    def _connect(self) -> sqlite3.Connection:
        if self._open is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=30)
            try:
                connection.execute("PRAGMA synchronous=NORMAL")
                connection.execute(_SCHEMA)
            except sqlite3.DatabaseError:
                with suppress(sqlite3.Error):
                    connection.close()
                raise
            self._open = connection
        return self._open


def _read(row: tuple[str, int, int, int, int, str, str, str, str, str]) -> Remembered:
    path, size, mtime_ns, ctime_ns, inode, revision, version_id, document_id, source_key, reason = row
    return Remembered(
        path, Signature(size, mtime_ns, ctime_ns, inode), revision, version_id, document_id, source_key, reason
    )
