"""The library for people: the list with its facets and its search, the viewer."""

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from assistant.db.models import Role
from assistant.errors import ErrorCode, Failure
from assistant.http import uploads
from assistant.http.api.library import original_file
from assistant.http.deps import ContainerDep, FormPrincipal, PrincipalDep
from assistant.http.web import viewer
from assistant.http.web.listing import Choices
from assistant.http.web.templating import page
from assistant.library import documents as library
from assistant.library.browse import browse
from assistant.library.citing import cite
from assistant.library.collections import list_collections
from assistant.library.found import MOST, found_documents
from assistant.library.lines import Filters, Listing, Order
from assistant.messages import reason_text
from retrieval.loaders.registry import SUPPORTED_ENDINGS

router = APIRouter()

PAGE = 50


def _day(value: str) -> dt.date | None:
    """Read a date of a form; empty and unreadable ones choose nothing."""
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return None


def choices(
    *,
    q: Annotated[str, Query(max_length=200)] = "",
    mode: Literal["name", "text"] = "name",
    collection: str = "",
    department: str = "",
    grade: str = "",
    kind: str = "",
    form: Annotated[str, Query(alias="format")] = "",
    legal: str = "",
    state: str = "",
    mine: bool = False,
    by: Literal["created", "effective"] = "created",
    since: str = "",
    until: str = "",
    parent: str = "",
    bin_: Annotated[bool, Query(alias="bin")] = False,
    order: Order = "recent",
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> Choices:
    """Read what is chosen from the address of the page."""
    filters = Filters(
        query=q,
        collection=collection,
        department=department,
        grade=grade,
        kind=kind,
        format=form,
        legal=legal,
        state=state,
        mine=mine,
        by=by,
        since=_day(since),
        until=_day(until),
        parent=parent,
        bin=bin_,
    )
    return Choices(filters, mode, order, number)


@router.get("/documents")
def read_all(
    request: Request,
    container: ContainerDep,
    principal: PrincipalDep,
    chosen: Annotated[Choices, Depends(choices)],
) -> Response:
    """Show the documents that this person may read, and the upload form to those who may upload."""
    filters = chosen.filters
    hits, failed = {}, ""
    if chosen.mode == "text" and filters.query.strip():
        try:
            answer = container.search.search(principal, filters.query, k=MOST, collection=filters.collection or None)
            hits = found_documents(answer.results)
        except Failure as failure:
            if failure.code is not ErrorCode.INDEX_UNAVAILABLE and failure.code is not ErrorCode.COLLECTION_NOT_FOUND:
                raise
            failed = reason_text(failure.code)
        filters = chosen.found(hits)
    with container.database.read() as session:
        shelves = list_collections(session, principal)
        listing = browse(
            session,
            principal,
            filters,
            order=chosen.order,
            limit=PAGE if not hits else MOST,
            offset=0 if hits else (chosen.number - 1) * PAGE,
            counts=container.counts,
        )
        parent = library.title_of(session, principal, filters.parent) if filters.parent else ""
    return page(
        request,
        "documents.html",
        principal,
        listing=_by_rank(listing, list(hits)) if hits else listing,
        hits=hits,
        failed=failed,
        chosen=chosen,
        parent=parent,
        collections=shelves,
        titles={shelf.name: shelf.title for shelf in shelves},
        collection=filters.collection,
        pages=1 if hits else max(1, -(-listing.total // PAGE)),
        steward=principal.has(Role.STEWARD, Role.ADMIN),
        endings=SUPPORTED_ENDINGS,
        upload_mb=container.settings.upload_max_bytes // (1024 * 1024),
    )


def _by_rank(listing: Listing, ids: list[str]) -> Listing:
    rank = {key: place for place, key in enumerate(ids)}
    return listing.sorted_by(lambda item: rank[item.document_id])


@router.post("/versions/{version_id}/retry")
def retry_form(container: ContainerDep, principal: FormPrincipal, version_id: str) -> Response:
    """Read a failed version again."""
    uploads.check_right(principal)
    container.ingestion.retry(version_id, principal)
    return RedirectResponse("/documents", 303)


@router.get("/documents/{document_id}")
def read(
    *,
    request: Request,
    container: ContainerDep,
    principal: PrincipalDep,
    document_id: str,
    version: str = "",
    start: int | None = None,
    end: int | None = None,
    fragment: bool = False,
) -> Response:
    """Show a document, with the passage marked; ``fragment=1`` gives the surroundings of the passage for the panel."""
    with container.database.read() as session:
        document = library.view(session, principal, document_id, version or None)
    span = (start, end) if start is not None and end is not None else None
    body = viewer.render(
        document.text,
        document.blocks,
        span,
        around=viewer.AROUND if fragment and span is not None else None,
        anchors={entry.start: entry.text for entry in document.outline},
    )
    return page(
        request,
        "_document.html" if fragment else "document.html",
        principal,
        document=document,
        body=body,
        asked=start is not None or end is not None,
        citation=cite(document.title, document.text, document.outline, span) if body.marked and span else "",
        permalink=f"/documents/{document_id}?version={document.version_id}&start={start}&end={end}#mark",
        address=f"/documents/{document_id}?{request.url.query.replace('&fragment=1', '')}#mark",
        reason=reason_text(document.reason) if document.reason else "",
        steward=principal.has(Role.STEWARD, Role.ADMIN),
    )


@router.get("/documents/{document_id}/original")
def original(container: ContainerDep, principal: PrincipalDep, document_id: str, version: str = "") -> Response:
    """Give the original file."""
    return original_file(container, principal, document_id, version or None)
