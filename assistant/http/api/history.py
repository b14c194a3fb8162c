"""Histories of documents and comparisons of versions."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.encoders import jsonable_encoder

from assistant.http.deps import ContainerDep, PrincipalDep
from assistant.library import history as past

router = APIRouter(prefix="/api/v1", tags=["문서"])


@router.get("/documents/{document_id}/history", summary="문서 이력")
def history(container: ContainerDep, principal: PrincipalDep, document_id: str) -> dict[str, Any]:
    """Return the versions of a document and of the other texts of its law, with how many parts each changed."""
    with container.database.read() as session:
        body: dict[str, Any] = jsonable_encoder(past.history(session, principal, document_id))
    return body


@router.get("/documents/{document_id}/compare", summary="두 판 비교")
def compare(
    *,
    container: ContainerDep,
    principal: PrincipalDep,
    document_id: str,
    old: Annotated[str, Query(alias="from", description="앞 판의 version_id")] = "",
    new: Annotated[str, Query(alias="to", description="뒤 판의 version_id")] = "",
) -> dict[str, Any]:
    """Return two versions part by part: by article where there are articles, else by heading.

    ``from`` and ``to`` may be versions of any documents that this person may read; without them the version people
    see is compared with the one before it.
    """
    with container.database.read() as session:
        sides = past.side_by_side(session, principal, document_id, old or None, new or None)
        body: dict[str, Any] = jsonable_encoder(sides)
    body["summary"] = sides.comparison.summary
    body["rows"] = body.pop("comparison")["rows"]
    return body
