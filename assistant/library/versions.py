"""Which text of a law counts on which day. The rule, once, for search, lists, views and indexes.

A *family* is the texts of one law in one collection: the versions of a document, and of further documents with the
same number in the register of laws. Of its complete versions,

1. those with the same effective date (or none at all) are corrections of one another: the newest one stands for them;
2. what is left is a time line; a text without effective date counts from the day it was taken in;
3. on a day the last text that has begun counts, be it the one that says 폐지;
4. before the first one begins, the first one counts as what is known: 시행 예정.

So an old text handed in after the new one does not become the current one, and a text that takes effect next year
waits for its day. What counts today is its document's ``active_version_id``; other texts of the time line are
``ready`` too and lie in a partition of the indexes of their own (:func:`history_of`), which only questions about
another day are put to.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, case, or_, select

from assistant.db.models import Collection, Document, DocumentVersion, VersionState, now
from assistant.library.legal import KOREA, LegalState, legal_state
from retrieval.chunking import legal_metadata

if TYPE_CHECKING:
    from collections.abc import Collection as AbstractCollection
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from retrieval.types import MetadataValue

FamilyKey = tuple[str, str]
"""Id of the collection and ``Document.family``."""

_COMPLETE: Final = (VersionState.READY.value, VersionState.SUPERSEDED.value)
_HISTORY: Final = "~"
_SLICE: Final = 400  # families of one query: SQLite's oldest limit on parameters is 999


@dataclass(frozen=True, slots=True)
class Text:
    """A complete version as the rule sees it. ``ready_at`` is when it was complete, ``taken_on`` a day in Korea."""

    version_id: str
    document_id: str
    number: int
    legal_status: str | None
    effective_on: date | None
    taken_on: date
    ready_at: datetime
    state: str = VersionState.READY.value
    active: bool = False

    @property
    def starts_on(self) -> date:
        """The first day for which the text counts."""
        return self.effective_on or self.taken_on


def as_text(version: DocumentVersion) -> Text:
    """Return a complete version as the rule sees it."""
    return Text(
        version_id=version.id,
        document_id=version.document_id,
        number=version.number,
        legal_status=version.legal_status,
        effective_on=version.effective_on,
        taken_on=korean_day(version.created_at),
        ready_at=version.ready_at or now(),
        state=version.state,
    )


def family_of(document_id: str, metadata: Mapping[str, MetadataValue], title: str) -> str:
    """Return the key by which texts of one law find each other within a collection.

    The number in the register of laws. Where metadata name the kind of law and a date but no number, the title: titles
    of laws are unique, those of ordinances within their municipality. Kind and ministry are left out of the key, both
    change when a ministry is renamed. Everything else is a family of its own: two manuals of one title may be two.
    """
    legal = legal_metadata(metadata)
    if legal.law_id is not None:
        return f"law:{legal.law_id}"
    name = "".join(title.split())
    if legal.kind is not None and legal.effective is not None and name:
        digest = hashlib.sha256(f"{legal.municipality or ''}\x1f{name}".encode()).hexdigest()
        return f"title:{digest[:32]}"
    return document_id


def time_line(texts: Iterable[Text]) -> list[Text]:
    """Return the texts that count on some day, in the order in which they begin.

    Of texts with the same effective date, or without any, each document's highest number stands, and of several
    documents the one completed last.
    """
    newest: dict[tuple[date | None, str], Text] = {}
    for text in texts:
        key = (text.effective_on, text.document_id)
        if key not in newest or newest[key].number < text.number:
            newest[key] = text
    standing: dict[date | None, Text] = {}
    for (effective, _), text in newest.items():
        other = standing.get(effective)
        if other is None or (other.ready_at, other.version_id) < (text.ready_at, text.version_id):
            standing[effective] = text
    return sorted(standing.values(), key=_order)


def in_force(line: Sequence[Text], day: date) -> Text | None:
    """Return the text of a time line that counts on this day: the last that has begun, else the first one."""
    begun = [text for text in line if text.starts_on <= day]
    return begun[-1] if begun else next(iter(line), None)


def state_on(version_id: str, line: Sequence[Text], day: date) -> LegalState | None:
    """Return the legal state of a text of the time line on this day; ``None`` for one that is not on it."""
    text = next((text for text in line if text.version_id == version_id), None)
    if text is None:
        return None
    counts = in_force(line, day)
    if counts is not None and counts.version_id == version_id:
        return legal_state(text, day, newest=True)
    state = legal_state(text, day, newest=False)
    return LegalState.FUTURE if state is LegalState.SUPERSEDED and text.starts_on > day else state


def history_of(scope: str) -> str:
    """Return the name of the index partition for what was or will be in force under a scope of readers."""
    return f"{scope}{_HISTORY}"


def counterpart(partition: str) -> str:
    """Return the other partition of the same scope: for today's the history's, for the history's today's."""
    return partition.removesuffix(_HISTORY) if partition.endswith(_HISTORY) else history_of(partition)


def partition_of() -> ColumnElement[str]:
    """Return the index partition of a version, in SQL over ``Collection``, ``Document`` and ``DocumentVersion``."""
    history = Collection.scope.concat(_HISTORY)
    return case((Document.active_version_id == DocumentVersion.id, Collection.scope), else_=history)


def visible() -> ColumnElement[bool]:
    """Return the condition that a document is neither withdrawn nor deleted."""
    return and_(Document.withdrawn_at.is_(None), Document.deleted_at.is_(None))


def texts_of(
    session: Session, keys: AbstractCollection[FamilyKey], *, ready_only: bool = False
) -> dict[FamilyKey, list[Text]]:
    """Return the complete versions of families, those of withdrawn and deleted documents left out.

    Args:
        session: any session.
        keys: the families.
        ready_only: without corrected texts, which count on no day: enough for whoever only asks what counts.
    """
    found: dict[FamilyKey, list[Text]] = {}
    wanted = set(keys)
    shelves, families = sorted({shelf for shelf, _ in wanted}), sorted({family for _, family in wanted})
    states = (VersionState.READY.value,) if ready_only else _COMPLETE
    for start in range(0, len(families), _SLICE):
        rows = session.execute(
            select(
                Document.collection_id,
                Document.family,
                Document.active_version_id,
                DocumentVersion.id,
                DocumentVersion.document_id,
                DocumentVersion.number,
                DocumentVersion.legal_status,
                DocumentVersion.effective_on,
                DocumentVersion.created_at,
                DocumentVersion.ready_at,
                DocumentVersion.state,
            )
            .join(DocumentVersion, DocumentVersion.document_id == Document.id)
            .where(
                # SQLite looks pairs up by reading all documents, the two columns apart by their index; and given a
                # state it would start from all versions in it, so that is looked at here.
                Document.collection_id.in_(shelves),
                Document.family.in_(families[start : start + _SLICE]),
                visible(),
            )
        )
        for row in rows:
            if (row.collection_id, row.family) not in wanted or row.state not in states or row.ready_at is None:
                continue
            text = Text(
                version_id=row.id,
                document_id=row.document_id,
                number=row.number,
                legal_status=row.legal_status,
                effective_on=row.effective_on,
                taken_on=korean_day(row.created_at),
                ready_at=row.ready_at,
                state=row.state,
                active=row.active_version_id == row.id,
            )
            found.setdefault((row.collection_id, row.family), []).append(text)
    return found


def counting(session: Session, keys: AbstractCollection[FamilyKey], day: date) -> dict[FamilyKey, str]:
    """Return the version of each family that counts on this day; families without any complete text are left out."""
    found: dict[FamilyKey, str] = {}
    for key, texts in texts_of(session, keys, ready_only=True).items():
        text = in_force(time_line(texts), day)
        if text is not None:
            found[key] = text.version_id
    return found


def states(session: Session, versions: Iterable[DocumentVersion], day: date) -> dict[str, LegalState]:
    """Return the legal state of versions on this day by version id.

    A text that was corrected or never completed is ``superseded`` as long as its family has another one. A version
    whose document is withdrawn, deleted or not complete yet is judged by itself.
    """
    asked = list(versions)
    documents = {version.document_id for version in asked}
    keys: dict[str, FamilyKey] = {}
    ordered = sorted(documents)
    for start in range(0, len(ordered), _SLICE):
        rows = session.execute(
            select(Document.id, Document.collection_id, Document.family).where(
                Document.id.in_(ordered[start : start + _SLICE])
            )
        )
        keys.update((row.id, (row.collection_id, row.family)) for row in rows)
    texts = texts_of(session, set(keys.values()), ready_only=True)
    found: dict[str, LegalState] = {}
    for version in asked:
        line = time_line(texts.get(keys[version.document_id], ())) if version.document_id in keys else []
        state = state_on(version.id, line, day)
        replaced = bool(line) and version.state == VersionState.SUPERSEDED.value
        found[version.id] = state or legal_state(version, day, newest=not replaced)
    return found


def due(session: Session, day: date) -> list[FamilyKey]:
    """Return the families whose active text is not, or no longer, the one that counts on this day.

    Only a text with an effective date can begin at midnight, so one that has begun later than the active one is looked
    for first: in an ordinary night that finds nothing.
    """
    active_document, active = Document.__table__.alias("active_document"), DocumentVersion.__table__.alias("active")
    rows = session.execute(
        select(Document.collection_id, Document.family)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .join(
            active_document,
            and_(
                active_document.c.collection_id == Document.collection_id,
                active_document.c.family == Document.family,
                active_document.c.active_version_id.is_not(None),
            ),
        )
        .join(active, active.c.id == active_document.c.active_version_id)
        .where(
            visible(),
            DocumentVersion.state == VersionState.READY.value,
            Document.active_version_id.is_distinct_from(DocumentVersion.id),
            DocumentVersion.effective_on <= day,
            or_(
                active.c.effective_on.is_(None),
                active.c.effective_on < DocumentVersion.effective_on,
                active.c.effective_on > day,
            ),
        )
        .distinct()
    )
    keys = {(row.collection_id, row.family) for row in rows}
    return sorted(
        key
        for key, texts in texts_of(session, keys, ready_only=True).items()
        if (text := in_force(time_line(texts), day)) is not None and not text.active
    )


def korean_day(moment: datetime) -> date:
    """Return the day it was in Korea."""
    return moment.astimezone(KOREA).date()


def _order(text: Text) -> tuple[date, datetime, str]:
    return (text.starts_on, text.ready_at, text.version_id)
