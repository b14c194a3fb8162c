"""Original files, kept once each under the hash of their content."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from assistant.errors import ErrorCode, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_PIECE: Final = 1 << 20
_NEW: Final = ".new-"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class FileBlobStore:
    """A folder of files named by SHA-256, ``blobs/ab/abcdef…``.

    A file is written beside its place, forced to disk and renamed into it: what stands under a hash is whole, also
    after a power cut. Files are never changed; two processes that put the same content do each other no harm.

    Args:
        home: the product's home; ``blobs`` is made in it on first use.
        reserve: bytes of the disk that stay free: nothing is copied in when less would be left. The database, the
            indexes and the logs live on the same disk and fare badly when it is full.
    """

    def __init__(self, home: Path, *, reserve: int = 0) -> None:
        self._root = home / "blobs"
        self._reserve = reserve

    def put(self, source: Path) -> tuple[str, int]:
        """Copy a file in and return (sha256, size in bytes). The same content again changes nothing.

        Raises:
            Failure: ``path_not_found`` when the source cannot be read, ``disk_full`` when the disk or its reserve is
                used up, ``home_not_writable`` when the store cannot be written.
        """
        try:
            file = source.open("rb")
        except OSError as error:
            raise Failure(ErrorCode.PATH_NOT_FOUND, detail=error.strerror or "") from error
        with file:
            return self._put(file, os.fstat(file.fileno()).st_size)

    def put_bytes(self, data: bytes) -> tuple[str, int]:
        """Keep what is in memory already (a member of an archive), like :meth:`put`.

        Raises:
            Failure: ``disk_full``, ``home_not_writable``.
        """
        return self._put(io.BytesIO(data), len(data))

    def _put(self, file: IO[bytes], expected: int) -> tuple[str, int]:
        with _writing():
            self._root.mkdir(parents=True, exist_ok=True)
            self._make_sure_of_space(expected)
            with tempfile.NamedTemporaryFile(dir=self._root, prefix=_NEW, delete=False) as copy:
                temporary = Path(copy.name)
                try:
                    sha256, size = _copy(file, copy)
                    target = self._target(sha256)
                    if _is_there(target, size):
                        temporary.unlink()
                        os.utime(target)  # asked for again just now: a sweep leaves it alone
                        return sha256, size
                    copy.flush()
                    os.fsync(copy.fileno())
                    target.parent.mkdir(exist_ok=True)
                    temporary.replace(target)
                    _sync_folder(target.parent)
                except BaseException:
                    temporary.unlink(missing_ok=True)
                    raise
        return sha256, size

    def path(self, sha256: str) -> Path:
        """Return where the content lies.

        Raises:
            Failure: ``file_missing``.
        """
        if _SHA256.fullmatch(sha256):
            target = self._target(sha256)
            if target.is_file():
                return target
        raise Failure(ErrorCode.FILE_MISSING)

    def sweep(self, in_use: Callable[[Sequence[str]], set[str]], *, older_than_s: float) -> int:
        """Remove originals that nothing refers to, and what broken-off copies left; return how many went.

        Args:
            in_use: returns those of some hashes that something refers to.
            older_than_s: what was handed in within so many seconds is left alone, its row may be on the way.
        """
        removed = 0
        for folder in [self._root, *sorted(self._root.glob("[0-9a-f][0-9a-f]"))]:
            names = [one.name for one in folder.iterdir() if one.is_file()] if folder.is_dir() else []
            contents = [name for name in names if _SHA256.fullmatch(name)]
            kept = in_use(contents) if contents else set()
            for name in names:
                unused = (name in contents and name not in kept) or name.startswith(_NEW)
                if unused and _older(folder / name, older_than_s):
                    (folder / name).unlink(missing_ok=True)
                    removed += 1
        return removed

    def holds(self, sha256: str, size: int) -> bool:
        """Whether this content lies here, whole."""
        return bool(_SHA256.fullmatch(sha256)) and _is_there(self._target(sha256), size)

    def _make_sure_of_space(self, size: int) -> None:
        if self._reserve and shutil.disk_usage(self._root).free < size + self._reserve:
            raise Failure(ErrorCode.DISK_FULL)

    def _target(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        code = ErrorCode.DISK_FULL if full else ErrorCode.HOME_NOT_WRITABLE
        raise Failure(code, detail=error.strerror or "") from error


def _copy(source: IO[bytes], target: IO[bytes]) -> tuple[str, int]:
    """Copy and hash in one pass, so that hash and copy agree even when the source changes meanwhile."""
    digest = hashlib.sha256()
    size = 0
    while piece := source.read(_PIECE):
        digest.update(piece)
        target.write(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _older(path: Path, seconds: float) -> bool:
    try:
        return path.stat().st_mtime <= time.time() - seconds
    except FileNotFoundError:
        return False


def _is_there(target: Path, size: int) -> bool:
    try:
        return target.stat().st_size == size
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
