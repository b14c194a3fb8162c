"""Answers as files: one, a conversation, or one that a colleague shared; each as who takes it may see it."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import Response

from assistant.accounts.identity import Principal
from assistant.answering.exports import Format, export, record_export
from assistant.http.api.turns import turn_view
from assistant.http.deps import Container, ContainerDep, PrincipalDep

router = APIRouter(prefix="/api/v1", tags=["대화"])

FormatQuery = Annotated[Format, Query(alias="format", description="hwpx, docx, md 가운데 하나입니다.")]
FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}}}


@router.get("/turns/{turn_id}/export", summary="답변 하나 내려받기", response_class=Response, responses=FILE)
def export_turn(container: ContainerDep, principal: PrincipalDep, turn_id: str, form: FormatQuery) -> Response:
    """Return one answer with its sources as a file."""
    view = turn_view(container, principal, turn_id)
    return _file(container, principal, f"turn:{turn_id}", view["question"], [view], form)


@router.get("/conversations/{conversation_id}/export", summary="대화 내려받기", response_class=Response, responses=FILE)
def export_conversation(
    *,
    container: ContainerDep,
    principal: PrincipalDep,
    conversation_id: str,
    form: FormatQuery,
    turn: Annotated[str, Query(description="이 질문을 지나는 줄기를 내려받습니다.")] = "",
) -> Response:
    """Return the line of a conversation that is shown, as a file."""
    with container.database.read() as session:
        view = container.answers.conversation(session, principal, conversation_id, turn or None)
    return _file(container, principal, f"conversation:{conversation_id}", view["title"], view["turns"], form)


@router.get(
    "/shared/{conversation_id}/export", summary="공유받은 대화 내려받기", response_class=Response, responses=FILE
)
def export_shared(
    container: ContainerDep, principal: PrincipalDep, conversation_id: str, form: FormatQuery
) -> Response:
    """Return a shared conversation as this person may see it, as a file."""
    view = container.answers.sharing.read(principal, conversation_id)
    return _file(container, principal, f"conversation:{conversation_id}", view["title"], view["turns"], form)


def _file(  # noqa: PLR0917 - what a file is made of
    container: Container,
    principal: Principal,
    subject: str,
    title: str,
    turns: list[dict[str, Any]],
    form: Format,
) -> Response:
    made = export(title, turns, form, author=principal.display_name)
    with container.database.write() as session:
        record_export(session, principal, subject, form, len(turns))
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(made.name, safe='')}"}
    return Response(made.content, media_type=made.media_type, headers=headers)
