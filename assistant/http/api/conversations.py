"""Conversations of the person who asks."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from assistant.http.deps import ApiPrincipal, ContainerDep, PrincipalDep

router = APIRouter(prefix="/api/v1/conversations", tags=["대화"])


class NewTitle(BaseModel):
    """A conversation's new name."""

    title: str = Field(min_length=1, max_length=200)


@router.get("", summary="내 대화 목록")
def read_all(
    container: ContainerDep, principal: PrincipalDep, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> dict[str, Any]:
    """Return the newest conversations."""
    with container.database.read() as session:
        return {"items": container.answers.conversations(session, principal, limit)}


@router.get("/{conversation_id}", summary="대화 보기")
def read(container: ContainerDep, principal: PrincipalDep, conversation_id: str) -> dict[str, Any]:
    """Return a conversation with all its turns."""
    with container.database.read() as session:
        return container.answers.conversation(session, principal, conversation_id)


@router.patch("/{conversation_id}", status_code=204, summary="대화 이름 바꾸기")
def rename(container: ContainerDep, principal: ApiPrincipal, conversation_id: str, body: NewTitle) -> None:
    """Give a conversation another title."""
    container.answers.rename_conversation(principal, conversation_id, body.title)


@router.delete("/{conversation_id}", status_code=204, summary="대화 지우기")
def delete(container: ContainerDep, principal: ApiPrincipal, conversation_id: str) -> None:
    """Delete a conversation; what the audit says of it stays."""
    container.answers.delete_conversation(principal, conversation_id)
