"""EML and saved web pages (MHTML) through the standard library's parser, with the headers decoded here.

The modern policy of ``email`` decodes headers itself, but raises on some broken ones and decodes each encoded word
alone, which garbles Hangul that a mailer cut in the middle of a character; so headers are taken raw.
"""

from __future__ import annotations

import binascii
import email.errors
import email.message
import email.parser
import email.utils
import quopri
import re
from email.policy import Compat32
from typing import TYPE_CHECKING, Final

from retrieval.errors import LoadError, LoadReason
from retrieval.loaders import _mail
from retrieval.loaders._builder import TextBuilder
from retrieval.loaders._mail import Mail
from retrieval.loaders._text import decode, one_line
from retrieval.loaders.limits import DEFAULT_LIMITS, Limits
from retrieval.loaders.sniffing import EML

if TYPE_CHECKING:
    import datetime as dt
    from email.message import Message
    from pathlib import Path

    from retrieval.types import ParsedDocument

CUT_OFF: Final = "메시지가 중간에서 끊겨 있어 뒷부분이나 첨부가 빠졌을 수 있습니다."
_ENCODED_WORD: Final = re.compile(r"=\?([^?\s]+)\?([BbQq])\?([^?]*)\?=")
_BETWEEN_WORDS: Final = re.compile(r"(\?=)\s+(=\?)")
_NOT_BASE64: Final = re.compile(r"[^A-Za-z0-9+/]")
_SURROGATE: Final = re.compile("[\udc80-\udcff]")
_KOREAN: Final = frozenset(
    {"ks_c_5601-1987", "ks_c_5601", "ksc5601", "ksc_5601", "ks_c_5601-1989", "euc-kr", "euckr", "euc_kr", "ms949"}
    | {"cp949", "uhc", "x-windows-949", "windows-949", "korean", "iso-ir-149", "5601"}
)
_MAX_DEPTH: Final = 40  # of parts inside parts; what is deeper was made to hurt
_MAX_PARTS: Final = 5_000
_SIGNATURES: Final = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
)
_LOCKED: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SAVED_PAGE: Final = re.compile(r"\A\s*<?Saved by ", re.IGNORECASE)


class _Raw(Compat32):
    """Header values as text, whatever their bytes: no ``Header`` objects that lose what they cannot name."""

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 - the policy's interface
        """Return the value with its unencoded bytes decoded."""
        return _eight_bit(value)


class EmailLoader:
    """Reads ``.eml``, ``.mht`` and ``.mhtml``: the best body as text, files that hang on it as attachments."""

    name = "email"
    revision = 1
    media_types = (EML,)

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def load(self, path: Path, *, filename: str) -> ParsedDocument:
        """Parse one message; see ``retrieval.ports.Loader``.

        Raises:
            LoadError: ``ENCRYPTED`` for a sealed message, ``NESTED`` for parts too deep inside each other.
        """
        data = path.read_bytes()
        if not data.strip():
            raise LoadError(LoadReason.EMPTY, filename)
        message = email.parser.BytesParser(policy=_Raw()).parsebytes(data)
        if not message.keys():
            raise LoadError(LoadReason.DAMAGED, "no headers")
        reader = _Reader(self._limits)
        reader.read(message)
        builder = TextBuilder(self._limits)
        builder.warnings.extend(reader.warnings)
        loader = f"{self.name}/{self.revision}"
        if _is_saved_page(message) and reader.mail.html:
            from retrieval.loaders import html  # noqa: PLC0415 - brings lxml

            title = html.read_into(builder, reader.mail.html) or _header(message, "Subject")
            return builder.document(title=title, filename=filename, media_type=EML, loader=loader)
        return _mail.document(reader.mail, builder, filename=filename, media_type=EML, loader=loader)


class _Reader:
    """Walks the parts of one message."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parts = 0
        self.mail = Mail()
        self.warnings: list[str] = []

    def read(self, message: Message) -> None:
        mail = self.mail
        mail.subject = _header(message, "Subject")
        mail.sender = _header(message, "From") or _header(message, "Sender")
        mail.to, mail.cc = _people(message, "To"), _people(message, "Cc")
        mail.date = _date(message)
        self._part(message, 0, related=False)

    def _look_at_end(self, part: Message) -> None:
        """Say so when a message ends before its last part does."""
        if any(isinstance(one, email.errors.CloseBoundaryNotFoundDefect) for one in part.defects):
            self.warnings.append(CUT_OFF)

    def _part(self, part: Message, depth: int, *, related: bool) -> None:
        self._parts += 1
        if depth > _MAX_DEPTH or self._parts > _MAX_PARTS:
            raise LoadError(LoadReason.NESTED, "parts inside parts")
        kind = part.get_content_type().lower()
        if kind == "multipart/encrypted" or (kind in _LOCKED and _parameter(part, "smime-type") != "signed-data"):
            raise LoadError(LoadReason.ENCRYPTED, kind)
        if kind in _SIGNATURES:
            return
        if kind == "message/rfc822":
            self._message(part)
        elif part.is_multipart():
            self._look_at_end(part)
            for child in _children(part):
                self._part(child, depth + 1, related=related or kind == "multipart/related")
        elif kind in {"text/plain", "text/html"} and not _is_file(part):
            self._text(part, kind)
        elif not (related and kind.startswith("image/")) and not _is_inline_picture(part, kind):
            self._attach(_filename(part) or f"첨부{_ending(kind)}", _payload(part))

    def _text(self, part: Message, kind: str) -> None:
        text = _decode(_payload(part), part.get_content_charset())
        if kind == "text/html":
            self.mail.html += text
        else:
            if _parameter(part, "format").lower() == "flowed":
                text = _unfold(text)
            self.mail.plain = f"{self.mail.plain}\n\n{text}" if self.mail.plain.strip() else text

    def _message(self, part: Message) -> None:
        inner = next(iter(_children(part)), None)
        if inner is None:  # kept as bytes by an encoding that the standard forbids here
            self._attach(_filename(part) or "메시지.eml", _payload(part))
            return
        name = _filename(part) or f"{one_line(_header(inner, 'Subject'))[:100] or '메시지'}.eml"
        self._attach(name if name.lower().endswith(".eml") else f"{name}.eml", inner.as_bytes(policy=_Raw()))

    def _attach(self, name: str, data: bytes) -> None:
        self.mail.attach(name, data)
        if len(self.mail.attachments) > self._limits.max_zip_entries or (
            self.mail.size > self._limits.max_attachment_bytes
        ):
            raise LoadError(LoadReason.TOO_COMPLEX, "attachments over the limit")


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, email.message.Message)] if isinstance(payload, list) else []


def _is_saved_page(message: Message) -> bool:
    """Whether this is a web page that a browser saved as a message."""
    return (
        bool(message.get("Snapshot-Content-Location"))
        or bool(_SAVED_PAGE.match(_header(message, "From")))
        or not (message.get("From") or message.get("To") or message.get("Date"))
    )


def _is_file(part: Message) -> bool:
    return (part.get_content_disposition() or "") == "attachment" or bool(_filename(part))


def _is_inline_picture(part: Message, kind: str) -> bool:
    """Whether this is a picture shown within the text (a logo in a signature), and no file somebody attached."""
    return kind.startswith("image/") and part.get_content_disposition() != "attachment" and bool(part.get("Content-ID"))


def _ending(kind: str) -> str:
    import mimetypes  # noqa: PLC0415 - only for parts without a name

    return mimetypes.MimeTypes().guess_extension(kind) or ".bin"


def _payload(part: Message) -> bytes:
    """The bytes of a part. What base64 with rubbish or a cut end still says is given out, and nothing undecoded."""
    if str(part.get("Content-Transfer-Encoding") or "").strip().lower() == "base64":
        raw = part.get_payload()
        return _base64(raw) if isinstance(raw, str) else b""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _base64(text: str) -> bytes:
    """Decode each stretch up to its padding: some mailers encode in pieces and put them behind each other."""
    data = b""
    for stretch in text.split("="):
        letters = _NOT_BASE64.sub("", stretch)
        whole = len(letters) - len(letters) % 4
        rest = letters[whole:]
        data += binascii.a2b_base64(letters[:whole] + (rest.ljust(4, "=") if len(rest) > 1 else ""))
    return data


def _decode(data: bytes, charset: str | None) -> str:
    """Decode by the charset that the part names, where it fits; else as a text file without a name for its encoding."""
    name = _codec(charset or "")
    if name:
        try:
            return data.decode(name)
        except (LookupError, UnicodeError):
            pass
    try:
        return decode(data)[0]
    except LoadError:
        try:
            return data.decode(name or "utf-8", "replace")
        except LookupError:
            return data.decode("utf-8", "replace")


def _codec(charset: str) -> str:
    lowered = charset.strip().strip("'\"").lower()
    if lowered in _KOREAN:
        return "cp949"  # what they all mean: the superset
    return "" if lowered in {"us-ascii", "ascii", "unknown-8bit", "x-unknown", "default"} else lowered


def _unfold(text: str) -> str:
    """Join lines that were only broken for sending (RFC 3676)."""
    return re.sub(r"(?<=[^\n]) \r?\n(?!-- ?\r?\n|>)", " ", text)


def _eight_bit(value: str) -> str:
    """A header with bytes that nobody encoded, decoded as Korean mailers mean them."""
    if not _SURROGATE.search(value):
        return value
    data = value.encode("ascii", "surrogateescape") if value.isascii() else value.encode("utf-8", "surrogateescape")
    try:
        return decode(data)[0]
    except LoadError:
        return data.decode("cp949", "replace")


def _header(message: Message, name: str) -> str:
    return decode_words(str(message.get(name) or ""))


def decode_words(value: str) -> str:
    """Decode the encoded words of a header (RFC 2047).

    Neighbours of one charset are decoded together: many mailers cut a Korean character in two between them.
    """
    value = _BETWEEN_WORDS.sub(r"\1\2", value)
    parts: list[str] = []
    held, charset, position = b"", "", 0
    for match in _ENCODED_WORD.finditer(value):
        if match.start() > position or _codec(match.group(1)) != charset:
            parts.append(_decode(held, charset) if held else "")
            parts.append(value[position : match.start()])
            held, charset = b"", _codec(match.group(1).partition("*")[0])
        held += _word(match.group(2), match.group(3))
        position = match.end()
    parts.append(_decode(held, charset) if held else "")
    return "".join(parts) + value[position:]


def _word(encoding: str, text: str) -> bytes:
    if encoding in "qQ":
        return quopri.decodestring(text.encode("ascii", "ignore"), header=True)
    return _base64(text)


def _people(message: Message, name: str) -> list[str]:
    """Receivers, one by one; a quoted name may hold a comma."""
    values = [str(value) for value in message.get_all(name) or ()]
    pairs = email.utils.getaddresses(values)
    shown = [_person(decode_words(person), address) for person, address in pairs]
    return [one for one in shown if one] or [one_line(decode_words(value)) for value in values if value.strip()]


def _person(name: str, address: str) -> str:
    return f"{name} <{address}>" if name and address else name or address


def _date(message: Message) -> dt.datetime | None:
    try:
        return email.utils.parsedate_to_datetime(str(message.get("Date") or ""))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _parameter(part: Message, name: str, header: str = "content-type") -> str:
    value = part.get_param(name, header=header)
    if isinstance(value, tuple):  # RFC 2231: charset, language, text
        charset, _, text = value
        return _decode(text.encode("latin-1", "ignore"), charset) if charset else text
    return decode_words(value) if isinstance(value, str) else ""


def _filename(part: Message) -> str:
    return one_line(_parameter(part, "filename", "content-disposition") or _parameter(part, "name"))
