"""Files attached in a conversation; whoever may ask may attach."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, File, Response, UploadFile

from assistant.accounts.identity import Principal
from assistant.http import uploads
from assistant.http.deps import ApiPrincipal, Container, ContainerDep, PrincipalDep

router = APIRouter(prefix="/api/v1/conversations", tags=["대화"])


def attach(
    container: Container, principal: Principal, file: UploadFile, conversation_id: str | None
) -> tuple[str, dict[str, Any]]:
    """Take a file into a conversation, a new one where none is named; return its id and the file."""
    with uploads.spooled(container, file) as path:
        found, attached = container.files.attach(principal, path, file.filename or "", conversation_id=conversation_id)
    return found, asdict(attached)


@router.post("/files", status_code=202, summary="새 대화를 열며 파일 붙이기")
def open_with_file(
    container: ContainerDep, principal: ApiPrincipal, response: Response, file: Annotated[UploadFile, File()]
) -> dict[str, Any]:
    """Open a conversation with a file; a file that is turned away opens none."""
    conversation_id, attached = attach(container, principal, file, None)
    response.headers["Location"] = f"/api/v1/conversations/{conversation_id}/files"
    return {"conversation_id": conversation_id, "file": attached}


@router.post("/{conversation_id}/files", status_code=202, summary="대화에 파일 붙이기")
def create(
    container: ContainerDep, principal: ApiPrincipal, conversation_id: str, file: Annotated[UploadFile, File()]
) -> dict[str, Any]:
    """Take a file that only this conversation will search; reading it goes on in the background."""
    _, attached = attach(container, principal, file, conversation_id)
    return {"conversation_id": conversation_id, "file": attached}


@router.get("/{conversation_id}/files", summary="대화에 붙인 파일")
def read_all(container: ContainerDep, principal: PrincipalDep, conversation_id: str) -> dict[str, Any]:
    """Return the files of a conversation and how far each is."""
    with container.database.read() as session:
        return {"items": [asdict(one) for one in container.files.list(session, principal, conversation_id)]}


@router.delete("/{conversation_id}/files/{document_id}", status_code=204, summary="대화에서 파일 빼기")
def delete(container: ContainerDep, principal: ApiPrincipal, conversation_id: str, document_id: str) -> None:
    """Take a file out of its conversation; it is gone from search and views at once."""
    container.files.remove(principal, conversation_id, document_id)
