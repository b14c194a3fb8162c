"""What a list of documents is made of: the choices, the lines, the files inside an archive, the page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from assistant.db.models import VersionState
    from assistant.library.facets import Facet
    from assistant.library.legal import LegalState

Order = Literal["recent", "title", "effective"]


@dataclass(frozen=True, slots=True)
class Filters:
    """What to list; empty means all.

    Attributes:
        query: letters that title or file name contain.
        collection: a collection's name.
        department: code of the department that owns the collection.
        grade: ``O``, ``S`` or ``C``.
        kind: 법률, 조례 …; as the version's metadata say.
        format: name of a file format as in ``facets.FORMATS``.
        legal: a :class:`LegalState`.
        state: a :class:`VersionState` of the newest version.
        mine: only what the reader submitted.
        by: the date that ``since`` and ``until`` are about: when it was taken in, or takes effect.
        since: first day, in Korea.
        until: last day, in Korea.
        parent: id of an archive or message: the files that came out of it.
        bin: what was withdrawn or deleted instead of what is there; for stewards and administrators.
        ids: only these documents (what a search found).
    """

    query: str = ""
    collection: str = ""
    department: str = ""
    grade: str = ""
    kind: str = ""
    format: str = ""
    legal: str = ""
    state: str = ""
    mine: bool = False
    by: Literal["created", "effective"] = "created"
    since: dt.date | None = None
    until: dt.date | None = None
    parent: str = ""
    bin: bool = False
    ids: tuple[str, ...] | None = None

    @property
    def narrow(self) -> bool:
        """Whether single documents are looked for, so that the files of an archive are listed on their own."""
        looked = (self.query, self.kind, self.format, self.legal, self.state, self.since, self.until, self.parent)
        return any(looked) or self.mine or self.bin or self.ids is not None


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A line of the document list.

    ``version_id`` is the version people read, or the newest one while none is ready; ``state`` and ``reason`` are of
    the newest version, so that a failed update shows. ``readable`` tells whether there is a text to open.
    ``parent_id`` names the archive or message it came out of.
    """

    document_id: str
    version_id: str
    title: str
    filename: str
    collection: str
    grade: str
    state: VersionState
    reason: str | None
    readable: bool
    page_count: int | None
    chunk_count: int
    kind: str | None
    ministry: str | None
    effective_on: dt.date | None
    legal_state: LegalState
    created_at: dt.datetime
    ready_at: dt.datetime | None
    media_type: str = ""
    size: int = 0
    newest_id: str = ""
    parent_id: str | None = None
    parent_title: str | None = None
    withdrawn_at: dt.datetime | None = None
    deleted_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """A page of the list and the number of documents in the whole list."""

    items: tuple[DocumentSummary, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Parts:
    """The files of one archive or message: the first few and the number of all."""

    items: tuple[DocumentSummary, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the library.

    ``total`` counts the lines of all pages, ``inside`` the files of archives that stand below those lines; ``facets``
    count what each choice would give beside the others that are made; ``parts`` are by id of the parent.
    """

    items: tuple[DocumentSummary, ...]
    total: int
    inside: int
    facets: tuple[Facet, ...]
    parts: dict[str, Parts]

    def sorted_by(self, key: Callable[[DocumentSummary], int]) -> Listing:
        """Return the page with its lines in another order."""
        return replace(self, items=tuple(sorted(self.items, key=key)))
