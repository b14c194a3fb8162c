"""The library for people: the list, the upload form, the viewer."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from assistant.http import uploads
from assistant.http.api.library import original_file
from assistant.http.deps import ContainerDep, FormPrincipal, PrincipalDep
from assistant.http.web import viewer
from assistant.http.web.templating import page
from assistant.library import documents as library
from assistant.library.collections import list_collections
from assistant.messages import reason_text
from retrieval.loaders.registry import SUPPORTED_ENDINGS

router = APIRouter()

PAGE = 50


@router.get("/documents")
def read_all(
    *,
    request: Request,
    container: ContainerDep,
    principal: PrincipalDep,
    collection: str = "",
    q: Annotated[str, Query(max_length=200)] = "",
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> Response:
    """Show the documents that this person may read, newest first, and the upload form to those who may upload."""
    with container.database.read() as session:
        shelves = list_collections(session, principal)
        found = library.list_documents(
            session,
            principal,
            collection=collection or None,
            query=q or None,
            order="recent",
            limit=PAGE,
            offset=(number - 1) * PAGE,
        )
    return page(
        request,
        "documents.html",
        principal,
        found=found,
        collections=shelves,
        titles={shelf.name: shelf.title for shelf in shelves},
        collection=collection,
        q=q,
        number=number,
        pages=max(1, -(-found.total // PAGE)),
        endings=SUPPORTED_ENDINGS,
        upload_mb=container.settings.upload_max_bytes // (1024 * 1024),
    )


@router.post("/documents")
def upload_form(
    container: ContainerDep,
    principal: FormPrincipal,
    file: Annotated[UploadFile, File()],
    collection: Annotated[str, Form()],
) -> Response:
    """Take a file and go back to the list, where its state shows."""
    uploads.take_in(container, principal, file, collection)
    return RedirectResponse("/documents", 303)


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
        document.text, document.blocks, span, around=viewer.AROUND if fragment and span is not None else None
    )
    return page(
        request,
        "_document.html" if fragment else "document.html",
        principal,
        document=document,
        body=body,
        asked=start is not None or end is not None,
        address=f"/documents/{document_id}?{request.url.query.replace('&fragment=1', '')}#mark",
        reason=reason_text(document.reason) if document.reason else "",
    )


@router.get("/documents/{document_id}/original")
def original(container: ContainerDep, principal: PrincipalDep, document_id: str, version: str = "") -> Response:
    """Give the original file."""
    return original_file(container, principal, document_id, version or None)
