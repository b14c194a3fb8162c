"""What e-mail has in common, however it was saved: who wrote to whom and when, a body, what hangs on it.

The head of a message stands in its text as a reader would see it; addresses are personal data and follow the policy of
the collection like any other.
"""

from __future__ import annotations

import email.utils
import hashlib
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import TYPE_CHECKING, Final

from retrieval.loaders import _members
from retrieval.loaders._text import clean, one_line
from retrieval.types import Attachment, BlockKind

if TYPE_CHECKING:
    import datetime as dt

    from retrieval.loaders._builder import TextBuilder
    from retrieval.types import MetadataValue, ParsedDocument

_MAX_LISTED: Final = 20  # receivers named in the text; the rest are counted
_HTML_ONLY_SHARE: Final = 0.2  # a plain part this much shorter than the page says "please use another program"


@dataclass(slots=True)
class Mail:
    """One message. ``date`` is as its sender's clock had it; ``html`` is characters, not bytes."""

    subject: str = ""
    sender: str = ""
    to: list[str] = field(default_factory=list)
    cc: list[str] = field(default_factory=list)
    date: dt.datetime | None = None
    plain: str = ""
    html: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    def attach(self, name: str, data: bytes) -> None:
        """Add a file under a name that is safe and not taken."""
        last = name.replace("\\", "/").rpartition("/")[2]  # a path on the sender's disk is nobody's business
        path = _members.safe_path(last) or "첨부 파일"
        self.attachments.append(Attachment(_members.unique(path, self._taken), data))

    @property
    def size(self) -> int:
        """Bytes of all attachments."""
        return sum(len(one.data) for one in self.attachments)


def document(mail: Mail, builder: TextBuilder, *, filename: str, media_type: str, loader: str) -> ParsedDocument:
    """Write a message down: subject, head lines, body.

    Raises:
        LoadError: as the builder and the reader of web pages do.
    """
    subject = one_line(mail.subject)
    builder.add(BlockKind.HEADING, subject, level=1)
    head = _head(mail)
    builder.add(BlockKind.PARAGRAPH, "\n".join(f"{name}: {value}" for name, value in head))
    _body(mail, builder)
    return builder.document(
        title=subject,
        filename=filename,
        media_type=media_type,
        loader=loader,
        metadata=_metadata(mail, subject),
        attachments=mail.attachments,
    )


def _head(mail: Mail) -> list[tuple[str, str]]:
    lines = [
        ("보낸 사람", one_line(mail.sender)),
        ("받는 사람", _people(mail.to)),
        ("참조", _people(mail.cc)),
        ("날짜", _moment(mail.date)),
        ("첨부", ", ".join(f"{one.name} ({_members.size_text(len(one.data))})" for one in mail.attachments)),
    ]
    return [(name, value) for name, value in lines if value]


def _people(names: list[str]) -> str:
    listed = [one_line(name) for name in names[:_MAX_LISTED]]
    more = len(names) - len(listed)
    return ", ".join(listed) + (f" 외 {more}명" if more > 0 else "")


def _moment(date: dt.datetime | None) -> str:
    return "" if date is None else date.strftime("%Y-%m-%d %H:%M")


def _metadata(mail: Mail, subject: str) -> dict[str, MetadataValue]:
    values: dict[str, MetadataValue] = {
        "Subject": subject,
        "From": one_line(mail.sender),
        "To": [one_line(name) for name in mail.to],
        "Cc": [one_line(name) for name in mail.cc],
        "Date": mail.date.isoformat() if mail.date else "",
    }
    return {key: value for key, value in values.items() if value}


def _body(mail: Mail, builder: TextBuilder) -> None:
    """The plain text, unless only the web page beside it says anything or keeps the tables."""
    from retrieval.loaders import html  # noqa: PLC0415 - brings lxml, which most messages do not need
    from retrieval.loaders._builder import TextBuilder  # noqa: PLC0415

    plain = clean(mail.plain).strip()
    if mail.html.strip():
        page = TextBuilder(builder.limits)
        html.read_into(page, mail.html)
        if not plain or page.has_tables or len(plain) < _HTML_ONLY_SHARE * page.length:
            builder.append(page)
            return
    builder.add_lines(plain.split("\n"))


def as_eml(mail: Mail) -> bytes:
    """Write a message as a file (RFC 5322), for one that hangs on another in a form that is no file.

    The same message gives the same bytes: its document is known by their hash.
    """
    message = EmailMessage()
    names = {"Subject": [mail.subject], "From": [mail.sender], "To": mail.to, "Cc": mail.cc}
    for name, values in names.items():
        if text := one_line(", ".join(values)):
            message[name] = text
    if mail.date is not None:
        message["Date"] = email.utils.format_datetime(mail.date)
    message.set_content(clean(mail.plain))
    if mail.html.strip():
        message.add_alternative(mail.html, subtype="html")
    for one in mail.attachments:
        message.add_attachment(one.data, maintype="application", subtype="octet-stream", filename=one.name)
    for depth, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{hashlib.sha256(mail.subject.encode('utf-8', 'replace')).hexdigest()[:24]}_{depth}")
    return message.as_bytes()
