"""Conversations shared inside a department."""

from typing import Any

from fastapi import APIRouter

from assistant.http.deps import ApiPrincipal, ContainerDep, PrincipalDep

router = APIRouter(prefix="/api/v1", tags=["대화"])


@router.put("/conversations/{conversation_id}/share", summary="대화를 부서에 공유하기")
def share(container: ContainerDep, principal: ApiPrincipal, conversation_id: str) -> dict[str, Any]:
    """Let the own department read a conversation as it is now; again, with what was added since."""
    return container.answers.sharing.share(principal, conversation_id)


@router.delete("/conversations/{conversation_id}/share", status_code=204, summary="대화 공유 그만두기")
def unshare(container: ContainerDep, principal: ApiPrincipal, conversation_id: str) -> None:
    """Take a conversation back from its readers."""
    container.answers.sharing.unshare(principal, conversation_id)


@router.get("/shared", summary="공유받은 대화 목록")
def read_all(container: ContainerDep, principal: PrincipalDep) -> dict[str, Any]:
    """Return what colleagues share."""
    with container.database.read() as session:
        return {"items": container.answers.sharing.listed(session, principal)}


@router.get("/shared/{conversation_id}", summary="공유받은 대화 보기")
def read(container: ContainerDep, principal: PrincipalDep, conversation_id: str) -> dict[str, Any]:
    """Return a shared conversation as this person may see it; that they opened it is kept in the audit."""
    return container.answers.sharing.read(principal, conversation_id)
