"""What the person who asks has handed in lately: one request tells how far every file is."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.encoders import jsonable_encoder

from assistant.http import uploads as receiving
from assistant.http.deps import ApiPrincipal, ContainerDep, PrincipalDep
from assistant.ingestion import uploads
from assistant.messages import reason_text

router = APIRouter(prefix="/api/v1", tags=["문서"])


@router.get("/uploads", summary="내가 올린 파일")
def mine(
    container: ContainerDep, principal: PrincipalDep, limit: Annotated[int, Query(ge=1, le=uploads.MOST)] = 200
) -> dict[str, Any]:
    """Return the files that this person handed in during the last days, the newest first, and how far each is."""
    with container.database.read() as session:
        lines = uploads.recent(session, principal, limit=limit)
        counts = uploads.counts(session, principal)
    return {"items": [line_of(line) for line in lines], "counts": jsonable_encoder(counts)}


@router.delete("/uploads", summary="끝난 것을 목록에서 지우기")
def clear(container: ContainerDep, principal: ApiPrincipal) -> dict[str, int]:
    """Take finished files off the list; the documents stay."""
    with container.database.write() as session:
        return {"cleared": uploads.clear(session, principal.username)}


@router.post("/versions/{version_id}/retry", status_code=202, summary="실패한 문서 다시 읽기")
def retry(container: ContainerDep, principal: ApiPrincipal, version_id: str) -> dict[str, Any]:
    """Put a failed version back to work."""
    receiving.check_right(principal)
    return {"version_id": version_id, "state": container.ingestion.retry(version_id, principal).value}


def line_of(line: uploads.UploadLine) -> dict[str, Any]:
    """Return a line as JSON, with its reason in words."""
    body: dict[str, Any] = jsonable_encoder(line)
    step = body.pop("step") or {"stage": None, "done": 0, "total": 0}
    return {**body, **step, "reason_text": reason_text(line.reason) if line.reason else ""}
