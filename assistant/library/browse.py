"""The list of documents: what to list, in which order, and what else there would be.

A page takes a fixed number of statements however many documents there are: the rights, the shelves, one that counts
all facets at once, one for the lines, one for what is inside the archives among them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select
from sqlalchemy.orm import aliased

from assistant.accounts.access import readable
from assistant.db.models import Collection, Department, Document, DocumentVersion, Role, VersionState
from assistant.errors import ErrorCode, Failure
from assistant.library.collections import find_collection
from assistant.library.counting import Counts
from assistant.library.facets import Cell, Cube, Shelf
from assistant.library.legal import KOREA, korean_today
from assistant.library.lines import DocumentPage, DocumentSummary, Filters, Listing, Parts
from assistant.library.versions import states

if TYPE_CHECKING:
    from collections.abc import Collection as AbstractCollection
    from collections.abc import Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import InstrumentedAttribute, Session

    from assistant.accounts.identity import Principal
    from assistant.library.legal import LegalState
    from assistant.library.lines import Order

import datetime as dt

MAX_PAGE: Final = 500
_MAX_OFFSET: Final = 2**31 - 1  # a larger number is none that every database takes
SHOWN_PARTS: Final = 5  # files of an archive shown below its line
# Choices that the counts leave open; the others are in the conditions of the count.
_LATER: Final[dict[str, Any]] = dict.fromkeys(
    ("collection", "department", "grade", "kind", "format", "legal", "state"), ""
)


def list_documents(
    session: Session,
    principal: Principal,
    *,
    collection: str | None = None,
    query: str | None = None,
    order: Order = "title",
    limit: int = 50,
    offset: int = 0,
    as_of: dt.date | None = None,
) -> DocumentPage:
    """Return a page of the documents this person may read, without the withdrawn ones, archives and their files alike.

    Args:
        session: any session.
        principal: who asks.
        collection: name of the one collection to list.
        query: letters that title or file name contain.
        order: by title, newest first, or by effective date.
        limit: lines of the page, at most ``MAX_PAGE``.
        offset: lines to skip.
        as_of: the day for which legal states are judged; today when not given.

    Raises:
        Failure: ``collection_not_found``, ``input_invalid`` (limit or offset).
    """
    _check(limit, offset)
    if collection is None:
        ids = readable(session, principal).collection_ids
    else:
        ids = frozenset({find_collection(session, principal, collection).id})
    where = _where(Filters(query=query or ""), principal, ids)
    total = session.scalar(select(func.count()).select_from(Document).where(*where)) or 0
    rows = session.execute(_page(where, order, limit, offset, versions=False)).all()
    day = as_of or korean_today()
    return DocumentPage(_summaries(session, rows, day), total)


def browse(
    session: Session,
    principal: Principal,
    filters: Filters,
    *,
    order: Order = "recent",
    limit: int = 50,
    offset: int = 0,
    as_of: dt.date | None = None,
    counts: Counts | None = None,
) -> Listing:
    """Return a page of the library with the counts of all facets, those from ``counts`` where they are still right.

    A choice that nothing fits gives an empty page; a collection or archive that this person may not read does too.

    Raises:
        Failure: ``input_invalid`` (limit or offset); ``forbidden`` (the bin, for others than stewards).
    """
    _check(limit, offset)
    if filters.bin and not principal.has(Role.STEWARD, Role.ADMIN):
        raise Failure(ErrorCode.FORBIDDEN)
    day = as_of or korean_today()
    shelves = _shelves(session, readable(session, principal).collection_ids)
    where = _where(filters, principal, shelves.keys())
    key = (frozenset(shelves), replace(filters, **_LATER), principal.username if filters.mine else "", day)
    rows = (counts or Counts()).rows(session, key, lambda: session.execute(_counts(where, day)).all())
    cube = Cube(shelves, (Cell.of(row, day) for row in rows), filters)
    chosen = [*where, *_chosen(cube, filters, day)]
    if not filters.narrow:
        chosen.append(Document.parent_id.is_(None))
    versions = bool(filters.kind or filters.format or filters.state or filters.legal or filters.by == "effective")
    lines = session.execute(_page(chosen, order, limit, offset, versions=versions)).all()
    items = _summaries(session, lines, day)
    total, inside = cube.totals()
    return Listing(
        items=items,
        total=total + inside if filters.narrow else total,
        inside=0 if filters.narrow else inside,
        facets=cube.facets(),
        parts={} if filters.narrow else _parts(session, [item.document_id for item in items], day),
    )


def _check(limit: int, offset: int) -> None:
    if not 1 <= limit <= MAX_PAGE or not 0 <= offset <= _MAX_OFFSET:
        raise Failure(ErrorCode.INPUT_INVALID, detail=f"limit 1-{MAX_PAGE}, offset 0-{_MAX_OFFSET}")


def _shelves(session: Session, ids: AbstractCollection[str]) -> dict[str, Shelf]:
    rows = session.execute(
        select(Collection, Department.name)
        .outerjoin(Department, Department.code == Collection.department_code)
        .where(Collection.id.in_(sorted(ids)))
    )
    return {
        shelf.id: Shelf(shelf.name, shelf.title, shelf.grade, shelf.department_code or "", department or "")
        for shelf, department in rows
    }


def _where(filters: Filters, principal: Principal, ids: AbstractCollection[str]) -> list[ColumnElement[bool]]:
    """Return what holds for every line and for every count: rights, the bin, words, dates."""
    where: list[ColumnElement[bool]] = [Document.collection_id.in_(sorted(ids)), Document.purged_at.is_(None)]
    if filters.bin:
        where.append(or_(Document.withdrawn_at.is_not(None), Document.deleted_at.is_not(None)))
    else:
        where += [Document.withdrawn_at.is_(None), Document.deleted_at.is_(None)]
    if words := filters.query.strip():
        where.append(
            or_(Document.title.icontains(words, autoescape=True), Document.filename.icontains(words, autoescape=True))
        )
    if filters.ids is not None:
        where.append(Document.id.in_(filters.ids))
    if filters.parent:
        where.append(Document.parent_id == filters.parent)
    if filters.mine:
        where.append(Document.created_by == principal.username)
    return [*where, *_period(filters)]


def _period(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.by == "effective":
        if filters.since:
            found.append(_SHOWN.effective_on >= filters.since)
        if filters.until:
            found.append(_SHOWN.effective_on <= filters.until)
        return found
    if filters.since and filters.since > dt.date.min:
        found.append(Document.created_at >= _midnight(filters.since))
    if filters.until and filters.until < dt.date.max:
        found.append(Document.created_at < _midnight(filters.until + dt.timedelta(days=1)))
    return found


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), KOREA)


_NEWEST = aliased(DocumentVersion, name="newest")
_SHOWN = aliased(DocumentVersion, name="shown")
_PARENT = aliased(Document, name="parent")


def _with_versions(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Join the newest version of each document and the one that people see."""
    inner = aliased(DocumentVersion)
    last = (
        select(inner.id)
        .where(inner.document_id == Document.id)
        .order_by(inner.number.desc())
        .limit(1)
        .correlate(Document)
        .scalar_subquery()
    )
    return statement.join(_NEWEST, _NEWEST.id == last).join(
        _SHOWN, _SHOWN.id == func.coalesce(Document.active_version_id, _NEWEST.id)
    )


def _since(day: dt.date) -> ColumnElement[int]:
    """Return -1 where no effective date is known, 1 where it lies ahead of ``day``, else 0."""
    return case((_SHOWN.effective_on.is_(None), -1), (_SHOWN.effective_on > day, 1), else_=0)


def _live() -> ColumnElement[int]:
    return case((Document.active_version_id.is_not(None), 1), else_=0)


def _counts(where: Sequence[ColumnElement[bool]], day: dt.date) -> Select[*tuple[Any, ...]]:
    """Count the documents by everything that can be chosen, in one pass."""
    dimensions: dict[str, ColumnElement[Any] | InstrumentedAttribute[Any]] = {
        "collection_id": Document.collection_id,
        "state": _NEWEST.state,
        "media_type": _SHOWN.media_type,
        "kind": _SHOWN.kind,
        "legal_status": _SHOWN.legal_status,
        "since": _since(day),
        "live": _live(),
        "inside": case((Document.parent_id.is_not(None), 1), else_=0),
    }
    columns = [column.label(name) for name, column in dimensions.items()]
    statement = _with_versions(select(*columns, func.count().label("count")).select_from(Document))
    return statement.where(*where).group_by(*columns)


def _chosen(cube: Cube, filters: Filters, day: dt.date) -> list[ColumnElement[bool]]:
    """Return the choices as conditions on the lines."""
    found: list[ColumnElement[bool]] = []
    if filters.collection or filters.department or filters.grade:
        found.append(Document.collection_id.in_(cube.chosen_shelves()))
    if filters.kind:
        found.append(_SHOWN.kind == filters.kind)
    if filters.format:
        found.append(_SHOWN.media_type.in_(cube.chosen_media()))
    if filters.state:
        found.append(_NEWEST.state == filters.state)
    if filters.legal:
        # legal.py alone knows the rule: the cube says which combinations of what it looks at give the state wanted.
        found.append(or_(false(), *(_like(cell, day) for cell in cube.chosen_legal())))
    return found


def _like(cell: Cell, day: dt.date) -> ColumnElement[bool]:
    same = _SHOWN.legal_status == cell.legal_status if cell.legal_status is not None else _SHOWN.legal_status.is_(None)
    kind = _SHOWN.kind.is_not(None) if cell.kind else _SHOWN.kind.is_(None)
    return and_(same, kind, _since(day) == cell.since, _live() == cell.live, _NEWEST.state == cell.state)


def _page(
    where: Sequence[ColumnElement[bool]], order: Order, limit: int, offset: int, *, versions: bool
) -> Select[*tuple[Any, ...]]:
    """Return the lines of one page: first which documents, from their own table where that is enough, then the rest.

    ``versions`` says that the conditions look at versions; without them only a page of versions is read.
    """
    some = select(Document.id)
    if versions or order == "effective":
        some = _with_versions(some.select_from(Document))
    ids = some.where(*where).order_by(*_sorting(order)).limit(limit).offset(offset)
    # Some databases take no LIMIT directly below IN.
    return _lines([Document.id.in_(select(ids.subquery().c.id))]).order_by(*_sorting(order))


def _sorting(order: Order) -> tuple[Any, ...]:
    if order == "title":
        return Document.title, Document.id
    if order == "effective":
        return _SHOWN.effective_on.desc().nulls_last(), Document.title, Document.id
    return Document.created_at.desc(), Document.id.desc()


def _lines(where: Sequence[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    statement = _with_versions(
        select(
            Document,
            _SHOWN,
            _NEWEST,
            Collection.name.label("collection"),
            Collection.grade,
            _PARENT.title.label("parent_title"),
        ).select_from(Document)
    )
    return (
        statement.join(Collection, Collection.id == Document.collection_id)
        .outerjoin(_PARENT, _PARENT.id == Document.parent_id)
        .where(*where)
    )


def _parts(session: Session, parents: Sequence[str], day: dt.date) -> dict[str, Parts]:
    """Return the first files of each archive and how many there are, in one statement."""
    if not parents:
        return {}
    there = (Document.parent_id.in_(parents), Document.withdrawn_at.is_(None), Document.deleted_at.is_(None))
    place = select(
        Document.id,
        func.row_number().over(partition_by=Document.parent_id, order_by=(Document.filename, Document.id)).label("n"),
        func.count().over(partition_by=Document.parent_id).label("of"),
    ).where(*there)
    numbered = place.subquery()
    statement = _lines([numbered.c.n <= SHOWN_PARTS]).join(numbered, numbered.c.id == Document.id)
    rows = session.execute(statement.add_columns(numbered.c.of).order_by(numbered.c.n)).all()
    found: dict[str, Parts] = {}
    for item, row in zip(_summaries(session, rows, day), rows, strict=True):
        before = found.get(row.Document.parent_id, Parts((), row.of))
        found[row.Document.parent_id] = replace(before, items=(*before.items, item))
    return found


def _summaries(session: Session, rows: Sequence[Any], day: dt.date) -> tuple[DocumentSummary, ...]:
    legal = states(session, [row.shown for row in rows], day)
    return tuple(_summary(row, legal[row.shown.id]) for row in rows)


def _summary(row: Any, legal: LegalState) -> DocumentSummary:  # noqa: ANN401 - a row of ``_lines``
    document, shown, newest = row.Document, row.shown, row.newest
    return DocumentSummary(
        document_id=document.id,
        version_id=shown.id,
        title=document.title,
        filename=document.filename,
        collection=row.collection,
        grade=row.grade,
        state=VersionState(newest.state),
        reason=newest.reason,
        readable=shown.ready_at is not None,
        page_count=shown.page_count,
        chunk_count=shown.chunk_count,
        kind=shown.kind,
        ministry=shown.ministry,
        effective_on=shown.effective_on,
        legal_state=legal,
        created_at=newest.created_at,
        ready_at=shown.ready_at,
        media_type=newest.media_type,
        size=newest.size,
        newest_id=newest.id,
        parent_id=document.parent_id,
        parent_title=row.parent_title,
        withdrawn_at=document.withdrawn_at,
        deleted_at=document.deleted_at,
    )
