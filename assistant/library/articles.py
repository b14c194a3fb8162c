"""More of an article than the passage that was found, and what carries it out. Rights are asked again for every text.

An article is cut into passages for search; the sentence that answers is often in the neighbour of the one that was
found. And an act often says "대통령령으로 정한다": the detail stands in the article of its decree that names it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from assistant.accounts.access import readable
from assistant.db.models import ChunkRow, Collection, Department, Document, DocumentVersion, VersionState, VersionText
from assistant.library.legal import LegalState, korean_today, legal_state
from assistant.library.search import SearchHit
from retrieval.types import Locator

if TYPE_CHECKING:
    from collections.abc import Collection as AbstractCollection
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from assistant.accounts.identity import Principal
    from assistant.db.engine import Database

MOST_CHARACTERS: Final = 8000  # of one article; the longest lists of definitions have 20,000
DECREE: Final = "시행령"
_CHUNKS_NAMING: Final = 40


@dataclass(frozen=True, slots=True)
class Article:
    """The whole text of an article, or of the part of it around a passage: ``text == version.text[start:end]``."""

    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Searched:
    """Titles of the collections that were searched and names of the departments that keep them."""

    collections: tuple[str, ...]
    departments: tuple[str, ...]


class ArticleReader:
    """Reads articles for one person; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        """Keep the database; nothing is read yet."""
        self._database = database

    def around(
        self, principal: Principal, hits: Sequence[SearchHit], *, conversation: str | None = None
    ) -> dict[str, Article]:
        """Return the article around each passage, by chunk id.

        Passages outside articles, and those that the person may not read any more, are left out.

        Args:
            principal: who reads.
            hits: passages found for this person.
            conversation: id of the conversation whose attached files count as readable.
        """
        wanted = {(hit.version_id, hit.locator.article) for hit in hits if hit.locator.article}
        if not wanted:
            return {}
        with self._database.read() as session:
            allowed = readable(session, principal, conversation=conversation).collection_ids
            pieces = _pieces(session, wanted, allowed)
            texts = _texts(session, {version for version, _ in pieces})
        found = {}
        for hit in hits:
            spans = pieces.get((hit.version_id, hit.locator.article or ""))
            text = texts.get(hit.version_id, "")
            span = _window(spans or [], hit.start, hit.end)
            if span and text[hit.start : hit.end] == hit.text:
                found[hit.chunk_id] = Article(text[span[0] : span[1]], span[0])
        return found

    def carrying_out(self, principal: Principal, title: str, article: str, *, most: int = 1) -> list[SearchHit]:
        """Return the articles of an act's decree that name one of its articles, those that name it earliest first.

        Args:
            principal: who reads.
            title: of the act.
            article: of the act, such as ``제19조``.
            most: how many are wanted.
        """
        with self._database.read() as session:
            allowed = readable(session, principal).collection_ids
            rows = session.execute(
                _joined(_COLUMNS).where(
                    DocumentVersion.title == f"{title} {DECREE}",
                    ChunkRow.text.contains(f"법 {article}", autoescape=True),
                    Document.active_version_id == DocumentVersion.id,
                    Collection.id.in_(sorted(allowed)),
                ).order_by(ChunkRow.ordinal).limit(_CHUNKS_NAMING)
            ).all()  # fmt: skip
        named = re.compile(rf"법 {article}(?!의\d)")
        places: dict[str, tuple[int, Any]] = {}
        for row in rows:
            match = named.search(row.text)
            if match and row.article and row.article not in places:
                places[row.article] = (match.start(), row)
        ordered = sorted(places.values(), key=lambda pair: (pair[0], pair[1].start))
        return [_hit(row) for _, row in ordered[:most]]

    def searched(self, principal: Principal, collection: str | None) -> Searched:
        """Say what a search of this person looks into: the one collection named, or all that may be read."""
        with self._database.read() as session:
            allowed = readable(session, principal).collection_ids
            rows = session.execute(
                select(Collection.name, Collection.title, Department.name.label("department"))
                .outerjoin(Department, Department.code == Collection.department_code)
                .where(Collection.id.in_(sorted(allowed)))
                .order_by(Collection.name)
            ).all()
        chosen = [row for row in rows if collection in {None, row.name}]
        return Searched(
            tuple(row.title or row.name for row in chosen),
            tuple(sorted({row.department for row in chosen if row.department})),
        )


_COLUMNS: Final = (
    ChunkRow.id.label("chunk_id"),
    ChunkRow.start,
    ChunkRow.end,
    ChunkRow.text,
    ChunkRow.article,
    ChunkRow.article_title,
    ChunkRow.heading,
    ChunkRow.page,
    DocumentVersion.id.label("version_id"),
    DocumentVersion.title,
    DocumentVersion.legal_status,
    DocumentVersion.effective_on,
    Document.id.label("document_id"),
    Collection.id.label("collection_id"),
    Collection.name.label("collection"),
    Collection.grade,
)


def _joined(columns: Sequence[Any]) -> Any:  # noqa: ANN401 - a statement over whichever columns are asked
    """Select from passages of documents that are neither withdrawn nor deleted and of versions that are ready."""
    return (
        select(*columns)
        .join(DocumentVersion, DocumentVersion.id == ChunkRow.version_id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .join(Collection, Collection.id == Document.collection_id)
        .where(
            Document.withdrawn_at.is_(None),
            Document.deleted_at.is_(None),
            DocumentVersion.state == VersionState.READY.value,
        )
    )


def _pieces(
    session: Session, wanted: AbstractCollection[tuple[str, str | None]], allowed: AbstractCollection[str]
) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """Return the spans of each wanted article's passages, in order."""
    columns = (ChunkRow.version_id, ChunkRow.article, ChunkRow.start, ChunkRow.end, Collection.id.label("shelf"))
    rows = session.execute(
        _joined(columns)
        .where(
            ChunkRow.version_id.in_(sorted({version for version, _ in wanted})),
            ChunkRow.article.in_(sorted({article for _, article in wanted if article})),
        )
        .order_by(ChunkRow.version_id, ChunkRow.start)
    )
    pieces: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for row in rows:
        if row.shelf in allowed and (row.version_id, row.article) in wanted:
            pieces.setdefault((row.version_id, row.article), []).append((row.start, row.end))
    return pieces


def _texts(session: Session, versions: AbstractCollection[str]) -> dict[str, str]:
    rows = session.execute(
        select(VersionText.version_id, VersionText.text).where(VersionText.version_id.in_(sorted(versions)))
    )
    return {row.version_id: row.text for row in rows}


def _window(spans: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int] | None:
    """Return the stretch of neighbouring passages around one, at most ``MOST_CHARACTERS`` long; ``None`` if not there.

    The same number may stand in the articles and again in the supplementary provisions: passages are neighbours only
    where nothing but white space can be between them.
    """
    at = next((index for index, span in enumerate(spans) if span[0] <= start and end <= span[1]), None)
    if at is None:
        return None
    low = high = at
    while True:
        before, after = spans[low][0], spans[high][1]
        if high + 1 < len(spans) and _near(spans[high], spans[high + 1]) and _fits(before, spans[high + 1][1]):
            high += 1
        elif low > 0 and _near(spans[low - 1], spans[low]) and _fits(spans[low - 1][0], after):
            low -= 1
        else:
            return before, after


_GAP: Final = 12  # characters of white space between two passages of one article


def _near(left: tuple[int, int], right: tuple[int, int]) -> bool:
    return right[0] - left[1] <= _GAP


def _fits(start: int, end: int) -> bool:
    return end - start <= MOST_CHARACTERS


def _hit(row: Any) -> SearchHit:  # noqa: ANN401 - a row
    return SearchHit(
        chunk_id=row.chunk_id,
        document_id=row.document_id,
        version_id=row.version_id,
        collection_id=row.collection_id,
        collection=row.collection,
        grade=row.grade,
        title=row.title,
        locator=Locator(row.article, row.article_title, tuple(row.heading), row.page),
        text=row.text,
        start=row.start,
        end=row.end,
        score=0.0,
        legal_state=LegalState(legal_state(row, korean_today(), newest=True)),
        effective_on=row.effective_on,
        dense=0.0,
        lexical=0.0,
    )
