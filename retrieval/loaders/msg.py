"""MSG, the form in which Outlook saves messages: properties in a compound file (MS-OXMSG, MS-OXCDATA).

Read from the compound file itself through olefile: the one library above it with a free licence keeps neither messages
attached to messages nor Korean text without a code page.
"""

from __future__ import annotations

import datetime as dt
import struct
from typing import TYPE_CHECKING, Any, Final

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _mail
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders._mail import Mail
from retrieval.loaders._rtf import plain_of
from retrieval.loaders._text import decode
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import MSG

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrieval.types import ParsedDocument

Storage = tuple[str, ...]  # a folder of the compound file, by its path

# Properties by their number (MS-OXPROPS).
_SUBJECT: Final = 0x0037
_SENT: Final = 0x0039
_RECEIVED: Final = 0x0E06
_HEADERS: Final = 0x007D
_SENDER_NAME: Final = 0x0C1A
_SENDER_SMTP: Final = 0x5D01
_SENDER_ADDRESS: Final = 0x0C1F
_BODY: Final = 0x1000
_RTF: Final = 0x1009
_HTML: Final = 0x1013
_CODE_PAGE: Final = 0x3FFD
_BODY_CODE_PAGE: Final = 0x3FDE
_NAME: Final = 0x3001
_ADDRESS: Final = 0x3003
_SMTP: Final = 0x39FE
_RECEIVER_KIND: Final = 0x0C15
_DATA: Final = 0x3701
_LONG_NAME: Final = 0x3707
_SHORT_NAME: Final = 0x3704
_METHOD: Final = 0x3705
_HIDDEN: Final = 0x7FFE
_CONTENT_ID: Final = 0x3712

_STRING: Final = 0x001F
_STRING_8: Final = 0x001E
_BINARY: Final = 0x0102
_PROPERTIES: Final = "__properties_version1.0"
_ATTACHMENT: Final = "__attach_version1.0_"
_RECEIVER: Final = "__recip_version1.0_"
_EMBEDDED: Final = "__substg1.0_3701000D"
_METHOD_MESSAGE: Final = 5
_CC: Final = 2
_RECORD: Final = struct.Struct("<HHI8s")
_ROOT_HEADER: Final = 32
_MESSAGE_HEADER: Final = 24
_PART_HEADER: Final = 8
_FILETIME_EPOCH: Final = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
_UTF8_PAGE: Final = 65001
_KOREA: Final = dt.timezone(dt.timedelta(hours=9))


class MsgLoader:
    """Reads ``.msg``: head, body and attachments; messages attached to it become ``.eml`` files."""

    name = "msg"
    revision = 1
    media_types = (MSG,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one message; see ``retrieval.ports.Loader``."""
        import olefile  # noqa: PLC0415 - a vendor library

        try:
            with olefile.OleFileIO(str(path)) as file:
                mail = _Reader(file, self._limits).message((), _ROOT_HEADER, 1)
        except (OSError, ValueError, IndexError, KeyError, struct.error, AttributeError, TypeError) as error:
            # What olefile and this module raise on compound files that do not hold what they say.
            raise LoadError(LoadReason.DAMAGED, f"MSG: {type(error).__name__}: {error}") from error
        builder = TextBuilder(self._limits)
        return _mail.document(mail, builder, filename=filename, media_type=MSG, loader=f"{self.name}/{self.revision}")


class _Reader:
    """Reads messages out of one compound file."""

    def __init__(self, file: Any, limits: Limits) -> None:  # noqa: ANN401 - olefile is untyped
        self._file = file
        self._limits = limits
        self._taken = 0
        self._folders: dict[Storage, list[str]] = {}
        for entry in file.listdir(streams=True, storages=True):
            parts = tuple(entry)
            self._folders.setdefault(parts[:-1], []).append(parts[-1])

    def message(self, at: Storage, header: int, level: int) -> Mail:
        """Read the message whose properties stand in a storage.

        Args:
            at: the storage.
            header: bytes before the first property: they differ for the message itself and one inside it.
            level: 1 for the message itself.
        """
        if level > self._limits.max_nesting + 1:
            raise LoadError(LoadReason.NESTED, "messages inside messages")
        values = _Properties(self, at, header)
        mail = Mail(subject=values.text(_SUBJECT))
        address = values.text(_SENDER_SMTP) or values.text(_SENDER_ADDRESS)
        mail.sender = _person(values.text(_SENDER_NAME), address)
        mail.date = values.moment(_SENT) or values.moment(_RECEIVED)
        for name in self.names(at, _RECEIVER):
            one = _Properties(self, (*at, name), _PART_HEADER, values)
            person = _person(one.text(_NAME), one.text(_SMTP) or one.text(_ADDRESS))
            (mail.cc if one.number(_RECEIVER_KIND) == _CC else mail.to).append(person)
        mail.plain = values.text(_BODY)
        mail.html = values.page()
        if not mail.plain.strip() and not mail.html.strip():
            mail.plain = plain_of(values.binary(_RTF))
        for name in self.names(at, _ATTACHMENT):
            self._attach(mail, (*at, name), values, level)
        return mail

    def _attach(self, mail: Mail, at: Storage, message: _Properties, level: int) -> None:
        values = _Properties(self, at, _PART_HEADER, message)
        name = values.text(_LONG_NAME) or values.text(_SHORT_NAME) or values.text(_NAME)
        if values.number(_METHOD) == _METHOD_MESSAGE and _EMBEDDED in self._folders.get(at, ()):
            inner = self.message((*at, _EMBEDDED), _MESSAGE_HEADER, level + 1)
            mail.attach(f"{inner.subject.strip()[:100] or '메시지'}.eml", _mail.as_eml(inner))
            return
        data = values.binary(_DATA)
        picture = name.lower().endswith((".png", ".jpg", ".jpeg", ".gif", ".bmp"))
        if picture and (values.number(_HIDDEN) or (values.text(_CONTENT_ID) and "cid:" in mail.html)):
            return  # shown within the text
        self._taken += len(data)
        if self._taken > self._limits.max_attachment_bytes or len(mail.attachments) > self._limits.max_zip_entries:
            raise LoadError(LoadReason.TOO_COMPLEX, "attachments over the limit")
        mail.attach(name, data)

    def names(self, at: Storage, prefix: str) -> list[str]:
        """Storages of a kind in a storage, in their order."""
        return sorted(name for name in self._folders.get(at, ()) if name.startswith(prefix))

    def stream(self, at: Storage, name: str) -> bytes:
        """Bytes of a stream, none where there is no such stream."""
        if name not in self._folders.get(at, ()):
            return b""
        with self._file.openstream([*at, name]) as stream:
            data = stream.read(self._limits.max_attachment_bytes + 1)
        if len(data) > self._limits.max_attachment_bytes:
            raise LoadError(LoadReason.TOO_COMPLEX, "a property over the limit")
        return bytes(data)


class _Properties:
    """The properties of a message, a receiver or an attachment."""

    def __init__(self, reader: _Reader, at: Storage, header: int, message: _Properties | None = None) -> None:
        self._reader = reader
        self._at = at
        self._fixed = dict(_records(reader.stream(at, _PROPERTIES)[header:]))
        outer: int = message.page_number if message else 0
        self.page_number: int = self.number(_CODE_PAGE) or outer

    def text(self, number: int) -> str:
        """A string, wide or in the message's code page; without one, as Korean Outlook wrote before Unicode."""
        wide = self._reader.stream(self._at, f"__substg1.0_{number:04X}{_STRING:04X}")
        if wide:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        narrow = self._reader.stream(self._at, f"__substg1.0_{number:04X}{_STRING_8:04X}")
        return _decode(narrow, self.page_number).rstrip("\0")

    def page(self) -> str:
        """The body as a web page, or nothing."""
        data = self.binary(_HTML)
        return _decode(data, self.number(_BODY_CODE_PAGE)) if data else self.text(_HTML)

    def binary(self, number: int) -> bytes:
        """Bytes of a property, none where there is no such property."""
        return self._reader.stream(self._at, f"__substg1.0_{number:04X}{_BINARY:04X}")

    def number(self, number: int) -> int:
        """A whole number, 0 where there is none."""
        value = self._fixed.get(number)
        return int(struct.unpack_from("<i", value)[0]) if value else 0

    def moment(self, number: int) -> dt.datetime | None:
        """A moment on a Korean clock, for the file keeps no other."""
        value = self._fixed.get(number)
        ticks = struct.unpack_from("<Q", value)[0] if value else 0
        if not 0 < ticks < 2**62:
            return None
        try:
            return (_FILETIME_EPOCH + dt.timedelta(microseconds=ticks // 10)).astimezone(_KOREA)
        except OverflowError:
            return None


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Properties of fixed length: number and the eight bytes of the value."""
    for start in range(0, len(data) - _RECORD.size + 1, _RECORD.size):
        _, number, _, value = _RECORD.unpack_from(data, start)
        yield number, value


def _decode(data: bytes, page: int) -> str:
    if page in {0, 20127}:  # none, ASCII
        try:
            return decode(data)[0]
        except LoadError:
            return data.decode("cp949", "replace")
    try:
        return data.decode("utf-8" if page == _UTF8_PAGE else f"cp{page}", "replace")
    except LookupError:
        return data.decode("cp949", "replace")


def _person(name: str, address: str) -> str:
    name, address = name.strip().strip("'\""), address.strip()
    if not address or "@" not in address or name == address:
        return name or address
    return f"{name} <{address}>" if name else address
