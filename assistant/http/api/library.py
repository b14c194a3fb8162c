"""The library: search, collections, documents and their versions."""

from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from fastapi.encoders import jsonable_encoder
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import FileResponse

from assistant.accounts.access import openable
from assistant.accounts.identity import Principal
from assistant.db.models import Document, DocumentVersion
from assistant.errors import ErrorCode, Failure
from assistant.http import uploads
from assistant.http.deps import ApiPrincipal, Container, ContainerDep, PrincipalDep
from assistant.library import browse
from assistant.library import documents as library
from assistant.messages import reason_text

router = APIRouter(prefix="/api/v1", tags=["문서"])

AsOf = Annotated[date | None, Query(description="이 날의 법령을 기준으로 합니다 (YYYY-MM-DD). 없으면 오늘입니다.")]


@router.get("/search", summary="문서 검색")
def search(
    *,
    container: ContainerDep,
    principal: PrincipalDep,
    q: Annotated[str, Query(max_length=2000)],
    k: Annotated[int, Query(ge=1, le=100)] = 10,
    collection: str | None = None,
    as_of: AsOf = None,
) -> dict[str, Any]:
    """Return the best passages that this person may read."""
    found = container.search.search(principal, q, k=k, collection=collection or None, as_of=as_of)
    body: dict[str, Any] = jsonable_encoder(found)
    for hit in body["results"]:
        hit["score"] = round(hit["score"], 4)
    return body


@router.get("/documents", summary="문서 목록")
def read_all(
    *,
    container: ContainerDep,
    principal: PrincipalDep,
    collection: str | None = None,
    q: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=browse.MAX_PAGE)] = 50,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> dict[str, Any]:
    """Return a page of the documents that this person may read."""
    with container.database.read() as session:
        page = browse.list_documents(
            session, principal, collection=collection or None, query=q, limit=limit, offset=offset
        )
        body: dict[str, Any] = jsonable_encoder(page)
    return body


@router.post("/documents", status_code=202, summary="문서 올리기")
def create(
    *,
    container: ContainerDep,
    principal: ApiPrincipal,
    response: Response,
    file: Annotated[UploadFile, File()],
    collection: Annotated[str, Form()],
    folder: Annotated[str, Form()] = "",
    line: Annotated[str, Form(pattern="^([0-9a-f]{32})?$")] = "",
) -> dict[str, Any]:
    """Take a file; reading it goes on in the background, ``/versions/{version_id}`` tells how far."""
    submission, upload_id = uploads.take_in(container, principal, file, collection, folder=folder, line=line)
    response.headers["Location"] = f"/api/v1/versions/{submission.version_id}"
    return {
        "upload_id": upload_id,
        "document_id": submission.document_id,
        "version_id": submission.version_id,
        "state": submission.state.value,
        "reason": submission.reason,
        "duplicate": submission.duplicate,
    }


@router.get("/documents/{document_id}", summary="문서 보기")
def read(
    container: ContainerDep, principal: PrincipalDep, document_id: str, version: str | None = None, as_of: AsOf = None
) -> dict[str, Any]:
    """Return the text of a document's version with its blocks and outline."""
    with container.database.read() as session:
        body: dict[str, Any] = jsonable_encoder(library.view(session, principal, document_id, version, as_of=as_of))
    return body


@router.post("/documents/{document_id}/withdraw", status_code=204, summary="문서 내리기")
def withdraw(container: ContainerDep, principal: ApiPrincipal, document_id: str) -> None:
    """Take a document out of search, lists and views; it can be restored."""
    container.lifecycle.withdraw(document_id, principal)


@router.post("/documents/{document_id}/restore", status_code=204, summary="문서 되돌리기")
def restore(container: ContainerDep, principal: ApiPrincipal, document_id: str) -> None:
    """Bring a withdrawn or deleted document back, as long as it is in storage."""
    container.lifecycle.restore(document_id, principal)


@router.delete("/documents/{document_id}", status_code=204, summary="문서 삭제하기")
def delete(container: ContainerDep, principal: ApiPrincipal, document_id: str) -> None:
    """Delete a document: gone at once, and from storage when the retention has passed."""
    container.lifecycle.delete(document_id, principal)


@router.get("/documents/{document_id}/original", summary="원본 파일 받기", response_class=FileResponse)
def original(
    container: ContainerDep, principal: PrincipalDep, document_id: str, version: str | None = None
) -> FileResponse:
    """Return the file as it came, always as a download: it is somebody else's HTML or PDF."""
    return original_file(container, principal, document_id, version)


def original_file(container: Container, principal: Principal, document_id: str, version: str | None) -> FileResponse:
    """Return the original of a version as an attachment."""
    with container.database.read() as session:
        found = library.original(session, principal, document_id, blobs=container.blobs, version_id=version)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.filename, safe='')}"}
    return FileResponse(found.path, media_type="application/octet-stream", headers=headers)


@router.get("/versions/{version_id}", summary="문서 처리 상태")
def version_state(container: ContainerDep, principal: PrincipalDep, version_id: str) -> dict[str, Any]:
    """Return how far a version is, and in words why it failed."""
    with container.database.read() as session:
        return state_of(session, principal, version_id)


def state_of(session: Session, principal: Principal, version_id: str) -> dict[str, Any]:
    """Return the state of a version of a document that this person may read.

    Raises:
        Failure: ``document_not_found``.
    """
    ids = openable(session, principal).collection_ids
    found = session.execute(
        select(DocumentVersion)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(
            DocumentVersion.id == version_id, Document.withdrawn_at.is_(None), Document.collection_id.in_(sorted(ids))
        )
    ).scalar_one_or_none()
    if found is None:
        raise Failure(ErrorCode.DOCUMENT_NOT_FOUND)
    return {
        "version_id": found.id,
        "document_id": found.document_id,
        "state": found.state,
        "reason": found.reason,
        "reason_text": reason_text(found.reason) if found.reason else "",
        "pages": found.page_count,
        "chunks": found.chunk_count,
    }
