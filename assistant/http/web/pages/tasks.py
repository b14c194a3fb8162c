"""The forms that put a document to work; the result stands in a conversation."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from assistant.answering.tasks.spec import TaskKind
from assistant.http.api.tasks import NewTask, start
from assistant.http.deps import FormPrincipal
from assistant.http.web.pages.chat import to_turn

router = APIRouter()


@router.post("/documents/{document_id}/tasks")
async def create(
    *,
    request: Request,
    principal: FormPrincipal,
    document_id: str,
    kind: Annotated[TaskKind, Form()],
    version: Annotated[str, Form()] = "",
    question: Annotated[str, Form()] = "",
    conversation_id: Annotated[str, Form()] = "",
) -> Response:
    """Start a task on a document and show the conversation in which its result is being written.

    Nobody waits here: the page follows by its script, or reloads itself.
    """
    task = NewTask(
        kind=kind,
        document_id=document_id,
        version_id=version or None,
        question=question,
        conversation_id=conversation_id or None,
    )
    made = await start(request, principal, task)
    return to_turn(made)
