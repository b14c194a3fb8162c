"""ZIP archives: the list of members is the text, the members become documents of their own."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _members
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders.limits import DEFAULT_LIMITS, MIB, Limits
from retrieval.loaders.sniffing import ZIP
from retrieval.types import Attachment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrieval.types import ParsedDocument

OUTSIDE: Final = "경로가 압축 파일 밖을 가리키는 항목 {}개를 제외했습니다."
LINKS: Final = "다른 파일을 가리키는 링크 {}개를 제외했습니다."
_ENCRYPTED_BIT: Final = 0x1
_UTF8_BIT: Final = 0x800
_UNICODE_PATH: Final = 0x7075  # Info-ZIP: the name once more, in UTF-8
_PIECE: Final = MIB
_BOMB_RATIO: Final = 200  # deflate reaches 1,032; office files and texts stay below 100
_BOMB_BYTES: Final = 20 * MIB  # below this a ratio says nothing
# ZIP containers that are documents or programs of other kinds: their parts are nobody's files.
_PACKAGES: Final = frozenset({"[Content_Types].xml", "META-INF/MANIFEST.MF", "AndroidManifest.xml"})
_PACKAGE_TYPE: Final = "mimetype"


class ArchiveLoader:
    """Reads ``.zip``. Folders, links and what operating systems leave behind are no members."""

    name = "archive"
    revision = 1
    media_types = (ZIP,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Unpack one archive; see ``retrieval.ports.Loader``.

        Raises:
            LoadError: ``PASSWORD`` when any member is locked, ``BOMB`` or ``TOO_COMPLEX`` over the limits,
                ``UNSUPPORTED`` for a package of another kind or an unknown compression, ``EMPTY`` without members.
        """
        builder = TextBuilder(self._limits)
        try:
            with zipfile.ZipFile(path) as archive:
                entries = self._entries(archive, builder)
                attachments = tuple(self._unpack(archive, entries, path.stat().st_size))
        except (NotImplementedError, zipfile.LargeZipFile) as error:
            raise LoadError(LoadReason.UNSUPPORTED, f"ZIP: {error}") from error
        except (zipfile.BadZipFile, EOFError, zlib.error, OSError, ValueError, struct.error) as error:
            raise LoadError(LoadReason.DAMAGED, f"ZIP: {error}") from error
        if not attachments:
            raise LoadError(LoadReason.EMPTY, "no members")
        rows = [("이름", "크기"), *((one.name, _members.size_text(len(one.data))) for one in attachments)]
        builder.add_table(rows)
        return builder.document(
            title="",
            filename=filename,
            media_type=ZIP,
            loader=f"{self.name}/{self.revision}",
            attachments=attachments,
        )

    def _entries(self, archive: zipfile.ZipFile, builder: TextBuilder) -> list[tuple[str, zipfile.ZipInfo]]:
        """Members by their path, in the order of the directory."""
        directory = archive.infolist()
        if len(directory) > self._limits.max_zip_entries:
            raise LoadError(LoadReason.TOO_COMPLEX, f"{len(directory)} ZIP entries")
        names = {entry.filename for entry in directory}
        if not names.isdisjoint(_PACKAGES) or (directory and directory[0].filename == _PACKAGE_TYPE):
            raise LoadError(LoadReason.UNSUPPORTED, "a package of another kind")
        found: list[tuple[str, zipfile.ZipInfo]] = []
        taken: set[str] = set()
        outside = links = 0
        for entry in directory:
            if entry.is_dir():
                continue
            path = _members.safe_path(_name(entry))
            if path is None:
                outside += 1
            elif stat.S_ISLNK(entry.external_attr >> 16):
                links += 1
            elif not _members.is_junk(path):
                if entry.flag_bits & _ENCRYPTED_BIT:
                    raise LoadError(LoadReason.PASSWORD, "an encrypted member")
                found.append((_members.unique(path, taken), entry))
        builder.warnings.extend(text.format(count) for text, count in ((OUTSIDE, outside), (LINKS, links)) if count)
        return found

    def _unpack(
        self, archive: zipfile.ZipFile, entries: list[tuple[str, zipfile.ZipInfo]], packed: int
    ) -> Iterator[Attachment]:
        """Inflate the members, counting what really comes out: what the directory states may be a lie."""
        stated = sum(entry.file_size for _, entry in entries)
        self._bound(stated, packed)
        total = 0
        for path, entry in entries:
            pieces = []
            with archive.open(entry) as member:
                while piece := member.read(_PIECE):
                    pieces.append(piece)
                    total += len(piece)
                    self._bound(total, packed)
            yield Attachment(path, b"".join(pieces))

    def _bound(self, size: int, packed: int) -> None:
        if size > self._limits.max_inflated_bytes or (size > _BOMB_BYTES and size > _BOMB_RATIO * packed):
            raise LoadError(LoadReason.BOMB, f"{packed} bytes unpack to {size} or more")
        if size > self._limits.max_attachment_bytes:
            raise LoadError(LoadReason.TOO_COMPLEX, f"members of more than {self._limits.max_attachment_bytes} bytes")


def _name(entry: zipfile.ZipInfo) -> str:
    """The name of a member. Windows in Korea writes CP949 without saying so, which ``zipfile`` reads as DOS."""
    if entry.flag_bits & _UTF8_BIT:
        return entry.filename
    extra = entry.extra
    while len(extra) >= 4:  # noqa: PLR2004 - id and length of an extra field
        kind, length = struct.unpack_from("<HH", extra)
        field = extra[4 : 4 + length]
        if kind == _UNICODE_PATH and field[:1] == b"\1":
            return field[5:].decode("utf-8", "replace")
        extra = extra[4 + length :]
    try:
        return _members.old_name(entry.filename.encode("cp437"))
    except UnicodeEncodeError:
        return entry.filename
