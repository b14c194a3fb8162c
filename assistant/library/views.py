"""What the viewer of documents is given: a version's text with its structure, facts and surroundings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.library.legal import LegalState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from pathlib import Path

    from assistant.db.models import VersionState


@dataclass(frozen=True, slots=True)
class LegalInfo:
    """What is known of a text of law; ``state`` is judged for the day of the view."""

    state: LegalState
    status: str | None
    kind: str | None
    ministry: str | None
    promulgated_on: date | None
    effective_on: date | None


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """One version in the history of a document, or of another document that is a text of the same law.

    ``active`` is the one people see first; ``complete`` tells whether there is a text to open.
    """

    version_id: str
    number: int
    state: VersionState
    reason: str | None
    effective_on: date | None
    created_at: datetime
    ready_at: datetime | None
    active: bool
    document_id: str = ""
    filename: str = ""
    promulgated_on: date | None = None
    legal_state: LegalState = LegalState.UNKNOWN
    complete: bool = False
    size: int = 0


@dataclass(frozen=True, slots=True)
class PageMark:
    """Page ``page`` (from 1) begins at offset ``start`` of the text."""

    page: int
    start: int


@dataclass(frozen=True, slots=True)
class ViewBlock:
    """A piece ``text[start:end]``; ``kind`` as in ``retrieval.types.BlockKind``, ``level`` 1-6 for headings."""

    kind: str
    start: int
    end: int
    level: int
    page: int | None


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A heading of the table of contents and where it stands in the text."""

    level: int
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Details:
    """What is known of a version beside its text.

    ``size`` counts bytes; ``sha256`` and ``pii`` (number of findings of personal data by type) are told to stewards
    and administrators only. ``submitted_by`` is the name of who brought the document in; ``original`` tells whether
    this person may have the file itself.
    """

    number: int
    format: str
    media_type: str
    size: int
    chunk_count: int
    submitted_by: str
    created_at: datetime
    ready_at: datetime | None
    warnings: tuple[str, ...]
    sha256: str | None
    pii: Mapping[str, int] | None
    original: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """Another document: the archive this one came out of, a file that came out of this one."""

    document_id: str
    title: str
    filename: str
    state: VersionState
    reason: str | None
    readable: bool


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One version of a document for the viewer. ``text`` is empty until the version was read."""

    document_id: str
    version_id: str
    active: bool
    title: str
    filename: str
    collection: str
    collection_title: str
    grade: str
    state: VersionState
    reason: str | None
    text: str
    blocks: tuple[ViewBlock, ...]
    outline: tuple[OutlineEntry, ...]
    pages: tuple[PageMark, ...]
    page_count: int | None
    legal: LegalInfo
    versions: tuple[VersionInfo, ...]
    details: Details
    parent: Link | None
    parts: tuple[Link, ...]

    @property
    def current(self) -> VersionInfo | None:
        """The version people see first: of this document, else of the other texts of the same law."""
        return next((one for one in self.versions if one.active), None)


@dataclass(frozen=True, slots=True)
class Original:
    """An original file: where it lies, the name its owner knows it by and its media type (empty when not yet read)."""

    path: Path
    filename: str
    media_type: str
